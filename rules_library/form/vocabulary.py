"""The operators of a condition: one table for the editor, for JSON-logic and for plain English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TEXT: Final = frozenset({"text"})
NAMED: Final = frozenset({"text", "choice", "country"})
NUMBERS: Final = frozenset({"number", "money"})
DATES: Final = frozenset({"date"})
LISTS: Final = frozenset({"list"})
FLAGS: Final = frozenset({"yes/no"})
NOWHERE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One thing that can be asked of a fact."""

    key: str
    words: str
    types: frozenset[str]
    """The types of fact that offer it; one that none offers comes only from imported rules."""
    logic: str
    values: int | None = 1
    """How many values it takes; None is a list of one or more."""
    exact: str = ""
    """The JSON-logic operator where case matters; none: case never does."""
    exact_words: str = ""
    negated: bool = False
    list_words: str = ""
    """How it reads of a fact that is a list."""

    def can_match_case(self, fact_type: str) -> bool:
        """Whether an editor offers "match case" for a fact of this type."""
        texts = fact_type in NAMED or (fact_type == "list" and self.values is not None)
        return bool(self.exact) and texts

    def said(self, fact_type: str = "", *, match_case: bool = False) -> str:
        """The operator in words."""
        if match_case:
            return self.exact_words
        return self.list_words if self.list_words and fact_type == "list" else self.words


def _row(key: str, words: str, types: frozenset[str], logic: str, **more: object) -> Operator:
    return Operator(key=key, words=words, types=types, logic=logic, **more)  # type: ignore[arg-type]


OPERATORS: Final[Mapping[str, Operator]] = {
    row.key: row
    for row in (
        _row("is", "is", NAMED | NUMBERS, "is", exact="==", exact_words="is exactly"),
        _row("is_not", "is not", NAMED | NUMBERS, "is_not",
             exact="!=", exact_words="is not exactly"),
        _row("one_of", "is one of", NAMED | NUMBERS | LISTS, "one_of", values=None,
             exact="in", exact_words="is exactly one of", list_words="has one of"),
        _row("none_of", "is none of", NAMED | NUMBERS | LISTS, "one_of", values=None, negated=True,
             exact="in", exact_words="is exactly none of", list_words="has none of"),
        _row("contains", "contains", TEXT | LISTS, "contains",
             exact="in", exact_words="contains exactly"),
        _row("not_contains", "does not contain", TEXT | LISTS, "contains", negated=True,
             exact="in", exact_words="does not contain exactly"),
        _row("starts_with", "starts with", TEXT, "starts_with"),
        _row("ends_with", "ends with", TEXT, "ends_with"),
        _row("matches", "matches the pattern", TEXT, "matches"),
        _row("greater", "is greater than", NUMBERS, ">"),
        _row("at_least", "is at least", NUMBERS, ">="),
        _row("less", "is less than", NUMBERS, "<"),
        _row("at_most", "is at most", NUMBERS, "<="),
        _row("between", "is between", NUMBERS, "<=", values=2),
        _row("on", "is on", DATES, "on"),
        _row("before", "is before", DATES, "before"),
        _row("after", "is after", DATES, "after"),
        _row("on_or_before", "is on or before", DATES, "on_or_before"),
        _row("on_or_after", "is on or after", DATES, "on_or_after"),
        _row("within_days", "is within", DATES, "within_days", values=2),
        _row("is_true", "is true", FLAGS, "", values=0),
        _row("is_false", "is false", FLAGS, "", values=0, negated=True),
        _row("is_empty", "is empty", NAMED | NUMBERS | DATES | LISTS, "is_empty", values=0),
        _row("is_not_empty", "is not empty", NAMED | NUMBERS | DATES | LISTS, "is_empty",
             values=0, negated=True),
        _row("identical", "is identical to", NOWHERE, "==="),
        _row("not_identical", "is not identical to", NOWHERE, "!=="),
    )
}  # fmt: skip
"""Every operator by its key, in the order in which an editor offers them."""


def operators_for(fact_type: str) -> tuple[Operator, ...]:
    """What a fact of a type offers; nothing for a type that does not exist.

    A choice offers no parts of text (contains, starts with): its values are fixed keys.
    """
    if fact_type == "country":
        fact_type = "choice"
    return tuple(operator for operator in OPERATORS.values() if fact_type in operator.types)
