"""One JSON object of a payload: its values by kind; a failure names the place (JSON pointer)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision

from app.stores.payload import MalformedPayload

MAX_DIGITS = 12
MAX_TEXT = 100_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0", ""}


def places_of(currency: str) -> int:
    """How many decimals an amount in that currency has."""
    return get_currency_precision(currency or "USD")


def rounded(amount: Decimal, places: int) -> Decimal:
    """The amount at that many decimals, half away from zero as stores and QuickBooks round."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def clean(text: str) -> str:
    """The text without what no database, XML or screen can hold."""
    return (text if text.isprintable() else _UNPRINTABLE.sub("", text)).strip()


def number(value: Any, at: str) -> Decimal:
    """A number that is written as a JSON number or as a string.

    Raises:
        MalformedPayload: if it is neither, or has more digits than any price or quantity.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise MalformedPayload(f"{at}: expected a number, found {_shown(value)}")
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise MalformedPayload(f"{at}: the number is too long") from None
    if not found.is_finite() or (found and not -MAX_DIGITS <= found.adjusted() < MAX_DIGITS):
        raise MalformedPayload(f"{at}: the number is out of range")
    return found


def moment(value: Any, at: str, zone: tzinfo = UTC) -> datetime:
    """An ISO 8601 time as aware UTC; one without an offset is in ``zone``.

    Raises:
        MalformedPayload: if it is no date or time.
    """
    try:
        text = str(value).strip()
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedPayload(f"{at}: not a date: {_shown(value)}") from None


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = clean(str(value)).replace("\n", " ")
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004 - one short line


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and where it stands; ``places`` is the number of decimals of its money."""

    value: Mapping[str, Any]
    at: str = ""
    places: int = 2

    def in_currency(self, currency: str) -> Node:
        """The same object, its money rounded as that currency is."""
        return replace(self, places=places_of(currency))

    def get(self, key: str) -> Any:
        """The value as it is, None when absent."""
        return self.value.get(key)

    def has(self, key: str) -> bool:
        """Whether there is a value that says something."""
        return self.value.get(key) not in (None, "")

    def path(self, key: str | int) -> str:
        """The JSON pointer of a key."""
        return f"{self.at}/{str(key).replace('~', '~0').replace('/', '~1')}"

    def text(self, *keys: str) -> str:
        """The first of these keys that holds any text; numbers are text too."""
        for key in keys:
            value = self.value.get(key)
            if value is None or value is False:
                continue
            if not isinstance(value, (str, int, Decimal)) or value is True:
                raise MalformedPayload(f"{self.path(key)}: expected text, found {_shown(value)}")
            found = clean(value) if isinstance(value, str) else format(value)
            if len(found) > MAX_TEXT:
                raise MalformedPayload(f"{self.path(key)}: the text is too long")
            if found:
                return found
        return ""

    def id(self, key: str = "id") -> str:
        """An identifier as text: ``gid://shopify/Order/7`` is ``7``, zero is none."""
        found = self.text(key)
        if found.startswith("gid://"):
            found = found.rsplit("/", 1)[-1].split("?", 1)[0]
        return "" if found == "0" else found

    def number(self, key: str) -> Decimal | None:
        """The number at the key, None when absent."""
        return number(self.value[key], self.path(key)) if self.has(key) else None

    def money(self, key: str, default: Decimal = Decimal(0)) -> Decimal:
        """The amount at the key, rounded to the currency."""
        found = self.number(key)
        return default if found is None else rounded(found, self.places)

    def flag(self, key: str) -> bool:
        """Whether the key says yes."""
        value = self.value.get(key)
        text = str(value).strip().casefold()
        if value is None or text in _NO:
            return False
        if text in _YES:
            return True
        raise MalformedPayload(f"{self.path(key)}: expected yes or no, found {_shown(value)}")

    def moment(self, key: str, zone: tzinfo = UTC) -> datetime | None:
        """The time at the key, None when absent."""
        return moment(self.value[key], self.path(key), zone) if self.has(key) else None

    def day(self, key: str, zone: tzinfo = UTC) -> datetime | None:
        """The time at the key, also written as seconds since 1970 or as a date."""
        value = self.value.get(key)
        if isinstance(value, date):
            return datetime.combine(value, time(12), zone).astimezone(UTC)
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) <= 11:  # noqa: PLR2004 - until 5138
            return datetime.fromtimestamp(int(text), UTC)
        return self.moment(key, zone)

    def child(self, key: str) -> Node:
        """The object at the key; empty when absent. PHP writes an empty object as ``[]``."""
        value = self.value.get(key)
        if value in (None, "", []):
            value = {}
        if not isinstance(value, Mapping):
            raise MalformedPayload(f"{self.path(key)}: expected an object, found {_shown(value)}")
        return Node(value, self.path(key), self.places)

    def each(self, key: str) -> list[Node]:
        """The objects in the list at the key; GraphQL connections are lists too."""
        return list(self._each(self.value.get(key), self.path(key)))

    def _each(self, value: Any, at: str) -> Iterator[Node]:
        if isinstance(value, Mapping) and "nodes" in value:
            yield from self._each(value["nodes"], f"{at}/nodes")
            return
        if isinstance(value, Mapping) and "edges" in value:
            edges = Node(value, at, self.places)
            yield from (edge.child("node") for edge in edges.each("edges"))
            return
        if value in (None, "", {}):
            return
        if not isinstance(value, list):
            raise MalformedPayload(f"{at}: expected a list, found {_shown(value)}")
        for place, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise MalformedPayload(f"{at}/{place}: expected an object, found {_shown(item)}")
            yield Node(item, f"{at}/{place}", self.places)
