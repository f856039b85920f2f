"""What a shop would be told of shipments, and what it was told: what the page of them shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Company, Order, Sale, ShopShipment, Store, db
from app.rules import current_rulebook
from app.sync.sales.shipments import Known, has_already, judged, sales_of

Standing = Literal["told", "known", "refused", "fault", "left_out", "waiting", "would_tell"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sale of one of the shop's orders, as the page shows it."""

    known: Known
    stands: Standing
    """left_out: no rule tells it; waiting: it has no tracking number yet."""
    held: ShopShipment | None


def shown(company: Company, store: Store, *, before: int | None, most: int) -> list[Shown]:
    """The newest sales of the shop's orders, with the shipment that there is of each.

    Args:
        company: Whose orders.
        store: The shop.
        before: Only sales of smaller ids.
        most: How many.
    """
    query = sales_of(store).options(undefer(Order.raw)).order_by(Sale.id.desc()).limit(most)
    if before is not None:
        query = query.where(Sale.id < before)
    rows = list(db.session.execute(query))
    _, rulebook = current_rulebook(company)
    of_orders: dict[int, list[ShopShipment]] = {}
    for one in db.session.scalars(
        select(ShopShipment).where(
            ShopShipment.store_id == store.id,
            ShopShipment.order_id.in_({row.Order.id for row in rows}),
        )
    ):
        of_orders.setdefault(one.order_id, []).append(one)
    return [
        _shown(known, of_orders.get(known.order.id, []))
        for known in judged(company, store, rulebook, rows)
    ]


def _shown(known: Known, of_order: list[ShopShipment]) -> Shown:
    held = next((one for one in of_order if one.sale_id == known.row.id), None)
    return Shown(known, _stands(known, of_order, held), held)


def _stands(known: Known, of_order: list[ShopShipment], held: ShopShipment | None) -> Standing:
    if known.fault:
        return "fault"
    if known.tracking and known.tracking not in {one.tracking for one in of_order}:
        if held is not None and held.state == "refused":
            return "refused"
        return "known" if has_already(known) else "would_tell"
    if held is not None and held.tracking:
        return "known" if held.state == "known" else "told"
    if known.tracking:
        return "known"
    return "left_out" if known.tracking is None else "waiting"
