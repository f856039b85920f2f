"""A CSV file's bytes as rows: encoding and separator found out, sizes capped, nothing guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.stores.payload import MalformedPayload

MAX_BYTES: Final = 48 * 2**20
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 300
_SEPARATORS: Final = ",;\t|"
_PAGES: Final = ("<!doctype", "<html", "<?xml", "<head", "<body", "<table")
_SHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What .xlsx and .xls files begin with."""


class NotASheet(MalformedPayload):
    """The file is no CSV with a header and rows; the message says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its number is the spreadsheet's: the header is row 1."""

    number: int
    cells: Mapping[str, str]
    """Column -> text; empty cells are left out."""
    spare: str = ""
    """What stands in it beyond the last column."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header is read; its rows are read each time that they are asked for."""

    columns: tuple[str, ...]
    separator: str
    text: str

    def rows(self) -> Iterator[Row]:
        """The rows that are not empty.

        Raises:
            NotASheet: if there are too many, or one that cannot be read.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        number = 0
        try:
            for number, found in enumerate(reader, start=1):
                if number > MAX_ROWS + 1:
                    raise NotASheet(
                        f"the file has more than {MAX_ROWS:,} rows; export a shorter time"
                    )
                if number > 1 and any(cell.strip() for cell in found):
                    yield self._row(number, found)
        except csv.Error as error:
            raise NotASheet(
                f"row {number + 1} cannot be read ({error}); look for a quotation mark that is "
                "not closed"
            ) from None

    def _row(self, number: int, found: list[str]) -> Row:
        cells = {
            column: text
            for column, cell in zip(self.columns, found, strict=False)
            if (text := plain(cell))
        }
        spare = " ".join(found[len(self.columns) :]).strip()
        return Row(number, cells, spare)


def plain(cell: str) -> str:
    """The cell's text; ``="00123"``, which keeps spreadsheets from counting, is 00123."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > len('="'):
        return text[2:-1].strip()
    return text


def open_sheet(data: bytes, *, beginning: bool = False) -> Sheet:
    """The file, its header read.

    Args:
        data: The bytes.
        beginning: Whether they are only the first part of a file: the last line is left out then.

    Raises:
        NotASheet: if it is no CSV.
    """
    if len(data) > MAX_BYTES:
        raise NotASheet(
            f"the file is larger than {MAX_BYTES >> 20} MiB; export a shorter time at once"
        )
    text = _decoded(data)
    if beginning:
        text = text[: text.rfind("\n") + 1] or text
    if not text.strip():
        raise NotASheet("the file is empty")
    if text.lstrip().lower().startswith(_PAGES):
        raise NotASheet("the file is a web page, not CSV; log in to the shop and export it again")
    if text.lstrip()[:1] in "{[":
        raise NotASheet("the file is JSON, not CSV; import it with `rulebooks orders import`")
    separator = max(_SEPARATORS, key=lambda one: len(_head(text, one)))
    columns = _named(_head(text, separator))
    if len([one for one in columns if one]) < 2:  # noqa: PLR2004 - an order's number and an amount
        raise NotASheet(
            "the first row names no columns with commas, semicolons or tabs between them"
        )
    if len(columns) > MAX_COLUMNS:
        raise NotASheet(f"the file has more than {MAX_COLUMNS} columns")
    return Sheet(columns, separator, text)


def _decoded(data: bytes) -> str:
    if data.startswith(_SHEETS):
        raise NotASheet("the file is an Excel workbook; save it as CSV (UTF-8) in Excel")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\x00", "")
    if b"\x00" in data:
        raise NotASheet("the file holds bytes that no text has; export it again as CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > len(data) - 4:
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")


def _head(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def _named(head: list[str]) -> tuple[str, ...]:
    """The columns' names; the second of the same name is ``Name (2)``."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for cell in head:
        name = " ".join("".join(one for one in plain(cell) if one.isprintable()).split())[:200]
        seen[name] = seen.get(name, 0) + 1
        again = seen[name] > 1
        names.append(f"{name} ({seen[name]})" if again and name else name)
    while names and not names[-1]:
        names.pop()
    return tuple(names)
