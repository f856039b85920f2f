"""Who hears of what: one row an address and topic."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select

from app.models import Company, Event, Subscription, db, now
from app.notify import letters, outgoing
from app.notify.services import add, find, forget_unused, is_service
from app.notify.topics import TOPICS
from app.people import PersonError, email_of

SETTLED = timedelta(seconds=15)
"""Lines of the log get their ids in order, but may be committed out of it: wait so long."""


def addresses(company: Company) -> dict[str, set[str]]:
    """Address -> the topics that it hears of."""
    found: dict[str, set[str]] = {}
    rows = db.session.execute(
        select(Subscription.email, Subscription.topic)
        .where(Subscription.company_id == company.id, Subscription.off_at.is_(None))
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
        events = db.session.scalars(
            select(Event)
            .where(
                Event.company_id == company.id,
                Event.id > row.seen,
                topic.events,
                Event.at <= now() - SETTLED,
            )
            .order_by(Event.id)
            .limit(5_000)
        ).all()
        if not events:
            continue
        letter = letters.alert(company, row.topic, events)
        row.seen = events[-1].id
        if letter is not None:
            key = f"{row.topic}-{row.seen}"
            written += outgoing.write(company, row.email, row.topic, key, letter)
            row.told_at = now()
    return written


def tell_of_yesterday(company: Company) -> int:
    """Write the digest of the company's yesterday to whom it may concern; how many mails."""
    yesterday = now().astimezone(ZoneInfo(company.zone or "UTC")).date() - timedelta(days=1)
    to = [email for email, topics in addresses(company).items() if "digest" in topics]
    if not to:
        return 0
    letter = letters.digest(company, yesterday)
    return sum(
        outgoing.write(company, email, "digest", f"digest-{yesterday}", letter) for email in to
    )
