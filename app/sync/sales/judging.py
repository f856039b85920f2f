"""Which sales go to a store, and why: what the schedule, the dry run and the pages ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import undefer

from app.models import Company, ListEntry, Order, Posting, Sale, SaleSent, Store, db
from app.sync.queue.call import words as spoken
from qbwc.planning import sales_out
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.rulebook import Rulebook
from rules_library.sale import Sale as Facts


@dataclass(frozen=True, slots=True)
class Shown:
    """One sale as a dry run shows it: whether it would go, and why."""

    row: Sale
    sale: Facts | None
    would_send: bool
    why: str
    held: SaleSent | None
    fault: bool = False
    """Whether the rules cannot be used."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The order of which a sale was made."""

    store_id: int
    is_whole: bool
    """Whether it is of the whole order, and is still there."""


def sends_sales(rulebook: Rulebook) -> bool:
    """Whether any rule may send a sale at all."""
    rule = rulebook.rule(decisions()[sales_out.DECISION])
    return rule.constant is None or bool(rule.constant.value)


def judge(
    company: Company, store: Store, rulebook: Rulebook, rows: Sequence[Sale]
) -> Iterator[Shown]:
    """Whether each of these sales goes to the store, and why; what they need is read at once."""
    ids = [row.id for row in rows]
    held = {
        one.sale_id: one
        for one in db.session.scalars(
            select(SaleSent).where(SaleSent.store_id == store.id, SaleSent.sale_id.in_(ids))
        )
    }
    origins = made_of_orders(company, [row.txn_id for row in rows])
    echoes = {txn_id for txn_id, origin in origins.items() if origin.store_id == store.id}
    sales = read(company, [row for row in rows if row.txn_id not in echoes])
    for row in rows:
        found = held.get(row.id)
        if row.txn_id in echoes:
            yield Shown(row, None, would_send=False, why=f"It came from {store.name}.", held=found)
            continue
        sale = sales[row.id]
        outcome = sales_out.decide(rulebook, sale, store.key, store.type)
        would_send = bool(outcome.value) and not outcome.error
        yield Shown(row, sale, would_send, why(outcome), found, bool(outcome.error))


def read(company: Company, rows: Sequence[Sale]) -> dict[int, Facts]:
    """What rules look at of each sale, by the row's id; what that needs is read at once."""
    items = {name for row in rows for name in sales_out.item_names(row.data)}
    variants = {
        row.full_name: str(row.data.get("variant") or "")
        for row in db.session.scalars(
            select(ListEntry).where(
                ListEntry.company_id == company.id,
                ListEntry.kind == "Item",
                ListEntry.full_name.in_(items),
            )
        )
    }
    customers = {
        row.list_id: row.data
        for row in db.session.scalars(
            select(ListEntry).where(
                ListEntry.company_id == company.id,
                ListEntry.kind == "Customer",
                ListEntry.list_id.in_({row.customer_list_id for row in rows}),
            )
        )
    }
    return {
        row.id: sales_out.sale(
            row.kind, row.data, variants=variants, customer=customers.get(row.customer_list_id)
        )
        for row in rows
    }


def made_of_orders(company: Company, txn_ids: Sequence[str]) -> dict[str, Origin]:
    """The sales that we posted for orders of shops, by TxnID."""
    is_whole = and_(Posting.part == "", Posting.ended == "")
    query = (
        select(Posting.txn_id, Order.store_id, is_whole)
        .join(Order, Order.id == Posting.order_id)
        .where(Posting.company_id == company.id, Posting.txn_id.in_(txn_ids))
    )
    rows = db.session.execute(query)
    return {txn_id: Origin(store_id, bool(whole)) for txn_id, store_id, whole in rows}


def newest(company: Company, most: int, *, named: str = "") -> list[Sale]:
    """The sales that were read last and are still there, with all their texts.

    Args:
        company: Whose.
        most: How many.
        named: Only those with this number, or whose customer's name holds it.
    """
    query = select(Sale).where(
        Sale.company_id == company.id, Sale.gone == "", Sale.redacted_at.is_(None)
    )
    if named:
        customer = func.lower(Sale.customer).contains(named.lower(), autoescape=True)
        query = query.where(or_(Sale.number == named.removeprefix("#"), customer))
    newest_first = query.order_by(Sale.id.desc()).limit(most).options(undefer(Sale.data))
    return list(db.session.scalars(newest_first))


def why(outcome: Outcome) -> str:
    """The case that settled it, or what is wrong with the rule."""
    if outcome.error:
        return f"The rule cannot be used: {outcome.error}"
    case = outcome.title or (f"case {outcome.case}" if outcome.case else "otherwise")
    return f"{decisions()[sales_out.DECISION].label}: {case}"


def name_of(row: Sale) -> str:
    """What people call the sale: Sales order 1042."""
    said = spoken(row.kind)
    return f"{said[:1].upper()}{said[1:]} {row.number or row.txn_id}"
