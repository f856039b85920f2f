"""Which QuickBooks item a line or a charge is: found, created, replaced by a fallback, or held."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from qbwc.documents.base import Ref
from qbwc.lists import Addition, Entry, clean_name, normal
from qbwc.planning.work import Work, ref, value
from qbwc.planning.world import Lookup, lookup
from rules_library.decision import decisions
from rules_library.order import Line
from rules_library.rule import Outcome

NAME_LIMIT = 31
VARIANTS = {
    "create_service": "ItemService",
    "create_non_inventory": "ItemNonInventory",
    "create_inventory": "ItemInventory",
}
KEYS = {"manufacturer_part_number": "part_number"}
"""How ``item_match`` names what the item list's search keys call otherwise."""
Outcomes = Mapping[str, Outcome]


def item_name(line: Line, outcomes: Outcomes) -> str:
    """The name that a new item gets.

    A product name without SKU that is too long ends with four characters of its hash, so that
    two products never become one item.
    """
    given = value(outcomes, "item")
    name = clean_name(given or line.name, 10_000)
    if len(name) <= NAME_LIMIT:
        return name
    if given:
        return ""
    mark = hashlib.sha256(name.encode()).hexdigest()[:4]
    return clean_name(name, NAME_LIMIT, suffix=mark)


def lookups(line: Line, outcomes: Outcomes) -> list[Lookup]:
    """Everything that ``line_item`` asks."""
    name = item_name(line, outcomes)
    asked = [*_matches(line, outcomes), *_named(name), *_named(value(outcomes, "fallback_item"))]
    return [question for question in asked if question.value]


def _named(name: str | None) -> list[Lookup]:
    return [lookup("Item", "full_name", name)] if name else []


def _matches(line: Line, outcomes: Outcomes) -> list[Lookup]:
    text = value(outcomes, "item") or line.name
    found = [
        lookup("Item", KEYS.get(by, by), text) for by in value(outcomes, "item_match") or () if text
    ]
    return [question for question in found if question.value]


def line_item(work: Work, line: Line, outcomes: Outcomes) -> Ref | None:
    """The item of an order's line."""
    if line.kind == "gift_card":
        name = work.decided["gift_card_sold_item"]
        return charge_item(work, "gift_card_sold_item", name, outcomes)
    if line.kind == "tip" and not value(outcomes, "item"):
        return charge_item(work, "tip_item", value(work.decided.charges[-1], "tip_item"), outcomes)
    for question in _matches(line, outcomes):
        found = work.lists.find(question)
        if len(found) > 1:
            names = ", ".join(entry.full_name for entry in found[:3])
            work.hold(
                f"{len(found)} items match {question.value!r}: {names}", "items", question.value
            )
            return None
        if found:
            return _sold(work, found[0])
    return _missing(work, line, outcomes)


def _sold(work: Work, entry: Entry) -> Ref:
    if any(path.startswith("ItemGroupLine") for path in entry.data):
        work.hold(f"{entry.full_name!r} is a group in QuickBooks, which has no price of its own")
    return ref(entry)


def _missing(work: Work, line: Line, outcomes: Outcomes) -> Ref | None:
    sku = value(outcomes, "item")
    what = value(outcomes, "when_item_missing")
    if not work.lists.verified:
        return Ref("Item", sku or line.name)
    if what == "fallback":
        return _fallback(work, line.name, outcomes)
    if what == "hold":
        work.hold(
            f"QuickBooks has no item {sku!r} (for {line.name!r})"
            if sku
            else f"the line {line.name!r} has no SKU",
            "item",
            sku or line.name,
        )
        return None
    name = item_name(line, outcomes)
    if not name:
        work.hold(
            f"the SKU {sku!r} is longer than QuickBooks' {NAME_LIMIT} characters of a name"
            if sku
            else f"the line {line.source_id!r} has neither SKU nor name",
            "item",
            sku or "",
        )
        return None
    asked = lookup("Item", "full_name", name)
    found = work.lists.find(asked)
    if found:
        return _sold(work, found[0])
    if work.lists.is_used(asked):
        work.hold(f"the item {name!r} is inactive in QuickBooks", "item", name)
        return None
    return _create(work, VARIANTS[what], name, outcomes, description=line.name)


def _fallback(work: Work, what: str, outcomes: Outcomes) -> Ref | None:
    fallback = value(outcomes, "fallback_item")
    if not fallback:
        work.hold(
            f"no item for {what!r}, and no fallback item is chosen", "choice", "fallback_item"
        )
        return None
    return work.named(decisions()["fallback_item"], fallback)


def charge_item(work: Work, key: str, name: str | None, outcomes: Outcomes) -> Ref | None:
    """The item that a decision names for a charge, discount or tax; created as items are.

    It is created under exactly that name, so that the rule finds it the next time.
    """
    label = decisions()[key].label
    if not name:
        work.hold(f"{label}: no item is chosen", "choice", key)
        return None
    asked = lookup("Item", "full_name", name)
    found = work.lists.find(asked)
    if found:
        return ref(found[0])
    if not work.lists.verified:
        return Ref("Item", name)
    what = value(outcomes, "when_item_missing")
    if work.lists.is_used(asked):
        work.hold(f"{label}: the item {name!r} is inactive in QuickBooks", "entry", f"Item {name}")
    elif what == "fallback":
        return _fallback(work, name, outcomes)
    elif what not in VARIANTS:
        work.hold(f"{label}: QuickBooks has no item {name!r}", "entry", f"Item {name}")
    elif normal(clean := clean_name(name, NAME_LIMIT)) != asked.value:
        work.hold(
            f"{label}: QuickBooks has no item {name!r}, and none can be created under that name "
            f"({NAME_LIMIT} characters, no colon)",
            "entry",
            f"Item {name}",
        )
    else:
        variant = "ItemDiscount" if key == "discount_item" else "ItemOtherCharge"
        return _create(work, variant, clean, outcomes, description=name)
    return None


def _create(
    work: Work, variant: str, name: str, outcomes: Outcomes, *, description: str
) -> Ref | None:
    income = _account(work, "income_account", outcomes)
    if income is None:
        return None
    fields: dict[str, Any]
    if variant == "ItemInventory":
        cogs, asset = (_account(work, key, outcomes) for key in ("cogs_account", "asset_account"))
        if cogs is None or asset is None:
            return None
        fields = {
            "SalesDesc": description,
            "IncomeAccountRef": income,
            "COGSAccountRef": cogs,
            "AssetAccountRef": asset,
        }
    elif variant == "ItemDiscount":
        fields = {"ItemDesc": description, "AccountRef": income}
    else:
        fields = {"SalesOrPurchase": {"Desc": description, "AccountRef": income}}
    return work.create(Addition(kind="Item", variant=variant, full_name=name, fields=fields))


def _account(work: Work, key: str, outcomes: Outcomes) -> Ref | None:
    name = value(outcomes, key)
    decision = decisions()[key]
    if not name:
        work.hold(f"{decision.label}: no account is chosen", "choice", key)
        return None
    return work.named(decision, name)
