"""The plan of one order, and the work sheet that planning modules fill while it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from qbwc.documents.base import Document, Ref
from qbwc.lists import Addition, Entry, clean_name
from qbwc.planning.cause import CAUSES, Cause
from qbwc.planning.changed import Drift
from qbwc.planning.world import Ledger, Lists, lookup
from rules_library.compiled import Outcome
from rules_library.decision import Decision, Reference
from rules_library.order import Order
from rules_library.rulebook import Decided

Verdict = Literal["post", "skip", "wait", "hold"]
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an order takes of stock that no document in QuickBooks takes: quantities by ListID.

    They are in the units that QuickBooks counts the items in.
    """

    coming: Mapping[str, Decimal] = field(default_factory=dict)
    """In documents that are to be sent."""
    later: Mapping[str, Decimal] = field(default_factory=dict)
    """In no document yet: the order waits or is held, or the rest is not shipped."""


NOTHING: Final = Taken()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What should exist in QuickBooks for one order, or why nothing (more) is sent."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Of an order that is held: the cause of each reason."""
    documents: tuple[Document, ...] = ()
    """All that should exist, posted or not, parents before what depends on them."""
    additions: tuple[Addition, ...] = ()
    """List entries that have to be created first."""
    more: bool = False
    """Whether the order must be planned again once these documents are posted."""
    drifts: tuple[Drift, ...] = ()
    """Posted documents that the store has changed since."""
    unbooked: bool = False
    """Whether money that moved in the store is not in these documents yet: a refund that waits."""
    remember: bool = False
    """Whether the customer was found or created as this buyer, and is to be known again."""
    taken: Taken = NOTHING
    """What it takes of the stock that QuickBooks does not know of yet."""


@dataclass(slots=True)
class Work:
    """One order's work sheet: what goes in, and what planning notes on the way."""

    order: Order
    decided: Decided
    ledger: Ledger
    lists: Lists
    holds: dict[str, Cause] = field(default_factory=dict)
    """Reason -> its cause."""
    waits: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    additions: dict[tuple[str, str], Addition] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    more: bool = False
    unbooked: bool = False
    remember: bool = False

    def scratch(self, documents: Iterable[Document]) -> Work:
        """A sheet to plan something of the order anew, only to compare it with what is posted.

        Args:
            documents: What is planned so far.
        """
        return Work(
            self.order,
            self.decided,
            self.ledger,
            replace(self.lists, closing_date=""),
            documents=list(documents),
        )

    def hold(self, reason: str, cause: str = "other", about: str = "") -> None:
        """Note why a person has to act; each reason once.

        Args:
            reason: A clause for people.
            cause: One of ``CAUSES``.
            about: What it is about, so that orders with the same need are one group.
        """
        if cause not in CAUSES:
            raise KeyError(cause)
        self.holds.setdefault(reason, Cause(cause, about))

    def wait(self, reason: str) -> None:
        """Note what will come by itself at a later revision."""
        if reason not in self.waits:
            self.waits.append(reason)

    def note(self, said: str) -> None:
        """Note what people should know, and nobody has to do anything about."""
        if said not in self.notes:
            self.notes.append(said)

    def has(self, kind: str) -> bool:
        """Whether the plan has a document of that kind so far."""
        return any(document.kind == kind for document in self.documents)

    def sale(self, kind: str) -> Document | None:
        """The order's own document of that kind."""
        return next((d for d in self.documents if d.kind == kind and not d.part), None)

    def create(self, addition: Addition) -> Ref:
        """Note an entry that has to be created or changed, and refer to it."""
        key = (addition.kind, addition.key)
        return self.additions.setdefault(key, addition).ref

    def named(self, decision: Decision, name: str) -> Ref | None:
        """The entry that a decision names; held when QuickBooks lacks it and it is not created."""
        kind = decision.kind
        if not isinstance(kind, Reference):
            raise TypeError(f"{decision.key} does not name a list entry")
        asked = lookup(kind.list, "full_name", clean_name(name, 31) if kind.create else name)
        found = self.lists.find(asked)
        if found:
            return ref(found[0])
        if not self.lists.verified:
            return Ref(kind.list, name)
        if self.lists.is_used(asked):
            reason = f"{decision.label}: the {kind.list} {name!r} is inactive in QuickBooks"
            self.hold(reason, "entry", f"{kind.list} {name}")
        elif kind.create and asked.value:
            name = clean_name(name, 31)
            return self.create(Addition(kind=kind.list, variant=kind.list, full_name=name))
        else:
            reason = f"{decision.label}: QuickBooks has no {kind.list} {name!r}"
            self.hold(reason, "entry", f"{kind.list} {name}")
        return None


def ref(entry: Entry) -> Ref:
    """A reference to an entry that QuickBooks has."""
    return Ref(entry.kind, entry.full_name, entry.list_id)


def value(outcomes: Mapping[str, Outcome], key: str) -> Any:
    """What was decided."""
    return outcomes[key].value


def money(amount: Decimal) -> Decimal:
    """An amount to the cent, half a cent away from zero as QuickBooks rounds."""
    return amount.quantize(CENT, ROUND_HALF_UP)
