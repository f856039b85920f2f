"""The documents of an order as QuickBooks' forms show them, and the decisions behind them.

A trace may be of an earlier version of the program: what it lacks is left out, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.models import Outbox, Posting
from app.web.words import words

LINE_COLUMNS = ("item", "description", "quantity", "rate", "amount", "tax_code", "class")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document, planned or posted."""

    kind: str
    number: str = ""
    part: str = ""
    customer: str = ""
    date: str = ""
    lines: Sequence[Mapping[str, Any]] = ()
    subtotal: Any = None
    tax: Any = None
    total: Any = None
    links: Sequence[str] = ()
    posting: Posting | None = None
    outbox: Outbox | None = None

    @property
    def state(self) -> str:
        """Where the document is."""
        if self.posting is not None:
            return "posted"
        return self.outbox.state if self.outbox is not None else "planned"

    @property
    def columns(self) -> list[str]:
        """The columns that any of its lines fills."""
        return [
            name
            for name in LINE_COLUMNS
            if any(line.get(name) not in {None, ""} for line in self.lines)
        ]

    @property
    def differs(self) -> Decimal | None:
        """QuickBooks' total less the planned one, when they are not the same."""
        posting = self.posting
        if posting is None or posting.total is None or posting.expected is None:
            return None
        return (posting.total - posting.expected) or None


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision of an order: what it is about, what was decided, and what decided it."""

    label: str
    value: Any
    why: str
    by_rule: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """What was decided."""

    choices: Sequence[Choice] = ()
    lines: Sequence[Sequence[Choice]] = ()
    context: Any = field(default_factory=dict)


def trace(stored: Any) -> Trace:
    """The decisions of a stored trace; those that a case made come first."""
    data = _mapping(stored)
    choices = sorted(_choices(data.get("decided")), key=lambda choice: not choice.by_rule)
    return Trace(choices, [_choices(one) for one in _list(data.get("lines"))], data.get("context"))


def papers(stored: Any, sent: Sequence[Outbox], posted: Sequence[Posting]) -> list[Paper]:
    """Every document that should exist or does, in the order of the plan."""
    rest, waiting = list(posted), [one for one in sent if one.state not in {"done", "dropped"}]
    found = []
    for planned in _list(_mapping(stored).get("documents")):
        paper = _planned(_mapping(planned))
        posting = _take(rest, paper)
        outbox = _take(waiting, paper)
        found.append(replace(paper, posting=posting, outbox=outbox))
    found += [
        Paper(
            kind=posting.kind, number=posting.ref_number, part=posting.part,
            subtotal=posting.subtotal, tax=posting.tax, total=posting.total, posting=posting,
        )
        for posting in rest
    ]  # fmt: skip
    found += [
        Paper(kind=outbox.kind, number=outbox.ref_number, part=outbox.part, outbox=outbox)
        for outbox in waiting
    ]
    return found


def _planned(data: Mapping[str, Any]) -> Paper:
    return Paper(
        kind=str(data.get("kind") or "Document"),
        number=str(data.get("ref_number") or ""),
        part=str(data.get("part") or ""),
        customer=str(data.get("customer") or ""),
        date=str(data.get("date") or ""),
        lines=[_mapping(line) for line in _list(data.get("lines"))],
        subtotal=data.get("subtotal"),
        tax=data.get("tax"),
        total=data.get("total"),
        links=[_link(link) for link in _list(data.get("links"))],
    )


def _take(rows: list[Any], paper: Paper) -> Any:
    """The row of that document, taken out of the rows: the same part, else the same number."""
    same_kind = [row for row in rows if row.kind == paper.kind]
    exact = [row for row in same_kind if (row.part, row.ref_number) == (paper.part, paper.number)]
    numbered = [row for row in same_kind if row.ref_number == paper.number]
    for found in (exact, numbered):
        if found:
            rows.remove(found[-1])
            return found[-1]
    return None


def _choices(decided: Any) -> list[Choice]:
    return [_choice(key, _mapping(found)) for key, found in _mapping(decided).items()]


def _choice(key: str, found: Mapping[str, Any]) -> Choice:
    case, title = found.get("case"), str(found.get("title") or "")
    if isinstance(case, int) and not isinstance(case, bool):
        why, by_rule = title or f"case {case + 1}", True
    else:
        why, by_rule = title or str(case or "default"), case not in {None, "", "default"}
    return Choice(str(found.get("label") or words(key)), found.get("value"), why, by_rule)


def _link(link: Any) -> str:
    if isinstance(link, Mapping):
        return " ".join(str(part) for part in link.values() if part)
    return " ".join(str(part) for part in link) if isinstance(link, list) else str(link)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
