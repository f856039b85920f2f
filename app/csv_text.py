"""Rows as CSV that a spreadsheet opens safely: no cell of text is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CONTROL: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


def cell(value: Any) -> Any:
    """A value as CSV holds it; text that a spreadsheet would run begins with an apostrophe.

    That is OWASP's advice against CSV injection. Numbers and dates are written as they are.
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (bool, int)):
        return value
    text = str(value)
    if not text.isprintable():
        text = text.translate(_CONTROL)
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The CSV's text, a line at a time, the columns' names first."""
    names = list(columns)
    held = io.StringIO()
    writer = csv.writer(held)

    def taken() -> str:
        text = held.getvalue()
        held.seek(0)
        held.truncate()
        return text

    writer.writerow(names)
    yield taken()
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in names])
        yield taken()
