"""Links in mails by which whoever reads one hears no more of its topic (RFC 2369, RFC 8058)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, select, update

from app.models import Company, Subscription, db, now
from app.notify.topics import TOPICS
from app.settings import Settings


class Told(NamedTuple):
    """One address that hears of one topic of a company."""

    company_id: int
    email: str
    topic: str


def link(told: Told) -> str:
    """The address at which that is switched off; it works for as long as the secret key holds."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.url}/unsubscribe/{_serializer().dumps(list(told))}"


def read(token: str) -> Told | None:
    """What a link is about; None for one that is not ours, or whose company is gone."""
    try:
        company_id, email, topic = _serializer().loads(token)
        told = Told(int(company_id), str(email), str(topic))
    except (BadData, ValueError, TypeError):
        return None
    known = told.topic in TOPICS and db.session.get(Company, told.company_id) is not None
    return told if known else None


def switch_off(told: Told) -> bool:
    """Let the address hear no more of it, whoever asked for it; False if it is off already.

    The caller commits.
    """
    mine = (
        Subscription.company_id == told.company_id,
        Subscription.email == told.email,
        Subscription.topic == told.topic,
    )
    changed = db.session.scalar(
        update(Subscription)
        .where(*mine, Subscription.off_at.is_(None))
        .values(off_at=now())
        .returning(Subscription.id)
    )
    if changed is not None:
        return True
    if db.session.scalar(select(Subscription.id).where(*mine)) is not None:
        return False
    db.session.add(Subscription(**told._asdict(), off_at=now()))
    return True


def switched_off(company: Company) -> list[tuple[str, str, datetime]]:
    """(address, topic, when) of what whoever reads the mails has switched off."""
    rows = db.session.execute(
        select(Subscription.email, Subscription.topic, Subscription.off_at)
        .where(
            Subscription.company_id == company.id,
            Subscription.off_at.is_not(None),
            Subscription.topic.in_(TOPICS),
        )
        .order_by(Subscription.email, Subscription.topic)
    )
    return [(row.email, row.topic, row.off_at) for row in rows]


def allow_again(told: Told) -> bool:
    """Let rules that name the address count again; False if it was not off. The caller commits."""
    gone = db.session.scalar(
        delete(Subscription)
        .where(
            Subscription.company_id == told.company_id,
            Subscription.email == told.email,
            Subscription.topic == told.topic,
            Subscription.off_at.is_not(None),
        )
        .returning(Subscription.id)
    )
    return gone is not None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["keys"].derive("unsubscribe links"))
