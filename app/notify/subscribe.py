"""Who hears of what: one row an address and topic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select

from app.models import Company, Event, Subscription, db, now
from app.notify import letters, outgoing, ruled
from app.notify.services import add, find, forget_unused, is_service
from app.notify.topics import TOPICS
from app.people import PersonError, email_of
from rules_library.notified import TOPICS as RULED

NOBODY = ""
FIRST_LOOK = timedelta(hours=1)
"""When rules are asked for the first time, so much of the log is told."""
SETTLED = timedelta(seconds=15)
"""Lines of the log get their ids in order, but may be committed out of it: wait so long."""


def addresses(company: Company) -> dict[str, set[str]]:
    """Address -> the topics that it hears of."""
    found: dict[str, set[str]] = {}
    rows = db.session.execute(
        select(Subscription.email, Subscription.topic)
        .where(
            Subscription.company_id == company.id,
            Subscription.off_at.is_(None),
            Subscription.email != NOBODY,
        )
        .order_by(Subscription.email)
    )
    for email, topic in rows:
        found.setdefault(email, set()).add(topic)
    return found


def choose(company: Company, email: str, topics: Collection[str]) -> str:
    """Let an address hear of exactly these topics, from now on; returns it as it is kept.

    A service's address is added as Apprise writes it, and then known by the name returned.

    Raises:
        PersonError: It is no address that may be used.
    """
    if is_service(email):
        email = email if find(company, email) else add(company, email)
        _switch(company, email, topics)
        forget_unused(company)
        return email
    email = email_of(email)
    if set(email) & set(',;<>"()[]:\\'):
        raise PersonError(f"{email[:80]!r} is not one e-mail address.")
    _switch(company, email, topics)
    return email


def _switch(company: Company, email: str, topics: Collection[str]) -> None:
    if unknown := set(topics) - set(TOPICS):
        raise PersonError(f"There is no topic {', '.join(sorted(unknown))}.")
    new = set(topics) - addresses(company).get(email, set())
    db.session.execute(
        delete(Subscription).where(
            Subscription.company_id == company.id,
            Subscription.email == email,
            or_(Subscription.topic.in_(list(new)), Subscription.topic.not_in(list(topics))),
            or_(Subscription.topic.in_(list(new)), Subscription.off_at.is_(None)),
        )
    )
    newest = db.session.scalar(select(func.max(Event.id))) or 0
    for topic in sorted(new):
        db.session.add(Subscription(company_id=company.id, email=email, topic=topic, seen=newest))


def tell(company: Company) -> int:
    """Write the mails about what happened since each address was last told; how many."""
    written = 0
    rows = db.session.scalars(
        select(Subscription)
        .where(
            Subscription.company_id == company.id,
            Subscription.topic != "digest",
            Subscription.email != NOBODY,
            Subscription.off_at.is_(None),
        )
        .order_by(Subscription.id)
    ).all()
    for row in rows:
        topic = TOPICS.get(row.topic)
        if topic is None or topic.events is None:
            continue
        if row.told_at is not None and row.told_at > now() - topic.pause:
            continue
        events = _events(company, row.topic, row.seen)
        if not events:
            continue
        letter = letters.alert(company, row.topic, events)
        row.seen = events[-1].id
        if letter is not None:
            key = f"{row.topic}-{row.seen}"
            written += outgoing.write(company, row.email, row.topic, key, letter)
            row.told_at = now()
    return written + sum(_tell_by_rules(company, topic) for topic in RULED)


def _tell_by_rules(company: Company, topic: str) -> int:
    """Write to whom rules let hear of it, besides those that are told anyway; how many mails."""
    cursor = _cursor(company, topic)
    if cursor.told_at is not None and cursor.told_at > now() - TOPICS[topic].pause:
        return 0
    events = _events(company, topic, cursor.seen)
    if not events:
        return 0
    rows = select(Subscription.email).where(
        Subscription.company_id == company.id, Subscription.topic == topic
    )
    known, written = set(db.session.scalars(rows)), 0
    for email, heard in ruled.listeners(company, topic, events).items():
        letter = None if email in known else letters.alert(company, topic, heard)
        if letter is not None:
            key = f"{topic}-{heard[-1].id}"
            written += outgoing.write(company, email, topic, key, letter)
    cursor.seen = events[-1].id
    cursor.told_at = now() if written else cursor.told_at
    return written


def _cursor(company: Company, topic: str) -> Subscription:
    """How far rules were asked about the topic: a row of nobody's; the first begins now."""
    found: Subscription | None = db.session.scalar(
        select(Subscription).where(
            Subscription.company_id == company.id,
            Subscription.email == NOBODY,
            Subscription.topic == topic,
        )
    )
    if found is None:
        newest = db.session.scalar(select(func.max(Event.id)).where(Event.at <= now() - FIRST_LOOK))
        found = Subscription(
            company_id=company.id, email=NOBODY, topic=topic, seen=newest or 0, told_at=None
        )
        db.session.add(found)
        db.session.flush()
    return found


def _events(company: Company, topic: str, seen: int) -> Sequence[Event]:
    """The lines of the log about the topic after that one."""
    asked = TOPICS[topic].events
    if asked is None:
        return ()
    return db.session.scalars(
        select(Event)
        .where(
            Event.company_id == company.id,
            Event.id > seen,
            asked,
            Event.at <= now() - SETTLED,
        )
        .order_by(Event.id)
        .limit(5_000)
    ).all()


def tell_of_yesterday(company: Company) -> int:
    """Write the digest of the company's yesterday to whom it may concern; how many mails."""
    yesterday = now().astimezone(ZoneInfo(company.zone or "UTC")).date() - timedelta(days=1)
    first, last = letters.span(company, yesterday)
    off = select(Subscription.email).where(
        Subscription.company_id == company.id,
        Subscription.topic == "digest",
        Subscription.off_at.is_not(None),
    )
    chosen = [email for email, topics in addresses(company).items() if "digest" in topics]
    named = ruled.readers(company, first, last)
    to = dict.fromkeys([*chosen, *set(named).difference(db.session.scalars(off))])
    if not to:
        return 0
    letter = letters.digest(company, yesterday)
    return sum(
        outgoing.write(company, email, "digest", f"digest-{yesterday}", letter) for email in to
    )
