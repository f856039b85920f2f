"""Shipments of sales at a store: each is noted once, to be written back to QuickBooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app.models import Company, Event, Sale, SaleSent, SaleShipment, Store, db
from app.rules import current_rulebook
from app.stores.base import SaleShipped, StoreClient
from app.sync.sales.gone import shipped_after_all
from app.sync.sales.judging import judge, name_of
from qbwc.planning import sales_out
from rules_library.rulebook import Rulebook
from rules_library.sale import Sale as Facts

BATCH = 100
Outcome = Literal["new", "same", "other", "unknown"]
"""``other``: another shipment has its key; ``unknown``: the store was sent no such sale."""


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
            count += _note(company, store, batch).count("new")
            batch = []
    count += _note(company, store, batch).count("new")
    store.shipped_until = _not_after(reached, client.http.now())
    return count


def _not_after(reached: datetime, moment: datetime) -> datetime:
    return min(reached, moment)


def hand_in(company: Company, store: Store, batch: list[SaleShipped]) -> list[Outcome]:
    """Note shipments that a program tells of, all as one; what became of each.

    Two programs take turns. The same again changes nothing.
    """
    db.session.execute(
        update(Store)
        .where(Store.id == store.id)
        .values(name=Store.name)
        .execution_options(synchronize_session=False)
    )
    outcomes = _note(company, store, batch)
    db.session.commit()
    return outcomes


def _note(company: Company, store: Store, batch: list[SaleShipped]) -> list[Outcome]:
    """Note the shipments of sales of ours that are new; those sales take no change any more."""
    of = {one.reference: one for one in batch}
    rows = db.session.execute(
        select(SaleSent, Sale)
        .join(Sale, Sale.id == SaleSent.sale_id)
        .where(SaleSent.store_id == store.id, SaleSent.reference.in_(of))
        .options(undefer(Sale.data))
    ).all()
    sales = {row.SaleSent.reference: row for row in rows}
    keys = [one.key for one in batch if one.reference in sales]
    known = {
        row.key: (row.sale_id, row.shipped_on, row.tracking)
        for row in db.session.scalars(
            select(SaleShipment).where(
                SaleShipment.store_id == store.id, SaleShipment.key.in_(keys)
            )
        )
    }
    _, rulebook = current_rulebook(company)
    facts = {
        one.row.id: one.sale
        for one in judge(company, store, rulebook, [row.Sale for row in sales.values()])
    }
    outcomes: list[Outcome] = []
    for one in batch:
        row = sales.get(one.reference)
        if row is None:
            outcomes.append("unknown")
            continue
        told = (row.Sale.id, one.shipped_on, one.tracking_number)
        if one.key in known:
            outcomes.append("same" if known[one.key] == told else "other")
            continue
        known[one.key] = told
        outcomes.append("new")
        _add(company, store, rulebook, one, row.Sale, facts.get(row.Sale.id))
        if row.Sale.gone:
            shipped_after_all(store, row.Sale, row.SaleSent)
        else:
            row.SaleSent.state = "closed"
    return outcomes


def _add(  # noqa: PLR0917 - a shipment, and all that it is judged by
    company: Company,
    store: Store,
    rulebook: Rulebook,
    one: SaleShipped,
    sale: Sale,
    found: Facts | None,
) -> None:
    """Note one shipment; a rule that cannot be used holds it."""
    into, fault = "none", ""
    if found and not sale.gone:
        into, fault = sales_out.written_back(rulebook, found, store.key, store.type)
    state = "held" if fault else "left_out" if into == "none" else "ready"
    db.session.add(
        SaleShipment(
            company_id=company.id, store_id=store.id, sale_id=sale.id, key=one.key,
            shipped_on=one.shipped_on, tracking=one.tracking_number, into=into,
            state=state, advice=fault,
        )
    )  # fmt: skip
    if fault:
        text = f"That {name_of(sale)} was shipped by {store.name} is not written back. {fault}"
        db.session.add(
            Event(company_id=company.id, level="error", kind="sale.shipment_held", text=text)
        )
