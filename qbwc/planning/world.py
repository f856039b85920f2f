"""What planning may know of the world: the lists of QuickBooks, and what is posted already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from qbwc import lists
from qbwc.documents.base import Document, Ref
from qbwc.lists import Entry
from qbwc.planning.changed import Choice


class Lookup(NamedTuple):
    """One question to a list: which entries have this normalised value under this key?"""

    kind: str
    by: str
    value: str


@lru_cache(maxsize=8_192)
def lookup(kind: str, by: str, text: str) -> Lookup:
    """The question, with its text normalised as the list's own keys are."""
    search = lists.kind(kind).keys.get(by)
    return Lookup(kind, by, (search.normal if search else lists.normal)(text))


class NotWantedError(LookupError):
    """Planning asked for something that ``wanted`` had not named: a bug, never an empty answer."""


class Sold(NamedTuple):
    """What an order's documents take of an item that QuickBooks' known quantities do not show."""

    order: tuple[str, str]
    """Its store, and its id there."""
    placed_at: datetime
    quantity: Decimal
    is_posted: bool
    """Whether QuickBooks has them, but its quantities were read before."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What was loaded of the mirror for a batch of orders; any other look-up raises."""

    found: Mapping[Lookup, tuple[Entry, ...]] = field(default_factory=dict)
    """The answers to wanted questions."""
    whole: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    """Lists that are loaded whole: kind -> normalised full name -> entry."""
    rates: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    """Normalised name of a tax item or group -> the rates (percent) that it is made of."""
    verified: bool = True
    """False before QuickBooks' lists were ever read: names are taken as they are, hold nothing."""
    country: str = "US"
    """Whose edition of QuickBooks it is: US, CA, UK or AU."""
    home_currency: str = "USD"
    multi_currency: bool = False
    closing_date: str = ""
    taken: Mapping[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)
    """(kind, RefNumber) -> (store, order) of the documents that have the number."""
    sold: Mapping[str, Sequence[Sold]] | None = None
    """By ListID of the items; loaded only where an order buys what is short."""

    @property
    def taxes_by_line(self) -> bool:
        """Whether the code of each line carries its rate, as everywhere but in the US."""
        return self.country != "US"

    def find(self, asked: Lookup) -> tuple[Entry, ...]:
        """The active entries that answer a question."""
        return tuple([entry for entry in self._answers(asked) if entry.is_active])

    def is_used(self, asked: Lookup) -> bool:
        """Whether any entry, active or not, answers."""
        return bool(self._answers(asked))

    def _answers(self, asked: Lookup) -> tuple[Entry, ...]:
        answers = self.found.get(asked)
        if answers is not None:
            return answers
        if asked.kind in self.whole and asked.by == "full_name":
            entry = self.whole[asked.kind].get(asked.value)
            return (entry,) if entry else ()
        raise NotWantedError(f"{asked.kind} by {asked.by} was not loaded: {asked.value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What QuickBooks holds for one document."""

    txn_id: str
    document: Document
    edit_sequence: str = ""
    ref_number: str = ""
    total: Decimal | None = None
    balance: Decimal | None = None
    """Open (invoice), unused (payment, credit memo)."""
    customer: Ref | None = None
    ended: str = ""
    """void, delete (we did it); voided, missing (somebody did it in QuickBooks)."""
    lines: tuple[Mapping[str, str], ...] = ()
    """Its lines as QuickBooks returned them, by dotted path, as far as they were asked for."""
    is_counted: bool = False
    """Whether QuickBooks' quantities of items, as they are known here, were read since."""
    linked: frozenset[str] = frozenset()
    """The TxnIDs of what is applied to it, as QuickBooks last told."""

    @property
    def kept(self) -> Document:
        """Its document as what should exist: it stays."""
        return replace(self.document, action="add")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known to exist for one order, by (kind, part), and what no longer does."""

    posted: Mapping[tuple[str, str], Posted] = field(default_factory=dict)
    gone: Mapping[tuple[str, str], Posted] = field(default_factory=dict)
    """What was posted, was voided or deleted since, and was not posted again."""
    choices: Mapping[tuple[str, str], Choice] = field(default_factory=dict)

    def get(self, kind: str, part: str = "") -> Posted | None:
        """The posting of a document, if there is one."""
        return self.posted.get((kind, part))

    def parts(self, kind: str) -> set[str]:
        """The parts of what is posted of a kind."""
        return {part for of, part in self.posted if of == kind}

    @property
    def customer(self) -> Ref | None:
        """The customer of what is posted: everything of the order stays with them."""
        known = (*self.posted.values(), *self.gone.values())
        return next((one.customer for one in known if one.customer), None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the order was ever posted."""
        return not (self.posted or self.gone)
