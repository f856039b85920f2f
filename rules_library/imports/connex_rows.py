"""The rows of a Connex-style rule CSV, and the faults that it may have."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .fields import plain

COLUMNS: Final = (
    "name", "action", "field", "map from", "comparison", "conjunction", "map to",
)  # fmt: skip
MOST_ROWS: Final = 20_000
LARGEST: Final = 8 * 1024 * 1024
_MOST_TOLD: Final = 200
_SEPARATORS: Final = ",;\t"
_LONGEST_CELL: Final = 4000


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, and in which row; the header is row 1."""

    row: int
    sentence: str


class ConnexError(ValueError):
    """The rules cannot be imported; nothing was."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults[:_MOST_TOLD]
        super().__init__("; ".join(f"row {fault.row}: {fault.sentence}" for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    number: int
    name: str
    action: str
    field: str
    map_from: str
    comparison: str
    conjunction: str
    map_to: str

    @property
    def is_map_all(self) -> bool:
        """Whether it takes the field as it is."""
        return "map all" in {plain(self.map_from), plain(self.comparison)}


def read_rows(data: str | bytes) -> list[Row]:
    """The rows; blank ones are left out.

    Raises:
        ConnexError: It is no such CSV, or rows have no name, no action or too many cells.
    """
    text = _text(data)
    try:
        records = list(_records(text))
    except csv.Error as error:
        raise ConnexError([Fault(1, f"This is not a CSV file: {error}.")]) from None
    if not records:
        raise ConnexError([Fault(1, "The file is empty.")])
    header = _header(records[0][1])
    faults: list[Fault] = []
    rows: list[Row] = []
    for number, record in records[1:]:
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if len(cells) > len(header):
            faults.append(Fault(number, f"The row has more than {len(header)} cells."))
            continue
        held = dict(zip(header, cells, strict=False))
        row = Row(number, *(held.get(column, "") for column in COLUMNS))
        faults += _faults(row, cells)
        rows.append(row)
    if faults:
        raise ConnexError(faults)
    return rows


def _text(data: str | bytes) -> str:
    if len(data) > LARGEST:
        raise ConnexError([Fault(1, f"The file is larger than {LARGEST >> 20} MiB.")])
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ConnexError([Fault(1, "The file is not UTF-8 text.")]) from None
    return data.removeprefix("\ufeff")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number, record in enumerate(reader, start=1):
        if number > MOST_ROWS:
            raise ConnexError([Fault(number, f"The file has more than {MOST_ROWS} rows.")])
        yield number, record


def _header(cells: list[str]) -> list[str]:
    header = [plain(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    faults = [f"There is no column {name!r}." for name in COLUMNS if name not in header]
    faults += [
        f"A column {cells[place]!r:.60} is not known."
        for place, name in enumerate(header)
        if name not in COLUMNS
    ]
    faults += [f"The column {name!r} is there twice." for name in COLUMNS if header.count(name) > 1]
    if faults:
        raise ConnexError([Fault(1, fault) for fault in faults])
    return header


def _faults(row: Row, cells: list[str]) -> Iterator[Fault]:
    if not row.name:
        yield Fault(row.number, "The rule has no name.")
    if not row.action:
        yield Fault(row.number, "The rule has no action.")
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        yield Fault(row.number, f"A cell is longer than {_LONGEST_CELL} characters.")
