"""Looking for documents that QuickBooks already holds, before they are posted at all."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import and_

from app.models import MessageSet, db
from app.sync.queue import documents as sending
from app.sync.queue import matching, references, sets
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.matching import Wanted
from app.sync.queue.outcome import OutboxRow, Outcome, by_id, judge, rows
from app.sync.queue.posted import Pairs, compare, currency
from qbwc import documents, qbxml
from qbwc.messages import Draft

MOST_ROWS = 2_000
MOST_NUMBERS = 500

MOST_TRIES = 10

NO_ANSWER = "QuickBooks did not answer whether it already holds it."


def ask(call: Call) -> str | None:
    """One set that asks for the numbers of all documents that were never looked for."""
    unsearched = and_(sending.sendable(call), sending.UNSEARCHED)
    found = sending.suspects(unsearched) or list(
        db.session.execute(rows(unsearched).limit(MOST_ROWS))
    )
    draft = Draft()
    outcome = Outcome(call)
    for kind, group in _by_kind(found).items():
        for start in range(0, len(group), MOST_NUMBERS):
            some = group[start : start + MOST_NUMBERS]
            try:
                number_query(draft, kind, some, ["search", kind, [row.id for row in some]])
            except matching.UNWRITABLE as problem:
                for row in some:
                    outcome.hold(row, f"QuickBooks cannot be asked for it: {problem!r}.")
    outcome.keep()
    return sets.hand_out(call, draft, "search", writes=False) if draft else None


def _by_kind(found: list[OutboxRow]) -> dict[str, list[OutboxRow]]:
    groups: defaultdict[str, list[OutboxRow]] = defaultdict(list)
    for row in found:
        groups[row.kind].append(row)
    return groups


def number_query(draft: Draft, kind: str, some: list[OutboxRow], about: list[Any]) -> None:
    """Ask for the transactions of a kind that bear certain numbers."""
    numbers = sorted({row.ref_number for row in some})
    text = qbxml.query_request(documents.kind(kind), draft.next_id(), ref_numbers=numbers)
    draft.add(text, about)


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Bind what is ours, hold what is suspiciously alike, release the rest for posting."""
    del message_set
    outcome = Outcome(call)
    for about, result in pairs:
        found = [row for row in by_id(about[2]) if row.state == "ready" and not row.searched]
        judged = judge(result)
        if result is None or judged is None:
            for row in found:
                _later(outcome, row, None, NO_ANSWER)
        elif judged.outcome == "again":
            for row in found:
                _later(outcome, row, result.code, judged.meaning)
        elif judged.outcome not in {"done", "none_found"}:
            for row in found:
                outcome.hold(row, f"{NO_ANSWER} {judged.meaning} {judged.advice}", result.code)
        else:
            _judge(call, outcome, found, result.records)
    outcome.keep()


def _later(outcome: Outcome, row: OutboxRow, code: int | None, why: str) -> None:
    if row.attempts < MOST_TRIES:
        outcome.again(row, code, why)
    else:
        outcome.hold(row, f"{NO_ANSWER} {why}" if why != NO_ANSWER else why, code)


def _judge(
    call: Call, outcome: Outcome, found: list[OutboxRow], records: tuple[qbxml.Record, ...]
) -> None:
    by_number: defaultdict[str, list[qbxml.Record]] = defaultdict(list)
    taken = matching.known(call.company.id, {record.text("TxnID") for record in records})
    for record in records:
        if record.text("TxnID") not in taken:
            by_number[record.text("RefNumber").casefold()].append(record)
    hits = [row for row in found if row.ref_number.casefold() in by_number]
    for row in found:
        if row.ref_number.casefold() not in by_number:
            outcome.change(row, searched=True, within=None)
    if not hits:
        return
    wanted = [Wanted.of(row) for row in hits]
    resolve = references.resolver(call, [each.entity for each in wanted if each.entity])
    for each in wanted:
        list_id = resolve(each.entity) if each.entity else None
        candidates = by_number[each.row.ref_number.casefold()]
        _judge_one(call, outcome, each, candidates, list_id)


def _judge_one(
    call: Call,
    outcome: Outcome,
    wanted: Wanted,
    candidates: list[qbxml.Record],
    list_id: str | None,
) -> None:
    row = wanted.row
    ours = [record for record in candidates if wanted.has_guid_of(record)]
    ours = ours or [record for record in candidates if wanted.has_stamp_of(record)]
    if len(ours) > 1:
        outcome.hold(
            row,
            f"QuickBooks already holds {len(ours)} transactions of this number and order. "
            "Delete those that are too many there, then release the order.",
        )
        return
    if ours:
        candidates.remove(ours[0])
        bind(call, outcome, wanted, ours[0], "found")
        return
    alike = next(
        (
            record
            for record in candidates
            if wanted.has_entity_of(record, list_id) and wanted.has_sum_of(record)
        ),
        None,
    )
    if alike is None:
        outcome.change(row, searched=True, within=None)
        return
    total = matching.amounts(wanted.kind, alike).total
    whose = "vendor" if wanted.kind.entity == "VendorRef" else "customer"
    outcome.hold(
        row,
        f"QuickBooks already holds {words(row.kind)} {alike.text('RefNumber')}"
        f"{_of(alike.text('TxnDate'))} for {total or 0:,.2f} {currency(call, row)} of "
        f"the same {whose} that we did not make. If it is this one, say so, and nothing is "
        "sent; otherwise send this one anyway.",
        alike={
            "txn_id": alike.text("TxnID"),
            "ref_number": alike.text("RefNumber"),
            "date": alike.text("TxnDate")[:10],
            "total": total,
        },
    )


def bind(call: Call, outcome: Outcome, wanted: Wanted, record: qbxml.Record, how: str) -> None:
    """The transaction is the document: nothing is sent."""
    row = wanted.row
    posting = matching.posting(wanted, record, company_id=call.company.id, how=how)
    outcome.change(row, searched=True)
    outcome.done(row, posting)
    why = "was already in QuickBooks" if how == "found" else "had reached QuickBooks"
    call.log(
        f"document.{how}",
        f"{sentence(words(row.kind))} {posting['ref_number']} of order {row.number} {why}; "
        "nothing was sent again.",
        order_id=row.order_id,
        detail={"TxnID": posting["txn_id"]},
    )
    compare(call, row, posting["total"], posting["expected"])


def _of(text: str) -> str:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return ""
    return f" of {day.day} {day:%B %Y}"
