"""Finding out what became of a set that QuickBooks has no record of.

Only a search decides. What is found is bound; what a complete answer does not hold was not done
and may be sent; about the rest a person decides: nothing is ever sent twice on a guess.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.models import MessageSet, Posting, db
from app.sync.queue import matching, references, repeatable, sets
from app.sync.queue.call import Call
from app.sync.queue.matching import Wanted
from app.sync.queue.outcome import OutboxRow, Outcome, by_id, judge
from app.sync.queue.posted import ENDED, Pairs, end
from app.sync.queue.search import MOST_NUMBERS, bind, number_query
from qbwc import documents, qbxml
from qbwc.conversation import Pause
from qbwc.messages import Draft

MARGIN = timedelta(days=1)
"""Local time of the QuickBooks machine is not ours: no zone is further away than this."""
MOST_TRIES = 20
MOST_SENDINGS = 6
"""How often a set may be asked about and sent under one id, before its documents get another."""
PATIENCE = timedelta(seconds=10)


def ask(call: Call) -> str | Pause | None:
    """Questions about the oldest set that has to be recovered."""
    while True:
        lost = db.session.scalars(
            select(MessageSet)
            .where(MessageSet.company_id == call.company.id, MessageSet.state == "recovering")
            .order_by(MessageSet.id)
            .limit(1)
        ).first()
        if lost is None:
            return None
        if lost.handed_at > call.at:
            return Pause.WAIT
        repeatable.release(lost)
        draft = _questions(call, lost)
        if draft:
            return sets.hand_out(call, draft, "recover", writes=False)
        _conclude(call, lost)
        db.session.flush()
        if lost.state == "unsent":
            return sets.again(call)


def about_rows(message_set: MessageSet) -> list[int]:
    """The outbox rows that a set of documents was about."""
    return [about[1] for about in message_set.contents.values() if about[0] == "outbox"]


def _questions(call: Call, lost: MessageSet) -> Draft:
    draft = Draft()
    numbered: defaultdict[str, list[OutboxRow]] = defaultdict(list)
    bare: defaultdict[str, list[OutboxRow]] = defaultdict(list)
    for row in by_id(about_rows(lost)):
        if row.state == "sent" and row.action == "add":
            (numbered if row.ref_number else bare)[row.kind].append(row)
    for kind, group in numbered.items():
        for start in range(0, len(group), MOST_NUMBERS):
            some = group[start : start + MOST_NUMBERS]
            number_query(draft, kind, some, ["recover", kind, [row.id for row in some], lost.id])
    _ask_ended(draft, lost)
    since = (lost.sent_at - MARGIN).strftime("%Y-%m-%dT%H:%M:%S")
    for kind, group in bare.items():
        for entity, some in _by_entity(call, group).items():
            text = qbxml.query_request(
                documents.kind(kind), draft.next_id(), entity=entity, modified_from=since
            )
            draft.add(text, ["recover", kind, [row.id for row in some], lost.id])
    return draft


def _ask_ended(draft: Draft, lost: MessageSet) -> None:
    """Ask for the transactions that were to be voided or deleted."""
    groups: defaultdict[str, dict[int, str]] = defaultdict(dict)
    rows = [row for row in by_id(about_rows(lost)) if row.state == "sent" and row.action in ENDED]
    for row, posting in _posted(rows):
        groups[row.kind][row.id] = posting.txn_id
    for kind, group in groups.items():
        text = qbxml.query_request(
            documents.kind(kind), draft.next_id(), ids=sorted(group.values())
        )
        draft.add(text, ["recover", kind, list(group), lost.id])


def _posted(rows: list[OutboxRow]) -> list[tuple[OutboxRow, Any]]:
    """Rows with what QuickBooks was known to hold for their documents."""
    found = {
        (posting.order_id, posting.kind, posting.part): posting
        for posting in db.session.execute(
            select(
                Posting.order_id, Posting.kind, Posting.part, Posting.txn_id, Posting.expected
            ).where(Posting.order_id.in_({row.order_id for row in rows}), Posting.ended == "")
        )
    }
    keyed = [(row, found.get((row.order_id, row.kind, row.part))) for row in rows]
    return [(row, posting) for row, posting in keyed if posting is not None]


def _judge_ended(
    call: Call, outcome: Outcome, found: list[OutboxRow], records: tuple[qbxml.Record, ...]
) -> None:
    """What QuickBooks no longer has was deleted; what it has with nothing in it was voided."""
    there = {record.text("TxnID"): record for record in records}
    for row, posting in _posted(found):
        record = there.get(posting.txn_id)
        kind = documents.kind(row.kind)
        voided = record is not None and matching.is_void(kind, record, posting.expected)
        if record is None or (voided and row.action == "void"):
            end(call, outcome, row)


def _by_entity(call: Call, group: list[OutboxRow]) -> dict[str, list[OutboxRow]]:
    """Rows by their customer's or vendor's ListID; without one, all of the kind are asked for."""
    entities = {row.id: Wanted.of(row).entity for row in group}
    resolve = references.resolver(call, (entity for entity in entities.values() if entity))
    found: defaultdict[str, list[OutboxRow]] = defaultdict(list)
    for row in group:
        entity = entities[row.id]
        found[(resolve(entity) if entity else None) or ""].append(row)
    return found


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Bind what is found; then decide about the rest of the set as a whole."""
    del message_set
    outcome = Outcome(call)
    patience = False
    for about, result in pairs:
        found = [row for row in by_id(about[2]) if row.state == "sent"]
        judged = judge(result)
        if result is not None and judged and judged.outcome in {"done", "none_found"}:
            _judge_ended(call, outcome, [r for r in found if r.action in ENDED], result.records)
            _judge(call, outcome, [r for r in found if r.action == "add"], result.records)
        elif (judged is None or judged.outcome == "again") and _is_patient(found):
            patience = True
            for row in found:
                outcome.change(row, attempts=row.attempts + 1)
        else:
            for row in found:
                outcome.review(row, DOUBT)
    outcome.keep()
    for lost in _recovering(call, {about[3] for about, _ in pairs}):
        if patience:
            lost.handed_at = call.at + PATIENCE
        else:
            _conclude(call, lost)


def _is_patient(found: list[OutboxRow]) -> bool:
    return all(row.attempts < MOST_TRIES for row in found)


DOUBT = (
    "It may have reached QuickBooks, and QuickBooks did not answer a search for it. "
    "Look for it in QuickBooks: mark it as posted if it is there, or release it to be sent."
)
UNCLEAR = (
    "QuickBooks holds a transaction that looks like it but is not the same. "
    "Compare the two: mark it as posted if it is that one, or release it to be sent."
)


def _judge(
    call: Call, outcome: Outcome, found: list[OutboxRow], records: tuple[qbxml.Record, ...]
) -> None:
    taken = matching.known(call.company.id, {record.text("TxnID") for record in records})
    free = [record for record in records if record.text("TxnID") not in taken]
    for row in found:
        wanted = Wanted.of(row)
        match = next((record for record in free if wanted.has_guid_of(record)), None)
        if match is None:
            stamped = [
                record
                for record in free
                if not matching.foreign_guid(record) and wanted.has_stamp_of(record)
            ]
            same = [record for record in stamped if wanted.has_sum_of(record)]
            if stamped and len(same) != 1:
                outcome.review(row, UNCLEAR)
                continue
            match = same[0] if same else None
        if match is not None:
            free.remove(match)
            bind(call, outcome, wanted, match, "recovered")


def _conclude(call: Call, lost: MessageSet) -> None:
    """What complete answers did not hold was not done.

    If nothing of the set was done, its very bytes are sent again, which a late copy cannot do
    twice. If part of it was done, the rest was refused then, and goes into a new set.
    """
    rows = by_id(about_rows(lost))
    rest = [row for row in rows if row.state == "sent"]
    if rest and len(rest) == len(rows) and lost.handed_out < MOST_SENDINGS:
        lost.state = "unsent"
        return
    lost.state = "settled"
    outcome = Outcome(call)
    for row in rest:
        outcome.ready(row)
    outcome.keep()


def _recovering(call: Call, set_ids: set[Any]) -> list[MessageSet]:
    return list(
        db.session.scalars(
            select(MessageSet).where(
                MessageSet.company_id == call.company.id,
                MessageSet.id.in_(set_ids),
                MessageSet.state == "recovering",
            )
        )
    )


def unanswerable(call: Call, message_set: MessageSet) -> None:
    """QuickBooks refused the questions themselves: a person has to look."""
    outcome = Outcome(call)
    for about in message_set.contents.values():
        for row in by_id(about[2]):
            if row.state == "sent":
                outcome.review(row, DOUBT)
    outcome.keep()
    for lost in _recovering(call, {about[3] for about in message_set.contents.values()}):
        _conclude(call, lost)
