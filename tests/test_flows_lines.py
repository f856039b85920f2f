"""Units, sites, price levels and groups, posted over SOAP into a company that has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.flows import PLACED, Flow, charge, is_, line, order, rule

FEATURES = "ClassTracking Estimates SalesOrders SalesTax Inventory PriceLevels"
COUNT = (
    "<Name>Count</Name><UnitOfMeasureType>Count</UnitOfMeasureType>"
    "<BaseUnit><Name>each</Name><Abbreviation>ea</Abbreviation></BaseUnit>"
    "<RelatedUnit><Name>case</Name><Abbreviation>cs</Abbreviation>"
    "<ConversionRatio>12</ConversionRatio></RelatedUnit>"
)
NAIL = (
    "<Name>NAIL</Name><UnitOfMeasureSetRef><FullName>Count</FullName></UnitOfMeasureSetRef>"
    "<IncomeAccountRef><FullName>Sales</FullName></IncomeAccountRef>"
    "<COGSAccountRef><FullName>Cost of Goods Sold</FullName></COGSAccountRef>"
    "<AssetAccountRef><FullName>Inventory Asset</FullName></AssetAccountRef>"
    "<QuantityOnHand>100</QuantityOnHand><TotalValue>50.00</TotalValue>"
)


@pytest.fixture
def stocked(flow: Flow) -> Flow:
    """A company with units and two sites, and an item that is counted in them."""
    flow.quickbooks.prefer("Features", f"{FEATURES} UnitOfMeasure InventorySites")
    flow.add("UnitOfMeasureSet", COUNT)
    flow.add("InventorySite", "<Name>East</Name>")
    flow.add("InventorySite", "<Name>West</Name>")
    flow.add("ItemInventory", NAIL)
    return flow


def on_hand(flow: Flow, name: str) -> Decimal:
    (found,) = [one for one in flow.quickbooks.lists("ItemInventory") if one.full_name == name]
    return Decimal(found.fields["QuantityOnHand"])


def test_a_case_is_posted_in_its_unit_from_its_site_and_moves_its_pieces(stocked: Flow) -> None:
    stocked.rules(
        unit_of_measure=rule(None, (is_("line.sku", "NAIL"), "case")),
        inventory_site=rule("West", (is_("store.key", "shop"), "East")),
        price_level="Wholesale",
    )
    stocked.post(order("1", [line("NAIL", "7.77", 3)]))
    invoice = stocked.txn("Invoice")
    assert (invoice.total, invoice.balance) == (Decimal("23.31"), 0)
    (nails,) = invoice.lines
    assert (nails["Quantity"], nails["UnitOfMeasure"]) == ("3", "case")
    assert nails["InventorySiteRef"] in {
        site.list_id for site in stocked.quickbooks.lists("InventorySite")
    }
    assert on_hand(stocked, "NAIL") == 100 - 36


def test_multiplied_quantities_move_so_many_pieces(stocked: Flow) -> None:
    stocked.rules(quantity_factor=12)
    stocked.post(order("1", [line("NAIL", "7.77", 3)]))
    assert stocked.txn("Invoice").total == Decimal("23.31")
    assert on_hand(stocked, "NAIL") == 100 - 36


def test_a_unit_that_the_item_lacks_is_held_before_quickbooks_could_refuse_it(
    stocked: Flow,
) -> None:
    stocked.rules(unit_of_measure="dozen")
    stocked.sync()
    stocked.take(order("1", [line("NAIL", "7.77", 3)]))
    stocked.sync()
    assert stocked.state("1") == (
        "held", ["the item 'NAIL' has no unit of measure 'dozen' in QuickBooks"],
    )  # fmt: skip
    assert stocked.kinds() == ["JournalEntry"] * len(stocked.kinds())


def test_a_group_is_posted_as_a_group_and_its_goods_leave_stock(flow: Flow) -> None:
    """The practice company's Lamp Kit is a Desk Lamp at 49.95 and two LED Bulbs at 4.75."""
    before = on_hand(flow, "LED Bulb")
    codes = {"tax_mode": "codes", "tax_item": "Out of State"}
    flow.rules(bundles="group", **codes)
    flow.post(order("1", [line("Lamp Kit", "55.00", 2)]))
    invoice = flow.txn("Invoice")
    assert (invoice.total, invoice.balance) == (Decimal("110.00"), 0)
    assert [one["Amount"] for one in invoice.lines] == ["99.90", "19.00", "-8.90"]
    assert on_hand(flow, "LED Bulb") == before - 4


def test_a_group_as_its_parts_is_posted_at_the_stores_price_with_the_stores_tax(
    flow: Flow,
) -> None:
    flow.rules(bundles="parts")
    flow.post(order("1", [line("Lamp Kit", "54.99")], taxes=[{"name": "CA", "amount": "3.99"}]))
    assert flow.txn("Invoice").total == Decimal("58.98")


def test_same_items_are_one_line_in_quickbooks(flow: Flow) -> None:
    flow.rules(combine_same_items=True)
    lines = [line("LAMP", "20.00", 1, source_id=str(n)) for n in range(5)]
    flow.post(order("1", lines))
    (one,) = flow.txn("Invoice").lines
    assert (one["Quantity"], one["Amount"]) == ("5", "100.00")


def test_surcharges_and_a_gift_card_as_a_line_are_posted_to_the_cent(flow: Flow) -> None:
    payments = [
        {
            "source_id": place, "kind": "charge", "amount": amount, "method": method,
            "method_kind": kind, "paid_at": PLACED,
        }
        for place, amount, method, kind in (
            ("a", "15.00", "Gift Card", "gift_card"), ("b", "14.99", "Visa", "card"),
        )
    ]  # fmt: skip
    flow.rules(gift_card_used_as="negative_line", surcharge=[["Handling", "2.50", "Fuel"]])
    flow.post(
        order("1", [line("LAMP", "20.00")], charges=[charge("shipping", "9.99")], payments=payments)
    )
    invoice = flow.txn("Invoice")
    assert [one["Amount"] for one in invoice.lines] == ["20.00", "7.49", "2.50", "-15.00"]
    assert (invoice.total, invoice.balance) == (Decimal("14.99"), 0)
    assert flow.txn("ReceivePayment").total == Decimal("14.99")


def test_an_item_is_found_by_the_custom_field_that_holds_the_stores_sku(flow: Flow) -> None:
    flow.quickbooks.prefer("CustomFields", "Web SKU")
    flow.quickbooks.process(
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        '<QBXML><QBXMLMsgsRq onError="stopOnError"><DataExtAddRq><DataExtAdd><OwnerID>0</OwnerID>'
        "<DataExtName>Web SKU</DataExtName><ListDataExtType>Item</ListDataExtType>"
        "<ListObjRef><FullName>Desk Lamp</FullName></ListObjRef><DataExtValue>DL-1</DataExtValue>"
        "</DataExtAdd></DataExtAddRq></QBXMLMsgsRq></QBXML>",
        app="a person",
    )
    flow.rules(item_match=["custom_field"], item_custom_field="Web SKU", when_item_missing="hold")
    flow.post(order("1", [line("dl-1", "49.95")]))
    (lamp,) = flow.txn("Invoice").lines
    assert lamp["item"] == "Desk Lamp"
