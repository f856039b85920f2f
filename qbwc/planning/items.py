"""Which QuickBooks item a line or a charge is: found, created, replaced by a fallback, or held."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from qbwc.documents.base import Ref
from qbwc.lists import Addition, Entry, clean_name, custom_field, normal
from qbwc.planning.work import Work, ref, value
from qbwc.planning.world import Lookup, lookup
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.order import ZERO, Line

NAME_LIMIT = 31
VARIANTS = {
    "create_service": "ItemService",
    "create_non_inventory": "ItemNonInventory",
    "create_inventory": "ItemInventory",
}
KEYS = {"manufacturer_part_number": "part_number"}
"""How ``item_match`` names what the item list's search keys call otherwise."""
GROUP_LINE = "ItemGroupLine"
_PRICES = ("SalesPrice", "SalesOrPurchase.Price", "SalesAndPurchase.SalesPrice")
_WORKED_OUT = frozenset({"PricePercent", "DiscountRate", "DiscountRatePercent", "TaxRate"})
Outcomes = Mapping[str, Outcome]


class Item(NamedTuple):
    """The item of a line, and what the mirror says of it; nothing of one that is not there yet."""

    ref: Ref
    data: Mapping[str, str] = MappingProxyType({})
    is_stocked: bool = False
    """Whether QuickBooks counts how many there are."""

    @property
    def is_group(self) -> bool:
        """Whether it is a group: items that are sold together, without a price of its own."""
        return any(path.startswith(GROUP_LINE) for path in self.data)


class Member(NamedTuple):
    """One item of a group, and how many of it are in one group."""

    item: Item
    quantity: Decimal
    unit: str
    price: Decimal | None
    """None = QuickBooks works its price out: a percentage, a discount, a tax."""
    tax_code: str
    description: str


def item_of(entry: Entry) -> Item:
    """An item that QuickBooks has."""
    stocked = "QuantityOnHand" in entry.data or entry.variant == "ItemInventory"
    return Item(ref(entry), entry.data, stocked)


def price(item: Item) -> Decimal | None:
    """What QuickBooks sells an item for, if that is a plain amount."""
    data = item.data
    if any(path.split(".")[-1] in _WORKED_OUT for path in data) or item.is_group:
        return None
    return next((Decimal(data[path]) for path in _PRICES if data.get(path)), ZERO)


def member_names(data: Mapping[str, str]) -> list[str]:
    """The full names of the items that a group is made of."""
    return [
        name
        for path, name in data.items()
        if path.startswith(GROUP_LINE) and path.endswith(".ItemRef.FullName")
    ]


def members(work: Work, group: Item) -> list[Member]:
    """The items of a group; held when QuickBooks does not have them all."""
    found = []
    for path, name in group.data.items():
        if not path.startswith(GROUP_LINE) or not path.endswith(".ItemRef.FullName"):
            continue
        line = path.removesuffix(".ItemRef.FullName")
        entries = work.lists.find(lookup("Item", "full_name", name))
        if not entries:
            work.hold(f"the group {group.ref.full_name!r} has {name!r}, which is not active")
            continue
        item, data = item_of(entries[0]), entries[0].data
        if item.is_group:
            work.hold(f"the group {group.ref.full_name!r} has the group {name!r} in it")
        found.append(
            Member(
                item,
                Decimal(group.data.get(f"{line}.Quantity") or 1),
                group.data.get(f"{line}.UnitOfMeasure", ""),
                price(item),
                data.get("SalesTaxCodeRef.FullName", ""),
                data.get("SalesDesc") or data.get("SalesOrPurchase.Desc", ""),
            )
        )
    if not found:
        work.hold(f"the group {group.ref.full_name!r} has no items")
    return found


def goods(work: Work, item: Item) -> list[Item]:
    """An item itself, or of a group its items."""
    return [member.item for member in members(work, item)] if item.is_group else [item]


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
    """The look-ups by which an item is found: what people taught us first, then the attempts."""
    text = value(outcomes, "item") or line.name
    if not text:
        return []
    found = [lookup("Item", "alias", text)]
    for by in value(outcomes, "item_match") or ():
        if by != "custom_field":
            found.append(lookup("Item", KEYS.get(by, by), text))
        elif name := value(outcomes, "item_custom_field"):
            found.append(lookup("Item", by, custom_field(name, text)))
    return [question for question in found if question.value]


def line_item(work: Work, line: Line, outcomes: Outcomes) -> Item | None:
    """The item of an order's line."""
    if line.kind == "gift_card":
        name = work.decided["gift_card_sold_item"]
        return _item(work, charge_item(work, "gift_card_sold_item", name, outcomes))
    if line.kind == "tip" and not value(outcomes, "item"):
        name = value(work.decided.charges[-1], "tip_item")
        return _item(work, charge_item(work, "tip_item", name, outcomes))
    question, found = _first_match(work, line, outcomes)
    if len(found) > 1:
        names = ", ".join(entry.full_name for entry in found[:3])
        work.hold(f"{len(found)} items match {question!r}: {names}", "items", question)
        return None
    return item_of(found[0]) if found else _missing(work, line, outcomes)


def _first_match(work: Work, line: Line, outcomes: Outcomes) -> tuple[str, tuple[Entry, ...]]:
    """What was looked for when something was found, and what."""
    for question in _matches(line, outcomes):
        if found := work.lists.find(question):
            return question.value, found
    return "", ()


def known_item(work: Work, line: Line, outcomes: Outcomes) -> Item | None:
    """The one item that QuickBooks has for a line of goods; nothing is held or created."""
    _, found = _first_match(work, line, outcomes)
    if not found and value(outcomes, "when_item_missing") == "fallback":
        found = tuple(
            entry
            for question in _named(value(outcomes, "fallback_item"))
            for entry in work.lists.find(question)
        )
    return item_of(found[0]) if len(found) == 1 else None


def ratio(work: Work, item: Item, unit: str | None) -> Decimal:
    """How many of what QuickBooks counts an item in are in one of a unit."""
    named = normal(item.data.get("UnitOfMeasureSetRef.FullName", ""))
    units = work.lists.whole.get("UnitOfMeasureSet", {}).get(named)
    for path, name in units.data.items() if unit and units else ():
        place, _, of = path.rpartition(".")
        if of == "Name" and place.startswith("RelatedUnit") and normal(name) == normal(unit or ""):
            return Decimal(units.data[f"{place}.ConversionRatio"]) if units else Decimal(1)
    return Decimal(1)


def _item(work: Work, named: Ref | None) -> Item | None:
    """An item that is known by its reference."""
    if named is None:
        return None
    found = work.lists.find(lookup("Item", "full_name", named.full_name))
    return item_of(found[0]) if found else Item(named)


def _missing(work: Work, line: Line, outcomes: Outcomes) -> Item | None:
    sku = value(outcomes, "item")
    what = value(outcomes, "when_item_missing")
    if not work.lists.verified:
        return Item(Ref("Item", sku or line.name))
    if what == "fallback":
        return _item(work, _fallback(work, line.name, outcomes))
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
        return item_of(found[0])
    if work.lists.is_used(asked):
        work.hold(f"the item {name!r} is inactive in QuickBooks", "item", name)
        return None
    created = _create(work, VARIANTS[what], name, outcomes, description=line.name)
    return Item(created, is_stocked=VARIANTS[what] == "ItemInventory") if created else None


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
        chosen = work.decided["discount_account"]
        account = work.named(decisions()["discount_account"], chosen) if chosen else income
        if account is None:
            return None
        fields = {"ItemDesc": description, "AccountRef": account}
    else:
        fields = {"SalesOrPurchase": {"Desc": description, "AccountRef": income}}
    code = value(outcomes, "item_tax_code")
    if code:
        fields["SalesTaxCodeRef"] = work.named(decisions()["item_tax_code"], code)
    return work.create(Addition(kind="Item", variant=variant, full_name=name, fields=fields))


def _account(work: Work, key: str, outcomes: Outcomes) -> Ref | None:
    name = value(outcomes, key)
    decision = decisions()[key]
    if not name:
        work.hold(f"{decision.label}: no account is chosen", "choice", key)
        return None
    return work.named(decision, name)
