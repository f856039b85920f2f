"""Shipments of a shop's orders, as QuickBooks or a shipping tool knows them, told to the shop.

The key that the shop is given is made of the order and the tracking number: a shop that took it
just before the power failed is told again, and has it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.orm import undefer

from app.models import (
    Company,
    Event,
    Order,
    Posting,
    Sale,
    SaleShipment,
    ShopShipment,
    Store,
    db,
    now,
)
from app.rules import current_rulebook
from app.stores.base import Shipment, StoreClient
from app.stores.errors import NotOffered, RequestRefused
from app.sync.intake.receive import translate
from app.sync.sales.judging import name_of, read
from app.sync.stores import client_of
from qbwc.planning import sales_out
from rules_library.decision import decisions
from rules_library.rulebook import Rulebook
from rules_library.sale import Sale as Facts

BATCH: Final = 100
REFUSED: Final = timedelta(days=1)
"""A shipment that the shop refused is told again after so long, as it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """A sale of one of the shop's orders, and the shipment that there is of it."""

    row: Sale
    order: Order
    sale: Facts
    tracking: str | None
    """None: no rule tells it; empty: it is not shipped yet."""
    shipped_at: datetime | None
    fault: str = ""


@dataclass(slots=True)
class Told:
    """What became of a shop's shipments."""

    told: int = 0
    known: int = 0
    """The shop had them already."""
    waiting: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(sale, reason)"""
    would_tell: list[Known] = field(default_factory=list)
    """Of a dry run."""

    @property
    def words(self) -> str:
        """The same in words."""
        said = f"{self.told:,} told, {self.waiting:,} not shipped yet"
        return said + (f", {len(self.refused):,} refused" if self.refused else "")


def tells_shipments(rulebook: Rulebook) -> bool:
    """Whether any rule may tell a shop of a shipment at all."""
    rule = rulebook.rule(decisions()[sales_out.TELL])
    return rule.constant is None or bool(rule.constant.value)


def telling(
    company: Company, store: Store, *, dry: bool = False, client: StoreClient[Any] | None = None
) -> Iterator[Told]:
    """Tell a shop what is shipped and it was not told yet; how far it is, after each answer.

    Args:
        company: Whose orders.
        store: The shop.
        dry: Tell nothing; say what would be told.
        client: By default the store's own.

    Raises:
        app.stores.errors.StoreError: The shop cannot be reached; what it took is kept.
    """
    release_id, rulebook = current_rulebook(company)
    told, last = Told(), 0
    yield told
    opened = client or client_of(store)
    try:
        while rows := _changed(store, release_id, after=last):
            last = rows[-1].Sale.id
            for one in list(judged(company, store, rulebook, rows)):
                if _one(opened, store, one, release_id, told, dry=dry):
                    yield told
            db.session.commit()
            yield told
    finally:
        if client is None:
            opened.http.close()


def _changed(store: Store, release_id: int | None, *, after: int) -> list[Row[tuple[Sale, Order]]]:
    """Sales of the shop's orders that changed, were shipped, or that rules may decide otherwise."""
    seen = ShopShipment
    undecided = seen.state.in_(("waiting", "fault"))
    shipped = exists().where(SaleShipment.sale_id == Sale.id, SaleShipment.created_at > seen.at)
    query = (
        sales_of(store)
        .outerjoin(seen, and_(seen.sale_id == Sale.id, seen.store_id == store.id))
        .where(
            Sale.id > after,
            or_(
                seen.id.is_(None),
                seen.edit_sequence != Sale.edit_sequence,
                and_(undecided, seen.release_id.is_distinct_from(release_id)),
                and_(seen.state == "refused", seen.at < now() - REFUSED),
                shipped,
            ),
        )
        .order_by(Sale.id)
        .limit(BATCH)
    )
    return list(db.session.execute(query))


def sales_of(store: Store) -> Any:
    """QuickBooks' sales of whole orders of the shop; not of what it shipped in parts."""
    return (
        select(Sale, Order)
        .join(Posting, and_(Posting.company_id == Sale.company_id, Posting.txn_id == Sale.txn_id))
        .join(Order, Order.id == Posting.order_id)
        .where(
            Sale.company_id == store.company_id,
            Sale.modified_at >= (store.fulfilment_since or now()),
            Sale.gone == "",
            Order.store_id == store.id,
            Posting.part == "",
            Posting.ended == "",
        )
        .options(undefer(Sale.data))
    )


def judged(
    company: Company, store: Store, rulebook: Rulebook, rows: Sequence[Row[tuple[Sale, Order]]]
) -> Iterator[Known]:
    """The shipment that there is of each sale, if any, as rules tell it."""
    sales = read(company, [row.Sale for row in rows])
    query = (
        select(SaleShipment)
        .where(SaleShipment.sale_id.in_(sales), SaleShipment.tracking != "")
        .order_by(SaleShipment.id)
    )
    tool = {one.sale_id: one for one in db.session.scalars(query)}
    zone = ZoneInfo(company.zone or "UTC")
    for found in rows:
        row, order = found.Sale, found.Order
        sale, shipment = sales[row.id], tool.get(row.id)
        tracking, fault = sales_out.told_to_shop(rulebook, sale, store.key, store.type)
        day = sale.ship_date
        if tracking is not None and shipment is not None:
            tracking, day = shipment.tracking, shipment.shipped_on
        noon = datetime.combine(day, time(12), zone).astimezone(UTC) if day else None
        yield Known(row, order, sale, tracking, noon, fault)


def key_of(order: Order, tracking: str) -> str:
    """What the shop knows the shipment by."""
    return sha256(f"{order.source_id}\n{tracking}".encode()).hexdigest()[:32]


def _one(
    client: StoreClient[Any],
    store: Store,
    one: Known,
    release_id: int | None,
    told: Told,
    *,
    dry: bool,
) -> bool:
    """Tell of one shipment if there is one; whether the shop was asked, and it is committed."""
    query = select(ShopShipment).where(
        ShopShipment.store_id == store.id, ShopShipment.order_id == one.order.id
    )
    of_order = list(db.session.scalars(query))
    held = next((row for row in of_order if row.sale_id == one.row.id), None)
    has = {row.tracking for row in of_order if row.tracking}
    state, problem, tracking = "waiting", one.fault, held.tracking if held else ""
    if one.fault:
        state = "fault"
    elif not one.tracking or one.tracking in has:
        told.waiting += not has
        state = "known" if has else "waiting"
    elif dry and has_already(one):
        told.known += 1
    elif dry:
        told.would_tell.append(one)
    else:
        state, problem = _push(client, one)
        told.told += state == "told"
        told.known += state == "known"
        tracking = one.tracking if state in {"told", "known"} else tracking
    name = name_of(one.row)
    if problem:
        told.refused.append((name, problem))
    if dry:
        return False
    if held is None:
        held = ShopShipment(store_id=store.id, sale_id=one.row.id, order_id=one.order.id)
        db.session.add(held)
    is_other = state == "known" and bool(has) and one.tracking not in has
    is_news = state == "told" or is_other or bool(problem and held.problem != problem)
    held.state, held.problem, held.tracking = state, problem, tracking
    held.edit_sequence, held.release_id, held.at = one.row.edit_sequence, release_id, now()
    if is_news:
        _log(store, one, name, state, problem)
    is_asked = state in {"told", "known", "refused"}
    if is_asked:
        db.session.commit()
    return is_asked


def has_already(one: Known) -> bool:
    """Whether the order has that tracking number in the shop, by what was read of it."""
    sent = translate(one.order).fulfillments
    return one.tracking in {number for each in sent for number in each.tracking_numbers}


def _push(client: StoreClient[Any], one: Known) -> tuple[str, str]:
    """(state, problem); nothing is told again that the order has already."""
    tracking = one.tracking or ""
    if has_already(one):
        return "known", ""
    shipment = Shipment(
        order_id=one.order.source_id,
        key=key_of(one.order, tracking),
        tracking_number=tracking,
        carrier=one.sale.ship_method,
        shipped_at=one.shipped_at,
    )
    try:
        return client.push_fulfilment(shipment).outcome, ""
    except (RequestRefused, NotOffered) as error:
        return "refused", str(error)


def _log(store: Store, one: Known, name: str, state: str, problem: str) -> None:
    number = one.order.number
    text = f"{store.name} was told that order {number} is shipped, tracking number {one.tracking}."
    if state == "known":
        text = (
            f"{store.name} has order {number} as shipped already, and takes no other tracking "
            f"number: change it to {one.tracking} there."
        )
    elif problem:
        text = f"{store.name} was not told that order {number} is shipped: {problem}"
    level = {"fault": "error", "refused": "warning", "known": "warning"}.get(state, "info")
    detail = {"TxnID": one.row.txn_id, "sale": name}
    db.session.add(
        Event(
            company_id=store.company_id, order_id=one.order.id, level=level,
            kind=f"shipment.{state}", text=text, detail=detail,
        )
    )  # fmt: skip
