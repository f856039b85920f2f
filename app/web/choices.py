"""The decisions of an order for its page: what was decided, and which case decided it.

A trace may be of an earlier version of the program: what it lacks is left out, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from app.web.words import quantity, value, words
from rules_library.decision import BadValueError, Decision, Factor, Group, decisions
from rules_library.describe import describe_decided
from rules_library.labels import WHOLE_ORDER
from rules_library.order import Order

_GROUPS = get_args(Group)
_ELSEWHERE = "Other"


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision: what it is about, what was decided, and what decided it."""

    group: str
    label: str
    help: str
    value: str
    why: str
    by_case: bool
    error: str


@dataclass(frozen=True, slots=True)
class Part:
    """The decisions about one line, charge or payment of an order."""

    title: str
    choices: Sequence[Choice]

    @property
    def by_case(self) -> bool:
        """Whether a case decided any of them, or one failed."""
        return any(choice.by_case or choice.error for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Trace:
    """What was decided: by a case, by the otherwise, and for each part of the order."""

    by_case: Sequence[Choice] = ()
    by_otherwise: Sequence[Choice] = ()
    parts: Sequence[Part] = ()
    context: Any = None


def trace(stored: Any, order: Order | None) -> Trace:
    """The decisions of a stored trace."""
    data = mapping(stored)
    choices = _choices(data.get("decided"))
    whole = list(WHOLE_ORDER.values())
    names = {
        "lines": ("Line", [line.name for line in order.lines] if order else []),
        "charges": ("Charge", [*(one.name for one in order.charges), *whole] if order else []),
        "payments": ("Payment", [payment.method for payment in order.payments] if order else []),
        "refunds": ("Refund", [refund.reason for refund in order.refunds] if order else []),
    }
    return Trace(
        by_case=[choice for choice in choices if choice.by_case or choice.error],
        by_otherwise=[choice for choice in choices if not (choice.by_case or choice.error)],
        parts=[
            part
            for key, (title, named) in names.items()
            for part in _parts(sequence(data.get(key)), title, named)
        ],
        context=data.get("context"),
    )


def mapping(found: Any) -> Mapping[str, Any]:
    """The object, or an empty one for anything else."""
    return found if isinstance(found, Mapping) else {}


def sequence(found: Any) -> list[Any]:
    """The list, or an empty one for anything else."""
    return found if isinstance(found, list) else []


def _parts(decided: Sequence[Any], title: str, names: Sequence[str]) -> list[Part]:
    known = names if len(names) == len(decided) else [""] * len(decided)
    return [
        Part(f"{title} {number}: {name}" if name else f"{title} {number}", choices)
        for number, (one, name) in enumerate(zip(decided, known, strict=True), 1)
        if (choices := _choices(one))
    ]


def _choices(decided: Any) -> list[Choice]:
    found = [_choice(key, mapping(outcome)) for key, outcome in mapping(decided).items()]
    return sorted(found, key=lambda choice: (*_GROUPS, _ELSEWHERE).index(choice.group))


def _choice(key: str, outcome: Mapping[str, Any]) -> Choice:
    decision = decisions().get(key)
    case, title = outcome.get("case"), str(outcome.get("title") or "")
    by_case = isinstance(case, int)
    return Choice(
        group=decision.group if decision else _ELSEWHERE,
        label=decision.label if decision else words(key),
        help=decision.help if decision else "",
        value=_shown(outcome.get("value"), decision),
        why=title or (f"case {case}" if by_case else "otherwise"),
        by_case=by_case,
        error=str(outcome.get("error") or ""),
    )


def _shown(found: Any, decision: Decision | None) -> str:
    if decision and decision.collects:
        try:
            return describe_decided(found, decision)
        except BadValueError:
            return value(found)
    if decision and isinstance(decision.kind, Factor):
        return quantity(found) or value(found)
    return _named(found, mapping(getattr(decision and decision.kind, "options", {})))


def _named(found: Any, options: Mapping[str, str]) -> str:
    """The value in words: the label of an option, where the decision offers options."""
    if isinstance(found, str):
        return options.get(found) or value(found)
    if isinstance(found, list) and found:
        return ", ".join(_named(one, options) for one in found)
    return value(found)
