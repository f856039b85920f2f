"""How QuickBooks writes amounts, prices, quantities, texts and times."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

CENT = Decimal("0.01")
FIVE_PLACES = Decimal("0.00001")
ZERO = Decimal(0)

_TIMESTAMP = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?")


def to_cents(amount: Decimal) -> int:
    """An amount as whole cents, halves away from zero."""
    return int(half_up(amount) * 100)


def from_cents(cents: int) -> Decimal:
    """Whole cents as an amount."""
    return (Decimal(cents) / 100).quantize(CENT)


def half_up(amount: Decimal) -> Decimal:
    """Round to cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def amount_text(amount: Decimal) -> str:
    """An AMTTYPE: always two decimals, never "-0.00"."""
    rounded = half_up(amount)
    return f"{rounded or ZERO:.2f}"


def price_text(price: Decimal) -> str:
    """A PRICETYPE: two to five decimals."""
    text = f"{price.quantize(FIVE_PLACES, ROUND_HALF_UP):f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def quantity_text(quantity: Decimal) -> str:
    """A QUANTYPE: no decimals that say nothing."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def boolean(text: str) -> str:
    """A BOOLTYPE as QuickBooks returns it."""
    return "true" if text.strip() in {"true", "1"} else "false"


def in_code_page(text: str) -> str:
    """The text as a company file keeps it: Windows-1252, anything else becomes "?"."""
    return text.encode("cp1252", "replace").decode("cp1252")


def key(text: str) -> str:
    """What QuickBooks compares names by: no case, no trailing space."""
    return text.rstrip().casefold()


def timestamp(moment: datetime) -> str:
    """Local time with the zone's standard offset, which QuickBooks never adapts to summer."""
    zone = timezone(timedelta(seconds=-time.timezone))
    return moment.replace(microsecond=0, tzinfo=zone).isoformat()


def local_text(text: str, *, end: bool = False) -> str:
    """A filter's date or time as the first 19 characters of a timestamp; its offset is ignored."""
    match = _TIMESTAMP.match(text.strip())
    if match is None:
        return ""
    year, month, day, hour, minute, second = match.groups()
    last = "59" if end else "00"
    hour = hour or ("23" if end else "00")
    clock = ":".join(part.zfill(2) for part in (hour, minute or last, second or last))
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}T{clock}"


def day_of(text: str) -> date:
    """A DATETYPE that the grammar has accepted."""
    return date.fromisoformat(text.strip()[:10])


def element(name: str, text: str) -> str:
    """One element that holds text."""
    return f"<{name}>{escape(text)}</{name}>"
