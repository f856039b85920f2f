"""The cells of a table's CSV: a type for each column, and values as text and back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rules_library.logic.equality import fold
from rules_library.logic.semantics import is_number, number_text
from rules_library.logic.table import ANY

OTHERWISE: Final = "otherwise"

_TYPES: Final = ("text", "number", "yes/no", "json")
_HEADER: Final = re.compile(rf"(.*?)\s*\(({'|'.join(map(re.escape, _TYPES))})\)", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}
_LARGEST_INT: Final = 10**28
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and the type of its cells."""

    name: str
    type: str


class CellError(ValueError):
    """One cell cannot be read."""


def same_keys(keys: Sequence[Any]) -> tuple[str, ...]:
    """Keys as a table compares them: text without case and blanks, a number as its text."""
    return tuple(map(_folded, keys))


def column_of(cell: str) -> Column:
    """The column that a cell of the header names."""
    found = _HEADER.fullmatch(cell.strip())
    return Column(found[1], found[2]) if found else Column(cell.strip(), "text")


def head_of(column: Column) -> str:
    """How the header names a column."""
    plain = column.type == "text" and not _HEADER.fullmatch(column.name.strip())
    return column.name if plain else f"{column.name} ({column.type})"


def key_type(cells: list[Any], *, first: bool) -> str:
    """What the cells of a key column are written as."""
    given = [cell for cell in cells if cell != ANY]
    if all(isinstance(cell, str) and cell.strip() for cell in given):
        marked = first and any(fold(cell) == OTHERWISE for cell in given)
        return "json" if marked else "text"
    return "number" if all(map(_is_plain_number, given)) else "json"


def value_type(values: list[Any]) -> str:
    """What the values are written as."""
    given = [value for value in values if value is not None]
    if all(isinstance(value, str) and value.strip() for value in given):
        return "text"
    if all(isinstance(value, bool) for value in given):
        return "yes/no"
    return "number" if all(map(_is_plain_number, given)) else "json"


def _is_plain_number(value: Any) -> bool:
    return is_number(value) and _NUMBER.fullmatch(number_text(value)) is not None


def write_cell(cell: Any, kind: str, *, key: bool) -> str:
    """A value as the text of a cell."""
    if key and cell == ANY:
        return ANY
    if kind == "json":
        return json.dumps(cell, ensure_ascii=False, default=number_text)
    if cell is None:
        return ""
    if kind == "yes/no":
        return "yes" if cell else "no"
    return cell if isinstance(cell, str) else number_text(cell)


def read_cell(cell: str, kind: str, *, key: bool) -> Any:
    """The value of a cell.

    Raises:
        CellError: It is not of the type; the sentence says why.
    """
    if key and cell.strip() == ANY:
        return ANY
    if not key and kind != "json" and not cell.strip():
        return None
    match kind:
        case "text":
            if not cell.strip():
                raise CellError(f"the key is blank; {ANY} fits everything")
            return cell
        case "number":
            return _number(cell.strip())
        case "yes/no":
            flag = _FLAGS.get(fold(cell))
            if flag is None:
                raise CellError(f"{_quoted(cell)} is neither yes nor no")
            return flag
        case _:
            return _json(cell, key=key)


def _number(cell: str) -> int | float:
    if not _NUMBER.fullmatch(cell):
        raise CellError(f"{_quoted(cell)} is not a number; numbers look like 1234.5")
    exact = Decimal(cell)
    if exact == exact.to_integral_value() and abs(exact) < _LARGEST_INT:
        return int(exact)
    near = float(exact)
    if Decimal(repr(near)) != exact:
        raise CellError(f"{_quoted(cell)} has more digits than a number can have")
    return near


def _refuse_constant(name: str) -> Any:
    raise CellError(f"{name} is not a number")


def _json(cell: str, *, key: bool) -> Any:
    try:
        value = json.loads(cell, parse_constant=_refuse_constant)
    except CellError:
        raise
    except (ValueError, RecursionError):
        raise CellError(f"{_quoted(cell)} is not JSON") from None
    if key and isinstance(value, (list, dict)):
        raise CellError("a key is one value, not a list")
    return value


def _folded(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else number_text(value) if is_number(value) else fold(str(value))


def _quoted(cell: str) -> str:
    short = cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}..."
    return f'"{short}"'


def shown(cells: Sequence[str]) -> str:
    """Cells in quotes, for a message."""
    return ", ".join(map(_quoted, cells))
