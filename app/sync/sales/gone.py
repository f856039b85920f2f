"""Sales that are gone from QuickBooks: stores that were sent them are told, once, to ship nothing.

Where the store shipped it already, or cannot be told, a person has to see to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import undefer

from app.models import Company, Event, Sale, SaleSent, SaleShipment, Store, db, now
from app.stores.base import SaleGone, StoreClient
from app.stores.errors import NotOffered, RequestRefused
from app.sync.sales.judging import Shown, name_of

AGAIN: Final = timedelta(days=1)
"""So long after a store kept what is gone it is asked again: somebody may have seen to it."""
AFTER: Final = ("cancelled", "astray", "seen")
"""What becomes of a sale that is gone at a store that had it."""
SHIPPED: Final = "It was shipped there already: book it again, or get the goods back."


def seen_by(company: Company, store: Store) -> Select[Any]:
    """The company's sales with what became of each at the store, in their order."""
    return (
        select(Sale)
        .outerjoin(SaleSent, and_(SaleSent.sale_id == Sale.id, SaleSent.store_id == store.id))
        .where(Sale.company_id == company.id)
        .order_by(Sale.id)
        .options(undefer(Sale.data))
    )


def gone(company: Company, store: Store) -> Select[Any]:
    """Those of them that are gone from QuickBooks, and that the store has or may have."""
    never = and_(
        SaleSent.id.is_(None),
        Sale.redacted_at.is_(None),
        Sale.modified_at >= (store.sales_since or now()),
    )
    had = or_(SaleSent.reference != "", SaleSent.state == "refused")
    return seen_by(company, store).where(
        Sale.gone > "",
        or_(
            never,
            and_(had, SaleSent.state.not_in(AFTER)),
            and_(SaleSent.state == "astray", SaleSent.at < now() - AGAIN),
        ),
    )


def cancel(client: StoreClient[Any], shown: Shown, key: str) -> dict[str, Any]:
    """Tell the store that the sale is gone, and say what became of it there.

    One that the store may have taken just before the power failed is told of too.
    """
    row, reference = shown.row, shown.held.reference if shown.held else ""
    told = SaleGone(
        key=key,
        reference=reference,
        number=row.number or row.txn_id,
        edit_sequence=row.edit_sequence,
        how=row.gone,
    )
    try:
        outcome = client.cancel_sale(told).outcome
    except (RequestRefused, NotOffered) as error:
        return {"state": "astray", "problem": f"It was not cancelled there: {error}", "digest": ""}
    if outcome == "shipped" or (outcome == "told" and _was_shipped(shown)):
        return {"state": "astray", "problem": SHIPPED, "digest": ""}
    is_news = outcome != "unknown" or bool(reference)
    return {"state": "cancelled" if is_news else "left_out", "problem": "", "digest": ""}


def _was_shipped(shown: Shown) -> bool:
    """Whether the store told of a shipment of it."""
    if shown.held is None:
        return False
    query = select(SaleShipment.id).where(
        SaleShipment.store_id == shown.held.store_id, SaleShipment.sale_id == shown.row.id
    )
    return db.session.scalar(query.limit(1)) is not None


def shipped_after_all(store: Store, row: Sale, sent: SaleSent) -> None:
    """The store shipped what is gone: a person has to see to it. The caller commits."""
    if sent.state in {"astray", "seen"}:
        return
    sent.state, sent.problem, sent.digest, sent.at = "astray", SHIPPED, "", now()
    change = {"state": sent.state, "problem": sent.problem}
    level, kind, text = news(store.name, name_of(row), row.gone, change)
    detail = {"TxnID": row.txn_id}
    db.session.add(
        Event(company_id=store.company_id, level=level, kind=kind, text=text, detail=detail)
    )


def may_be_there(shown: Shown) -> bool:
    """Whether the store has the sale, or may have been sent it."""
    held = shown.held
    return shown.would_send if held is None else bool(held.reference) or held.state == "refused"


def news(store: str, name: str, how: str, change: Mapping[str, Any]) -> tuple[str, str, str]:
    """Level, kind and text of the event that this is."""
    if change["state"] == "astray":
        text = f"{name} was {how} in QuickBooks, but {store} has it. {change['problem']}"
        return "error", "sale.astray", text
    return "warning", "sale.cancelled", f"{name} was {how} in QuickBooks: {store} ships it no more."


@dataclass(frozen=True, slots=True)
class Astray:
    """A sale that is gone from QuickBooks, but not from a store."""

    id: int
    """Of the row that a person answers."""
    name: str
    """What people call the sale."""
    how: str
    store: str
    problem: str


def astray(company: Company, most: int) -> list[Astray]:
    """Those that a person has to see to, the newest first, ``most`` of them."""
    query = select(SaleSent.id, SaleSent.problem, Sale, Store.name).order_by(SaleSent.id.desc())
    return [
        Astray(row.id, name_of(row.Sale), row.Sale.gone, row.name, row.problem)
        for row in db.session.execute(_astray(company, query).limit(most))
    ]


def count_astray(company: Company) -> int:
    """How many there are."""
    return db.session.scalar(how_many(company)) or 0


def how_many(company: Company) -> Any:
    """The query of their number."""
    return _astray(company, select(func.count(SaleSent.id)))


def see_to(company: Company, sent_id: int) -> str:
    """Note that a person saw to one; what people call the sale. The caller commits.

    Raises:
        LookupError: Nobody has to see to it (any more).
    """
    one = select(SaleSent, Sale).where(SaleSent.id == sent_id)
    row = db.session.execute(_astray(company, one)).first()
    if row is None:
        raise LookupError("Nobody has to see to that sale any more.")
    row.SaleSent.state = "seen"
    return name_of(row.Sale)


def was_sent(company: Company, sent_id: int) -> bool:
    """Whether it is a sale of the company's that a store was sent."""
    mine = exists().where(
        SaleSent.id == sent_id, Sale.id == SaleSent.sale_id, Sale.company_id == company.id
    )
    return bool(db.session.scalar(select(mine)))


def _astray(company: Company, query: Any) -> Any:
    return (
        query.join(Sale, Sale.id == SaleSent.sale_id)
        .join(Store, Store.id == SaleSent.store_id)
        .where(Sale.company_id == company.id, Sale.gone > "", SaleSent.state == "astray")
    )
