"""Look-up tables as CSV: a header, a row for each key, and what holds otherwise.

The header names the key columns; the last column is the value. Cells are text; a column of another
type says so in its header: ``weight (number)``, ``value (yes/no)``, ``value (json)``. ``*`` in
a key column fits everything. The row whose first cell is ``otherwise`` and whose other keys are
blank is what holds when no row fits. An empty value is nothing: the field is not sent.

Cells are written as they are, also those that begin with =, +, - or @, because a table must come
back as it went out. Whoever opens such a file in a spreadsheet program should import it as text.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules_library.logic import Table, TableError
from rules_library.logic.equality import fold
from rules_library.table_cells import (
    OTHERWISE,
    Column,
    column_of,
    head_of,
    key_type,
    read_cell,
    same_keys,
    shown,
    value_type,
    write_cell,
)

MOST_FAULTS: Final = 100
"""How many faults are told; the rest are counted."""

_LEAST_COLUMNS: Final = 2
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one row; row 1 is the header, as in a spreadsheet."""

    row: int
    what: str

    def __str__(self) -> str:
        return f"Row {self.row}: {self.what}"


class TableCsvError(ValueError):
    """The file is refused as a whole: every fault up to a hundred, and how many there are."""

    def __init__(self, faults: Sequence[Fault], total: int) -> None:
        self.faults = tuple(faults)
        self.total = total
        more = f"\n... and {total - len(faults)} more" if total > len(faults) else ""
        super().__init__("\n".join(map(str, faults)) + more)


class _Faults:
    """Faults as they are found; only the first hundred are kept."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.total = 0

    def add(self, row: int, what: str) -> None:
        self.total += 1
        if len(self.kept) < MOST_FAULTS:
            self.kept.append(Fault(row, what))

    def refuse(self) -> None:
        if self.total:
            raise TableCsvError(self.kept, self.total)


def write_csv(table: Table, *, delimiter: str = ",") -> str:
    """The table as CSV text; ``read_csv`` makes the same table of it."""
    columns = [
        Column(name, key_type([row[index] for row in table.rows], first=index == 0))
        for index, name in enumerate(table.keys)
    ]
    values = [row[-1] for row in table.rows]
    columns.append(Column("value", value_type([*values, table.otherwise])))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(map(head_of, columns))
    for row in table.rows:
        writer.writerow(
            write_cell(cell, column.type, key=index < len(table.keys))
            for index, (cell, column) in enumerate(zip(row, columns, strict=True))
        )
    blanks = [""] * (len(table.keys) - 1)
    last = write_cell(table.otherwise, columns[-1].type, key=False)
    writer.writerow([OTHERWISE, *blanks, last])
    return out.getvalue()


def read_csv(
    data: bytes | str,
    *,
    keys: Sequence[str] | None = None,
    otherwise: Any = _ABSENT,
    check: Callable[[Any], Any] | None = None,
) -> Table:
    """The table that a CSV file is.

    Args:
        data: The file; bytes are UTF-8 or, with a byte-order mark, UTF-16. Columns are separated
            by comma, semicolon or tab.
        keys: The key columns that the table must have, if it exists already.
        otherwise: What holds otherwise where the file does not say; without it the file must.
        check: Raises ValueError for a value that the decision cannot use, e.g. ``Kind.read``.

    Raises:
        TableCsvError: Something in the file is wrong; nothing of it is used.
    """
    faults = _Faults()
    rows = _records(data, faults)
    columns = _header(next(rows, (1, []))[1], keys, faults)
    faults.refuse()
    reading = _Reading(columns, check, faults)
    for number, cells in rows:
        reading.take(number, cells)
    if reading.otherwise is _ABSENT and otherwise is _ABSENT:
        faults.add(
            reading.last + 1,
            f'a row "{OTHERWISE}" is missing; it says what holds when no other row fits',
        )
    faults.refuse()
    found = otherwise if reading.otherwise is _ABSENT else reading.otherwise
    try:
        return Table([column.name for column in columns[:-1]], reading.rows, found)
    except TableError as error:
        raise TableCsvError([Fault(1, str(error))], 1) from None


def unused(table: Table, used_keys: Iterable[Any]) -> list[int]:
    """The rows, counted from 1, that none of these keys finds.

    Args:
        table: The table.
        used_keys: Keys as a rule looked them up: one value, or a list with one a key column.

    Raises:
        TableError: A key has another number of values than the table has key columns.
    """
    found = {table.place(key) for key in used_keys}
    return [place + 1 for place in range(len(table)) if place not in found]


class _Reading:
    """The rows of a file, one after the other, as far as they are right."""

    def __init__(
        self, columns: list[Column], check: Callable[[Any], Any] | None, faults: _Faults
    ) -> None:
        self.columns = columns
        self.check = check
        self.faults = faults
        self.rows: list[tuple[Any, ...]] = []
        self.otherwise: Any = _ABSENT
        self.otherwise_row = 0
        self.last = 1
        self.seen: dict[tuple[str, ...], int] = {}

    def take(self, number: int, cells: list[str]) -> None:
        """Read one row."""
        self.last = number
        if not any(cell.strip() for cell in cells):
            return
        if len(cells) != len(self.columns):
            self.faults.add(number, f"{len(self.columns)} columns expected, {len(cells)} found")
            return
        if self._is_otherwise(cells):
            self._take_otherwise(number, cells[-1])
            return
        row = [
            self._cell(number, cell, column, key=True)
            for cell, column in zip(cells[:-1], self.columns[:-1], strict=True)
        ]
        value = self._cell(number, cells[-1], self.columns[-1], key=False)
        if _ABSENT in row:
            return
        first = self.seen.setdefault(same_keys(row), number)
        if first != number:
            self.faults.add(number, f"the same keys as in row {first}: {shown(cells[:-1])}")
        self.rows.append((*row, value))

    def _is_otherwise(self, cells: list[str]) -> bool:
        return fold(cells[0]) == OTHERWISE and not any(cell.strip() for cell in cells[1:-1])

    def _take_otherwise(self, number: int, cell: str) -> None:
        if self.otherwise_row:
            self.faults.add(number, f'"{OTHERWISE}" stands in row {self.otherwise_row} already')
            return
        self.otherwise_row = number
        self.otherwise = self._cell(number, cell, self.columns[-1], key=False)

    def _cell(self, number: int, cell: str, column: Column, *, key: bool) -> Any:
        try:
            value = read_cell(cell, column.type, key=key)
            if self.check and not key:
                self.check(value)
        except ValueError as error:
            self.faults.add(number, f"{column.name}: {error}")
            return _ABSENT
        return value


def _records(data: bytes | str, faults: _Faults) -> Iterator[tuple[int, list[str]]]:
    text = data if isinstance(data, str) else _decoded(data)
    text = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        faults.add(number + 1, f"it cannot be read from here on: {error}")


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = 1 if wide else data.count(b"\n", 0, error.start) + 1
        raise TableCsvError(
            [Fault(row, 'the text is not UTF-8; save the file as "CSV UTF-8"')], 1
        ) from None


def _delimiter(text: str) -> str:
    """What separates the columns of the header: the most frequent outside quotes."""
    counts = dict.fromkeys(",;\t", 0)
    quoted = False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "\r\n" and any(counts.values()):
            break
        elif not quoted and char in counts:
            counts[char] += 1
    return max(counts, key=lambda char: counts[char])


def _header(cells: list[str], keys: Sequence[str] | None, faults: _Faults) -> list[Column]:
    columns = [column_of(cell) for cell in cells]
    names = [column.name for column in columns[:-1]]
    if len(columns) < _LEAST_COLUMNS:
        faults.add(1, "the header names at least one key column and the value column")
    elif keys is not None and list(map(fold, names)) != list(map(fold, keys)):
        faults.add(1, f"the key columns are {shown(names)}, but should be {shown(keys)}")
    for number, name in enumerate(names, 1):
        if not name:
            faults.add(1, f"column {number} has no name")
    if keys is None or faults.total:
        return columns
    named = [Column(name, column.type) for name, column in zip(keys, columns, strict=False)]
    return [*named, columns[-1]]
