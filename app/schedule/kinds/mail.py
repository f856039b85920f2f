"""Sends the mails that are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company
from app.notify import outgoing
from app.schedule.kinds import Kind, every


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Mail by mail; without a mail server they wait, and only other services are told."""
    del moment
    company_id, sent = company.id, 0
    yield "Sent 0 mails."
    for notice in outgoing.send(company_id):
        sent += notice.state == "sent"
        yield f"Sent {sent:,} mail{'' if sent == 1 else 's'}."
    if not outgoing.is_set_up():
        yield outgoing.NOT_SET


task = Kind(
    "Send mails",
    "Sends the mails that are written; what the mail server does not take is tried again.",
    every(timedelta(minutes=1)),
    run,
)
