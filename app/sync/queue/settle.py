"""An answer, taken apart: each result goes to whoever knows what its request was about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.models import MessageSet, db
from app.sync import mirror
from app.sync.queue import (
    additions,
    custom_fields,
    gone,
    posted,
    recovery,
    refresh,
    repeatable,
    sales,
    search,
    sets,
    shipped,
)
from app.sync.queue.call import Call
from app.sync.queue.outcome import Outcome, by_id
from app.sync.queue.posted import Pairs
from qbwc import messages, qbxml
from qbwc.messages import NO_RECORD, PARSE_ERROR

MOST_READINGS = 3
"""After so many answers that cannot be read, a search decides what became of a set."""
MOST_LOST = 5
"""After so many unreadable answers to questions in a session they are asked no more in it."""

SETTLERS: dict[str, Callable[[Call, MessageSet, Pairs], None]] = {
    "outbox": posted.settle,
    repeatable.ADDITION: additions.settle,
    "find": additions.found,
    repeatable.CUSTOM_FIELD: custom_fields.settle,
    "search": search.settle,
    "recover": recovery.settle,
    "refresh": refresh.settle,
    "gone": gone.settle,
    "mirror": mirror.settle,
    sales.ABOUT: sales.settle,
    repeatable.SHIPMENT: shipped.settle,
    "deleted": mirror.settle_deleted,
}
HOLDS: dict[str, repeatable.Hold] = {
    repeatable.ADDITION: additions.hold,
    repeatable.CUSTOM_FIELD: custom_fields.hold,
    repeatable.SHIPMENT: shipped.hold,
}
REFUSED: dict[str, Callable[[Call, MessageSet], None]] = {
    custom_fields.PURPOSE: partial(
        repeatable.halve, about=repeatable.CUSTOM_FIELD, hold=custom_fields.hold
    ),
    sales.ABOUT: sales.refused,
    shipped.PURPOSE: partial(repeatable.halve, about=repeatable.SHIPMENT, hold=shipped.hold),
}
"""Who takes back a set that QuickBooks could not read."""

log = structlog.get_logger(__name__)


def receive(call: Call, message_set: MessageSet, response: str, hresult: str, message: str) -> bool:
    """Keep an answer, then settle it; False = it is uncertain what was done.

    The answer to a set that writes is committed before it is looked at.
    """
    message_set.hresult = hresult
    message_set.message = message
    message_set.replied_at = call.at
    if message_set.writes:
        message_set.reply = response
        set_id = message_set.id
        call.keep_and_go_on()
        message_set = db.session.get_one(MessageSet, set_id)
    return _settle(call, message_set, response)


def finish(call: Call) -> None:
    """Settle the answers that were kept when the server stopped in between."""
    for each in db.session.scalars(
        select(MessageSet)
        .where(
            MessageSet.company_id == call.company.id,
            MessageSet.state.in_((*sets.FLYING, "uncertain")),
            MessageSet.replied_at.is_not(None),
        )
        .order_by(MessageSet.id)
    ).all():
        _settle(call, each, each.reply or "")


def _settle(call: Call, message_set: MessageSet, response: str) -> bool:
    set_id = message_set.id
    try:
        return _judge(call, message_set, response)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("an answer could not be settled", set=message_set.set_id)
        db.session.rollback()
        call.events.clear()
        call.take_again()
        _put_under_review(call, db.session.get_one(MessageSet, set_id))
        return True


def _judge(call: Call, message_set: MessageSet, response: str) -> bool:
    if message_set.hresult:
        if message_set.hresult.lower() != PARSE_ERROR:
            _doubt(message_set)
            return False
        if message_set.state == "asked":
            message_set.state = "recovering"
        else:
            _refused(call, message_set)
        return True
    try:
        answer = qbxml.parse(response)
    except qbxml.NotQbxmlError:
        answer = UNREADABLE
    if answer.results and not answer.damaged:
        complete = _distribute(call, message_set, answer)
        _close(call, message_set, complete=complete)
    elif not message_set.writes:
        message_set.state = "lost"
        if _lost(call) > MOST_LOST:
            _distribute(call, message_set, UNREADABLE)
    elif not answer.damaged and (
        message_set.state == "asked" or answer.message_set_status_code in NO_RECORD
    ):
        message_set.replied_at = None
        message_set.state = "recovering"
    else:
        _doubt(message_set, unreadable=True)
    return True


UNREADABLE = qbxml.Response("", None, (), damaged=True)
"""Of a damaged answer nothing is believed: what it does not tell may have been cut off."""


def _lost(call: Call) -> int:
    """How many questions of this session had no answer that could be read."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(MessageSet)
            .where(MessageSet.session_id == call.session.id, MessageSet.state == "lost")
        )
        or 0
    )


def _distribute(call: Call, message_set: MessageSet, answer: qbxml.Response) -> bool:
    results = {result.request_id: result for result in answer.results}
    groups: defaultdict[str, Pairs] = defaultdict(list)
    for request_id, about in message_set.contents.items():
        groups[about[0]].append((about, results.get(request_id)))
    for name, pairs in groups.items():
        SETTLERS[name](call, message_set, pairs)
    return all(request_id in results for request_id in message_set.contents)


def _close(call: Call, message_set: MessageSet, *, complete: bool) -> None:
    requests = len(message_set.contents)
    call.session.done += requests
    if not message_set.writes:
        message_set.state = "settled"
        return
    message_set.state = "settled" if complete else "recovering"
    # A copy of a set that was handed out twice may still be on its way: its record stays.
    call.company.last_set_id = message_set.set_id if message_set.handed_out == 1 else ""
    if (
        message_set.purpose == "documents"
        and message_set.handed_out == 1
        and message_set.replied_at is not None
    ):
        call.company.set_size = messages.next_size(
            call.company.set_size,
            orders=_orders(message_set),
            seconds=(message_set.replied_at - message_set.sent_at).total_seconds(),
        )
    call.log(
        f"set.{message_set.state}",
        f"QuickBooks answered {requests} request{'' if requests == 1 else 's'} "
        f"({message_set.purpose}).",
        detail={"set": message_set.set_id},
    )


def _orders(message_set: MessageSet) -> int:
    ids = recovery.about_rows(message_set)
    return len({row.order_id for row in by_id(ids)})


def _doubt(message_set: MessageSet, *, unreadable: bool = False) -> None:
    """Nobody knows whether it was done: QuickBooks is asked for its record, then searched."""
    message_set.replied_at = None
    if not message_set.writes:
        message_set.state = "lost"
    elif unreadable and message_set.handed_out >= MOST_READINGS:
        message_set.state = "recovering"
    else:
        message_set.state = "uncertain"


def _refused(call: Call, message_set: MessageSet) -> None:
    """Nothing was done: halves are tried until the one bad request is found."""
    message_set.state = "refused"
    call.log(
        "set.refused",
        f"QuickBooks could not read a set of {len(message_set.contents)} requests "
        f"({message_set.purpose}); it is sent again in halves.",
        level="warning",
        detail={"set": message_set.set_id, "said": message_set.message},
    )
    match message_set.purpose:
        case "documents":
            _halve(call, recovery.about_rows(message_set), message_set.message)
        case "search":
            abouts = message_set.contents.values()
            _halve(call, [one for about in abouts for one in about[2]], message_set.message)
        case "entries" if message_set.writes:
            repeatable.halve(call, message_set, repeatable.ADDITION, additions.hold)
        case "entries":
            ids = [about[1] for about in message_set.contents.values()]
            additions.hold(call, dict.fromkeys(ids, "QuickBooks cannot look the name up."))
        case "mirror":
            mirror.refused(call, message_set)
            gone.refused(call, message_set)
        case purpose if purpose in REFUSED:
            REFUSED[purpose](call, message_set)
        case "recover":
            recovery.unanswerable(call, message_set)
        case "refresh":
            pairs = [(about, None) for about in message_set.contents.values()]
            refresh.settle(call, message_set, list(pairs))


def _halve(call: Call, ids: list[int], said: str) -> None:
    within = messages.halve(len(ids))
    outcome = Outcome(call)
    for row in by_id(ids):
        if row.state not in {"sent", "ready"}:
            continue
        if within:
            outcome.ready(row, within=within)
        else:
            outcome.hold(row, f"QuickBooks cannot read this document. {said}".strip())
    outcome.keep()


def _put_under_review(call: Call, message_set: MessageSet) -> None:
    """The answer brings the program down: what the set was about is for a person."""
    message_set.state = "settled"
    outcome = Outcome(call)
    for row in by_id(recovery.about_rows(message_set)):
        if row.state == "sent":
            outcome.review(row, recovery.DOUBT)
    outcome.keep()
    for about, hold in HOLDS.items():
        unread = "QuickBooks' answer could not be read."
        hold(call, dict.fromkeys(repeatable.rows_of(message_set, about), unread))
