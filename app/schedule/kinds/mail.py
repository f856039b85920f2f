"""Sends the mails that are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company, db
from app.notify import outgoing
from app.schedule.kinds import Kind, every


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Mail by mail; without a mail server they wait."""
    del moment
    company_id, sent = company.id, 0
    if not outgoing.is_set_up():
        db.session.rollback()
        yield "No mail server is set: set RULEBOOKS_SMTP_HOST and RULEBOOKS_MAIL_FROM."
        return
    yield "Sent 0 mails."
    for notice in outgoing.send(company_id):
        sent += notice.state == "sent"
        yield f"Sent {sent:,} mail{'' if sent == 1 else 's'}."


task = Kind(
    "Send mails",
    "Sends the mails that are written; what the mail server does not take is tried again.",
    every(timedelta(minutes=1)),
    run,
)
