"""A rule ready to run, and what it gives: the value and the case that won."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rules_library import logic
from rules_library.decision import BadValueError

if TYPE_CHECKING:
    from rules_library.rule import Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule gave: the value, and the number (from 1) and title of the case that won.

    Of a decision that collects, the value is a tuple, ``cases`` are all that fit, ``case`` is the
    first of them, and the title joins theirs.
    """

    value: Any
    case: int | None = None
    title: str = ""
    error: str = ""
    cases: tuple[int, ...] = ()

    @property
    def won(self) -> tuple[int, ...]:
        """The numbers of all cases that made the value."""
        return self.cases or (() if self.case is None else (self.case,))


@dataclass(slots=True)
class CompiledRule:
    """A rule ready to run, as often as wanted, by any number of threads."""

    rule: Rule
    parts: tuple[tuple[int, str, logic.Compiled, logic.Compiled], ...]
    otherwise: logic.Compiled
    constant: Outcome | None = field(default=None)
    """The outcome of every order, where all have the same."""
    rest: Outcome | None = field(default=None)
    """The outcome where no case fits, where that is the same for all orders."""

    def decide(self, facts: Mapping[str, Any], tables: Mapping[str, logic.Table]) -> Outcome:
        """The outcome for one set of facts; an error in the rule is an outcome, never a crash."""
        if self.constant is not None:
            return self.constant
        if self.rule.decision.collects:
            return self._collect(facts, tables)
        number: int | None = None
        title = ""
        run = logic.Run(tables=tables)
        try:
            for number, title, when, then in self.parts:  # noqa: B007
                if when.holds(facts, run):
                    value = then.evaluate(facts, tables)
                    break
            else:
                return self.rest or self.settle(facts, tables)
            return Outcome(self.rule.decision.read(value), number, title)
        except (logic.EvaluationError, BadValueError) as error:
            return Outcome(None, number, title, str(error))

    def settle(self, facts: Mapping[str, Any], tables: Mapping[str, logic.Table]) -> Outcome:
        """The outcome where no case fits."""
        try:
            return Outcome(self.rule.decision.read(self.otherwise.evaluate(facts, tables)))
        except (logic.EvaluationError, BadValueError) as error:
            return Outcome(() if self.rule.decision.collects else None, error=str(error))

    def _collect(self, facts: Mapping[str, Any], tables: Mapping[str, logic.Table]) -> Outcome:
        """The values of all cases that fit, and of the otherwise; without any if one fails."""
        decision = self.rule.decision
        number: int | None = None
        title = ""
        fits: dict[int, str] = {}
        values: list[Any] = []
        run = logic.Run(tables=tables)
        try:
            for number, title, when, then in self.parts:
                if when.holds(facts, run):
                    values.append(decision.read_one(then.evaluate(facts, tables)))
                    fits[number] = title
            number, title = None, ""
            values += decision.read(self.otherwise.evaluate(facts, tables))
        except (logic.EvaluationError, BadValueError) as error:
            return Outcome((), number, title, str(error))
        return Outcome(
            tuple(one for one in values if one is not None),
            next(iter(fits), None),
            ", ".join(filter(None, fits.values())),
            cases=tuple(fits),
        )

    @property
    def tables(self) -> frozenset[str]:
        """The look-up tables that it reads."""
        used = self.otherwise.tables
        for _, _, when, then in self.parts:
            used = used | when.tables | then.tables
        return used
