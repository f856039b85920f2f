"""The arithmetic of a form's lines: items, prices, percentages, subtotals, groups and tax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from qbwc.practice import custom_fields
from qbwc.practice.books import Books, same
from qbwc.practice.errors import bad_value, invalid_reference, missing
from qbwc.practice.list_records import ListRecord
from qbwc.practice.reader import Fields, several
from qbwc.practice.values import (
    FIVE_PLACES,
    ZERO,
    amount_text,
    half_up,
    price_text,
    quantity_text,
)

_COPIED: Final = (
    "Desc", "ClassRef", "ServiceDate", "SalesTaxCodeRef", "Other1", "Other2", "IsManuallyClosed",
    "ManufacturerPartNumber", "CustomerRef", "OverrideItemAccountRef", "InventorySiteRef",
    "TaxAmount",
)  # fmt: skip
STOCKED: Final = frozenset({"ItemInventory", "ItemInventoryAssembly"})
UNCOUNTED: Final = frozenset({"ItemSubtotal"})
UNTAXED: Final = frozenset({"ItemSubtotal", "ItemSalesTax", "ItemPayment"})


@dataclass(frozen=True, slots=True)
class Sold:
    """What an item says when it is put on a sales form (or, for a purchase, bought)."""

    desc: str
    price: Decimal | None
    percent: Decimal | None
    tax_code: str


def sold(item: ListRecord, *, bought: bool = False) -> Sold:
    """Description, price and tax code of an item."""
    fields = item.fields
    one, both = fields.get("SalesOrPurchase") or {}, fields.get("SalesAndPurchase") or {}
    if item.kind == "ItemDiscount":
        rate, percent = fields.get("DiscountRate"), fields.get("DiscountRatePercent")
        return Sold(
            fields.get("ItemDesc", ""), -Decimal(rate) if rate else None,
            -Decimal(percent) if percent else None, fields.get("SalesTaxCodeRef", ""),
        )  # fmt: skip
    if item.kind == "ItemSalesTax":
        return Sold(fields.get("ItemDesc", ""), None, Decimal(fields.get("TaxRate") or 0), "")
    if bought:
        desc = fields.get("PurchaseDesc") or both.get("PurchaseDesc") or one.get("Desc", "")
        price = fields.get("PurchaseCost") or both.get("PurchaseCost") or one.get("Price")
    else:
        desc = (
            fields.get("SalesDesc") or both.get("SalesDesc") or one.get("Desc")
            or fields.get("ItemDesc", "")
        )  # fmt: skip
        price = fields.get("SalesPrice") or both.get("SalesPrice") or one.get("Price")
    percent = one.get("PricePercent")
    return Sold(
        desc,
        Decimal(price) if price else None,
        Decimal(percent) if percent else None,
        fields.get("SalesTaxCodeRef", ""),
    )


class LineMaker:
    """Makes the lines of one form, each knowing the lines above it."""

    def __init__(self, books: Books, kind: str, *, bought: bool = False) -> None:
        self._books = books
        self._place = f"{kind} line"
        self._bought = bought
        self.lines: list[Fields] = []

    def above(self) -> list[Fields]:
        """The lines made so far, components of groups included."""
        return [one for line in self.lines for one in line.get("_lines", [line])]

    def add(self, sent: Fields, line_id: str = "") -> Fields:
        """Make a line from what was sent: references are still as sent.

        Raises:
            Refused: An invalid reference, a feature that is off, or an impossible line.
        """
        self._books.refuse_features_off(sent)
        self._books.lists.resolve_all(sent, self._place)
        return self.add_resolved(sent, line_id)

    def add_resolved(self, sent: Fields, line_id: str = "") -> Fields:
        """Make a line whose references are ListIDs already."""
        line = self._priced(sent, self.above())
        data = self._custom_fields(sent)
        if data:
            line["_data"] = data
        line["TxnLineID"] = line_id or self._books.clock.txn_id()
        self.lines.append(line)
        return line

    def add_group(self, sent: Fields) -> None:
        """Make a group line and its components, priced as their items say.

        Raises:
            Refused: An invalid reference.
        """
        self._books.refuse_features_off(sent)
        self._books.lists.resolve_all(sent, self._place)
        if not sent.get("ItemGroupRef"):
            raise missing("ItemGroupRef")
        group = self._books.lists[sent["ItemGroupRef"]]
        quantity = Decimal(sent.get("Quantity") or 1)
        line: Fields = {
            "TxnLineID": self._books.clock.txn_id(),
            "ItemGroupRef": group.list_id,
            "Desc": sent.get("Desc") or group.fields.get("ItemDesc", ""),
            "Quantity": quantity_text(quantity),
            "IsPrintItemsInGroup": group.fields.get("IsPrintItemsInGroup", "false"),
            "_lines": [],
        }
        self.lines.append(line)
        for component in several(group.fields.get("ItemGroupLine")):
            each = Decimal(component.get("Quantity") or 1)
            made = self._priced(
                {
                    "ItemRef": component["ItemRef"],
                    "Quantity": quantity_text(each * quantity),
                    **self._site(sent, component["ItemRef"]),
                },
                self.above(),
            )
            made["TxnLineID"] = self._books.clock.txn_id()
            line["_lines"].append(made)
        line["TotalAmount"] = amount_text(counted(line["_lines"]))

    def _site(self, sent: Fields, item_id: str) -> Fields:
        """The group's site for those of its items that are kept in stock."""
        site = sent.get("InventorySiteRef")
        stocked = self._books.lists[item_id].kind in STOCKED
        return {"InventorySiteRef": site} if site and stocked else {}

    def _custom_fields(self, sent: Fields) -> list[Fields]:
        """The custom fields of a line; each must be one that the company has defined."""
        data: list[Fields] = several(sent.get("DataExt"))
        for one in data:
            if one["DataExtName"] not in custom_fields.names(self._books):
                raise invalid_reference("DataExtDef", one["DataExtName"], self._place)
        return data

    def _priced(self, sent: Fields, above: list[Fields]) -> Fields:
        line: Fields = {name: sent[name] for name in _COPIED if sent.get(name)}
        if not sent.get("ItemRef"):
            if sent.get("Amount") or sent.get("Rate") or sent.get("Quantity"):
                raise missing("ItemRef")
            return line
        item = self._books.lists[sent["ItemRef"]]
        if item.kind in {"ItemGroup", "ItemSalesTaxGroup"}:
            raise invalid_reference("Item", item.full_name, self._place)
        what = sold(item, bought=self._bought)
        line |= {"ItemRef": item.list_id, "_item": item.kind}
        line["Desc"] = line.get("Desc") or what.desc
        if item.kind == "ItemSubtotal":
            if sent.get("Amount") or sent.get("Quantity") or sent.get("Rate"):
                raise bad_value("Amount", sent.get("Amount", ""), "A subtotal is computed.")
            line["Amount"] = amount_text(_subtotal(above))
            return line
        self._measured(line, sent, item)
        if sent.get("InventorySiteRef") and item.kind not in STOCKED:
            raise bad_value("InventorySiteRef", item.full_name, "The item is not kept in stock.")
        if self._books.uses("SalesTax") and item.kind not in UNTAXED and not self._bought:
            self._taxed(line, what)
        self._amount(line, sent, what, above)
        return line

    def _measured(self, line: Fields, sent: Fields, item: ListRecord) -> None:
        """The unit of a line, which must be one of its item's set, and how many base units it is.

        Raises:
            Refused: 3210, the item has no such unit.
        """
        unit = sent.get("UnitOfMeasure")
        if not unit:
            return
        held = self._books.lists.by_id(item.fields.get("UnitOfMeasureSetRef") or "")
        units = {} if held is None else held.fields
        for one in (*several(units.get("BaseUnit")), *several(units.get("RelatedUnit"))):
            if same(one["Name"], unit):
                line["UnitOfMeasure"] = one["Name"]
                line["_ratio"] = one.get("ConversionRatio", "1")
                return
        raise bad_value("UnitOfMeasure", unit, "The item has no such unit of measure.")

    def _taxed(self, line: Fields, what: Sold) -> None:
        if not line.get("SalesTaxCodeRef"):
            line["SalesTaxCodeRef"] = what.tax_code or default_code(self._books)

    def _amount(self, line: Fields, sent: Fields, what: Sold, above: list[Fields]) -> None:
        quantity = Decimal(sent["Quantity"]) if sent.get("Quantity") else None
        if quantity is not None:
            if line["_item"] in {"ItemDiscount", "ItemSalesTax", "ItemPayment"}:
                raise bad_value("Quantity", sent["Quantity"], "This item takes no quantity.")
            line["Quantity"] = quantity_text(quantity)
        if sent.get("Amount"):
            amount = Decimal(sent["Amount"])
            if quantity:
                line["Rate"] = price_text((amount / quantity).quantize(FIVE_PLACES))
            elif line["_item"] not in {"ItemDiscount", "ItemPayment", "ItemSalesTax"}:
                line["Rate"] = price_text(amount)
        else:
            percent = Decimal(sent["RatePercent"]) if sent.get("RatePercent") else None
            if percent is not None and line["_item"] == "ItemDiscount":
                percent = -abs(percent)
            if percent is None and not sent.get("Rate"):
                percent = what.percent
            if percent is not None:
                base = self._base(line, above)
                line["RatePercent"] = quantity_text(percent)
                amount = base * percent / 100
            else:
                rate = Decimal(sent["Rate"]) if sent.get("Rate") else self._price(sent, what)
                line["Rate"] = price_text(rate)
                amount = rate * (1 if quantity is None else quantity)
        line["Amount"] = amount_text(amount)

    def _price(self, sent: Fields, what: Sold) -> Decimal:
        price = what.price or ZERO
        level = self._books.lists.by_id(sent.get("PriceLevelRef") or "")
        if level is None:
            return price
        return half_up(price * (100 + Decimal(level.fields["PriceLevelFixedPercentage"])) / 100)

    def _base(self, line: Fields, above: list[Fields]) -> Decimal:
        if line["_item"] == "ItemSalesTax":
            return taxable(self._books, above)
        return Decimal(above[-1].get("Amount", "0")) if above else ZERO


def ratio(line: Fields) -> Decimal:
    """How many base units of its item one unit of a line is."""
    return Decimal(line.get("_ratio", "1"))


def base_units(line: Fields) -> Decimal:
    """How many base units of its item a line is."""
    return Decimal(line["Quantity"]) * ratio(line)


def default_code(books: Books) -> str:
    """The ListID of the tax code for what has none: the non-taxable one."""
    found = books.lists.named(("SalesTaxCode",), books.setting("NonTaxableSalesTaxCode"))
    return found.list_id if found else ""


def _subtotal(above: list[Fields]) -> Decimal:
    lines = above
    if above and above[-1].get("_item") != "ItemSubtotal":
        last = max(
            (at for at, line in enumerate(above) if line.get("_item") == "ItemSubtotal"),
            default=-1,
        )
        lines = above[last + 1 :]
    return counted(lines)


def counted(lines: Iterable[Fields]) -> Decimal:
    """The sum of lines, subtotals not counted twice."""
    return sum(
        (
            Decimal(line["Amount"])
            for line in lines
            if "Amount" in line and line.get("_item") not in UNCOUNTED
        ),
        ZERO,
    )


def taxable(books: Books, lines: Iterable[Fields]) -> Decimal:
    """The sum of lines whose sales tax code is a taxable one."""
    known: dict[str, bool] = {}
    total = ZERO
    for line in lines:
        code = line.get("SalesTaxCodeRef", "")
        if not code or line.get("_item") in UNTAXED:
            continue
        if code not in known:
            known[code] = books.lists[code].fields.get("IsTaxable") == "true"
        if known[code]:
            total += Decimal(line.get("Amount", "0"))
    return total


def tax_on(books: Books, tax_item: ListRecord, base: Decimal) -> tuple[Decimal, Decimal]:
    """The rate and the tax of a tax item or group; each item of a group is rounded by itself."""
    items = [tax_item]
    if tax_item.kind == "ItemSalesTaxGroup":
        items = [books.lists[one] for one in several(tax_item.fields.get("ItemSalesTaxRef"))]
    rates = [Decimal(item.fields.get("TaxRate") or 0) for item in items]
    return sum(rates, ZERO), sum((half_up(base * rate / 100) for rate in rates), ZERO)
