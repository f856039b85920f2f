"""What a QuickBooks list is to us: the query that mirrors it, its keys, the adds that extend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qbwc.documents.elements import Table

_TYPOGRAPHIC = str.maketrans(
    "\u2018\u2019\u201a\u201b\u02bc\u0060\u00b4\u201c\u201d\u201e\u2010\u2011\u2012\u2013\u2014\u2212",
    "'''''''\"\"\"------",
)
_WORD = re.compile(r"[^\W_]+")

IDENTITY = ("ListID", "TimeModified", "EditSequence", "Name", "IsActive")
NESTED_IDENTITY = ("ListID", "TimeModified", "EditSequence", "Name", "FullName", "IsActive")


def normal(text: str) -> str:
    """A name as QuickBooks compares it: case, spaces and typographic punctuation made one.

    Two spaces, a curly apostrophe or a long dash make no difference; colons of a FullName stay.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.translate(_TYPOGRAPHIC).casefold()
    if ":" not in text:
        return " ".join(text.split())
    return ":".join(" ".join(part.split()) for part in text.split(":"))


def loose(text: str) -> str:
    """A name's words alone, accents and punctuation left out, for suggesting what may be meant."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(_WORD.findall(plain.replace("'", "").replace("\u2019", "")))


def digits(text: str) -> str:
    """A telephone number's digits, by which two spellings of it are compared."""
    return "".join(char for char in text if char.isdigit())


def address(text: str) -> str:
    """An e-mail address for comparison."""
    return text.strip().casefold()


def street(text: str) -> str:
    """The street and the postal code of ``street|postal code`` as words, for comparison."""
    line, _, code = text.rpartition("|")
    words, place = loose(line), loose(code).replace(" ", "")
    return f"{words}|{place}" if words and place and any(map(str.isdigit, words)) else ""


Normal = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Search:
    """A key by which entries are found: the elements that hold it, and how it is compared."""

    elements: tuple[str, ...]
    normal: Normal = normal
    separators: str = ""
    """Characters that divide several values in one element, as in ``a@b.example; c@d.example``."""

    def values(self, data: Mapping[str, str]) -> tuple[str, ...]:
        """The normalised values in an entry's data, each once, in order."""
        found: dict[str, None] = {}
        for element in self.elements:
            text = data.get(element, "")
            parts = re.split(f"[{re.escape(self.separators)}]", text) if self.separators else [text]
            for part in parts:
                value = self.normal(part)
                if value:
                    found[value] = None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class CustomFieldSearch(Search):
    """A key by every custom field of an entry: ``name=value``."""

    elements: tuple[str, ...] = ("DataExtRet",)

    def values(self, data: Mapping[str, str]) -> tuple[str, ...]:
        """``name=value`` of each field that has a value."""
        found: dict[str, None] = {}
        for path, name in data.items():
            place, _, of = path.rpartition(".")
            text = data.get(f"{place}.DataExtValue", "")
            if of == "DataExtName" and place.startswith(self.elements) and text.strip():
                found[self.normal(custom_field(name, text))] = None
        return tuple(found)


def custom_field(name: str, text: str) -> str:
    """What an entry is looked up by that has this text in a custom field."""
    return f"{name.strip()}={text.strip()}"


@dataclass(frozen=True, slots=True)
class StreetSearch(Search):
    """A key by each line of an address that has a number in it, with the postal code."""

    normal: Normal = street

    def values(self, data: Mapping[str, str]) -> tuple[str, ...]:
        """``street|postal code`` of every such line."""
        found: dict[str, None] = {}
        for element in self.elements:
            code = data.get(f"{element}.PostalCode", "")
            lines = [data.get(f"{element}.Addr{n}", "") for n in range(1, 6)] if code else []
            found |= dict.fromkeys(value for line in lines if (value := street(f"{line}|{code}")))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind:
    """One QuickBooks list, as Intuit's qbXML 13.0 schema describes it."""

    name: str
    label: str
    """What people call its entries."""
    query: str
    ret: tuple[str, ...]
    include: tuple[str, ...]
    """IncludeRetElement: what the mirror keeps."""
    iterator: bool = False
    modified: bool = True
    """Whether its query has FromModifiedDate; without it and without an iterator, no filters."""
    seldom: bool = False
    """Whether it is read only when it is asked for: it is long, and cannot say what changed."""
    entries: bool = True
    """Whether its records are entries with a name; else they are kept in a table of their own."""
    needs: str = ""
    """What the company's preferences must say for it to be asked at all: a field of Company."""
    nested: bool = False
    """Whether entries have parents and so a FullName of several parts, ``Parent:Child``."""
    owned: bool = False
    """Whether it is asked for by its owner: what the company itself has defined."""
    id_element: str = "ListID"
    name_element: str = "Name"
    keys: Mapping[str, Search] = field(default_factory=dict)
    add: Mapping[str, Table] = field(default_factory=dict)
    """Variant (the record's name, such as ItemService) -> the elements of its add."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Variant -> what people call such an entry, where that differs by variant."""
    custom_fields: bool = False
    """Whether its query asks for the custom fields that the company has defined."""
    mod: Table = ()
    """The elements that its mod may change, after ListID and EditSequence."""
    deleted: tuple[str, ...] = ()
    """The ListDelType values under which QuickBooks reports its deletions."""
