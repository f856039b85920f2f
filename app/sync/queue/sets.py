"""Message sets as they are kept: handed out, handed out again, taken back."""

from __future__ import annotations

from sqlalchemy import select

from app.models import MessageSet, Session, db
from app.sync.queue.call import Call
from qbwc import messages, qbxml

UNSETTLED = ("in_flight", "uncertain", "recovering")


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
    """The bytes of a set that has no answer, under the same id: QuickBooks remembers it."""
    waiting = db.session.scalars(
        select(MessageSet)
        .where(
            MessageSet.company_id == call.company.id,
            MessageSet.state.in_(("in_flight", "uncertain")),
        )
        .order_by(MessageSet.id)
    ).all()
    for each in waiting:
        if not each.writes:
            each.state = "lost"
            continue
        each.state = "in_flight"
        each.session_id = call.session.id
        each.handed_out += 1
        each.handed_at = call.at
        call.log(
            "set.sent_again",
            f"The {each.purpose} that QuickBooks did not confirm are sent again under the same "
            "id; QuickBooks does nothing twice.",
            detail={"set": each.set_id},
        )
        return each.request
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
            MessageSet.session_id == call.session.id, MessageSet.state != "recovering"
        ).order_by(MessageSet.id.desc())
    ).first()


def in_flight(company_id: int) -> list[MessageSet]:
    """The company's sets that were handed out and have no answer."""
    return list(
        db.session.scalars(
            select(MessageSet)
            .where(MessageSet.company_id == company_id, MessageSet.state == "in_flight")
            .order_by(MessageSet.id)
        )
    )


def give_up(session: Session) -> None:
    """The session is over: what it was handed and did not answer is uncertain."""
    for each in in_flight(session.company_id):
        if each.session_id == session.id and each.replied_at is None:
            each.state = "uncertain" if each.writes else "lost"
