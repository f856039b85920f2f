"""The words of an order that tell who the buyer is, and texts without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from qbwc.documents import FORGOTTEN, Address, Document, Ref

GONE: Final = "…"
"""What stands for what was removed."""
_NAMES: Final = re.compile(
    r"name|company|mail|phone|address|street|line|city|addr|postal|postcode|zip", re.IGNORECASE
)
"""Keys whose single words tell of the buyer, too; of a note only the whole text does."""
_WORD: Final = re.compile(r"\w[\w'\u2019-]{2,}")
_LONG_NUMBER: Final = 5
"""Digits from which a text without letters is more than a quantity."""
_SHORTEST: Final = 3
_IDS: Final = frozenset({"RefNumber", "EditSequence", "ExternalGUID", "TxnNumber"})


class Words:
    """What is removed from the texts about one order."""

    def __init__(self, told: Iterable[tuple[str, str]], kept: Iterable[str] = ()) -> None:
        """What tells who it is as (key, text), and what stays whatever it is: numbers, stores."""
        every = set[str]()
        for key, text in told:
            found = text.strip().casefold()
            if not _tells(found):
                continue
            every.add(found)
            if _NAMES.search(key):
                every |= {word for word in _WORD.findall(found) if _tells(word)}
        stay = {text.strip().casefold() for text in kept}
        self._pattern = _pattern(every - stay)

    def without(self, text: str) -> str:
        """A text without them."""
        return self._pattern.sub(GONE, text) if self._pattern else text

    def cleared(self, value: Any) -> Any:
        """JSON values without them; ids and numbers of transactions are left alone."""
        return _each(value, self.without)

    def document(self, payload: str, list_id: str = "") -> str:
        """A document as it is kept, without them; its customer is known by the ListID."""
        document = Document.loads(payload)
        return replace(document, fields=self._fields(document.fields, "", list_id)).dumps()

    def _fields(self, value: Any, key: str, list_id: str) -> Any:
        match value:
            case str():
                return value if _is_id(key) else self.without(value)
            case Address():
                return FORGOTTEN
            case Ref(kind="Customer"):
                return Ref("Customer", self.without(value.full_name), value.list_id or list_id)
            case Mapping():
                return {name: self._fields(one, name, list_id) for name, one in value.items()}
            case list() | tuple():
                return [self._fields(one, key, list_id) for one in value]
        return value


def removed(raw: Any, left: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a payload that are not in what is left of it, each with its key."""
    if isinstance(raw, str):
        if raw and raw != left:
            yield key, raw
    elif isinstance(raw, Mapping):
        for name, one in raw.items():
            yield from removed(one, left[name], name)
    elif isinstance(raw, list):
        for one, other in zip(raw, left, strict=True):
            yield from removed(one, other, key)


def _tells(text: str) -> bool:
    if any(letter.isalpha() for letter in text):
        return len(text) >= _SHORTEST
    return sum(letter.isdigit() for letter in text) >= _LONG_NUMBER


def _pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(texts, key=lambda text: (-len(text), text))
    any_of = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE) if any_of else None


def _is_id(key: str) -> bool:
    return key.endswith("ID") or key in _IDS


def _each(value: Any, change: Any, key: str = "") -> Any:
    if isinstance(value, str):
        return value if _is_id(key) else change(value)
    if isinstance(value, Mapping):
        return {name: _each(one, change, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_each(one, change, key) for one in value]
    return value
