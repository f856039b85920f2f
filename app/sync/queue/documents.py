"""Sets of documents: whole orders at a time, each naming list entries and transactions by id."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from app.models import Addition, Outbox, db, needs
from app.sync.queue import matching, references, sets
from app.sync.queue.call import Call
from app.sync.queue.outcome import OutboxRow, Outcome, rows
from qbwc import qbxml
from qbwc.documents import Document, Key, TxnRef, refs, txn_refs
from qbwc.messages import Draft, macro_name

_UNMET = exists().where(
    needs.c.outbox_id == Outbox.id, Addition.id == needs.c.addition_id, Addition.state != "done"
)


def sendable(call: Call) -> ColumnElement[bool]:
    """Ready, not put off, not waiting for another document of the order."""
    return and_(
        Outbox.company_id == call.company.id,
        Outbox.state == "ready",
        ~Outbox.waiting,
        or_(Outbox.not_before.is_(None), Outbox.not_before <= call.at),
    )


UNSEARCHED = and_(Outbox.action == "add", Outbox.ref_number != "", ~Outbox.searched)


def suspects(*conditions: ColumnElement[bool]) -> list[OutboxRow]:
    """Rows of a set that was refused, as many as may now go together; the fewest first."""
    first = db.session.execute(
        select(Outbox.within)
        .where(Outbox.within.is_not(None), *conditions)
        .order_by(Outbox.within)
        .limit(1)
    ).scalar()
    if first is None:
        return []
    return list(db.session.execute(rows(Outbox.within == first, *conditions).limit(first)))


def send(call: Call) -> str | None:
    """The next set of documents, if any can be sent."""
    hold_those_in_need(call)
    ready = and_(sendable(call), ~UNSEARCHED, ~_UNMET)
    while True:
        found = suspects(ready) or _next_orders(call, ready)
        if not found:
            return None
        draft = _write(call, found)
        if draft:
            return sets.hand_out(call, draft, "documents", writes=True)


def hold_those_in_need(call: Call) -> None:
    """Hold what needs a list entry that a person has to see to first."""
    blocked = db.session.execute(
        rows(Outbox.company_id == call.company.id, Outbox.state == "ready")
        .join(needs, needs.c.outbox_id == Outbox.id)
        .join(Addition, Addition.id == needs.c.addition_id)
        .where(Addition.company_id == call.company.id, Addition.state == "held")
        .add_columns(Addition.kind.label("need_kind"), Addition.full_name, Addition.advice)
    ).all()
    if not blocked:
        return
    outcome = Outcome(call)
    for row in blocked:
        outcome.hold(row, f"The {row.need_kind} “{row.full_name}” is missing. {row.advice}")
    outcome.keep()


def _next_orders(call: Call, ready: ColumnElement[bool]) -> list[OutboxRow]:
    ready = and_(ready, Outbox.within.is_(None))
    order_ids = list(
        db.session.scalars(
            select(Outbox.order_id)
            .where(ready)
            .group_by(Outbox.order_id)
            .order_by(Outbox.order_id)
            .limit(call.company.set_size)
        )
    )
    if not order_ids:
        return []
    return list(db.session.execute(rows(ready, Outbox.order_id.in_(order_ids))))


def _write(call: Call, found: list[OutboxRow]) -> Draft:
    documents = _load(call, found)
    found = [row for row in found if row.id in documents]
    resolve = references.resolver(
        call, (ref for document in documents.values() for ref in refs(document.fields))
    )
    posted = references.postings(row.order_id for row in found)
    parents = {
        (row.order_id, ref.kind, ref.part)
        for row in found
        for ref in txn_refs(documents[row.id].fields)
    }
    writer = _Writer(call, resolve, posted, parents)
    previous: int | None = None
    for row in found:
        if writer.draft.full and row.order_id != previous:
            break
        previous = row.order_id
        writer.write(row, documents[row.id])
    writer.keep()
    return writer.draft


def _load(call: Call, found: list[OutboxRow]) -> dict[int, Document]:
    """The documents by their row; what cannot be read is held."""
    documents: dict[int, Document] = {}
    outcome = Outcome(call)
    for row in found:
        try:
            documents[row.id] = Document.loads(row.payload)
        except matching.UNWRITABLE as problem:
            outcome.hold(row, f"It is not kept as it should be: {problem!r}.")
    outcome.keep()
    return documents


def _why(problem: Exception) -> str:
    return str(problem) if isinstance(problem, qbxml.CannotRender) else repr(problem)


class _Writer:
    """Fills a draft with documents; holds what cannot be written, lets wait what must."""

    def __init__(
        self,
        call: Call,
        resolve: qbxml.Resolve,
        posted: dict[references.PostingKey, tuple[str, str]],
        parents: set[references.PostingKey],
    ) -> None:
        self.draft = Draft()
        self._call = call
        self._resolve = resolve
        self._posted = posted
        self._parents = parents
        self._macros: dict[references.PostingKey, qbxml.Macro] = {}
        self._sent: list[dict[str, Any]] = []
        self._outcome = Outcome(call)

    def write(self, row: OutboxRow, document: Document) -> None:
        """Take a document into the set, unless it has to wait or cannot be written."""
        own = (row.order_id, row.kind, row.part)
        tied: list[TxnRef] = []
        for ref in txn_refs(document.fields):
            key = (row.order_id, ref.kind, ref.part)
            if key not in self._posted and key not in self._macros:
                self._outcome.change(row, waiting=True)
                return
            if key not in self._posted:
                tied.append(ref)
        held = self._posted.get(own)
        if row.action != "add" and held is None:
            self._outcome.change(row, waiting=True)
            return
        guid = row.guid or Key(row.store_key, row.source_id, row.kind, row.part).guid(
            row.generation
        )
        macro = macro_name(row.id) if row.action == "add" and own in self._parents else None

        def txn(ref: TxnRef) -> str | qbxml.Macro | None:
            key = (row.order_id, ref.kind, ref.part)
            return self._posted[key][0] if key in self._posted else self._macros.get(key)

        try:
            text = qbxml.request(
                document,
                self.draft.next_id(),
                resolve=self._resolve,
                txn=txn,
                key_guid=guid,
                macro=macro,
                held=held,
            )
        except matching.UNWRITABLE as problem:
            if not tied or not isinstance(problem, qbxml.CannotRender):
                self._outcome.hold(row, f"It cannot be written for QuickBooks: {_why(problem)}.")
            return
        self.draft.add(text, ["outbox", row.id])
        if macro and (document.totals is None or document.totals.certain):
            self._macros[own] = qbxml.Macro(macro)
        self._sent.append(
            {
                "id": row.id,
                "state": "sent",
                "guid": guid,
                "request": text,
                "sent_at": self._call.at,
            }
        )

    def keep(self) -> None:
        """Write what became of the rows."""
        if self._sent:
            db.session.execute(update(Outbox), self._sent)
        self._outcome.keep()
