"""A small company file, orders and rulebooks for the tests of planning: everything in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from app.samples import SAMPLES
from app.stores.formats import format_named
from qbwc import lists as quickbooks_lists
from qbwc.documents import Document, Ref
from qbwc.lists import Entry, normal
from qbwc.planning import (
    Ledger,
    Lists,
    Lookup,
    Plan,
    Posted,
    lookup,
    member_names,
    numbers,
    plan,
    wanted,
)
from rules_library.facts import Context, facts
from rules_library.order import (
    Address,
    Charge,
    Customer,
    Fulfillment,
    Line,
    Order,
    Payment,
    Refund,
    RefundLine,
    Tax,
)
from rules_library.rulebook import Decided, Rulebook, decide

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
CONTEXT = Context(today=date(2026, 11, 25))
LOOKED_UP = ("Customer", "Item", "Vendor")


def D(text: str | int) -> Decimal:  # noqa: N802 - short for the many amounts of a test
    return Decimal(text)


def an(
    kind: str, full_name: str, *, active: bool = True, list_id: str | None = None, **data: str
) -> Entry:
    """An entry of a list with the search keys that the mirror would give it."""
    found = quickbooks_lists.kind(kind)
    held = {found.name_element: full_name.rpartition(":")[2], "FullName": full_name, **data}
    keys: dict[str, tuple[str, ...]] = {"full_name": (normal(full_name),)}
    keys |= {by: search.values(held) for by, search in found.keys.items()}
    given = f"80000001-{kind}-{full_name}"[:36] if list_id is None else list_id
    return Entry(kind, given, full_name, "1", active, held, keys)


def tax_group(full_name: str, *members: str) -> Entry:
    named: dict[str, Any] = {
        f"ItemSalesTaxRef.{n}.FullName": name for n, name in enumerate(members)
    }
    return an("Item", full_name, **named)


def units(full_name: str, base: str, **related: str) -> Entry:
    """A set of units: the base unit, and how many of it the others are."""
    data = {"BaseUnit.Name": base, "BaseUnit.Abbreviation": base[:2]}
    for count, (name, ratio) in enumerate(related.items(), start=1):
        place = "RelatedUnit" if count == 1 else f"RelatedUnit.{count}"
        data |= {
            f"{place}.Name": name, f"{place}.Abbreviation": name[:2],
            f"{place}.ConversionRatio": ratio,
        }  # fmt: skip
    return an("UnitOfMeasureSet", full_name, **data)


def tagged(full_name: str, name: str, text: str) -> Entry:
    """An item with a custom field."""
    data: dict[str, Any] = {"DataExtRet.DataExtName": name, "DataExtRet.DataExtValue": text}
    return an("Item", full_name, **data)


def group(full_name: str, **members: str) -> Entry:
    """A group item; its members with how many of each are in it (an underscore is a hyphen)."""
    data: dict[str, str] = {}
    for count, (name, quantity) in enumerate(members.items(), start=1):
        place = "ItemGroupLine" if count == 1 else f"ItemGroupLine.{count}"
        data |= {
            f"{place}.ItemRef.FullName": name.replace("_", "-"), f"{place}.Quantity": quantity,
        }  # fmt: skip
    return an("Item", full_name, **data)


STANDARD = (
    *[an("Item", name) for name in (
        "HAM-16", "SAW-1", "Shipping", "Fees", "Tips", "Duties", "Discount", "Sales Tax",
        "Refund Adjustment", "Rounding", "Gift Card", "Web Sales",
    )],
    an("Item", "NY 8.875", TaxRate="8.875"),
    an("Item", "WA 6.5", TaxRate="6.5"),
    an("Item", "Seattle 3.85", TaxRate="3.85"),
    tax_group("Seattle", "WA 6.5", "Seattle 3.85"),
    *[an("Account", name) for name in (
        "Undeposited Funds", "Sales", "Cost of Goods Sold", "Inventory Asset",
        "Sales Tax Payable", "Gift Cards Outstanding",
    )],
    an("Account", "Checking", AccountType="Bank"),
    an("Account", "Accounts Receivable", AccountType="AccountsReceivable"),
    *[an("PaymentMethod", name) for name in ("Visa", "PayPal", "Gift Card", "Cash")],
    an("SalesTaxCode", "Tax", IsTaxable="true"),
    an("SalesTaxCode", "Non", IsTaxable="false"),
    an("Class", "Online"),
    an("Class", "Online:Amazon"),
    an("Terms", "Net 30"),
    an("PriceLevel", "Wholesale"),
    an("InventorySite", "East"),
    an("SalesRep", "RC"),
    an("Template", "Web Invoice"),
    an("ShipMethod", "UPS"),
    an("CustomerMsg", "Thank you."),
    an("Customer", "Jane Doe", Email="jane@example.test", Phone="212-555-0100"),
)  # fmt: skip


@dataclass(frozen=True)
class File:
    """A company file: what is in its lists."""

    entries: tuple[Entry, ...] = STANDARD
    home_currency: str = "USD"
    country: str = "US"
    multi_currency: bool = False
    closing_date: str = ""
    verified: bool = True
    taken: Mapping[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)

    def with_(self, *entries: Entry) -> File:
        return replace(self, entries=(*self.entries, *entries))

    def without(self, *names: str) -> File:
        return replace(self, entries=tuple(e for e in self.entries if e.full_name not in names))

    def answering(self, asked: Iterable[Lookup]) -> Lists:
        """The lists with the answers to these questions and to no other."""
        index: dict[Lookup, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for by, values in entry.keys.items():
                for value in values:
                    index[Lookup(entry.kind, by, value)].append(entry)
        whole: dict[str, dict[str, Entry]] = {
            kind: {} for kind in quickbooks_lists.kinds() if kind not in LOOKED_UP
        }
        for entry in self.entries:
            if entry.kind in whole:
                whole[entry.kind][normal(entry.full_name)] = entry
        found = {one: tuple(index.get(one, ())) for one in asked}
        for entry in [entry for entries in found.values() for entry in entries]:
            for name in member_names(entry.data):
                one = lookup("Item", "full_name", name)
                found[one] = tuple(index.get(one, ()))
        return Lists(
            found=found,
            whole=whole,
            rates=dict(self._rates()),
            verified=self.verified,
            country=self.country,
            home_currency=self.home_currency,
            multi_currency=self.multi_currency,
            closing_date=self.closing_date,
            taken=self.taken,
        )

    def _rates(self) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
        single = {e.full_name: D(e.data["TaxRate"]) for e in self.entries if "TaxRate" in e.data}
        for entry in [one for one in self.entries if one.kind == "Item"]:
            members = [v for k, v in entry.data.items() if k.startswith("ItemSalesTaxRef.")]
            if entry.full_name in single:
                yield normal(entry.full_name), (single[entry.full_name],)
            elif members:
                yield normal(entry.full_name), tuple(single[name] for name in members)


FILE = File()


def rulebook(tables: Mapping[str, Any] | None = None, **rules: Any) -> Rulebook:
    """A rulebook with these answers: a value or an expression for each decision."""
    return Rulebook.from_file(
        {
            "rulebooks": 1,
            "rules": {key: {"logic": value} for key, value in rules.items()},
            "tables": tables or {},
        }
    )


def decided(order: Order, rules: Rulebook | None = None) -> Decided:
    return decide(facts(order, CONTEXT), rules or Rulebook())


def planned(
    order: Order,
    file: File = FILE,
    ledger: Ledger | None = None,
    tables: Mapping[str, Any] | None = None,
    **rules: Any,
) -> Plan:
    """The plan of an order under these rules."""
    chosen = decided(order, rulebook(tables, **rules))
    numbers(order, chosen)
    return plan(order, chosen, ledger or Ledger(), file.answering(wanted(order, chosen)))


def posted(*documents: Document, **of_invoice: Any) -> Ledger:
    """The ledger after QuickBooks took these documents as they were planned."""
    found = {}
    for number, document in enumerate(documents, start=1):
        total = document.totals.total if document.totals else None
        applied = sum((row["PaymentAmount"] for row in document.fields.get("applied", ())), D(0))
        customer = document.fields.get("CustomerRef")
        facts_of: dict[str, Any] = {
            "txn_id": f"T{number}",
            "document": document,
            "edit_sequence": "1",
            "total": total,
            "balance": total - applied if document.kind == "ReceivePayment" and total else total,
            "customer": customer and Ref("Customer", customer.full_name, "80000001-C"),
        }
        if document.kind == "Invoice":
            facts_of |= of_invoice
        found[document.kind, document.part] = Posted(**facts_of)
    return Ledger(found)


def reposted(order: Order, first: Plan, file: File = FILE, **rules: Any) -> Plan:
    """The plan once everything of the first plan is in QuickBooks."""
    return planned(order, file, posted(*first.documents), **rules)


def line(**given: Any) -> Line:
    known = {
        "source_id": "1", "name": "Claw hammer", "sku": "HAM-16", "quantity": D(2),
        "gross": D("40.00"),
    }  # fmt: skip
    return Line(**{**known, **given})


def shipping(amount: str = "5.00", **given: Any) -> Charge:
    known = {"source_id": "s1", "kind": "shipping", "name": "Flat rate", "gross": D(amount)}
    return Charge(**{**known, **given})


def charge(kind: str, amount: str, **given: Any) -> Charge:
    return Charge(**{"source_id": kind, "kind": kind, "name": kind, "gross": D(amount), **given})


def tax(amount: str, **given: Any) -> Tax:
    return Tax(**{"name": "NY State", "amount": D(amount), **given})


def payment(amount: str, **given: Any) -> Payment:
    known = {
        "source_id": "p1", "kind": "charge", "amount": D(amount), "method": "Visa",
        "method_kind": "card", "reference": "ch_1", "paid_at": NOW,
    }  # fmt: skip
    return Payment(**{**known, **given})


def refund(total: str, *, lines: tuple[RefundLine, ...] = (), **given: Any) -> Refund:
    known = {"source_id": "r1", "total": D(total), "created_at": NOW, "lines": lines}
    return Refund(**{**known, **given})


def order(**given: Any) -> Order:
    """Two hammers and shipping, paid by card, 45.00; any field may be given instead."""
    known: dict[str, Any] = {
        "store": "shop", "store_type": "rulebooks", "source_id": "9001", "number": "#1001",
        "currency": "USD", "placed_at": NOW, "status": "open", "zone": "America/New_York",
        "payment_status": "paid", "fulfillment_status": "unfulfilled",
        "customer": Customer(
            source_id="42", email="jane@example.test", first_name="Jane", last_name="Doe"
        ),
        "billing": Address(
            first_name="Jane", last_name="Doe", line1="5 Canal St", city="New York",
            region="NY", postal_code="10013", country="US", phone="+1 212 555 0100",
        ),
        "shipping": Address(
            first_name="Jane", last_name="Doe", line1="5 Canal St", city="New York",
            region="NY", postal_code="10013", country="US",
        ),
        "lines": (line(),), "charges": (shipping(),),
    }  # fmt: skip
    held = {**known, **given}
    made = Order(**{"total": D(0), **held})
    if "total" not in given:
        made = replace(made, total=made.computed_total)
    if "payments" not in given:
        paid = made.payment_status in {"paid", "partially_refunded", "refunded"}
        made = replace(made, payments=(payment(str(made.total)),) if paid and made.total else ())
    return made


def unpaid(**given: Any) -> Order:
    return order(**{"payment_status": "pending", **given})


def fulfilled(of: Order) -> Order:
    shipment = Fulfillment(source_id="f1", shipped_at=NOW)
    return replace(of, fulfillment_status="fulfilled", fulfillments=(shipment,))


@cache
def samples() -> tuple[Order, ...]:
    """The sample orders."""
    return tuple(
        format_named(sample.format_key).translate(raw.raw, sample.shop)
        for sample in SAMPLES
        for raw in sample.orders()
    )


def sample(number: str) -> Order:
    return next(one for one in samples() if one.number == number)


def kinds(made: Plan) -> list[str]:
    return [one.kind for one in made.documents]


def only(made: Plan, kind: str, part: str | None = None) -> Document:
    """The one document of a kind that a plan has."""
    (found,) = [one for one in made.documents if one.kind == kind and part in {None, one.part}]
    return found


def rows(document: Document) -> list[tuple[str, str]]:
    """Item and amount of each line."""
    return [(one["ItemRef"].full_name, str(one["Amount"])) for one in document.fields["lines"]]


def total_of(document: Document) -> Decimal:
    assert document.totals is not None
    return document.totals.total
