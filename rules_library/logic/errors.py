"""What can go wrong with a rule, and the step budget that keeps every evaluation short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .table import Table

BUDGET: Final = 100_000
"""Operator steps that one evaluation may take when nothing else is said."""


class LogicError(Exception):
    """A rule could not be compiled or evaluated.

    Attributes:
        sentence: What is wrong, in plain words.
        pointer: JSON pointer to the expression that is at fault; "" is the whole rule.
    """

    def __init__(self, sentence: str, pointer: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self._pointer = pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to the expression that is at fault."""
        return self._pointer or ""

    def locate(self, pointer: str) -> None:
        """Name the place, unless an inner expression has already named a nearer one."""
        if self._pointer is None:
            self._pointer = pointer


class RuleError(LogicError, ValueError):
    """The rule is not one that can be run; nothing was evaluated."""


class EvaluationError(LogicError):
    """The rule met facts that it cannot give an answer for."""


class BudgetExceeded(EvaluationError):  # noqa: N818 - it reads as what happened
    """The rule needs more steps than one evaluation may take."""


class Run:
    """What belongs to one evaluation: the steps that are left, the tables, the trace."""

    __slots__ = ("left", "tables", "trace")

    def __init__(
        self,
        left: int = BUDGET,
        tables: Mapping[str, Table] | None = None,
        trace: dict[str, list[Any]] | None = None,
    ) -> None:
        self.left = left
        self.tables = tables
        self.trace = trace

    def charge(self, steps: int) -> None:
        """Take steps off the budget.

        Raises:
            BudgetExceeded: There are not that many left.
        """
        self.left -= steps
        if self.left < 0:
            raise BudgetExceeded("This rule takes more steps than one evaluation may take.")
