"""The operator that reads a look-up table of the company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import EvaluationError, RuleError, Run
from .node import ABSENT, Node, Part, fresh, operator
from .table import TableError

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place


@operator(
    "lookup", (2, 3), "own", "The value in a table for a key, or a list of keys; else a default."
)
def _lookup(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    name = operands[0].rule
    if not isinstance(name, str):
        raise RuleError("A look-up names its table as plain text.", operands[0].place.pointer)
    compiler.tables.add(name)
    key, *rest = compiler.all(operands[1:])
    read = key.call
    default = rest[0].call if rest else None

    def lookup(data: Any, run: Run) -> Any:
        table = run.tables.get(name) if run.tables else None
        if table is None:
            raise EvaluationError(f'There is no table called "{name}".', place.pointer)
        wanted = read(data, run)
        try:
            found = table.find(wanted)
        except TableError as error:
            raise EvaluationError(str(error), place.pointer) from None
        if found is not ABSENT:
            return found
        return fresh(table.otherwise) if default is None else default(data, run)

    return Node(lookup, cost=1 + key.cost + sum(node.cost for node in rest))
