"""What facts are compared with: words that never occur, and numbers that may not be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from rules_library import logic
from rules_library.describe import describe_fact
from rules_library.facts import FACTS
from rules_library.form.when import operation, path_of
from rules_library.logic.equality import fold
from rules_library.rule import Rule

from .finding import Finding, shown, step
from .reads import FREE, LISTS, parts

Choices = Mapping[str, Mapping[str, str]]
"""What a fact may be, with labels, by path; for facts whose values the vocabulary does not fix."""

_SAME: Final = frozenset({"is", "is_not"})
_EXACT: Final = frozenset({"==", "!=", "===", "!=="})
_LISTED: Final = {"one_of": _SAME, "in": _EXACT}
_ORDERED: Final = frozenset({"<", "<=", ">", ">="})
_OVER_LISTS: Final = frozenset({"some", "all", "none", "filter", "map", "reduce"})
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: inside which list, turned round or not, and what is known."""

    pointer: str
    group: str = ""
    negated: bool = False
    known: frozenset[str] = frozenset()
    """Facts of which another condition says whether they are empty."""

    def fact(self, rule: Any) -> str | None:
        path = path_of(rule)
        return f"{self.group}.{path}" if path and self.group else path


def check_compared(rule: Rule, pointer: str, choices: Choices) -> Iterator[Finding]:
    """Comparisons that hold never, or more often than they seem to."""
    key = rule.decision.key
    for number, expression, place in parts(rule, pointer):
        for name, operands, at in _comparisons(expression, _Place(place)):
            for sentence in _impossible(name, operands, at, choices):
                yield Finding("impossible-value", "warning", key, number, sentence, at.pointer)
            for sentence in _unknown(name, operands, at):
                yield Finding("unknown-is-zero", "warning", key, number, sentence, at.pointer)


def _comparisons(rule: Any, place: _Place) -> Iterator[tuple[str, Sequence[Any], _Place]]:
    found = operation(rule)
    if found is None:
        if isinstance(rule, (list, tuple)):
            for index, part in enumerate(rule):
                yield from _comparisons(part, replace(place, pointer=step(place.pointer, index)))
        return
    name, operands = found
    below = step(place.pointer, name)
    bare = not isinstance(rule[name], (list, tuple))
    places = [below if bare else step(below, index) for index in range(len(operands))]
    if name in _SAME | _EXACT | _ORDERED | _LISTED.keys():
        yield name, operands, place
    inner = replace(place, negated=place.negated != (name in {"!", "none"}))
    if name in {"and", "or"}:
        everywhere = (name == "and") != place.negated
        said = {path for part in operands if (path := _told(part, place, everywhere=everywhere))}
        inner = replace(inner, known=place.known | said)
    for index, (part, pointer) in enumerate(zip(operands, places, strict=True)):
        at = replace(inner, pointer=pointer)
        if name in _OVER_LISTS and index == 1:
            listed = path_of(operands[0]) or ""
            at = replace(at, group=LISTS.get(listed, f"custom.{listed}"))
        yield from _comparisons(part, at)


def _told(rule: Any, place: _Place, *, everywhere: bool) -> str | None:
    """The fact of which a condition says that it is not empty, or in an "or" that it may be."""
    found = operation(rule)
    if found is None:
        return None
    name, operands = found
    if name == "!" and (inner := operation(operands[0])) and inner[0] == "is_empty":
        path, there = place.fact(inner[1][0]), not place.negated
    elif name in {"is_empty", "!!"}:
        path, there = place.fact(operands[0]), (name == "!!") != place.negated
    elif name in _ORDERED:
        path = next(filter(None, map(place.fact, operands)), None)
        there = not _holds_for_nothing(name, operands, place)
        if not there:
            return None
    else:
        return None
    return path if there == everywhere else None


def _impossible(
    name: str, operands: Sequence[Any], place: _Place, choices: Choices
) -> Iterator[str]:
    if len(operands) != _PAIR:
        return
    folded = name in _SAME or name == "one_of"
    first, second = operands
    path, given = place.fact(first), second
    if path is None and name not in _LISTED:
        path, given = place.fact(second), first
    if path is None:
        return
    fact = FACTS.get(path)
    options = choices.get(path) or (fact.options if fact else {})
    known = set(map(fold, options)) if folded else set(options)
    values = given if name in _LISTED and isinstance(given, (list, tuple)) else [given]
    for value in values:
        if not options or not isinstance(value, str) or not value.strip():
            continue
        if (fold(value) if folded else value) not in known:
            label = fact.label if fact else path
            yield f"{label} is never {shown(value)!r}{_instead(value, options)}"


def _instead(value: str, options: Mapping[str, str]) -> str:
    """What was meant, if that can be guessed; else all that there is."""
    by_label = {fold(label): key for key, label in options.items()} | {fold(k): k for k in options}
    near = get_close_matches(fold(value), by_label, 1)
    if near:
        return f"; did you mean {by_label[near[0]]}?"
    return f": it is one of {', '.join(options)}."


def _unknown(name: str, operands: Sequence[Any], place: _Place) -> Iterator[str]:
    if name not in _ORDERED:
        return
    for path in filter(None, map(place.fact, operands)):
        fact = FACTS.get(path)
        maybe = fact.unknown if fact else path.split(".", 1)[0] in FREE
        if maybe and path not in place.known and _holds_for_nothing(name, operands, place):
            name = fact.label if fact else describe_fact(path)
            yield (
                f"{name[0].upper()}{name[1:]} is not always known, and this holds then too, since "
                "nothing counts as 0; add that it is not empty, or that it may be."
            )


def _holds_for_nothing(name: str, operands: Sequence[Any], place: _Place) -> bool:
    """Whether a comparison holds where the fact that it reads is nothing."""
    facts = [place.fact(operand) for operand in operands]
    constants = [None if fact else operand for fact, operand in zip(facts, operands, strict=True)]
    if facts.count(None) != len(facts) - 1 or any(map(operation, constants)):
        return False
    try:
        holds = logic.truthy(logic.compile_rule({name: constants}).evaluate({}))
    except logic.LogicError:
        return False
    return holds != place.negated
