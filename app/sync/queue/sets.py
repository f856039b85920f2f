"""Message sets as they are kept: handed out, handed out again, taken back."""

from __future__ import annotations

from sqlalchemy import select

from app.models import MessageSet, Session, db
from app.sync.queue.call import Call
from qbwc import messages, qbxml

FLYING = ("in_flight", "asked")
UNANSWERED = ("in_flight", "asked", "uncertain", "unsent")
UNSETTLED = (*UNANSWERED, "recovering")


def hand_out(call: Call, draft: messages.Draft, purpose: str, *, writes: bool) -> str:
    """Keep a new set exactly as it will be sent; only sets that write carry ids."""
    text = qbxml.message_set(
        draft.requests,
        new_id=draft.set_id if writes else None,
        old_id=(call.company.last_set_id or None) if writes else None,
        version=call.company.qbxml_version,
    ).decode("ascii")
    db.session.add(
        MessageSet(
            company_id=call.company.id,
            session_id=call.session.id,
            set_id=draft.set_id,
            writes=writes,
            purpose=purpose,
            request=text,
            contents=draft.contents,
            sent_at=call.at,
            handed_at=call.at,
        )
    )
    return text


def again(call: Call) -> str | None:
    """What to do about a set that has no answer.

    First QuickBooks is asked for its record of the set: a set without requests, with the same id
    as new and old one (Intuit, SDK samples, error recovery). To send the bytes again at once would
    do everything twice if QuickBooks has lost the record. They are sent again, under the same id,
    when a search has shown that nothing of them was done: a copy that is still on its way to
    QuickBooks then does nothing.
    """
    waiting = db.session.scalars(
        select(MessageSet)
        .where(MessageSet.company_id == call.company.id, MessageSet.state.in_(UNANSWERED))
        .order_by(MessageSet.id)
    ).all()
    for each in waiting:
        if not each.writes:
            each.state = "lost"
            continue
        each.session_id = call.session.id
        each.handed_out += 1
        each.handed_at = call.at
        if each.state == "unsent":
            each.state = "in_flight"
            call.log(
                "set.sent_again",
                f"A set of {each.purpose} had not reached QuickBooks; it is sent again as it was.",
                detail={"set": each.set_id},
            )
            return each.request
        each.state = "asked"
        return qbxml.message_set(
            [], new_id=each.set_id, old_id=each.set_id, version=call.company.qbxml_version
        ).decode("ascii")
    return None


def answered(call: Call, response: str) -> MessageSet | None:
    """The set that an answer belongs to, unless that is settled already.

    An answer names its set; without that (an error) it is the one that this session was handed.
    """
    named = messages.heading(response).set_id
    query = select(MessageSet).where(
        MessageSet.company_id == call.company.id, MessageSet.state.in_(UNSETTLED)
    )
    if named:
        return db.session.scalars(query.where(MessageSet.set_id == named)).first()
    return db.session.scalars(
        query.where(
            MessageSet.session_id == call.session.id,
            MessageSet.state.in_((*FLYING, "uncertain")),
        ).order_by(MessageSet.id.desc())
    ).first()


def in_flight(company_id: int) -> list[MessageSet]:
    """The company's sets that were handed out and have no answer."""
    return list(
        db.session.scalars(
            select(MessageSet)
            .where(MessageSet.company_id == company_id, MessageSet.state.in_(FLYING))
            .order_by(MessageSet.id)
        )
    )


def give_up(session: Session) -> None:
    """The session is over: what it was handed and did not answer is uncertain."""
    for each in in_flight(session.company_id):
        if each.session_id == session.id and each.replied_at is None:
            each.state = "uncertain" if each.writes else "lost"
