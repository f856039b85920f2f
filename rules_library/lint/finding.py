"""What lint has to say: one finding with its place, and how much it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rules_library.rule import Case

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a person should know about a rulebook."""

    code: str
    severity: Severity
    decision: str
    """The decision's key; "" for a table."""
    case: int | None
    """The case's number from 1, as in ``Outcome``; None for the otherwise and the whole rule."""
    sentence: str
    pointer: str
    """JSON pointer into the rulebook file."""


def case_name(number: int, case: Case) -> str:
    """How a sentence names a case."""
    return f"case {number} ({case.title})" if case.title else f"case {number}"


def step(pointer: str, key: str | int) -> str:
    """The JSON pointer one step further."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def shown(value: Any) -> str:
    """A value, short enough for a sentence."""
    written = str(value)
    return written if len(written) <= 60 else written[:57] + "..."  # noqa: PLR2004
