"""Sales to a store: those that changed since they were last looked at; each answer is kept.

A sale is known by QuickBooks' TxnID, from which the key is made that the store is given: a store
that took it just before the power failed is sent it again, and has it once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Select, and_, insert, or_
from sqlalchemy.dialects import postgresql, sqlite

from app.models import (
    Company,
    Event,
    Sale,
    SaleSent,
    Store,
    db,
    now,
)
from app.rules import current_rulebook
from app.stores.base import StoreClient
from app.stores.errors import NotOffered, RequestRefused
from app.sync.outward import is_uncertain
from app.sync.sales.gone import AFTER, cancel, gone, may_be_there, seen_by
from app.sync.sales.gone import news as news_of_gone
from app.sync.sales.judging import Shown, judge, name_of, sends_sales
from app.sync.stores import client_of
from qbwc.host import bare
from rules_library.rulebook import Rulebook
from rules_library.sale import Sale as Facts

BATCH: Final = 100
REFUSED: Final = timedelta(days=1)
"""A sale that the store refused is sent again after so long, as it is."""


class NoSalesError(Exception):
    """The store takes no sales, or no rule sends any."""


@dataclass(slots=True)
class Sent:
    """What became of a store's sales."""

    sent: int = 0
    same: int = 0
    """Changed in QuickBooks in nothing that the store is told."""
    left_out: int = 0
    closed: int = 0
    """Shipped or cancelled there already."""
    cancelled: int = 0
    """Gone from QuickBooks, and cancelled there."""
    astray: list[tuple[str, str]] = field(default_factory=list)
    """Gone from QuickBooks, but not there, for a person to see to: (sale, reason)."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(sale, reason)"""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Rules that failed: (sale, reason)."""
    would_send: list[Shown] = field(default_factory=list)
    """Of a dry run."""
    would_cancel: list[Shown] = field(default_factory=list)
    """Of a dry run."""

    @property
    def words(self) -> str:
        """The same in words."""
        more = {"cancelled": self.cancelled, "refused": len(self.refused),
                "gone from QuickBooks only": len(self.astray)}  # fmt: skip
        said = [f"{self.sent:,} sent, {self.left_out:,} left out"]
        return ", ".join(said + [f"{count:,} {what}" for what, count in more.items() if count])


def send(
    company: Company, store: Store, *, dry: bool = False, client: StoreClient[Any] | None = None
) -> Sent:
    """Send a store what changed; the last of what ``sending`` tells.

    Raises:
        NoSalesError: The store takes no sales, or no rule sends any.
        app.stores.errors.StoreError: The store cannot be reached; what it took is kept.
    """
    sent = Sent()
    for sent in sending(company, store, dry=dry, client=client):  # noqa: B007
        pass
    return sent


def sending(
    company: Company, store: Store, *, dry: bool = False, client: StoreClient[Any] | None = None
) -> Iterator[Sent]:
    """The same, telling after each answer how far it is; each answer is committed.

    Args:
        company: Whose sales.
        store: The store.
        dry: Send nothing; say what would be sent.
        client: By default the store's own.
    """
    release_id, rulebook = current_rulebook(company)
    if not sends_sales(rulebook):
        raise NoSalesError("No rule sends sales to a store: see “Send the sale to the store”.")
    opened = client or client_of(store)
    try:
        if "sales" not in opened.capabilities:
            raise NoSalesError(f"{store.name} takes no sales of QuickBooks.")
        sent = Sent()
        yield sent
        if is_uncertain(company):
            return
        keeping = _Keeping(store, release_id, dry=dry)
        for query in (gone(company, store), _changed(company, store, release_id)):
            for found in _batches(company, store, rulebook, query):
                for one in found:
                    if _one(opened, one, key_of(company, one.row.txn_id), keeping, sent):
                        yield sent
                keeping.write()
                yield sent
    finally:
        if client is None:
            opened.http.close()


def _batches(
    company: Company, store: Store, rulebook: Rulebook, query: Select[Any]
) -> Iterator[list[Shown]]:
    """The sales of a query, judged, some at a time; no commit of ours forgets them."""
    last = 0
    while rows := list(db.session.scalars(query.where(Sale.id > last).limit(BATCH))):
        last = rows[-1].id
        found = list(judge(company, store, rulebook, rows))
        for one in found:
            db.session.expunge(one.row)
            if one.held is not None:
                db.session.expunge(one.held)
        yield found


def _changed(company: Company, store: Store, release_id: int | None) -> Select[Any]:
    """The sales that changed since they were last looked at, or that rules may decide otherwise."""
    undecided = SaleSent.state.in_(("left_out", "fault"))
    return seen_by(company, store).where(
        Sale.gone == "",
        Sale.redacted_at.is_(None),
        Sale.modified_at >= (store.sales_since or now()),
        or_(
            SaleSent.id.is_(None),
            and_(SaleSent.state != "closed", SaleSent.edit_sequence != Sale.edit_sequence),
            and_(undecided, SaleSent.release_id.is_distinct_from(release_id)),
            and_(SaleSent.state == "refused", SaleSent.at < now() - REFUSED),
            SaleSent.state.in_(AFTER),
        ),
    )


def key_of(company: Company, txn_id: str) -> str:
    """What the store knows the sale by: the TxnID is unique in one company file only."""
    return f"{txn_id[-31:]}-{bare(company.file_id)[:8]}"


def digest_of(sale: Facts) -> str:
    """The same as long as the store would be told the same."""
    told = {**asdict(sale), "edit_sequence": ""}
    text = json.dumps(told, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class _Keeping:
    """What became of sales, kept after each that was sent and at the end of a batch."""

    store: Store
    release_id: int | None
    dry: bool
    company_id: int = field(init=False)
    store_id: int = field(init=False)
    name: str = field(init=False)
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.company_id, self.store_id = self.store.company_id, self.store.id
        self.name = self.store.name

    def add(self, shown: Shown, change: Mapping[str, Any]) -> None:
        """Note what became of one, and its event if it is one."""
        held = shown.held
        before = {"digest": held.digest, "reference": held.reference} if held else {}
        self.rows.append(
            {
                "store_id": self.store_id, "sale_id": shown.row.id, "digest": "", "reference": "",
                **before, **change, "edit_sequence": shown.row.edit_sequence,
                "release_id": self.release_id, "at": now(),
            }
        )  # fmt: skip
        if news := _news(self.name, shown, change):
            level, kind, text = news
            detail = {"TxnID": shown.row.txn_id, "why": shown.why}
            self.events.append(
                {"company_id": self.company_id, "level": level, "kind": kind, "text": text,
                 "detail": detail, "at": now()}
            )  # fmt: skip

    def write(self) -> None:
        """Commit what was noted."""
        if self.rows and not self.dry:
            dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
            statement = dialect.insert(SaleSent).values(self.rows)
            taken = self.rows[0].keys() - {"store_id", "sale_id"}
            db.session.execute(
                statement.on_conflict_do_update(
                    index_elements=["store_id", "sale_id"],
                    set_={name: getattr(statement.excluded, name) for name in taken},
                )
            )
            if self.events:
                db.session.execute(insert(Event), self.events)
            db.session.commit()
        self.rows, self.events = [], []


def _one(client: StoreClient[Any], shown: Shown, key: str, keeping: _Keeping, sent: Sent) -> bool:
    """Send one sale if a rule says so; whether the store was asked, and it is committed."""
    sale, name = shown.sale, name_of(shown.row)
    was = shown.held.state if shown.held else ""
    change: dict[str, Any] = {"state": "left_out", "problem": ""}
    if shown.row.gone:
        change = _end(client, shown, key, keeping, sent)
    elif shown.fault:
        sent.faults.append((name, shown.why))
        change = {"state": "fault", "problem": shown.why}
    elif sale is None or not shown.would_send:
        sent.left_out += 1
        if was in {"sent", "refused"}:
            change["state"] = was
    elif shown.held and shown.held.digest == digest_of(sale):
        sent.same += 1
        change["state"] = "sent"
    elif keeping.dry:
        sent.would_send.append(shown)
    else:
        change = _push(client, sale, key, sent)
        if change["problem"]:
            sent.refused.append((name, change["problem"]))
    keeping.add(shown, change)
    is_asked = sale is not None and change["state"] in {"sent", "refused", "closed", *AFTER}
    if is_asked:
        keeping.write()
    return is_asked


def _end(
    client: StoreClient[Any], shown: Shown, key: str, keeping: _Keeping, sent: Sent
) -> dict[str, Any]:
    """Have a sale that is gone from QuickBooks not shipped."""
    change: dict[str, Any] = {"state": "left_out", "problem": ""}
    if not may_be_there(shown):
        sent.left_out += 1
    elif keeping.dry:
        sent.would_cancel.append(shown)
    else:
        change = cancel(client, shown, key)
        sent.cancelled += change["state"] == "cancelled"
        if change["problem"]:
            sent.astray.append((name_of(shown.row), change["problem"]))
    return change


def _push(client: StoreClient[Any], sale: Facts, key: str, sent: Sent) -> dict[str, Any]:
    try:
        taken = client.push_sale(sale, key)
    except (RequestRefused, NotOffered) as error:
        return {"state": "refused", "problem": str(error)}
    if taken.outcome == "closed":
        sent.closed += 1
        return {"state": "closed", "problem": "", "reference": taken.reference}
    sent.sent += 1
    return {"state": "sent", "problem": "", "digest": digest_of(sale), "reference": taken.reference}


def _news(store: str, shown: Shown, change: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Level, kind and text of the event that this is, if it is one."""
    name, held = name_of(shown.row), shown.held
    if change["problem"] and held is not None and held.problem == change["problem"]:
        return None
    if change["state"] in AFTER:
        return news_of_gone(store, name, shown.row.gone, change)
    if change["problem"]:
        failed = change["state"] == "fault"
        text = f"{name} was not sent to {store}: {change['problem']}"
        return ("error", "sale.fault", text) if failed else ("warning", "sale.refused", text)
    if "digest" in change:
        what = "Changes of " + name[:1].lower() + name[1:] if held and held.digest else name
        verb = "were" if held and held.digest else "was"
        return "info", "sale.sent", f"{what} {verb} sent to {store}."
    if change["state"] == "closed":
        text = f"{name} changed, but {store} has shipped or cancelled it and takes no change."
        return "warning", "sale.closed", text
    return None
