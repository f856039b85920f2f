"""The form of a rule: what an editor shows for `when` and `then`, to and from JSON-logic.

One more operator is one row in `vocabulary`; one more kind of value is a class in `model`, its way
in and out in `then`, and its fields in `data`.
"""

from .data import from_json, to_json
from .model import (
    Always,
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    FormError,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    MapRow,
    NotAForm,
    Part,
    Rounded,
    Several,
    Then,
    When,
)
from .then import read_then, write_then
from .vocabulary import OPERATORS, Operator, operators_for
from .when import read_when, write_when

__all__ = [
    "OPERATORS",
    "Always",
    "Arithmetic",
    "Changed",
    "Clear",
    "Condition",
    "Copy",
    "DaysLater",
    "FirstOf",
    "FormError",
    "Group",
    "InlineMap",
    "Join",
    "Lines",
    "Literal",
    "LookUp",
    "MapRow",
    "NotAForm",
    "Operator",
    "Part",
    "Rounded",
    "Several",
    "Then",
    "When",
    "from_json",
    "operators_for",
    "read_then",
    "read_when",
    "to_json",
    "write_then",
    "write_when",
]
