"""Look-up tables, such as state -> tax code: they cost the same whatever their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, Final

from .equality import fold
from .errors import Run
from .node import ABSENT, fresh
from .semantics import is_number, number_text, text

ANY: Final = "*"
"""In a key column of a row: it fits every value."""

_MOST_KEYS: Final = 6
_NO_CELL: Final = "\0"


class TableError(ValueError):
    """A table cannot be used; the sentence says which row is wrong."""


class Table:
    """An immutable look-up table.

    Text is compared without case and surrounding blanks, and a number equals its text. Where more
    than one row fits, the one with the fewest "*" wins, and among those the leftmost column counts.

    Attributes:
        keys: The names of the key columns.
        rows: The rows as they were given; the last column is the value.
        otherwise: The value where no row fits.
    """

    __slots__ = ("_indexes", "keys", "otherwise", "rows")

    keys: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    otherwise: Any
    _indexes: tuple[tuple[tuple[int, ...], dict[Any, int]], ...]

    def __init__(
        self, keys: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: Any = None
    ) -> None:
        """Check and index the rows.

        Raises:
            TableError: A row has the wrong number of columns, or the keys of an earlier one.
        """
        if not 1 <= len(keys) <= _MOST_KEYS or not all(isinstance(key, str) for key in keys):
            raise TableError(f"A table has 1 to {_MOST_KEYS} key columns, each with a name.")
        if len(set(keys)) < len(keys):
            raise TableError("Two key columns of the table have the same name.")
        indexes: dict[tuple[int, ...], dict[Any, int]] = {}
        seen: dict[tuple[str, ...], int] = {}
        for position, row in enumerate(rows, 1):
            cells = _cells(row, len(keys), position)
            if cells in seen:
                raise TableError(f"Row {position} has the same keys as row {seen[cells]}.")
            seen[cells] = position
            columns = tuple(index for index, cell in enumerate(cells) if cell != ANY)
            indexes.setdefault(columns, {})[_pick(cells, columns)] = position - 1
        ranked = sorted(indexes.items(), key=lambda item: (-len(item[0]), item[0]))
        object.__setattr__(self, "keys", tuple(keys))
        object.__setattr__(self, "rows", tuple(tuple(map(_own, row)) for row in rows))
        object.__setattr__(self, "otherwise", _own(otherwise))
        object.__setattr__(self, "_indexes", tuple(ranked))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("A table does not change; make a new one.")

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.keys, self.rows, self.otherwise)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.keys, len(self.rows)))

    def __repr__(self) -> str:
        return f"Table(keys={self.keys!r}, {len(self.rows)} rows)"

    def __len__(self) -> int:
        return len(self.rows)

    def lookup(self, key: Any) -> Any:
        """The value for a key, or for a list of keys if there is more than one key column.

        Raises:
            ValueError: The number of keys is not the number of key columns.
        """
        found = self.find(key)
        return fresh(self.otherwise) if found is ABSENT else found

    def find(self, key: Any) -> Any:
        """The value of the row for a key, or ABSENT."""
        place = self.place(key)
        if place is None:
            return ABSENT
        found = self.rows[place][-1]
        return fresh(found) if isinstance(found, (list, dict)) else found

    def place(self, key: Any) -> int | None:
        """Where the row for a key stands among the rows, from 0; None if no row fits.

        Raises:
            ValueError: The number of keys is not the number of key columns.
        """
        if key.__class__ is str and len(self.keys) == 1:
            cells: tuple[str, ...] = (fold(key),)
        else:
            keys = key if isinstance(key, (list, tuple)) else (key,)
            if len(keys) != len(self.keys):
                raise TableError(f"Keys given: {len(keys)}; key columns: {len(self.keys)}.")
            cells = tuple(map(_cell, keys))
        for columns, index in self._indexes:
            place = index.get(_pick(cells, columns))
            if place is not None:
                return place
        return None

    @classmethod
    def from_json(cls, form: Any) -> Table:
        """A table as it stands in a rulebook file: its keys, its rows and its otherwise.

        Raises:
            TableError: It has another form.
        """
        if not isinstance(form, Mapping) or not {"keys", "rows"} <= form.keys():
            raise TableError('A table is an object with "keys", "rows" and "otherwise".')
        unknown = sorted(map(str, form.keys() - {"keys", "rows", "otherwise"}))
        if unknown:
            raise TableError(f'A table has no "{unknown[0]}".')
        for name in ("keys", "rows"):
            if not isinstance(form[name], (list, tuple)):
                raise TableError(f'The "{name}" of a table are a list.')
        return cls(form["keys"], form["rows"], form.get("otherwise"))

    def to_json(self) -> dict[str, Any]:
        """The table as it stands in a rulebook file."""
        return {
            "keys": list(self.keys),
            "rows": [list(map(_own, row)) for row in self.rows],
            "otherwise": _own(self.otherwise),
        }


def _cells(row: Any, keys: int, position: int) -> tuple[str, ...]:
    if not isinstance(row, (list, tuple)):
        raise TableError(f"Row {position} is not a list of its columns.")
    if len(row) != keys + 1:
        raise TableError(f"Row {position} should have {keys + 1} columns, but has {len(row)}.")
    if any(isinstance(cell, (list, tuple, Mapping)) for cell in row[:-1]):
        raise TableError(f"Row {position} has a list where its key should be.")
    return tuple(map(_cell, row[:-1]))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return fold(value)
    if value is None:
        return ""
    if is_number(value):
        return number_text(value)
    return fold(text(value, Run())) if isinstance(value, (bool, date)) else _NO_CELL


def _own(value: Any) -> Any:
    return deepcopy(value) if isinstance(value, (list, tuple, Mapping)) else value


def _pick(cells: tuple[str, ...], columns: tuple[int, ...]) -> Any:
    if len(columns) == len(cells):
        return cells
    return tuple([cells[column] for column in columns])
