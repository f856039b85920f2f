"""A compiled rule, which can be evaluated and explained for any number of orders."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import arithmetic, compare, control, dating, lists, lookup, own, reading, texts
from .compile import Compiler
from .errors import BUDGET, BudgetExceeded, EvaluationError, Run
from .explain import Explanation
from .limits import check
from .node import Node, Part
from .place import Place
from .semantics import finite, truthy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .table import Table

MODULES = (arithmetic, compare, control, dating, lists, lookup, own, reading, texts)
"""The modules that register operators."""


class Compiled:
    """A rule that is ready to run; it keeps nothing of a run and is safe to share among threads.

    Attributes:
        rule: The JSON that it was made from.
        facts: The paths that it reads; "lines.*.sku" is the sku of each line.
        tables: The names of the look-up tables that it reads.
    """

    def __init__(self, rule: Any, path: str = "") -> None:
        check(rule, path)
        rule = deepcopy(rule)
        compiler = Compiler()
        node = compiler.one(Part(rule, Place(path)))
        self.rule = rule
        self.facts = frozenset(compiler.facts)
        self.tables = frozenset(compiler.tables)
        self._path = path
        self._cost = node.cost
        self._call = node.call

    def __reduce__(self) -> tuple[Any, ...]:
        return Compiled, (self.rule, self._path)

    def __repr__(self) -> str:
        return f"Compiled({self.rule!r})"

    def evaluate(
        self,
        facts: Mapping[str, Any],
        tables: Mapping[str, Table] | None = None,
        *,
        budget: int = BUDGET,
    ) -> Any:
        """The rule's value for these facts: JSON, with exact numbers (int or Decimal).

        Args:
            facts: What `var` reads.
            tables: The look-up tables by name.
            budget: How many steps it may take.

        Raises:
            EvaluationError: It has no value for these facts; the pointer says where.
            BudgetExceeded: It takes more steps.
        """
        return self._run(self._call, facts, Run(budget - self._cost, tables))

    def holds(self, facts: Mapping[str, Any], run: Run) -> bool:
        """Whether the rule, as a condition, holds; with the whole budget, whatever was spent.

        One run serves any number of conditions, since most rules try many for each order.

        Raises:
            EvaluationError: It has no value for these facts; the pointer says where.
        """
        run.left = BUDGET - self._cost
        value = self._run(self._call, facts, run)
        return value is True or (value is not False and truthy(value))

    def explain(
        self,
        facts: Mapping[str, Any],
        tables: Mapping[str, Table] | None = None,
        *,
        budget: int = BUDGET,
    ) -> Explanation:
        """The same value, with that of every expression that was evaluated on the way.

        Raises:
            EvaluationError: As `evaluate` does, for the same facts and at the same place.
        """
        trace: dict[str, list[Any]] = {}
        run = Run(budget - self._cost, tables, trace)
        return Explanation(self._run(self._tracing.call, facts, run), trace)

    @cached_property
    def _tracing(self) -> Node:
        return Compiler(tracing=True).one(Part(self.rule, Place(self._path)))

    def _run(self, call: Any, facts: Any, run: Run) -> Any:
        if run.left < 0:
            raise BudgetExceeded("This rule takes more steps than it may.", self._path)
        try:
            value = call(facts, run)
            return finite(value) if value.__class__ is Decimal else value
        except EvaluationError as error:
            error.locate(self._path)
            raise
        except (ArithmeticError, RecursionError, TypeError, ValueError) as error:
            raise EvaluationError("A fact has a value that no rule can use.", self._path) from error


def compile_rule(rule: Any, *, path: str = "") -> Compiled:
    """Compile a rule once, for any number of evaluations.

    Args:
        rule: JSON as Python has it; any value that is no operator is a rule that is itself.
        path: A JSON pointer to put before those of errors and explanations.

    Raises:
        RuleError: An operator is unknown or has a wrong number of operands, or the rule is too
            deep, too large, or not JSON.
    """
    return Compiled(rule, path)


def facts_of(rule: Any) -> frozenset[str]:
    """The paths that a rule reads.

    Raises:
        RuleError: It is not a rule that can be run.
    """
    return Compiled(rule).facts
