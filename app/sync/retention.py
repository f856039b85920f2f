"""What is kept for how long: the exact messages for a while, the log longer, postings for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update

from app.models import Event, Job, MessageSet, Session, db

ENDED: Final = ("settled", "refused", "lost")
ONLY_ASKED: Final = timedelta(days=7)
"""Questions to QuickBooks and their answers: our mirror is what came of them."""
FILES_KEPT: Final = timedelta(days=7)
"""A file of orders that was sent and never imported."""
BATCH: Final = 500


@dataclass(slots=True)
class Pruned:
    """What was removed."""

    questions: int = 0
    texts: int = 0
    events: int = 0
    sessions: int = 0
    files: int = 0


def prune(at: datetime, *, keep_messages: timedelta, keep_events: timedelta) -> Pruned:
    """Remove what is older than it has to be kept, a batch at a time; each batch is committed.

    A message set that is not settled is never touched, whatever its age.

    Args:
        at: Now.
        keep_messages: How long the exact texts of sets that wrote are kept.
        keep_events: How long the transaction log is kept.
    """
    pruned = Pruned()
    ended = MessageSet.state.in_(ENDED)
    asked = select(MessageSet.id).where(
        ended, MessageSet.writes.is_(False), MessageSet.handed_at < at - ONLY_ASKED
    )
    while ids := list(db.session.scalars(asked.limit(BATCH))):
        db.session.execute(delete(MessageSet).where(MessageSet.id.in_(ids)))
        db.session.commit()
        pruned.questions += len(ids)
    wrote = select(MessageSet.id).where(
        ended, MessageSet.request != "", MessageSet.handed_at < at - keep_messages
    )
    while ids := list(db.session.scalars(wrote.limit(BATCH))):
        empty = update(MessageSet).where(MessageSet.id.in_(ids)).values(request="", reply=None)
        db.session.execute(empty)
        db.session.commit()
        pruned.texts += len(ids)
    old = select(Event.id).where(Event.at < at - keep_events)
    while ids := list(db.session.scalars(old.limit(BATCH))):
        db.session.execute(delete(Event).where(Event.id.in_(ids)))
        db.session.commit()
        pruned.events += len(ids)
    idle = select(Session.id).where(
        Session.state != "open",
        Session.called_at < at - keep_messages,
        Session.id.not_in(select(MessageSet.session_id)),
    )
    while ids := list(db.session.scalars(idle.limit(BATCH))):
        db.session.execute(delete(Session).where(Session.id.in_(ids)))
        db.session.commit()
        pruned.sessions += len(ids)
    abandoned = delete(Job).where(Job.state == "kept", Job.created_at < at - FILES_KEPT)
    pruned.files = len(db.session.scalars(abandoned.returning(Job.id)).all())
    db.session.commit()
    return pruned
