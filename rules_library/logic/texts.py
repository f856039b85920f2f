"""The operators that make text: cat substr, and our own lower upper trim; and log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .errors import EvaluationError, Run
from .node import Node, Part, eager, operator
from .semantics import is_number, joined, number, text, units, whole

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

_LONGEST_TEXT: Final = 1 << 31
_SHORT: Final = 64


@operator("cat", (0, None), "standard", "One text of all operands.")
def _cat(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    nodes = compiler.all(operands)
    calls = [node.call for node in nodes]

    def cat(data: Any, run: Run) -> str:
        values = [call(data, run) for call in calls]
        try:
            parts = [value if value.__class__ is str else joined(value, run) for value in values]
            length = sum(map(len, parts))
            if length > _SHORT:
                run.charge(length >> 4)
        except EvaluationError as error:
            error.locate(place.pointer)
            raise
        return "".join(parts)

    return Node(cat, cost=1 + sum(node.cost for node in nodes))


def _whole_number(value: Any, run: Run) -> int:
    exact = number(value, run)
    if exact != exact:  # noqa: PLR0124 - NaN is the number that is not itself
        return 0
    return int(max(-_LONGEST_TEXT, min(_LONGEST_TEXT, exact)))


def _substr(run: Run, source: Any, start: Any, *lengths: Any) -> str:
    written = units(text(source, run), run)
    run.charge(len(written) >> 4)
    first = _whole_number(start, run)
    written = written[first if first >= 0 else max(0, len(written) + first) :]
    if not lengths:
        return whole(written)
    (given,) = lengths
    length = _whole_number(given, run)
    if is_number(given) and given < 0:
        length = int(max(0, len(written) + number(given, run)))
    return whole(written[: max(0, length)])


def _changed(change: Callable[[str], str]) -> Callable[[Run, Any], str | None]:
    def changed(run: Run, value: Any) -> str | None:
        if value is None:
            return None
        written = text(value, run)
        run.charge(len(written) >> 4)
        return change(written)

    return changed


operator("substr", (2, 3), "standard", "A part of a text: from where (from 0), and how long.")(
    eager(_substr)
)
operator("log", 1, "standard", "The operand itself; nothing is written anywhere.")(
    eager(lambda _run, value: value)
)
operator("lower", 1, "own", "The text in small letters.")(eager(_changed(str.lower)))
operator("upper", 1, "own", "The text in capital letters.")(eager(_changed(str.upper)))
operator("trim", 1, "own", "The text without blanks around it.")(eager(_changed(str.strip)))
