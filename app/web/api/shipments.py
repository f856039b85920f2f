"""/stores/<store>/shipments: what a shop of one's own shipped of the sales that it was sent."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from app.models import Company, now
from app.stores.base import SaleShipped
from app.sync.sales.back import Outcome, hand_in
from app.web.api.endpoint import endpoint
from app.web.api.orders import own_shop
from app.web.api.shapes import Asked, Told, Words
from app.web.problems import Fault, ProblemError

MOST: Final = 500
LARGEST: Final = 512 * 2**10
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)


def _written(value: Any) -> Any:
    """A date is text: a number would be read as seconds."""
    if not isinstance(value, str):
        raise ValueError("a date is a text such as 2026-11-26")  # noqa: TRY004 - pydantic's way
    return value


class ShipmentIn(Asked):
    """One shipment."""

    key: Annotated[Words, Field(min_length=1)]
    """The shop's own name of it: what comes again under the same key is taken once."""
    sale: Annotated[Words, Field(min_length=1)]
    """The ``key`` that the sale was sent with."""
    shipped_on: Annotated[date, BeforeValidator(_written), Field(ge=FIRST, le=LAST)]
    """The day it was shipped."""
    tracking_number: Annotated[Words, Field(max_length=100)] = ""


class ShipmentsIn(Asked):
    """Some shipments."""

    shipments: Annotated[list[ShipmentIn], Field(min_length=1, max_length=MOST)]


class ShipmentResult(Told):
    """What became of one shipment."""

    key: str
    outcome: Literal["new", "same", "bad"]
    """bad: it was not taken in."""
    pointer: str
    """Of what is wrong with a bad one."""
    problem: str


class ShipmentResults(Told):
    """What became of each shipment, as they were sent."""

    results: list[ShipmentResult]


_FOUND: Final[dict[Outcome, tuple[Literal["new", "same", "bad"], str, str]]] = {
    "new": ("new", "", ""),
    "same": ("same", "", ""),
    "unknown": ("bad", "sale", "the shop was sent no sale of that key"),
    "other": ("bad", "key", "another shipment has that key"),
}


@endpoint(
    "POST", "/stores/<store>/shipments", needs="decide", answer=ShipmentResults, body=ShipmentsIn,
    largest=LARGEST,
)  # fmt: skip
def send_shipments(company: Company, store: str, body: ShipmentsIn) -> ShipmentResults:
    """Tell of up to 500 shipments of sales that the shop was sent; the same again changes nothing.

    Ship date and tracking number go back to QuickBooks as the rules say, and to the shop that the
    order came from. When none could be taken in, the answer is a problem.
    """
    shop = own_shop(company, store)
    at = now()
    batch = [
        SaleShipped(
            key=one.key, reference=one.sale, made_at=at, shipped_on=one.shipped_on,
            tracking_number=one.tracking_number.strip(),
        )
        for one in body.shipments
    ]  # fmt: skip
    told = []
    for place, outcome in enumerate(hand_in(company, shop, batch)):
        became, name, problem = _FOUND[outcome]
        pointer = f"/shipments/{place}/{name}" if name else ""
        key = batch[place].key
        told.append(ShipmentResult(key=key, outcome=became, pointer=pointer, problem=problem))
    if all(one.outcome == "bad" for one in told):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "No shipment could be taken in.",
            faults=[Fault(one.problem, pointer=one.pointer) for one in told],
        )  # fmt: skip
    return ShipmentResults(results=told)
