"""QuickBooks' answers to documents: postings, another try, another plan, or a person."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from app.models import MessageSet, Outbox, Posting, db, now
from app.sync import remembered
from app.sync.queue import balances, matching, references
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.matching import Wanted
from app.sync.queue.outcome import OutboxRow, Outcome, by_id, explain
from qbwc import documents, messages, qbxml, status
from qbwc.documents import Document, refs, txn_refs

MOST_REPLANS = 2
"""How often a document is planned anew because QuickBooks holds something else than we knew."""

UNAPPLIED = (
    "QuickBooks said that the credit memo was applied to the invoice, but it is not. "
    "Apply it in QuickBooks, or release it to be tried again."
)

About = list[Any]
Pairs = list[tuple[About, qbxml.Result | None]]


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write what became of each document; one that has no answer stays as it is."""
    answers = {about[1]: result for about, result in pairs if result is not None}
    sent = by_id(list(answers))
    settler = _Settler(call, messages.texts(message_set.reply or ""))
    for row in sent:
        settler.settle(row, answers[row.id])
    settler.keep()


class _Settler:
    """Settles the documents of one set in their order, so that parents come first."""

    def __init__(self, call: Call, texts: dict[str, str]) -> None:
        self._call = call
        self._texts = texts
        self._outcome = Outcome(call)
        self._failed: set[references.PostingKey] = set()
        self._changed: list[tuple[OutboxRow, qbxml.Result]] = []
        self._customers: dict[int, str] = {}

    def settle(self, row: OutboxRow, result: qbxml.Result) -> None:
        if row.state != "sent":
            return
        self._outcome.change(row, response=self._texts.get(result.request_id, ""))
        judged = status.judge(result.code, result.name, result.message)
        if judged.outcome == "done":
            self._done(row, result)
            return
        self._failed.add((row.order_id, row.kind, row.part))
        said = explain(judged, result)
        document = Document.loads(row.payload)
        if any((row.order_id, p.kind, p.part) in self._failed for p in txn_refs(document.fields)):
            self._outcome.ready(row, waiting=True)
        elif judged.outcome == "again" and row.attempts + 1 < judged.tries:
            self._outcome.again(row, result.code, said)
        elif (
            judged.outcome in {"refresh", "create"} or document.only_applies_credit
        ) and row.replans < MOST_REPLANS:
            self._plan_anew(row, document, result, said)
        else:
            self._outcome.hold(row, said, result.code)

    def _plan_anew(
        self, row: OutboxRow, document: Document, result: qbxml.Result, said: str
    ) -> None:
        if row.action == "add":
            references.distrust(self._call, {ref.kind for ref in refs(document.fields)})
        self._read_named(row, document)
        self._outcome.drop(row, result.code, said)
        self._call.log(
            "document.planned_again",
            f"{sentence(words(row.kind))} of order {row.number} is planned again: {said}",
            order_id=row.order_id,
            level="warning",
        )

    def _read_named(self, row: OutboxRow, document: Document) -> None:
        """Ask again how the document, and what it names, stands."""
        named = {(ref.kind, ref.part) for ref in txn_refs(document.fields)}
        named |= set() if row.action == "add" else {(row.kind, row.part)}
        _read_again(
            posting_id
            for posting_id, kind, part, txn_id in db.session.execute(
                select(Posting.id, Posting.kind, Posting.part, Posting.txn_id).where(
                    Posting.order_id == row.order_id, Posting.ended == ""
                )
            )
            if (kind, part) in named or txn_id in row.payload
        )

    def _applied(self, row: OutboxRow, document: Document) -> None:
        """A credit was set: QuickBooks keeps no transaction of that, so its invoice is asked."""
        before = select(Outbox.id).where(
            Outbox.order_id == row.order_id,
            Outbox.kind == row.kind,
            Outbox.part == row.part,
            Outbox.state == "done",
            Outbox.payload == row.payload,
        )
        if db.session.scalar(before.limit(1)) is not None:
            self._outcome.review(row, UNAPPLIED)
            return
        self._outcome.done(row)
        self._outcome.due(row.order_id)
        self._read_named(row, document)
        self._call.log(
            "document.posted",
            f"A credit memo of order {row.number} was applied to its invoice.",
            order_id=row.order_id,
        )

    def _done(self, row: OutboxRow, result: qbxml.Result) -> None:
        if row.action != "add":
            self._changed.append((row, result))
            return
        if '"SetCredit"' in row.payload:
            document = Document.loads(row.payload)
            if document.only_applies_credit:
                self._applied(row, document)
                return
        if not result.txn_id:
            self._failed.add((row.order_id, row.kind, row.part))
            self._outcome.review(row, "QuickBooks says that it is done, but not under which TxnID.")
            return
        wanted = Wanted.of(row)
        posting = matching.posting(
            wanted,
            result.record,
            company_id=self._call.company.id,
            how="added" if result.record else "recovered",
            txn_id=result.txn_id,
            edit_sequence=result.edit_sequence,
        )
        self._outcome.done(row, posting)
        if posting["customer_list_id"]:
            self._customers[row.order_id] = posting["customer_list_id"]
        number = posting["ref_number"]
        self._call.log(
            "document.posted",
            f"{sentence(words(row.kind))}{f' {number}' if number else ''} was added to QuickBooks "
            f"for order {row.number}{_amount(self._call, row, posting['total'])}.",
            order_id=row.order_id,
            detail={"TxnID": posting["txn_id"]},
        )
        compare(self._call, row, posting["total"], posting["expected"])

    def keep(self) -> None:
        if self._changed:
            self._keep_changed()
        self._outcome.keep()
        remembered.learn(self._call.company.id, self._customers)

    def _keep_changed(self) -> None:
        held = {
            (held.order_id, held.kind, held.part): held
            for held in db.session.execute(
                select(
                    Posting.id,
                    Posting.order_id,
                    Posting.kind,
                    Posting.part,
                    Posting.payload,
                    Posting.answer,
                ).where(
                    Posting.order_id.in_({row.order_id for row, _ in self._changed}),
                    Posting.ended == "",
                )
            )
        }
        for row, result in self._changed:
            if row.action != "mod":
                end(self._call, self._outcome, row)
                continue
            self._outcome.done(row)
            posting = held.get((row.order_id, row.kind, row.part))
            if posting is not None:
                changes = {"id": posting.id, **_after(row, posting, result)}
                db.session.execute(update(Posting), [changes])
            self._call.log(
                "document.mod",
                f"{sentence(words(row.kind))} of order {row.number} was changed in QuickBooks.",
                order_id=row.order_id,
            )


def _after(row: OutboxRow, posting: Any, result: qbxml.Result) -> dict[str, Any]:
    """What a posting holds after its document was changed; a mod does not return the lines."""
    wanted = Wanted.of(row)
    made = Document.loads(posting.payload).changed(wanted.document)
    kept = {"payload": made.dumps(), "expected": made.totals and made.totals.total}
    if result.record is None:
        return {"edit_sequence": result.edit_sequence, "stale": True, **kept}
    now_held = current(wanted.kind, result.record)
    answer = {**(posting.answer or {}), **now_held["answer"]}
    return {**now_held, **kept, "answer": answer, "stale": "lines" in wanted.document.fields}


ENDED = {"void": "was voided", "delete": "was deleted"}


def end(call: Call, outcome: Outcome, row: OutboxRow) -> None:
    """A document was voided or deleted as we asked; what it was tied to is read again."""
    outcome.done(row)
    for txn_id in db.session.scalars(
        select(Posting.txn_id).where(
            Posting.order_id == row.order_id,
            Posting.kind == row.kind,
            Posting.part == row.part,
            Posting.ended == "",
        )
    ).all():
        balances.release(row.order_id, row.kind, row.part, txn_id)
    db.session.execute(
        update(Posting)
        .where(
            Posting.order_id == row.order_id,
            Posting.kind == row.kind,
            Posting.part == row.part,
            Posting.ended == "",
        )
        .values(NOTHING | {"ended": row.action})
        .execution_options(synchronize_session=False)
    )
    _read_again(
        db.session.scalars(
            select(Posting.id).where(Posting.order_id == row.order_id, Posting.ended == "")
        )
    )
    call.log(
        f"document.{row.action}",
        f"{sentence(words(row.kind))} of order {row.number} {ENDED[row.action]} in QuickBooks.",
        order_id=row.order_id,
    )


NOTHING: dict[str, Any] = {
    "subtotal": Decimal(0), "tax": Decimal(0), "total": Decimal(0), "balance": Decimal(0),
    "tax_lines": Decimal(0), "stale": False,
}  # fmt: skip
"""What a posting holds once its transaction is voided or deleted."""


def _read_again(posting_ids: Iterable[int]) -> None:
    """Ask QuickBooks how these transactions stand before anything is decided."""
    db.session.execute(
        update(Posting)
        .where(Posting.id.in_(list(posting_ids)))
        .values(stale=True)
        .execution_options(synchronize_session=False)
    )


def current(kind: Any, record: qbxml.Record) -> dict[str, Any]:
    """What a posting holds according to the transaction as QuickBooks returned it."""
    sums = matching.amounts(kind, record)
    return {
        "edit_sequence": record.text("EditSequence"),
        "ref_number": record.text("RefNumber"),
        "customer_list_id": record.text("CustomerRef/ListID"),
        "subtotal": sums.subtotal,
        "tax": sums.tax,
        "total": sums.total,
        "balance": sums.balance,
        "answer": matching.answer(kind, record),
        "stale": False,
        "read_at": now(),
    }


def compare(call: Call, row: OutboxRow, total: Decimal | None, expected: Decimal | None) -> None:
    """Tell of a total that is not the planned one."""
    if total is None or expected is None or total == expected:
        return
    call.log(
        "document.difference",
        f"QuickBooks made the {words(row.kind)} of order {row.number} {total:,.2f} "
        f"{currency(call, row)}; "
        f"{expected:,.2f} was expected, a difference of {total - expected:,.2f}.",
        order_id=row.order_id,
        level="warning",
        detail={"quickbooks": total, "expected": expected},
    )


def _amount(call: Call, row: OutboxRow, total: Decimal | None) -> str:
    return "" if total is None else f": {total:,.2f} {currency(call, row)}"


def currency(call: Call, row: OutboxRow) -> str:
    """What a document's amounts are in: the order's currency; what is bought, the home currency."""
    is_bought = documents.kind(row.kind).entity == "VendorRef"
    home = call.company.home_currency
    return str(home if is_bought else row.currency or home)
