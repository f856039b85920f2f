"""One order's rows, read cell by cell; a cell that cannot be read is named with what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final

from app.stores.node import MAX_DIGITS, clean, rounded
from app.stores.payload import MalformedPayload

_POINT: Final = re.compile(r"(\d+|\d{1,3}(?:[, '\u00a0\u202f]\d{3})+)?(\.\d+)?", re.ASCII)
_COMMA: Final = re.compile(r"(\d+|\d{1,3}(?:[. '\u00a0\u202f]\d{3})+)?(,\d+)?", re.ASCII)
_CURRENCY: Final = re.compile(
    r"^(?:[A-Z]{3}|[^\w\s.,()'%+-]|[A-Z]{1,3}\$|kr\.?)\s*|\s*(?:[A-Z]{3}|[^\w\s.,()'%+-]|kr\.?)$"
)
_SIGNED: Final = re.compile(
    r"\((?P<within>[^()-]+)\)|\+?(?P<before>[-\u2212]?)(?P<bare>[^-]+?)(?P<after>-?)"
)
_DAY: Final = re.compile(
    r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?\.?[Mm]?\.?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")
_UTC: Final = re.compile(r"\s*(UTC|GMT|Z)$")
_DAMAGED: Final = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE | re.ASCII)


class WrongCell(MalformedPayload):
    """A cell that cannot be read; ``place`` counts the order's rows from 0."""

    def __init__(self, what: str, *, place: int = 0, column: str = "", value: str = "") -> None:
        self.what, self.place, self.column, self.value = what, place, column, short(value)
        said = f"column {column}" if column else "row"
        super().__init__(f"row {place + 1} of the order, {said}: {what}")


def short(value: str) -> str:
    """A cell's text on one short line."""
    text = " ".join(clean(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one short line


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one order and how their cells are written."""

    rows: Sequence[Mapping[str, str]]
    zone: tzinfo = UTC
    dates: str = "iso"
    """iso, mdy, dmy, or a pattern of strptime."""
    decimal_comma: bool = False

    def first(self, column: str) -> tuple[int, str]:
        """The first row in which the column says something, and what; of the whole order."""
        for place, row in enumerate(self.rows):
            if column and row.get(column):
                return place, clean(row[column])
        return 0, ""

    def text(self, column: str) -> str:
        """The order's text in the column."""
        return self.first(column)[1]

    def same(self, column: str) -> tuple[int, str]:
        """The same of a column that has to agree in all rows of the order."""
        place, found = self.first(column)
        for other, row in enumerate(self.rows):
            said = clean(row.get(column, ""))
            if said and said != found:
                raise WrongCell(
                    f"another row of the order says {short(found)}; what belongs to the whole "
                    "order is the same in all its rows or stands in one of them",
                    place=other, column=column, value=said,
                )  # fmt: skip
        return place, found

    def money(self, column: str, places: int) -> Decimal | None:
        """The order's amount in the column; None if there is none."""
        place, found = self.same(column)
        return rounded(self.number_in(found, column, place), places) if found else None

    def moment(self, column: str) -> datetime | None:
        """The order's time in the column, UTC; None if there is none."""
        place, found = self.first(column)
        return self.moment_in(found, column, place) if found else None

    def number(self, place: int, column: str) -> Decimal | None:
        """The number in one row; None if there is none."""
        found = clean(self.rows[place].get(column, "")) if column else ""
        return self.number_in(found, column, place) if found else None

    def identifier(self, column: str) -> str:
        """The order's number, which a spreadsheet may have damaged."""
        place, found = self.same(column)
        if _DAMAGED.fullmatch(found):
            raise WrongCell(
                "a spreadsheet has cut this number; export the file again and do not save it in "
                "a spreadsheet", place=place, column=column, value=found,
            )  # fmt: skip
        return found

    def number_in(self, text: str, column: str, place: int) -> Decimal:
        """An amount or a quantity: ``1,234.50``, ``$5``, ``(5.00)``, ``5.00-``."""
        bare = _CURRENCY.sub("", text.strip()).strip()
        signed = _SIGNED.fullmatch(bare)
        minus = signed is not None and any(signed.group("within", "before", "after"))
        bare = _CURRENCY.sub("", signed["within"] or signed["bare"]).strip() if signed else ""
        pattern = _COMMA if self.decimal_comma else _POINT
        read = pattern.fullmatch(bare)
        if not bare or read is None:
            other = (_POINT if self.decimal_comma else _COMMA).fullmatch(bare)
            hint = "a decimal point" if self.decimal_comma else "a decimal comma"
            advice = f"; if the file has {hint}, say so" if bare and other else ""
            raise WrongCell(
                f"{short(text)!r} is no amount{advice or '; correct it in the file'}",
                place=place, column=column, value=text,
            )  # fmt: skip
        whole = re.sub(r"\D", "", read[1] or "0")
        found = Decimal(f"{whole}.{read[2][1:]}" if read[2] else whole)
        if found.adjusted() >= MAX_DIGITS or len(bare) > 40:  # noqa: PLR2004 - no price is longer
            raise WrongCell("the number is out of range", place=place, column=column, value=text)
        return -found if minus else found

    def moment_in(self, text: str, column: str, place: int) -> datetime:
        """A date or time; one without an offset is in the shop's zone."""
        try:
            found = self._read_moment(_UTC.sub("+00:00", text))
            aware = found if found.tzinfo else found.replace(tzinfo=self.zone)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            raise WrongCell(
                f"{short(text)!r} is no date that is written {_SHOWN.get(self.dates, self.dates)}; "
                "choose how the file writes dates, or correct it",
                place=place, column=column, value=text,
            ) from None  # fmt: skip

    def _read_moment(self, text: str) -> datetime:
        if self.dates == "iso":
            return datetime.fromisoformat(_OFFSET.sub("", text))
        if self.dates not in _SHOWN:
            return datetime.strptime(text, self.dates)  # noqa: DTZ007 - the zone is put to it
        read = _DAY.fullmatch(text)
        if read is None:
            raise ValueError(text)
        one, two, year = int(read[1]), int(read[2]), int(read[3])
        month, day = (one, two) if self.dates == "mdy" else (two, one)
        hour = int(read[4] or 0)
        if read[7]:
            if not 1 <= hour <= 12:  # noqa: PLR2004 - of a clock
                raise ValueError(text)
            hour = hour % 12 + (12 if read[7] in "pP" else 0)
        year += 2000 if year < 100 else 0  # noqa: PLR2004 - two digits
        return datetime(year, month, day, hour, int(read[5] or 0), int(read[6] or 0))  # noqa: DTZ001


_SHOWN: Final = {
    "iso": "year-month-day, such as 2026-11-05",
    "mdy": "month/day/year, such as 11/05/2026",
    "dmy": "day/month/year, such as 05/11/2026",
}
