"""/reconciliation: what the stores say against what QuickBooks holds, to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from app.models import Company
from app.sync.reconcile import reconcile
from app.web.api.endpoint import endpoint
from app.web.api.shapes import Amount, Asked, Told

LONGEST: Final = timedelta(days=366)


class RangeAsked(Asked):
    """Which orders are added up."""

    first: date = Field(description="The first day on which orders were placed.")
    last: date = Field(description="The last; at most 366 days later.")
    by: Literal["day", "store", "method", "currency"] = "day"

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= LONGEST:
            raise ValueError("last is neither before first nor more than 366 days after it")
        return self


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
