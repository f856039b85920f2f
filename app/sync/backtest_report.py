"""What a backtest found: counted as it goes, so that its size does not depend on the orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from app.models import Order
from qbwc.documents.base import Address, Clear, Document, Ref, TxnRef
from qbwc.planning import Plan
from rules_library.compare import Difference
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.describe import describe_decided
from rules_library.explain import plain
from rules_library.rule import canonical

SAMPLE: Final = 5
"""Orders that are named for a change."""
MOST: Final = 50
"""Different changes that are told of one decision or field; the orders of more are counted."""
SALES: Final = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1}
"""What counts as sold, and what takes from it."""


@dataclass(slots=True)
class Tally:
    """Changes of one kind, each with how many orders have it and some of them."""

    orders: int = 0
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: int = 0
    """How often a change came that is not told."""

    def add(self, told: Mapping[str, Any], key: str, order: Order | None) -> None:
        """Count a change of an order."""
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= MOST:
                self.others += 1
                return
            row = self.rows[key] = {**told, "count": 0, "orders": []}
        row["count"] += 1
        if order is not None and len(row["orders"]) < SAMPLE:
            name = f"{order.store.key}:{order.number}"
            row["orders"].append({"id": order.id, "order": name})

    def told(self) -> list[dict[str, Any]]:
        """The changes, the most frequent first."""
        return sorted(self.rows.values(), key=lambda row: -row["count"])

    @property
    def count(self) -> int:
        """How often anything was counted."""
        told: int = sum(row["count"] for row in self.rows.values())
        return told + self.others


@dataclass(slots=True)
class Amounts:
    """Documents of one kind and currency before and after."""

    count: list[int] = field(default_factory=lambda: [0, 0])
    total: list[Decimal] = field(default_factory=lambda: [Decimal(0), Decimal(0)])
    changed: int = 0
    """Documents that are there before and after, with other content."""


@dataclass(slots=True, kw_only=True)
class Report:
    """The result so far."""

    total: int
    rules_changed: Sequence[str] = ()
    done: int = 0
    changed: int = 0
    unchanged: int = 0
    documents_changed: int = 0
    """Changed orders whose verdict or documents are not the same."""
    already_posted: int = 0
    """Changed orders that QuickBooks holds: they keep their shape when the rules are published."""
    unreadable: Tally = field(default_factory=Tally)
    decisions: dict[str, Tally] = field(default_factory=dict)
    verdicts: Tally = field(default_factory=Tally)
    fields: dict[tuple[str, str], Tally] = field(default_factory=dict)
    amounts: dict[tuple[str, str], Amounts] = field(default_factory=dict)
    """By currency and kind of document."""

    def add(
        self, row: Order, currency: str, differences: Sequence[Difference], old: Plan, new: Plan
    ) -> None:
        """Count one order."""
        for side, plan in enumerate((old, new)):
            for document in plan.documents:
                amounts = self.amounts.setdefault((currency, document.kind), Amounts())
                amounts.count[side] += 1
                if document.totals:
                    amounts.total[side] += document.totals.total
        if not differences:
            self.unchanged += 1
            return
        self.changed += 1
        self.already_posted += row.state == "posted"
        self._decisions(row, differences)
        before = self._count_changed(row, currency, old, new)
        if old.verdict != new.verdict:
            told = {"before": old.verdict, "after": new.verdict, "reasons": list(new.reasons)}
            self.verdicts.add(told, canonical(told), row)
        self.documents_changed += before or old.verdict != new.verdict

    def _decisions(self, row: Order, differences: Sequence[Difference]) -> None:
        seen = set()
        for one in differences:
            told = {"before": _outcome(one.decision, one.before)}
            told["after"] = _outcome(one.decision, one.after)
            key = canonical(told)
            if (one.decision, key) not in seen:
                seen.add((one.decision, key))
                self.decisions.setdefault(one.decision, Tally()).add(told, key, row)
        for key in {one.decision for one in differences}:
            self.decisions[key].orders += 1

    def _count_changed(self, row: Order, currency: str, old: Plan, new: Plan) -> bool:
        """Count what differs between the documents; whether anything does."""
        before = {(one.kind, one.part, one.action): one for one in old.documents}
        after = {(one.kind, one.part, one.action): one for one in new.documents}
        found = before.keys() != after.keys()
        for key in before.keys() & after.keys():
            seen = set()
            for name, was, now in _fields(before[key], after[key]):
                told = {"before": shown(was), "after": shown(now)}
                text = canonical(told)
                if (name, text) not in seen:
                    self.fields.setdefault((key[0], name), Tally()).add(told, text, row)
                seen.add((name, text))
            for name in {name for name, _ in seen}:
                self.fields[key[0], name].orders += 1
            self.amounts[currency, key[0]].changed += bool(seen)
            found = found or bool(seen)
        return found

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        known = decisions()
        return {
            "orders": self.total,
            "done": self.done,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "unreadable": self.unreadable.count,
            "documents_changed": self.documents_changed,
            "already_posted": self.already_posted,
            "rules_changed": list(self.rules_changed),
            "decisions": {
                key: {"label": known[key].label, **_told(self.decisions[key])}
                for key in known
                if key in self.decisions
            },
            "verdicts": self.verdicts.told(),
            "documents": [
                {
                    "kind": kind,
                    "currency": currency,
                    "before": {"count": one.count[0], "total": one.total[0]},
                    "after": {"count": one.count[1], "total": one.total[1]},
                    "changed": one.changed,
                }
                for (currency, kind), one in sorted(self.amounts.items())
            ],
            "fields": [
                {"kind": kind, "field": name, **_told(tally)}
                for (kind, name), tally in sorted(self.fields.items())
            ],
            "money": self._money(),
            "not_read": self.unreadable.told(),
        }

    def _money(self) -> dict[str, dict[str, Decimal]]:
        """What is booked as sold, by currency: invoices and sales receipts less credit memos."""
        found = {}
        for currency in sorted({currency for currency, _ in self.amounts}):
            before, after = (
                sum(
                    (
                        sign * self.amounts[currency, kind].total[side]
                        for kind, sign in SALES.items()
                        if (currency, kind) in self.amounts
                    ),
                    Decimal(0),
                )
                for side in (0, 1)
            )
            found[currency] = {"before": before, "after": after, "difference": after - before}
        return found


def _told(tally: Tally) -> dict[str, Any]:
    return {"orders": tally.orders, "changes": tally.told(), "others": tally.others}


def _outcome(key: str, outcome: Outcome) -> dict[str, Any]:
    """A decision's value and the case that decided (None = otherwise)."""
    found = {
        "value": plain(outcome.value),
        "said": describe_decided(outcome.value, decisions()[key]),
        "case": outcome.case,
        "title": outcome.title,
    }
    if outcome.cases:
        found["cases"] = list(outcome.cases)
    return found | {"error": outcome.error} if outcome.error else found


def _fields(before: Document, after: Document) -> Iterator[tuple[str, Any, Any]]:
    """Every element that is not the same; lines are compared place by place."""
    for name in sorted({*before.fields, *after.fields}):
        was, now = before.fields.get(name), after.fields.get(name)
        if was == now:
            continue
        if name != "lines":
            yield name, was, now
            continue
        for old, new in zip_longest(was or (), now or ()):
            if old is None or new is None:
                yield "line", old and old.get("ItemRef"), new and new.get("ItemRef")
                continue
            for part in sorted({*old, *new}):
                if old.get(part) != new.get(part):
                    yield f"line.{part}", old.get(part), new.get(part)
    if before.totals != after.totals:
        yield "total", before.totals and before.totals.total, after.totals and after.totals.total


def shown(value: Any) -> Any:
    """An element's value as people read it."""
    match value:
        case Ref():
            return value.full_name
        case TxnRef():
            return value.kind
        case Clear():
            return {"clear": []}
        case Address():
            parts = (*value.lines, value.city, value.state, value.postal_code, value.country)
            return ", ".join(part for part in parts if part)
        case Mapping():
            return {name: shown(held) for name, held in value.items()}
        case list() | tuple():
            return [shown(part) for part in value]
        case _:
            return value
