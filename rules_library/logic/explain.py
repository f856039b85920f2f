"""What every part of a rule evaluated to: enough to draw green and red marks in a builder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .errors import Run
    from .node import Node


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule's value and how it came about.

    Attributes:
        value: What the rule evaluated to.
        turns: By JSON pointer, every value that an expression took, in turn. Only expressions that
            were evaluated are here; those inside a loop have one value for each element seen.
    """

    value: Any
    turns: Mapping[str, list[Any]]

    @property
    def steps(self) -> dict[str, Any]:
        """By JSON pointer, the last value of each expression that was evaluated.

        A loop stops at the element that decides it, so the last value is the one that decided.
        """
        return {pointer: values[-1] for pointer, values in self.turns.items()}


def note(run: Run, pointer: str, value: Any) -> None:
    """Write a value into the trace of this run, if it keeps one."""
    if run.trace is not None:
        run.trace.setdefault(pointer, []).append(value)


def traced(node: Node, pointer: str) -> Node:
    """The same expression, writing each of its values into the trace."""
    call = node.call

    def trace(data: Any, run: Run) -> Any:
        value = call(data, run)
        note(run, pointer, value)
        return value

    return replace(node, call=trace)
