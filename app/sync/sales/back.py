"""Shipments of sales at a store: each is noted once, to be written back to QuickBooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app.models import Company, Event, Sale, SaleSent, SaleShipment, Store, db
from app.rules import current_rulebook
from app.stores.base import SaleShipped, StoreClient
from app.sync.sales.judging import judge, name_of
from qbwc.planning import sales_out

BATCH = 100


def take_back(company: Company, store: Store, client: StoreClient[Any]) -> int:
    """Note what the store shipped since it was last asked; how many shipments are new.

    Nothing is asked while nothing was sent. The caller commits.

    Raises:
        app.stores.errors.StoreError: The store cannot be reached; it is asked again from there.
    """
    anything = select(SaleSent.id).where(SaleSent.store_id == store.id, SaleSent.reference != "")
    since = store.shipped_until or store.sales_since
    if since is None or db.session.scalar(anything.limit(1)) is None:
        return 0
    count, reached, batch = 0, since, list[SaleShipped]()
    for one in client.sales_shipped(since - client.overlap):
        reached = max(reached, one.made_at)
        batch.append(one)
        if len(batch) >= BATCH:
            count += _note(company, store, batch)
            batch = []
    count += _note(company, store, batch)
    store.shipped_until = _not_after(reached, client.http.now())
    return count


def _not_after(reached: datetime, moment: datetime) -> datetime:
    return min(reached, moment)


def _note(company: Company, store: Store, batch: list[SaleShipped]) -> int:
    """Note the shipments of sales of ours that are new; those sales take no change any more."""
    of = {one.reference: one for one in batch}
    rows = db.session.execute(
        select(SaleSent.reference, Sale)
        .join(Sale, Sale.id == SaleSent.sale_id)
        .where(SaleSent.store_id == store.id, SaleSent.reference.in_(of))
        .options(undefer(Sale.data))
    ).all()
    sales = {row.reference: row.Sale for row in rows}
    keys = [one.key for one in batch if one.reference in sales]
    known = set(
        db.session.scalars(
            select(SaleShipment.key).where(
                SaleShipment.store_id == store.id, SaleShipment.key.in_(keys)
            )
        )
    )
    _, rulebook = current_rulebook(company)
    facts = {one.row.id: one.sale for one in judge(company, store, rulebook, [*sales.values()])}
    count = 0
    for one in batch:
        sale = sales.get(one.reference)
        if sale is None or one.key in known:
            continue
        known.add(one.key)
        found = facts.get(sale.id)
        into, fault = (
            sales_out.written_back(rulebook, found, store.key, store.type)
            if found
            else ("none", "")
        )
        state = "held" if fault else "left_out" if into == "none" or sale.gone else "ready"
        db.session.add(
            SaleShipment(
                company_id=company.id, store_id=store.id, sale_id=sale.id, key=one.key,
                shipped_on=one.shipped_on, tracking=one.tracking_number, into=into,
                state=state, advice=fault,
            )
        )  # fmt: skip
        count += 1
        if fault:
            text = f"That {name_of(sale)} was shipped by {store.name} is not written back. {fault}"
            db.session.add(
                Event(company_id=company.id, level="error", kind="sale.shipment_held", text=text)
            )
    db.session.execute(
        update(SaleSent)
        .where(
            SaleSent.store_id == store.id,
            SaleSent.sale_id.in_([row.id for row in sales.values()]),
            SaleSent.state.not_in(("astray", "seen")),
        )
        .values(state="closed")
        .execution_options(synchronize_session=False)
    )
    return count
