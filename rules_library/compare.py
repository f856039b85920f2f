"""Two rulebooks against the same orders: what is the same in both is evaluated once."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple

from rules_library import logic
from rules_library.compiled import CompiledRule, Outcome
from rules_library.decision import decisions
from rules_library.rule import Rule, canonical
from rules_library.rulebook import PARTS, Decided, Rulebook, decide

Outcomes = Mapping[str, Outcome]

_LEFT_OUT = Outcome(None)


class Difference(NamedTuple):
    """A decision that comes out otherwise for an order, or for one of its parts."""

    decision: str
    before: Outcome
    after: Outcome


class Comparison:
    """An old and a new rulebook.

    Attributes:
        changed: The keys of the decisions whose rule, or a table that it reads, is not the same.
    """

    def __init__(self, old: Rulebook, new: Rulebook) -> None:
        tables = {name for name in {*old.tables, *new.tables} if not _same_table(name, old, new)}
        known = decisions()
        self.changed = frozenset(
            key
            for key, decision in known.items()
            if not _same_rule(old.rule(decision), new.rule(decision), tables)
        )
        self._old = old
        self._again = only(new, self.changed, new.tables)

    def decide(self, facts: Mapping[str, Any]) -> tuple[Decided, Decided]:
        """What the old and the new rulebook decide for one order."""
        before = decide(facts, self._old)
        if not self.changed:
            return before, before
        again = decide(facts, self._again)
        parts = {
            name: self._all(getattr(before, name), getattr(again, name)) for name in PARTS.values()
        }
        return before, Decided(self._merged(before.order, again.order), **parts)

    def differences(self, before: Decided, after: Decided) -> Iterator[Difference]:
        """Every decision that gives another value, or fails otherwise than it did."""
        old_and_new = zip(before.parts(), after.parts(), strict=True)
        for old, new in ((before.order, after.order), *old_and_new):
            for key in self.changed & old.keys():
                was, now = old[key], new[key]
                if was.value != now.value or was.error != now.error:
                    yield Difference(key, was, now)

    def _all(
        self, before: tuple[Outcomes, ...], again: tuple[Outcomes, ...]
    ) -> tuple[Outcomes, ...]:
        return tuple([self._merged(*pair) for pair in zip(before, again, strict=True)])

    def _merged(self, before: Outcomes, again: Outcomes) -> Outcomes:
        return {**before, **{key: again[key] for key in self.changed & again.keys()}}


def _same_rule(old: CompiledRule, new: CompiledRule, tables: set[str]) -> bool:
    if tables & (old.tables | new.tables):
        return False
    return old is new or canonical(old.rule.to_file()) == canonical(new.rule.to_file())


def _same_table(name: str, old: Rulebook, new: Rulebook) -> bool:
    before, after = old.tables.get(name), new.tables.get(name)
    if before is None or after is None:
        return False
    return before is after or canonical(before.to_json()) == canonical(after.to_json())


def only(rulebook: Rulebook, keys: Container[str], tables: Mapping[str, logic.Table]) -> Rulebook:
    """A rulebook that makes only some of the decisions; all others come out as nothing."""
    rules = {
        key: rulebook.rule(decision) if key in keys else _left_out(decision)
        for key, decision in decisions().items()
    }
    return Rulebook(rules, tables)


def _left_out(decision: Any) -> CompiledRule:
    return CompiledRule(Rule(decision), (), logic.compile_rule(None), _LEFT_OUT)
