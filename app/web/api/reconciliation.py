"""/reconciliation: what the stores say against what QuickBooks holds, to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from app.models import Company
from app.sync.reconcile import reconcile, reconcile_taxes
from app.web.api.endpoint import endpoint
from app.web.api.shapes import Amount, Asked, Told

LONGEST: Final = timedelta(days=366)


class DaysAsked(Asked):
    """Which days are looked at."""

    first: date = Field(description="The first day.")
    last: date = Field(description="The last; at most 366 days later.")

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= LONGEST:
            raise ValueError("last is neither before first nor more than 366 days after it")
        return self


class RangeAsked(DaysAsked):
    """Which orders are added up: those that were placed on these days."""

    by: Literal["day", "store", "method", "currency"] = "day"


class TaxesAsked(DaysAsked):
    """Which taxes are added up: of the sales and refunds of these days."""

    by: Literal["store", "quickbooks"] = "store"
    """Whether the taxes are those that the stores name or those of QuickBooks."""


class Side(Told):
    """What one side holds."""

    sales: Amount
    """With tax, before refunds."""
    tax: Amount
    received: Amount
    refunded: Amount


class Sum(Told):
    """The orders of one day, store, payment method or currency."""

    key: str
    currency: str
    orders: int
    uneven: Annotated[int, Field(description="How many of them differ.")]
    store: Annotated[Side, Field(validation_alias="shop")]
    quickbooks: Side
    difference: Amount
    """QuickBooks' sales less refunds, less the store's."""
    reasons: dict[str, int]
    """Why they differ, and how many do."""


class Reconciliation(Told):
    """Both sides in groups; amounts are in the orders' own currency."""

    groups: list[Sum]


@endpoint("GET", "/reconciliation", needs="see", answer=Reconciliation, query=RangeAsked)
def get_reconciliation(company: Company, query: RangeAsked) -> Reconciliation:
    """What the stores say against what QuickBooks holds, to the cent, with the reasons."""
    groups = reconcile(company, query.first, query.last, query.by)
    return Reconciliation(groups=[Sum.model_validate(one) for one in groups])


class TaxSide(Told):
    """What one side has of a tax, sales less refunds."""

    taxable: Amount | None
    """What is taxed, without tax; null where it is not told."""
    untold: Annotated[int, Field(description="Of so many orders it is not told what is taxed.")]
    tax: Amount


class TaxSum(Told):
    """One tax, as the store or QuickBooks names it."""

    name: str
    """Empty: whoever names taxes has none where the other side has."""
    rate: Amount | None
    """In percent, where it is told."""
    currency: str
    orders: int
    uneven: Annotated[int, Field(description="How many of them differ.")]
    store: Annotated[TaxSide, Field(validation_alias="shop")]
    quickbooks: TaxSide
    difference: Amount
    """QuickBooks' tax less the store's."""
    reasons: dict[str, int]
    """Why they differ, and how many do."""


class Taxes(Told):
    """Both sides of every sales tax that the merchant remits."""

    taxes: list[TaxSum]


@endpoint("GET", "/reconciliation/taxes", needs="see", answer=Taxes, query=TaxesAsked)
def get_taxes(company: Company, query: TaxesAsked) -> Taxes:
    """Taxable sales and sales tax by tax, of the stores and in QuickBooks, with the reasons."""
    groups = reconcile_taxes(company, query.first, query.last, query.by)
    return Taxes(taxes=[TaxSum.model_validate(one) for one in groups])
