"""What becomes of outbox rows in one call: gathered, then written in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from app.models import CustomValue, Order, Outbox, Posting, Store, db
from app.sync import taken, taxes
from app.sync.queue import balances
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.orders import conclude
from qbwc import qbxml, status
from qbwc.documents import Document
from qbwc.planning.taken import KINDS as SALES

DELAYS = (5, 15, 60, 300, 900, 3600)
"""Seconds until what QuickBooks could not do now is tried again."""

OutboxRow = Row[Any]


def rows(*conditions: Any) -> Any:
    """Outbox rows with what is needed of their order and store."""
    return (
        select(
            Outbox.id, Outbox.order_id, Outbox.kind, Outbox.part, Outbox.action,
            Outbox.generation, Outbox.guid, Outbox.ref_number, Outbox.payload, Outbox.attempts,
            Outbox.within, Outbox.replans, Outbox.searched, Outbox.release_id, Outbox.state,
            Order.number, Order.source_id, Order.currency, Store.key.label("store_key"),
        )
        .join(Order, Order.id == Outbox.order_id)
        .join(Store, Store.id == Order.store_id)
        .where(*conditions)
        .order_by(Outbox.order_id, Outbox.id)
    )  # fmt: skip


def by_id(ids: Sequence[int], *conditions: Any) -> list[OutboxRow]:
    """Some rows, in the order in which their documents depend on each other."""
    found: list[OutboxRow] = []
    for start in range(0, len(ids), 5_000):
        chunk = ids[start : start + 5_000]
        found.extend(db.session.execute(rows(Outbox.id.in_(chunk), *conditions)))
    return found


def judge(result: qbxml.Result | None) -> status.Judgement | None:
    """What a result means; nothing if QuickBooks gave none."""
    if result is None:
        return None
    return status.judge(result.code, result.name, result.message)


def explain(judged: status.Judgement, result: qbxml.Result) -> str:
    """What a result means, what to do, and QuickBooks' own words and number for it."""
    own = f" QuickBooks says: {result.message}" if result.message else ""
    return f"{judged.meaning} {judged.advice}{own} (status {result.code})".replace("  ", " ")


def delay(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt."""
    return timedelta(seconds=DELAYS[min(attempts, len(DELAYS)) - 1])


class Outcome:
    """Changes of outbox rows, new postings and the orders concerned, written by ``keep``."""

    def __init__(self, call: Call) -> None:
        """Start with nothing."""
        self._call = call
        self._changes: dict[int, dict[str, Any]] = {}
        self._postings: list[dict[str, Any]] = []
        self._orders: set[int] = set()
        self._due: set[int] = set()
        self._freed: set[int] = set()
        self._paid: set[int] = set()
        self._sold: set[int] = set()

    def change(self, row: OutboxRow, **values: Any) -> None:
        """Note new values of a row."""
        self._changes.setdefault(row.id, {}).update(values)
        self._orders.add(row.order_id)

    def done(self, row: OutboxRow, posting: dict[str, Any] | None = None) -> None:
        """QuickBooks holds the document; ``posting`` is how."""
        self.change(row, state="done", advice="", within=None, waiting=False)
        self._freed.add(row.order_id)
        if row.kind == balances.PAYMENT:
            self._paid.add(row.order_id)
        if row.kind in SALES:
            self._sold.add(row.order_id)
        if posting is not None:
            self._postings.append(posting)

    def ready(self, row: OutboxRow, **values: Any) -> None:
        """It was certainly not done: it may be sent again."""
        self.change(row, state="ready", **values)

    def again(self, row: OutboxRow, code: int | None, advice: str) -> None:
        """QuickBooks could not do it now: it is tried again later."""
        attempts = row.attempts + 1
        self.ready(
            row,
            attempts=attempts,
            status_code=code,
            advice=advice,
            not_before=self._call.at + delay(attempts),
        )

    def hold(
        self,
        row: OutboxRow,
        advice: str,
        code: int | None = None,
        *,
        alike: dict[str, Any] | None = None,
    ) -> None:
        """A person has to act; ``alike`` is the transaction that the document may be."""
        self._stop(row, "held", advice, code, alike)

    def review(self, row: OutboxRow, advice: str) -> None:
        """Nobody can tell whether QuickBooks holds it: it is never sent again on a guess."""
        self._stop(row, "review", advice, None, None)

    def drop(self, row: OutboxRow, code: int | None, advice: str) -> None:
        """The plan it came from is out of date: the order is decided again."""
        self.change(row, state="dropped", status_code=code, advice=advice, replans=row.replans + 1)
        self.due(row.order_id)

    def due(self, order_id: int) -> None:
        """The order has to be decided again."""
        self._due.add(order_id)

    def _stop(
        self,
        row: OutboxRow,
        state: str,
        advice: str,
        code: int | None,
        alike: dict[str, Any] | None,
    ) -> None:
        stopped = {"state": state, "advice": advice, "status_code": code, "alike": alike}
        self.change(row, **stopped, within=None)
        self._call.log(
            f"document.{state}",
            f"{sentence(words(row.kind))} of order {row.number}: {advice}",
            order_id=row.order_id,
            level="error",
            detail={"code": code} if code is not None else None,
        )

    def keep(self) -> None:
        """Write everything, and say of each order concerned where it stands."""
        if self._postings:
            # With nulls written out, invoices and payments go in by one statement.
            options = {"render_nulls": True}
            db.session.execute(insert(Posting), self._postings, execution_options=options)
            _note_custom_fields(self._postings)
        by_names: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for row_id, values in self._changes.items():
            by_names[tuple(sorted(values))].append({"id": row_id, **values})
        for changes in by_names.values():
            db.session.execute(update(Outbox), changes)
        if self._freed:
            _free(self._freed)
        balances.lower(self._paid)
        taxes.posted(self._freed)
        taken.posted(self._call.company.id, self._sold, self._call.at)
        conclude(self._orders, self._due)


def _note_custom_fields(postings: Iterable[dict[str, Any]]) -> None:
    """What is still to be written to new postings.

    What a search found before anything was sent is not ours to write to.
    """
    rows = [
        {name: posting[name] for name in ("company_id", "order_id", "kind", "txn_id")}
        | {"name": name, "text": text}
        for posting in postings
        if posting["how"] != "found" and f'"{qbxml.CUSTOM_FIELDS}"' in posting["payload"]
        for name, text in qbxml.custom_fields_of(Document.loads(posting["payload"]))
    ]
    if rows:
        db.session.execute(insert(CustomValue), rows)


def _free(order_ids: Iterable[int]) -> None:
    """A document was posted: what waited for it in the same order may go."""
    db.session.execute(
        update(Outbox)
        .where(Outbox.order_id.in_(order_ids), Outbox.state == "ready", Outbox.waiting)
        .values(waiting=False)
        .execution_options(synchronize_session=False)
    )
