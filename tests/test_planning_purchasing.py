"""Purchase orders: who is bought from, what, for how much, where it goes, and never twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Document
from qbwc.planning import Choice, Ledger, Plan
from rules_library.order import Line, Order, RefundLine
from tests.planning import (
    FILE,
    D,
    File,
    an,
    group,
    kinds,
    line,
    only,
    order,
    planned,
    posted,
    refund,
    total_of,
    units,
    unpaid,
)

TYPE = "sales_order_invoice_and_purchase_order"


def item(name: str, vendor: str = "Acme", cost: str = "6.50", **data: str) -> Any:
    preferred = {"PrefVendorRef.FullName": vendor, "PrefVendorRef.ListID": f"V-{vendor}"}
    return an("Item", name, PurchaseCost=cost, **(preferred if vendor else {}), **data)


SHOP = FILE.with_(
    item("A-1", ManufacturerPartNumber="MPN-1"),
    item("A-2", cost="1.23456"),
    item("B-1", "Bolt & Co"),
    item("S-1", QuantityOnHand="5", QuantityOnSalesOrder="2"),
    item("LOOSE", "", "2.00"),
    an("Item", "FREE", **{"PrefVendorRef.FullName": "Acme", "PrefVendorRef.ListID": "V-Acme"}),
    an(
        "Item", "BOTH",
        **{
            "SalesAndPurchase.PurchaseCost": "3.00",
            "SalesAndPurchase.PrefVendorRef.FullName": "Acme",
            "SalesAndPurchase.PrefVendorRef.ListID": "V-Acme",
        },
    ),
    an("Vendor", "Acme", list_id="V-Acme"),
    an("Vendor", "Zenith", list_id="V-Zenith"),
)  # fmt: skip


def of(*skus: str, **given: Any) -> Order:
    """An order of two each."""
    lines = tuple(line(source_id=str(n), sku=sku) for n, sku in enumerate(skus, start=1))
    return order(lines=lines, charges=(), **given)


def bought(what: Order, file: File = SHOP, ledger: Ledger | None = None, **rules: Any) -> Plan:
    return planned(what, file, ledger, **{"transaction_type": TYPE, **rules})


def orders(made: Plan) -> list[Document]:
    return [one for one in made.documents if one.kind == "PurchaseOrder"]


def rows(document: Document) -> list[tuple[str, str, str]]:
    return [
        (row["ItemRef"].full_name, f"{row['Quantity'].normalize():f}", str(row["Rate"]))
        for row in document.fields["lines"]
    ]


def test_a_purchase_order_goes_to_the_preferred_vendor_and_ships_to_the_customer() -> None:
    made = bought(of("A-1"))
    assert kinds(made) == ["SalesOrder", "Invoice", "PurchaseOrder"]
    document = only(made, "PurchaseOrder", "V-Acme")
    fields = document.fields
    assert (fields["VendorRef"].full_name, fields["VendorRef"].list_id) == ("Acme", "V-Acme")
    assert fields["ShipToEntityRef"].full_name == "Jane Doe"
    assert fields["ShipAddress"].lines == ("Jane Doe", "5 Canal St")
    assert (fields["RefNumber"], fields["Memo"]) == ("1001-P1", "shop #1001")
    assert rows(document) == [("A-1", "2", "6.50")]
    (row,) = fields["lines"]
    assert row["CustomerRef"].full_name == "Jane Doe"
    assert row["ManufacturerPartNumber"] == "MPN-1"
    assert total_of(document) == D("13.00")


def test_what_is_decided_for_a_customers_forms_is_not_on_a_vendors() -> None:
    rules: dict[str, Any] = {
        "terms": "Net 30", "template": "Web Invoice", "due_date": "2026-12-31", "fob": "Dock",
        "to_be_printed": True, "class": "Online", "ship_method": "UPS",
    }  # fmt: skip
    fields = only(bought(of("A-1"), **rules), "PurchaseOrder").fields
    assert not {"TermsRef", "TemplateRef", "DueDate", "FOB", "IsToBePrinted"} & set(fields)
    assert fields["ClassRef"].full_name == "Online"
    assert fields["ShipMethodRef"].full_name == "UPS"


def test_each_vendor_gets_one_purchase_order_known_by_its_id() -> None:
    made = bought(of("A-1", "B-1", "BOTH"))
    assert [(one.part, one.fields["RefNumber"]) for one in orders(made)] == [
        ("V-Acme", "1001-P1"), ("V-Bolt & Co", "1001-P2"),
    ]  # fmt: skip
    assert rows(orders(made)[0]) == [("A-1", "2", "6.50"), ("BOTH", "2", "3.00")]


def test_a_rule_may_name_vendor_and_cost() -> None:
    made = bought(of("LOOSE", "A-1"), vendor="Zenith", purchase_cost="4.25")
    assert [one.part for one in orders(made)] == ["V-Zenith"]
    assert rows(orders(made)[0]) == [("LOOSE", "2", "4.25"), ("A-1", "2", "4.25")]


@pytest.mark.parametrize(
    ("sku", "rules", "why"),
    [
        ("LOOSE", {}, "has no preferred vendor in QuickBooks"),
        ("A-1", {"vendor": "Nobody"}, "QuickBooks has no Vendor 'Nobody'"),
        ("FREE", {}, "has no purchase cost in QuickBooks"),
    ],
)
def test_without_a_vendor_or_a_cost_the_order_is_held(
    sku: str, rules: dict[str, Any], why: str
) -> None:
    made = bought(of(sku), **rules)
    assert made.verdict == "hold"
    assert why in " ".join(made.reasons)


def test_before_quickbooks_was_ever_read_nothing_is_bought_and_nothing_held() -> None:
    made = bought(of("A-1"), File(entries=(), verified=False))
    assert (made.verdict, orders(made)) == ("post", [])


@pytest.mark.parametrize(
    "what",
    [
        unpaid(lines=(line(sku="A-1"),), charges=()),
        of("A-1", payment_status="authorized", payments=()),
    ],
)
def test_nothing_is_bought_before_the_order_is_paid(what: Order) -> None:
    made = bought(what, create_invoice="whole")
    assert kinds(made) == ["SalesOrder", "Invoice"]
    on_account = replace(what, payment_terms="Net 30")
    assert "PurchaseOrder" in kinds(bought(on_account, create_invoice="whole"))


def test_what_was_given_back_is_not_bought() -> None:
    part = RefundLine(line_id="1", quantity=D(1), net=D("20.00"))
    some = of("A-1", "B-1", refunds=(refund("20.00", lines=(part,)),))
    assert [rows(one)[0][:2] for one in orders(bought(some))] == [("A-1", "1"), ("B-1", "2")]
    every = refund("40.00", lines=(replace(part, quantity=D(2), net=D("40.00")),))
    assert [one.part for one in orders(bought(replace(some, refunds=(every,))))] == ["V-Bolt & Co"]
    assert orders(bought(of("A-1", payment_status="refunded"))) == []


def test_only_goods_are_bought_and_a_rule_leaves_lines_out() -> None:
    lines: tuple[Line, ...] = (
        line(sku="A-1"),
        line(source_id="2", sku="LOOSE", kind="service"),
        line(source_id="3", sku="B-1"),
    )
    rule = {"if": [{"==": [{"var": "line.sku"}, "B-1"]}, False, True]}
    made = bought(order(lines=lines, charges=()))
    assert len(orders(made)) == 2
    made = bought(order(lines=lines[::2], charges=()), create_purchase_order=rule)
    assert [one.part for one in orders(made)] == ["V-Acme"]


@pytest.mark.parametrize("kind", ["sales_order_and_invoice", "invoice_and_payment", "estimate"])
def test_other_transaction_types_buy_nothing(kind: str) -> None:
    made = bought(of("A-1"), transaction_type=kind, create_purchase_order=True)
    assert orders(made) == []


def test_there_is_a_type_with_payments_too() -> None:
    kind = "sales_order_invoice_payment_and_purchase_order"
    made = bought(of("A-1"), transaction_type=kind)
    assert kinds(made) == ["SalesOrder", "Invoice", "ReceivePayment", "PurchaseOrder"]


def test_goods_may_be_sent_to_the_company_itself() -> None:
    fields = only(bought(of("A-1"), ship_to_customer=False), "PurchaseOrder").fields
    assert not {"ShipToEntityRef", "ShipAddress"} & set(fields)


def test_only_what_is_short_is_bought() -> None:
    lines = tuple(line(source_id=str(n), sku="S-1", quantity=D(2)) for n in range(3))
    made = bought(order(lines=lines, charges=()), only_when_short=True)
    assert [row[1] for row in rows(orders(made)[0])] == ["1", "2"]
    assert orders(bought(of("S-1"), only_when_short=True)) == []
    assert rows(orders(bought(of("A-1"), only_when_short=True))[0]) == [("A-1", "2", "6.50")]


def test_a_cost_of_many_decimals_is_exact_and_its_amounts_are_cents() -> None:
    document = orders(bought(of("A-2")))[0]
    assert rows(document) == [("A-2", "2", "1.23456")]
    assert total_of(document) == D("2.47")


def test_a_unit_of_measure_costs_what_is_in_it() -> None:
    file = SHOP.with_(
        units("By the dozen", "each", dozen="12"),
        item("D-1", **{"UnitOfMeasureSetRef.FullName": "By the dozen"}),
    )
    document = orders(bought(of("D-1"), file, unit_of_measure="Dozen"))[0]
    assert rows(document) == [("D-1", "2", "78.00")]


def test_of_a_group_its_items_are_bought() -> None:
    file = SHOP.with_(group("KIT", A_1="2", B_1="1"))
    made = bought(of("KIT"), file, bundles="parts")
    assert [rows(one) for one in orders(made)] == [[("A-1", "4", "6.50")], [("B-1", "2", "6.50")]]


def test_what_was_bought_is_never_bought_again() -> None:
    what = of("A-1", "B-1")
    first = bought(what)
    ledger = posted(*first.documents)
    again = bought(what, SHOP, ledger)
    assert [one.dumps() for one in orders(again)] == [one.dumps() for one in orders(first)]
    other = SHOP.without("A-1").with_(item("A-1", "Zenith"))
    moved = bought(what, other, ledger, vendor={"if": [False, "x", None]})
    assert [one.part for one in orders(moved)] == ["V-Acme", "V-Bolt & Co"]


def test_a_purchase_order_that_failed_keeps_a_number_of_its_own() -> None:
    what = of("A-1", "B-1")
    first = bought(what)
    done = [one for one in first.documents if one.part != "V-Acme"]
    again = bought(what, SHOP, posted(*done))
    numbers = {one.part: one.fields["RefNumber"] for one in orders(again)}
    assert numbers == {"V-Acme": "1001-P1", "V-Bolt & Co": "1001-P2"}
    done = [one for one in first.documents if one.part != "V-Bolt & Co"]
    again = bought(what, SHOP, posted(*done))
    numbers = {one.part: one.fields["RefNumber"] for one in orders(again)}
    assert numbers == {"V-Acme": "1001-P1", "V-Bolt & Co": "1001-P2"}


def test_quickbooks_may_number_them() -> None:
    made = bought(of("A-1", "B-1"), number_from_quickbooks=True)
    assert ["RefNumber" in one.fields for one in orders(made)] == [False, False]


def test_a_long_number_keeps_its_end_and_its_mark() -> None:
    made = bought(of("A-1", number="112-8840021-55"))
    assert orders(made)[0].fields["RefNumber"] == "40021-55-P1"


def edited(quantity: int, choice: str = "", **given: Any) -> Plan:
    """An order of two of A-1 that were bought, when the store has another quantity of it."""
    first = bought(of("A-1"))
    lines = (line(source_id="1", sku="A-1", quantity=D(quantity)),)
    what = order(lines=lines, charges=(), **given)
    ledger = posted(*[one for one in first.documents if one.kind == "PurchaseOrder"])
    made = bought(what, SHOP, ledger)
    if not choice:
        return made
    (found,) = made.drifts
    chosen = {("PurchaseOrder", "V-Acme"): Choice(choice, found.mark)}
    return bought(what, SHOP, Ledger(ledger.posted, choices=chosen))


def test_more_is_held_until_a_person_says_how_it_is_bought() -> None:
    made = edited(5)
    assert (made.verdict, made.reasons) == (
        "hold",
        ("what is bought by purchase order 1001-P1 is not what the order has now: 3 x A-1 more",),
    )
    (found,) = made.drifts
    assert (found.then, found.now) == (D("13.00"), D("32.50"))
    assert found.choices == ("buy", "void_and_repost", "keep")


def test_the_rest_is_bought_by_another_purchase_order_and_never_again() -> None:
    made = edited(5, "buy")
    assert [(one.part, one.fields["RefNumber"], rows(one)) for one in orders(made)] == [
        ("V-Acme", "1001-P1", [("A-1", "2", "6.50")]),
        ("V-Acme#2", "1001-P2", [("A-1", "3", "6.50")]),
    ]
    what = order(lines=(line(source_id="1", sku="A-1", quantity=D(5)),), charges=())
    again = bought(what, SHOP, posted(*orders(made)))
    assert (orders(again), again.drifts) == (orders(made), ())
    more = order(lines=(line(source_id="1", sku="A-1", quantity=D(6)),), charges=())
    third = bought(more, SHOP, posted(*orders(made)))
    assert [one.choices for one in third.drifts] == [("buy", "keep")]


def test_a_purchase_order_may_be_taken_back_and_made_anew_or_stay() -> None:
    made = edited(5, "void_and_repost")
    assert [(one.part, one.action, made.more) for one in orders(made)] == [
        ("V-Acme", "delete", True)
    ]
    assert [rows(one) for one in orders(edited(5, "keep"))] == [[("A-1", "2", "6.50")]]


def test_fewer_is_held_too_but_not_what_came_back() -> None:
    made = edited(1)
    assert made.reasons == (
        "what is bought by purchase order 1001-P1 is not what the order has now: 1 x A-1 fewer",
    )
    assert [one.choices for one in made.drifts] == [("void_and_repost", "keep")]
    part = RefundLine(line_id="1", quantity=D(1), net=D("20.00"))
    assert edited(2, refunds=(refund("20.00", lines=(part,)),)).drifts == ()


def test_a_sku_that_is_mapped_to_another_item_since_is_not_bought_again() -> None:
    first = bought(of("A-1"))
    ledger = posted(*[one for one in first.documents if one.kind == "PurchaseOrder"])
    other = SHOP.with_(item("NEW", ManufacturerPartNumber="A-1"))
    made = bought(of("A-1"), other, ledger, item_match=["manufacturer_part_number"])
    assert only(made, "SalesOrder").fields["lines"][0]["ItemRef"].full_name == "NEW"
    assert (made.drifts, orders(made)) == ((), orders(first))


def test_what_was_there_is_not_bought_when_the_rest_was() -> None:
    lines = (line(source_id="1", sku="S-1", quantity=D(5)),)
    first = bought(order(lines=lines, charges=()), only_when_short=True)
    assert [row[1] for row in rows(orders(first)[0])] == ["2"]
    sold = SHOP.without("S-1").with_(item("S-1", QuantityOnHand="5", QuantityOnSalesOrder="7"))
    again = bought(
        order(lines=lines, charges=()), sold, posted(*orders(first)), only_when_short=True
    )
    assert (again.drifts, len(orders(again))) == ((), 1)


@pytest.mark.parametrize(("counted", "short"), [(True, 1), (False, 3)])
def test_what_quickbooks_counts_as_taken_by_the_order_itself_is_there_for_it(
    *, counted: bool, short: int
) -> None:
    first = planned(of_s(4), SHOP, transaction_type="sales_order")
    ledger = posted(*first.documents)
    held = {key: replace(one, is_counted=counted) for key, one in ledger.posted.items()}
    # Of four on hand the order has its four and another one; or others have three.
    taken = "5" if counted else "3"
    shop = SHOP.without("S-1").with_(item("S-1", QuantityOnHand="4", QuantityOnSalesOrder=taken))
    found = planned(
        of_s(4), shop, Ledger(held), transaction_type=TYPE, only_when_short=True,
        create_invoice="none",
    )  # fmt: skip
    bought = [one for one in found.documents if one.kind == "PurchaseOrder"]
    assert [row["Quantity"] for one in bought for row in one.fields["lines"]] == [short]


def of_s(count: int) -> Order:
    one = line(source_id="1", sku="S-1", name="S-1", quantity=D(count), gross=D(10 * count))
    return order(lines=(one,), charges=())
