"""The audit trail: one line for each thing that a person did."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from flask import has_request_context
from flask_login import current_user

from app.models import Company, Event, db

Area = Literal["access", "people", "company", "rules", "orders", "stores", "connection", "settings"]
AREAS: Final[tuple[str, ...]] = get_args(Area)
COMMAND_LINE: Final = "command line"


def record(
    area: Area,
    kind: str,
    text: str,
    *,
    company: Company | None = None,
    level: str = "info",
    who: str = "",
    order_id: int | None = None,
    detail: Any = None,
) -> None:
    """Add a line to the audit trail; the caller commits it together with what was done.

    Args:
        area: What it is about.
        kind: The event's kind, e.g. ``person.added``.
        text: What was done, as a sentence without its subject: "Made ann@example.com a viewer."
        company: The company it concerns; none for the whole installation.
        level: info, warning or error.
        who: By default the person who is logged in, or the command line.
        order_id: The order it concerns.
        detail: What a reader may want to unfold.
    """
    db.session.add(
        Event(
            company_id=company and company.id,
            order_id=order_id,
            level=level,
            kind=kind,
            text=text,
            area=area,
            who=who or _who(),
            detail=detail,
        )
    )


def _who() -> str:
    if not has_request_context():
        return COMMAND_LINE
    return str(current_user.email) if current_user.is_authenticated else ""
