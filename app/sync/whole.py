"""Lists that are read whole from time to time, because QuickBooks does not date all their changes.

QuickBooks does not date an item's record when a transaction moves its stock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.models import Mirror, db

ASKED: Final = "whole_asked_at"
"""Among a mirror's facts: when the list was last asked for whole."""
READ: Final = "whole_read_at"
"""Among a mirror's facts: when the last reading of the whole list that was completed began."""


def read_whole(company_id: int, kind: str, at: datetime) -> None:
    """Let the next session read all of a list anew; the caller commits.

    What was read before anybody asked may be old: then it counts as not read.
    """
    row = _mirror(company_id, kind)
    if row is not None:
        facts = {"deleted_until": row.modified_until, **(row.facts or {})}
        if ASKED not in facts:
            facts.pop(READ, None)
        row.facts = {**facts, ASKED: at.isoformat()}
        row.modified_until, row.stale = "", True


def need_no_more(company_id: int, kind: str) -> None:
    """Nobody asks for the whole list any more; the caller commits."""
    row = _mirror(company_id, kind)
    if row is not None and ASKED in (row.facts or {}):
        row.facts = {name: told for name, told in row.facts.items() if name != ASKED}


def is_unread(company_id: int, kind: str) -> bool:
    """Whether the whole list was asked for and never read since."""
    asked = asked_whole_at(company_id, kind)
    return asked is not None and read_whole_at(company_id, kind) is None


def asked_whole_at(company_id: int, kind: str) -> datetime | None:
    """When a list was last asked for whole."""
    return _told_at(company_id, kind, ASKED)


def read_whole_at(company_id: int, kind: str) -> datetime | None:
    """Whatever happened in QuickBooks before this moment is in what we hold of the list."""
    return _told_at(company_id, kind, READ)


def was_read(row: Mirror, began: datetime) -> None:
    """The whole list was read."""
    row.facts = {**(row.facts or {}), READ: began.isoformat()}


def is_outdated(row: Mirror, began: datetime) -> bool:
    """Whether somebody asked for the whole list after this reading of it began."""
    asked = (row.facts or {}).get(ASKED)
    return asked is not None and datetime.fromisoformat(asked) > began


def _mirror(company_id: int, kind: str) -> Mirror | None:
    return db.session.get(Mirror, (company_id, kind), populate_existing=True)


def _told_at(company_id: int, kind: str, name: str) -> datetime | None:
    row = _mirror(company_id, kind)
    told = (row.facts or {}).get(name) if row else None
    return datetime.fromisoformat(told) if told else None
