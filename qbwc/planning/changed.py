"""A posted document that the store has changed since, and what a person may choose about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

WHOLE: Final = ""
"""The kind of a drift that is of everything that is posted of an order."""
UNPOST_VOID: Final = "unpost_void"
UNPOST_DELETE: Final = "unpost_delete"
CHOICES: Final[Mapping[str, str]] = {
    "replace": "Change it in QuickBooks to what the order is now",
    "void_and_repost": "Void it and post the order as it is now",
    "void": "Void it",
    "delete": "Delete it",
    "buy": "Order the rest by another purchase order",
    "credit": "Credit the difference by a credit memo",
    "same": "It is the same under another id: let it stand for that",
    "leave_out": "It is the one that is there already: leave ours out",
    "unapplied": "Post it all the same, unapplied",
    UNPOST_VOID: "Void all of it in QuickBooks",
    UNPOST_DELETE: "Delete all of it in QuickBooks",
    "keep": "Leave it as it is",
}
"""What a person may choose, and how it reads."""


class Choice(NamedTuple):
    """What a person chose about a posted document that the store changed: for this change only."""

    choice: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One posted document that is not what the order would be posted as now."""

    kind: str
    part: str
    ref_number: str
    words: tuple[str, ...]
    """What of the money differs."""
    notes: tuple[str, ...]
    """What else differs: it holds nothing."""
    then: Decimal
    now: Decimal
    mark: str
    """Names exactly this change."""
    choices: tuple[str, ...]
    along: tuple[tuple[str, str], ...] = ()
    """(kind, part) of other documents that a choice is for, too: what gave the money back."""
    chosen: str = ""
