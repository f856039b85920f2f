"""JSON-logic: rules as data, compiled once and evaluated exactly, safely and with reasons.

One more operator is one registration in the module of its kind (see `node.operator`).
"""

from .clear import CLEAR
from .errors import BUDGET, BudgetExceeded, EvaluationError, LogicError, RuleError, Run
from .explain import Explanation
from .node import OPERATORS, Operator
from .rule import Compiled, compile_rule, facts_of
from .semantics import truthy
from .table import Table, TableError

__all__ = [
    "BUDGET",
    "CLEAR",
    "OPERATORS",
    "BudgetExceeded",
    "Compiled",
    "EvaluationError",
    "Explanation",
    "LogicError",
    "Operator",
    "RuleError",
    "Run",
    "Table",
    "TableError",
    "compile_rule",
    "facts_of",
    "truthy",
]
