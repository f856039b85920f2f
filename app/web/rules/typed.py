"""Values between what a person types and what a rule holds, by what a field or decision takes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from rules_library.decision import (
    Choice,
    Choices,
    Day,
    Decision,
    Factor,
    Kind,
    Money,
    OptionalFlag,
    YesNo,
)
from rules_library.facts import FACTS, Fact
from rules_library.form import OPERATORS, Operator, operators_for
from rules_library.logic.semantics import is_number, number_text
from rules_library.table_cells import CellError, read_cell

Widget = Literal["text", "number", "day", "yes_no", "flag", "choice", "picks", "name"]
"""How a value is typed; "name" is one of a QuickBooks list."""

_GROUPED: Final = re.compile(r"[-+]?[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMERIC: Final = frozenset({"greater", "at_least", "less", "at_most", "between"})


class TypedError(ValueError):
    """What was typed is no value of its kind; the sentence says what to type."""


def widget_of(kind: Kind | None) -> Widget:
    """How a value of a decision's kind is typed."""
    match kind:
        case YesNo():
            return "yes_no"
        case OptionalFlag():
            return "flag"
        case Choice():
            return "choice"
        case Choices():
            return "picks"
        case Money() | Factor():
            return "number"
        case Day():
            return "day"
        case _:
            return "name" if getattr(kind, "list", "") else "text"


def part_kinds(decision: Decision) -> list[tuple[str, Widget]]:
    """The parts of a decision's values with how each is typed; none for one plain value."""
    kinds: dict[str, Widget] = {"Item": "name", "Amount": "number"}
    return [(name, kinds.get(name, "text")) for name in decision.parts]


def fact_of(path: str) -> Fact | None:
    """The declared fact of a path; a store's own field is none."""
    return FACTS.get(path)


def type_of(path: str) -> str:
    """The type of a fact; "" for a store's own field."""
    fact = FACTS.get(path)
    return fact.type if fact else ""


def operators_of(path: str, used: str = "") -> list[Operator]:
    """What can be asked of a fact; also what is asked already, though it be unusual."""
    offered = operators_for(type_of(path)) if type_of(path) else ()
    if not offered:
        offered = tuple(one for one in OPERATORS.values() if one.types)
    if used in OPERATORS and OPERATORS[used] not in offered:
        offered = (*offered, OPERATORS[used])
    return list(offered)


def is_numeric(path: str, operator: str) -> bool:
    """Whether what a fact is compared with is a number."""
    return type_of(path) in {"number", "money"} or (not type_of(path) and operator in _NUMERIC)


def read_number(text: str) -> Any:
    """The number that is typed; $1,234.50 is 1234.5.

    Raises:
        TypedError: It is none.
    """
    plain = text.strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    plain = re.sub(r"^([-+]?)[$€£]\s*", r"\1", plain)
    try:
        found = read_cell(plain, "number", key=False)
    except CellError as error:
        raise TypedError(f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.…')}.") from None
    if found is None:
        raise TypedError("Type a number here, such as 500 or 49.90.")
    return found


def write_number(value: Any) -> str:
    """A number as it is typed."""
    return number_text(value) if is_number(value) else str(value)


def split_list(text: str) -> list[str]:
    """Values with commas or line breaks between them; one that has a comma stands in quotes."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True))
    except csv.Error:
        rows = [[cell] for cell in re.split(r"[,\r\n]", text)]
    return [cell.strip() for row in rows for cell in row if cell.strip()]


def join_list(values: Sequence[Any]) -> str:
    """Values as they are typed into one field."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        [write_number(one) if isinstance(one, (int, float, Decimal)) else one for one in values]
    )
    return out.getvalue().replace(",", ", ") if '"' not in out.getvalue() else out.getvalue()


def pasted(text: str) -> Iterator[tuple[str, str]]:
    """Pairs out of a spreadsheet or CSV: the first two columns of each row that has both."""
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((one for one in "\t;," if any(one in line for line in lines)), ",")
    for row in csv.reader(lines, delimiter=delimiter):
        if len(row) > 1 and row[0].strip():
            yield row[0].strip(), row[1].strip()


def options_of(kind: Kind | None) -> Mapping[str, str]:
    """The keys that a decision offers, each with its label."""
    found: Mapping[str, str] = getattr(kind, "options", {})
    return found
