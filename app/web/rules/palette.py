"""What a form of a rule offers: fields with sample values, names of QuickBooks' lists, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import func, select

from app.models import Company, ListEntry, db
from app.rules.evidence import own_choices
from app.sync.stock import sites
from app.web.rules.samples import Sample, seen_values, value_at
from app.web.rules.typed import (
    Widget,
    fact_of,
    operators_of,
    options_of,
    part_kinds,
    type_of,
    widget_of,
)
from app.web.words import value as said
from rules_library.decision import APART, Decision
from rules_library.describe import describe_fact
from rules_library.facts import FACTS
from rules_library.form import OPERATORS, Operator
from rules_library.form.model import LISTS
from rules_library.lint.reads import in_scope
from rules_library.logic.equality import fold
from rules_library.stock import SITE_ROWS, site_label, site_path

MOST_NAMES: Final = 200
LONGEST_SAMPLE: Final = 28
MOST_OWN: Final = 60
_GROUPS: Final = {
    "order": "Order", "payment": "Payment", "customer": "Customer", "fulfillment": "Shipping",
    "shipping": "Shipping address", "billing": "Billing address", "store": "Store",
    "refund": "Refunds", "quickbooks": "QuickBooks", "": "Today", "line": "The line",
    "charge": "The charge", "item": "The item", "sale": "The sale",
    "custom": "The store's custom fields", "raw": "As the store sent it",
}  # fmt: skip
_THENS: Final[Mapping[str, str]] = {
    "literal": "this value", "copy": "a copy of a field", "inlinemap": "by map from → map to",
    "lookup": "from a table", "firstof": "the first of these that is there",
    "join": "text joined from parts", "part": "a part of a text",
    "changed": "a text, trimmed or in another case", "arithmetic": "a calculation",
    "rounded": "a rounded number", "dayslater": "some days after a date",
    "nothing": "nothing: the field is not sent", "clear": "empty: QuickBooks empties the field",
}  # fmt: skip
_BY_WIDGET: Final[Mapping[str, frozenset[str]]] = {
    "yes_no": frozenset({"literal", "copy", "inlinemap", "lookup"}),
    "flag": frozenset({"literal", "copy", "inlinemap", "lookup", "nothing"}),
    "choice": frozenset({"literal", "copy", "inlinemap", "lookup"}),
    "picks": frozenset({"literal", "inlinemap", "lookup"}),
    "number": frozenset(
        {
            *("literal", "copy", "inlinemap", "lookup", "firstof"),
            *("arithmetic", "rounded", "nothing"),
        }
    ),
    "day": frozenset(
        {"literal", "copy", "inlinemap", "lookup", "firstof", "dayslater", "nothing", "clear"}
    ),
}

Choice = tuple[str, str, str]
"""A path, its label, and what the chosen order has there."""


@dataclass(frozen=True)
class Palette:
    """What may be chosen in the form of one decision."""

    company: Company
    decision: Decision
    tables: Mapping[str, Sequence[str]]
    """The key columns of each table."""
    samples: Sequence[Sample]
    sample: Sample | None
    """The order whose values stand beside the fields."""
    is_plain: bool = False
    """Whether each field's select has all fields itself, for a browser without JavaScript."""

    @property
    def widget(self) -> Widget:
        """How a value of the decision is typed."""
        return widget_of(self.decision.kind)

    @property
    def parts(self) -> list[tuple[str, Widget]]:
        """The parts of the decision's values."""
        return part_kinds(self.decision)

    @property
    def options(self) -> Mapping[str, str]:
        """The keys that the decision offers."""
        return options_of(self.decision.kind)

    @cached_property
    def _choices(self) -> dict[str, dict[str, str]]:
        return own_choices(self.company)

    @cached_property
    def _by_scope(self) -> dict[str, list[tuple[str, list[Choice]]]]:
        return {}

    @property
    def lists(self) -> tuple[str, ...]:
        """Of which lists of an order there are fields; "" for the decision's own."""
        return ("", *LISTS)

    def fields(self, of: str = "") -> list[tuple[str, list[Choice]]]:
        """The fields in groups; `of` a list, only those of its elements.

        Args:
            of: lines, charges, payments, refunds, or "" for those of the decision's scope.
        """
        found = self._by_scope.get(of)
        if found is None:
            found = self._by_scope[of] = self._fields(of)
        return found

    def _fields(self, of: str) -> list[tuple[str, list[Choice]]]:
        groups: dict[str, list[Choice]] = {}
        for path, fact in FACTS.items():
            group = path.rpartition(".")[0]
            if of:
                element = LISTS.get(of)
                if group != element or element not in {fact.scope, "payment"}:
                    continue
            elif fact.scope not in {"order", *self.decision.scopes} or not in_scope(
                path, self.decision
            ):
                continue
            groups.setdefault(group, []).append((path, fact.label, self.value(path)))
        if "item" in groups:
            groups["item"] += [(path, site_label(path), "") for path in self._at_sites()]
        if not of:
            for group in ("custom", "raw"):
                if own := self._own(group):
                    groups[group] = own
        first = [scope for scope in self.decision.scopes if scope in {"line", "charge", *APART}]
        order = [*first, *(group for group in _GROUPS if group not in first)]
        return [
            (_GROUPS[group], groups[group]) for group in order if group in groups
        ]  # fmt: skip

    def _at_sites(self) -> list[str]:
        """The quantities at each inventory site that QuickBooks tells."""
        names = sites.names(self.company).values()
        return [site_path(site, name) for site in names for name, _, _ in SITE_ROWS]

    def _own(self, group: str) -> list[Choice]:
        """The store's own plain fields of the chosen order."""
        held = self.sample.facts.get(group) if self.sample else None
        if not isinstance(held, Mapping):
            return []
        names = [
            name
            for name, value in held.items()
            if isinstance(name, str)
            and name
            and "." not in name
            and isinstance(value, (str, int, float, bool))
        ]
        return [
            (f"{group}.{name}", name, self.value(f"{group}.{name}"))
            for name in sorted(names)[:MOST_OWN]
        ]

    def value(self, path: str) -> str:
        """What the chosen order has at a path, short."""
        if self.sample is None:
            return ""
        found = value_at(self.sample.facts, path)
        if found in (None, "", [], ()):
            return ""
        text = " ".join(said(found).split())
        return text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"

    def knows(self, path: str, of: str = "") -> bool:
        """Whether a field is among those that are offered."""
        return any(path == one for _, some in self.fields(of) for one, _, _ in some)

    def named(self, path: str, of: str = "") -> str:
        """A field as the list of fields names it, with what the chosen order has there."""
        for _, some in self.fields(of):
            for one, name, sample in some:
                if one == path:
                    return f"{name} · {sample}" if sample else name
        return self.label(path)

    def label(self, path: str) -> str:
        """What a field is called that is not offered."""
        fact = fact_of(path)
        return fact.label if fact else describe_fact(path)

    def type(self, path: str) -> str:
        """The type of a fact."""
        return type_of(path)

    def operators(self, path: str, used: str) -> list[Operator]:
        """What can be asked of a fact."""
        return operators_of(path, used)

    def operator(self, path: str, used: str) -> Operator:
        """What is asked of a fact: the first that can be, while nothing is chosen."""
        offered = operators_of(path, used)
        return OPERATORS[used] if used in OPERATORS else offered[0]

    def choices(self, path: str) -> Mapping[str, str]:
        """What a fact can be, if that is fixed."""
        fact = fact_of(path)
        return fact.options if fact and fact.options else self._choices.get(path, {})

    def is_among(self, path: str, values: Sequence[str]) -> bool:
        """Whether all values are among what the fact can be."""
        known = {fold(one) for one in self.choices(path)}
        return all(fold(one) in known for one in values if one)

    def seen(self, path: str) -> list[str]:
        """What a fact was in the last orders."""
        if not path or type_of(path) in {"money", "number", "date", "yes/no"}:
            return []
        return seen_values(self.samples, path)

    def thens(self, widget: str, *, top: bool = True) -> list[tuple[str, str]]:
        """What a value may be made of."""
        allowed = _BY_WIDGET.get(widget)
        return [
            (form, label)
            for form, label in _THENS.items()
            if (allowed is None or form in allowed)
            and (top or form not in {"nothing", "clear"})
            and (widget != "text" or form not in {"rounded", "dayslater"})
            and (widget != "name" or form not in {"arithmetic", "rounded", "dayslater"})
            and (form != "clear" or self.decision.fills)
        ]


def names_of(company: Company, kind: str, part: str = "") -> list[str]:
    """Names in a QuickBooks list that begin with, or else contain, some text."""
    query = select(ListEntry.full_name).where(
        ListEntry.company_id == company.id, ListEntry.kind == kind, ListEntry.is_active
    )
    typed = "".join(one for one in part if one.isprintable()).strip().casefold()
    if typed:
        query = query.where(func.lower(ListEntry.full_name).contains(typed, autoescape=True))
    found = db.session.scalars(query.order_by(ListEntry.full_name).limit(MOST_NAMES * 5)).all()
    ranked = sorted(found, key=lambda name: (not name.casefold().startswith(typed), name))
    return list(dict.fromkeys(ranked))[:MOST_NAMES]
