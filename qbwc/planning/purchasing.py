"""Purchase orders: one for each vendor of whom an order's goods are bought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref, Totals
from qbwc.planning import bundles, items, purchase_changes
from qbwc.planning.gone import reopen
from qbwc.planning.header import header, number, purchase_tail
from qbwc.planning.items import Item
from qbwc.planning.lines import QUANTITY_DECIMALS, goods_lines
from qbwc.planning.taken import counted
from qbwc.planning.work import Work, money, value
from qbwc.planning.world import Posted
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.order import ZERO, Line
from rules_library.rulebook import Decided

KIND = "PurchaseOrder"
SALES = ("SalesOrder", "Invoice", "SalesReceipt")
NOT_ON_A_PURCHASE = frozenset({
    "TemplateRef", "TermsRef", "DueDate", "FOB", "IsToBePrinted", "IsToBeEmailed", "ShipAddress",
})  # fmt: skip
"""What is decided for the forms that a customer gets, not for those of a vendor."""
_COSTS = ("PurchaseCost", "SalesAndPurchase.PurchaseCost")
_VENDORS = ("PrefVendorRef", "SalesAndPurchase.PrefVendorRef")


@dataclass(slots=True)
class Purchase:
    """What is bought of one vendor."""

    vendor: Ref
    rows: list[dict[str, Any]] = field(default_factory=list)
    number: int = 1
    """The how manieth purchase order of the order for this vendor it is."""

    @property
    def part(self) -> str:
        """The part of its document."""
        return purchase_changes.part_of(self.vendor, self.number)


def plan_purchases(work: Work, customer: Ref | None) -> None:
    """Add the purchase orders that should exist, once there is a sale to buy for."""
    posted = {part: work.ledger.posted[KIND, part] for part in sorted(work.ledger.parts(KIND))}
    for one in posted.values():
        work.documents.append(one.kept)
        if opened := reopen(one):
            work.documents.append(opened)
    if not any(work.has(kind) for kind in SALES):
        return
    bought: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in posted.values():
        for row in one.document.fields.get("lines", ()):
            bought[row["ItemRef"].key] += row["Quantity"]
    numbers = {one.ref_number or one.document.fields.get("RefNumber") for one in posted.values()}
    had, count = dict(bought), 0
    found = list(_purchases(work, customer, bought))
    over = purchase_changes.too_many(had, _sold(work)) if any(bought.values()) else {}
    for purchase in _agreed(work, posted, found, over):
        count += 1
        while (given := number(work, KIND, purchase_tail(count))) and given in numbers:
            count += 1
        work.documents.append(_document(work, purchase, customer, count))


def _agreed(
    work: Work, posted: Mapping[str, Posted], found: Sequence[Purchase], over: dict[str, Decimal]
) -> list[Purchase]:
    """What is to be bought of new vendors, and of those who have an order if a person says so."""
    left = {purchase.part: purchase for purchase in found}
    for vendor, ours in purchase_changes.by_vendor(posted.values()).items():
        more = left.pop(vendor, None)
        answer = purchase_changes.ask(work, ours, more.rows if more else [], over)
        if more and answer == "buy":
            more.number = purchase_changes.next_number(vendor, posted)
            left[more.part] = more
    return list(left.values())


def _purchases(
    work: Work, customer: Ref | None, bought: defaultdict[str, Decimal]
) -> Iterator[Purchase]:
    """What is to be bought, by vendor, less what was bought of anybody before."""
    found: dict[str, Purchase] = {}
    back: defaultdict[str, Decimal] = defaultdict(Decimal)
    for refund in work.order.refunds:
        for part in refund.lines:
            back[part.line_id] += part.quantity
    left: dict[Ref, Decimal] = {}
    own: Mapping[str, Decimal] | None = None
    for line, outcomes in zip(bundles.settled(work), work.decided.lines, strict=True):
        if line is None or not value(outcomes, "create_purchase_order"):
            continue
        for item, row in _goods(work, line, outcomes, line.quantity - back[line.source_id]):
            before = min(bought[item.ref.key], row["Quantity"])
            bought[item.ref.key] -= before
            row["Quantity"] -= before
            ratio = items.ratio(work, item, row.get("UnitOfMeasure"))
            if value(outcomes, "only_when_short"):
                # What was not bought with the rest was there.
                wanted = ZERO if before else row["Quantity"]
                own = counted(work) if own is None else own
                if item.ref not in left:
                    left[item.ref] = _there(work, item, own)
                row["Quantity"] = _short(item, wanted, ratio, left)
            if row["Quantity"] <= 0:
                continue
            vendor = _vendor(work, item, outcomes)
            if vendor is None:
                continue
            row["Rate"] = _cost(work, item, outcomes, ratio)
            row["CustomerRef"] = customer
            purchase = Purchase(vendor)
            found.setdefault(purchase.part, purchase).rows.append(row)
    yield from found.values()


def buys_what_is_short(decided: Decided) -> bool:
    """Whether something of an order is bought only when it is short."""
    return any(
        value(outcomes, "create_purchase_order") and value(outcomes, "only_when_short")
        for outcomes in decided.lines
    )


def _of_others(work: Work, list_id: str) -> Decimal:
    """What other orders take of an item, and QuickBooks' quantities do not show yet.

    Of what is still to be sent, who ordered first has it first.
    """
    mine = (work.order.store, work.order.source_id)
    place = (work.order.placed_at, mine)
    return sum(
        (
            one.quantity
            for one in (work.lists.sold or {}).get(list_id, ())
            if one.order != mine and (one.is_posted or (one.placed_at, one.order) < place)
        ),
        ZERO,
    )


def _sold(work: Work) -> dict[str, Decimal]:
    """How many of each item the order has, whether they are to be bought or came back."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line, outcomes in zip(bundles.settled(work), work.decided.lines, strict=True):
        for item, row in _goods(work, line, outcomes, line.quantity) if line else ():
            found[item.ref.key] += row["Quantity"]
    return found


def _goods(
    work: Work, line: Line, outcomes: Mapping[str, Outcome], quantity: Decimal
) -> Iterator[tuple[Item, dict[str, Any]]]:
    """The items of so many of a line as rows of a purchase order, without cost."""
    if quantity <= 0:
        return
    found = items.line_item(work, line, outcomes)
    by_ref = {item.ref: item for item in items.goods(work, found)} if found else {}
    for row in goods_lines(work, line, outcomes, quantity, line.net, as_parts=True):
        item = by_ref.get(row["ItemRef"])
        if item and row["Quantity"]:
            yield (
                item,
                {
                    "ItemRef": item.ref,
                    "ManufacturerPartNumber": item.data.get("ManufacturerPartNumber"),
                    "Desc": row["Desc"],
                    "Quantity": row["Quantity"],
                    "UnitOfMeasure": row["UnitOfMeasure"],
                    "ClassRef": row["ClassRef"],
                },
            )


def _vendor(work: Work, item: Item, outcomes: Mapping[str, Outcome]) -> Ref | None:
    name = value(outcomes, "vendor")
    if name:
        return work.named(decisions()["vendor"], name)
    for path in _VENDORS:
        if item.data.get(f"{path}.ListID"):
            return Ref("Vendor", item.data[f"{path}.FullName"], item.data[f"{path}.ListID"])
    if work.lists.verified:
        work.hold(
            f"{item.ref.full_name!r} is to be bought, but has no preferred vendor in QuickBooks, "
            "and no rule names one",
            "choice",
            "vendor",
        )
    return None


def _cost(work: Work, item: Item, outcomes: Mapping[str, Outcome], ratio: Decimal) -> Decimal:
    """What one costs, in the unit that it is bought in."""
    decided = value(outcomes, "purchase_cost")
    if decided is not None:
        return Decimal(decided)
    for path in _COSTS:
        if item.data.get(path):
            cost = Decimal(item.data[path]) * ratio
            rounded = round(cost, QUANTITY_DECIMALS)
            return cost if cost == rounded else rounded
    work.hold(
        f"{item.ref.full_name!r} is to be bought, but has no purchase cost in QuickBooks, and no "
        "rule says one",
        "choice",
        "purchase_cost",
    )
    return ZERO


def _there(work: Work, item: Item, own: Mapping[str, Decimal]) -> Decimal:
    """How many of a stocked item there are for the order.

    What QuickBooks already counts as taken by this very order (``own``) is there for it.
    """
    there = Decimal(item.data.get("QuantityOnHand") or 0)
    there -= Decimal(item.data.get("QuantityOnSalesOrder") or 0)
    return there + own.get(item.ref.list_id, ZERO) - _of_others(work, item.ref.list_id)


def _short(item: Item, quantity: Decimal, ratio: Decimal, left: dict[Ref, Decimal]) -> Decimal:
    """How many of a quantity are not there; what one line takes is not there for the next."""
    if not item.is_stocked:
        return quantity
    there = max(left[item.ref], ZERO)
    left[item.ref] -= quantity * ratio
    return round(max(quantity - there / ratio, ZERO), QUANTITY_DECIMALS)


def _document(work: Work, purchase: Purchase, customer: Ref | None, count: int) -> Document:
    fields = header(work, KIND, None, tail=purchase_tail(count))
    address = fields.get("ShipAddress")
    fields = {name: held for name, held in fields.items() if name not in NOT_ON_A_PURCHASE}
    fields["VendorRef"] = purchase.vendor
    if work.decided["ship_to_customer"]:
        fields |= {"ShipToEntityRef": customer, "ShipAddress": address}
    rows = [{name: held for name, held in row.items() if held} for row in purchase.rows]
    for row, full in zip(rows, purchase.rows, strict=True):
        row["Rate"] = full["Rate"]
    total = sum((money(row["Rate"] * row["Quantity"]) for row in rows), ZERO)
    return Document(
        kind=KIND,
        part=purchase.part,
        fields={name: held for name, held in fields.items() if held} | {"lines": rows},
        totals=Totals(subtotal=total, tax=ZERO, total=total),
    )
