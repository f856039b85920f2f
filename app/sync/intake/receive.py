"""Orders in: raw payloads are stored first, then translated; a changed order is a new revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import structlog
from sqlalchemy import Text, cast, select, update
from sqlalchemy.orm import undefer

from app.models import Company, Event, Order, Store, db
from app.stores.formats import (
    GONE,
    BadOrder,
    Format,
    MalformedPayload,
    RawOrder,
    content_hash,
    dump_raw,
    format_named,
    load_raw,
    read,
)
from app.sync import taxes
from app.sync.stores import shop_of
from app.sync.summary import NUMBER, short, summarise
from rules_library.order import Order as StoreOrder

log = structlog.get_logger(__name__)

BATCH = 500
UNREADABLE = "unreadable"
IDENTIFIER = 200
"""No store's ids are longer."""


@dataclass(slots=True)
class Received:
    """What became of a file's orders."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    """Orders of which a later revision is stored already."""
    orphans: list[RawOrder] = field(default_factory=list)
    """Supplements of orders that are not here (yet)."""
    bad: list[tuple[str, str]] = field(default_factory=list)
    """(order, reason): what could not be read; the raw payload is kept where it has an id."""

    def __iadd__(self, other: Received) -> Self:
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.older += other.older
        self.orphans += other.orphans
        self.bad += other.bad
        return self


def translate(row: Order) -> StoreOrder:
    """The canonical order of a stored payload.

    Raises:
        MalformedPayload: if it cannot be read.
    """
    return format_named(row.format).translate(load_raw(row.raw), shop_of(row.store))


def store_named(company: Company, key: str, kind: str) -> Store:
    """The company's store with that key; a new one if there is none."""
    store = db.session.scalars(
        select(Store).where(Store.company_id == company.id, Store.key == key)
    ).first()
    if store is None:
        store = Store(company=company, key=key, type=kind, name=key)
        if kind != "woocommerce":
            store.zone = company.zone
        db.session.add(store)
        db.session.flush()
    return store


def receive(
    company: Company, store: Store, format_key: str, text: str | bytes, *, name: str = ""
) -> Received:
    """Take a file's orders in, all in one transaction.

    Raises:
        MalformedPayload: if the file is no such file; nothing of it is stored.
        UnknownFormat: if there is no such format.
    """
    return take(company, store, format_key, read(format_key, text, shop_of(store), name=name))


def take(
    company: Company, store: Store, format_key: str, found: Sequence[RawOrder | BadOrder]
) -> Received:
    """Take orders in that are read already, all in one transaction."""
    received = add(company.id, store, format_named(format_key), found)
    db.session.commit()
    return received


def add(
    company_id: int, store: Store, chosen: Format, found: Sequence[RawOrder | BadOrder]
) -> Received:
    """The same without the commit. Until then nobody else changes these orders.

    An order that was decided between our reading and writing would stay as it was decided, and
    its new revision never be looked at. SQLite has one lock for all; the store's row takes it.
    """
    db.session.execute(
        update(Store)
        .where(Store.id == store.id)
        .values(name=Store.name)
        .execution_options(synchronize_session=False)
    )
    received = Received()
    for start in range(0, len(found), BATCH):
        received += _receive(company_id, store, chosen, found[start : start + BATCH])
    return received


def _receive(
    company_id: int, store: Store, chosen: Format, found: Sequence[RawOrder | BadOrder]
) -> Received:
    received = Received()
    raws = [item for item in found if isinstance(item, RawOrder)]
    ids = {item.source_id for item in raws if "\x00" not in item.source_id}
    rows = {
        row.source_id: row
        for row in db.session.scalars(
            select(Order)
            .where(Order.store_id == store.id, Order.source_id.in_(ids))
            .order_by(Order.id)
            .options(undefer(Order.raw))
            .with_for_update(of=Order)
            .execution_options(populate_existing=True)
        )
    }
    read: list[tuple[Order, StoreOrder | None]] = []
    for item in found:
        if isinstance(item, BadOrder):
            received.bad.append((item.source_id, item.reason))
            continue
        if len(item.source_id) > IDENTIFIER or "\x00" in item.source_id:
            received.bad.append((short(item.source_id, NUMBER), "the id is no identifier"))
            continue
        row = rows.get(item.source_id)
        if item.kind == "supplement":
            if row is None:
                received.orphans.append(item)
                continue
            raw = chosen.merge(load_raw(row.raw), item.raw)
        else:
            if row and item.updated_at and row.changed_at and item.updated_at < row.changed_at:
                received.older += 1
                continue
            raw = dict(item.raw)
            if row is not None and not item.complete:
                raw = chosen.carry_over(load_raw(row.raw), raw)
        digest = content_hash(raw)
        if row is None:
            row = Order(company_id=company_id, store=store, source_id=item.source_id)
            row.revision, row.number = 0, short(item.source_id, NUMBER)
            db.session.add(row)
            rows[item.source_id] = row
            received.new += 1
        elif row.content_hash == digest:
            received.same += 1
            continue
        else:
            received.changed += 1
        row.content_hash, row.changed_at = digest, item.updated_at or row.changed_at
        read.append((row, _revise(row, chosen, raw, received)))
    _tell_taxes(read)
    return received


def _tell_taxes(read: Sequence[tuple[Order, StoreOrder | None]]) -> None:
    """Keep the taxes of the orders that could be read; of an order that came twice, the last."""
    db.session.flush()
    taxes.told({row.id: taxes.of_order(order) for row, order in read if order is not None})


def _revise(
    row: Order, chosen: Format, raw: Mapping[str, Any], received: Received
) -> StoreOrder | None:
    row.raw, row.format, row.redacted_at = dump_raw(raw), chosen.key, None
    row.revision += 1
    row.received_at = datetime.now(UTC)
    order = _read(row, chosen, raw, received)
    if order is not None and row.revision > 1:
        db.session.add(
            Event(
                company_id=row.company_id,
                order_id=row.id,
                kind="order.changed",
                text=f"Order {row.number} changed in the store (revision {row.revision}).",
            )
        )
    return order


def _read(
    row: Order, chosen: Format, raw: Mapping[str, Any], received: Received
) -> StoreOrder | None:
    """Fill the row from its payload, and have it decided; hold it if it cannot be read."""
    row.due = True
    try:
        order = chosen.translate(raw, shop_of(row.store))
    except Exception as error:  # whatever it is, the payload is kept and the others go in
        why = str(error)
        if not isinstance(error, MalformedPayload):
            log.exception("order.untranslatable", order=row.source_id)
            why = f"a fault of Rulebooks ({type(error).__name__}); please report it"
        received.bad.append((row.source_id, why))
        row.due, row.state, row.reasons = False, "held", [f"the order cannot be read: {why}"]
        row.causes = [[UNREADABLE, ""]]
        return None
    summarise(row, order)
    return order


def retranslate(store: Store, *, everything: bool = False) -> Received:
    """Read stored payloads again without fetching them: after a translator was mended.

    Args:
        store: Whose orders.
        everything: All of them, not only those that could not be read.
    """
    received = Received()
    last = 0
    while True:
        query = select(Order).where(
            Order.store_id == store.id, Order.id > last, Order.redacted_at.is_(None)
        )
        if not everything:
            told = cast(Order.causes, Text)
            query = query.where(Order.state == "held", told.contains(f'"{UNREADABLE}"'))
        query = query.order_by(Order.id).limit(BATCH).options(undefer(Order.raw))
        rows = db.session.scalars(query).all()
        if not rows:
            return received
        read = [
            (row, _read(row, format_named(row.format), load_raw(row.raw), received)) for row in rows
        ]
        _tell_taxes(read)
        received.changed += sum(order is not None for _, order in read)
        last = rows[-1].id
        db.session.commit()


def not_yet_gone(store: Store, ids: Sequence[str]) -> list[str]:
    """Those of these orders, by the store's ids, that are not kept as gone already."""
    rows = db.session.execute(
        select(Order.source_id, Order.raw).where(
            Order.store_id == store.id, Order.source_id.in_(ids)
        )
    )
    return [source_id for source_id, raw in rows if not load_raw(raw).get(GONE)]


def mark_gone(store: Store, ids: Sequence[str], received: Received) -> None:
    """Orders that the store has no more are cancelled ones; what it last said of them is kept."""
    rows = db.session.scalars(
        select(Order)
        .where(Order.store_id == store.id, Order.source_id.in_(ids))
        .options(undefer(Order.raw))
    )
    read: list[tuple[Order, StoreOrder | None]] = []
    for row in rows:
        raw = load_raw(row.raw)
        if raw.get(GONE):
            continue
        gone = {**raw, GONE: True}
        row.content_hash = content_hash(gone)
        received.changed += 1
        read.append((row, _revise(row, format_named(row.format), gone, received)))
    _tell_taxes(read)
