"""Every decision: well declared, honoured by someone, and with an effect."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from qbwc import documents
from qbwc import lists as quickbooks_lists
from rules_library.decision import (
    APART,
    BadValueError,
    Choice,
    Choices,
    Day,
    Decision,
    Factor,
    Money,
    OptionalFlag,
    Reference,
    Text,
    YesNo,
    decisions,
    decisions_of,
)
from rules_library.logic import CLEAR
from rules_library.order import Adjustment, Order, RefundLine
from rules_library.rule import Rule
from rules_library.rulebook import PARTS
from tests.planning import (
    FILE,
    D,
    File,
    an,
    charge,
    line,
    order,
    payment,
    planned,
    posted,
    refund,
    shipping,
    tagged,
    tax,
    units,
)

ALL = list(decisions().values())
STRUCTURAL = [one for one in ALL if one.honoured_by]
OF_ORDERS = [
    one
    for one in STRUCTURAL
    if one.scope not in APART and one.honoured_by.startswith("qbwc.planning.")
]
"""Those that change what is posted."""


@pytest.mark.parametrize("decision", ALL, ids=lambda one: one.key)
def test_a_decision_is_declared_in_full(decision: Decision) -> None:
    assert re.fullmatch(r"[a-z][a-z_]+", decision.key)
    assert decision.label
    assert decision.label[0].isupper()
    assert not decision.label.endswith(".")
    assert decision.help.endswith(".")
    assert bool(decision.fills) != bool(decision.honoured_by)
    assert not (decision.fills and decision.collects)


@pytest.mark.parametrize("decision", ALL, ids=lambda one: one.key)
def test_a_default_is_a_valid_rule_of_its_decision(decision: Decision) -> None:
    rule = Rule.default(decision)
    rule.compile()
    assert [case.title for case in rule.cases] == list(decision.titles)
    assert all(decision.titles)


@pytest.mark.parametrize("decision", STRUCTURAL, ids=lambda one: one.key)
def test_a_structural_decision_is_honoured_by_the_module_that_it_names(decision: Decision) -> None:
    module = importlib.import_module(decision.honoured_by)
    assert f'"{decision.key}"' in inspect.getsource(module)


@pytest.mark.parametrize("decision", ALL, ids=lambda one: one.key)
def test_an_element_that_is_filled_exists(decision: Decision) -> None:
    if decision.fills:
        assert [kind for kind in documents.kinds().values() if decision.fills in kind.elements]


@pytest.mark.parametrize("decision", ALL, ids=lambda one: one.key)
def test_a_reference_names_a_list_that_quickbooks_has(decision: Decision) -> None:
    if decision.list:
        assert decision.list in quickbooks_lists.kinds()
        if getattr(decision.kind, "create", False):
            assert quickbooks_lists.kind(decision.list).add


def test_every_scope_has_decisions_and_no_key_is_used_twice() -> None:
    assert all(decisions_of(scope) for scope in ("order", *PARTS))
    assert len({one.label for one in ALL}) == len(ALL)


@dataclass(frozen=True)
class Effect:
    """An order and other rules under which an answer changes the plan."""

    answer: Any
    of: Order = field(default_factory=order)
    rules: dict[str, Any] = field(default_factory=dict)
    file: File = FILE
    after: bool = False
    """Whether the order is posted before."""


TAXED = order(lines=(line(taxes=(tax("3.55"),)),), taxes=(tax("3.55"),))
REFUNDED = order(
    refunds=(
        refund("8.00", adjustments=(Adjustment(kind="adjustment", name="Goodwill", net=D(8)),)),
    )
)
RETURNED = order(
    lines=(line(sku="STK-1"),),
    refunds=(refund("20.00", lines=(RefundLine(line_id="1", quantity=D(1), net=D("20.00")),)),),
)
STOCKED = FILE.with_(an("Item", "STK-1", QuantityOnHand="5"))
BOUGHT = order(lines=(line(sku="BUY-1"),))
VENDORS = FILE.with_(
    an("Vendor", "Zenith"),
    an(
        "Item", "BUY-1", PurchaseCost="3.00", QuantityOnHand="1",
        **{"PrefVendorRef.FullName": "Acme", "PrefVendorRef.ListID": "V-1"},
    ),
)  # fmt: skip
DROP: dict[str, Any] = {"transaction_type": "sales_order_invoice_and_purchase_order"}
CANCELLED = order(status="cancelled")
DISCOUNTED = order(lines=(line(discount=D("4.00")),))
MARKET = order(taxes=(tax("3.00", name="WA", remitted_by="marketplace"),))
NEW = order(lines=(line(sku="NEW-1", name="New thing"),))
OFF = order(total=D("45.02"))
BUNDLED = order(
    lines=(
        line(kind="bundle"),
        line(source_id="2", sku="SAW-1", kind="bundle_part", parent_id="1", gross=D(0)),
    )
)
GIFTED = order(
    payments=(
        payment("20.00", method="Gift Card", method_kind="gift_card"),
        payment("25.00", source_id="p2"),
    )
)
MEASURED = FILE.without("HAM-16").with_(
    an("Item", "HAM-16", QuantityOnHand="5", **{"UnitOfMeasureSetRef.FullName": "Count"}),  # type: ignore[arg-type]
    units("Count", "each", case="12"),
)
TAGGED = FILE.without("HAM-16").with_(tagged("Hammer", "Web SKU", "HAM-16"))
NOBODY = FILE.without("Jane Doe")
CREATE: dict[str, Any] = {"when_item_missing": "create_inventory"}
CODES: dict[str, Any] = {"tax_mode": "codes", "tax_item": "NY 8.875"}
VAT = replace(FILE, country="UK").with_(
    an("Item", "VAT 20", TaxRate="20.0"),
    an("SalesTaxCode", "V20", IsTaxable="true", **{"ItemSalesTaxRef.FullName": "VAT 20"}),
)

EFFECTS = {
    "sync_order": Effect(False),
    "hold_for_review": Effect(True),
    "transaction_type": Effect("sales_receipt"),
    "create_sales_order": Effect(False, rules={"transaction_type": "sales_order_and_invoice"}),
    "create_invoice": Effect("none"),
    "create_payment": Effect(False),
    "closed_period": Effect("first_open_day", file=replace(FILE, closing_date="2026-11-22")),
    "mark_invoice_unpaid": Effect(True),
    "customer_match": Effect(["phone"], file=FILE.with_(an("Customer", "P", Phone="12125550100"))),
    "customer_name": Effect("Somebody else", file=NOBODY),
    "when_customer_missing": Effect("hold", file=NOBODY),
    "single_customer_name": Effect("Shop", file=NOBODY, rules={"when_customer_missing": "single"}),
    "customer_name_suffix": Effect("(web)", file=NOBODY.with_(an("Vendor", "Jane Doe"))),
    "parent_customer": Effect("Wholesale", file=NOBODY),
    "customer_type": Effect("Retail", file=NOBODY.with_(an("CustomerType", "Retail"))),
    "customer_tax_code": Effect("Non", file=NOBODY),
    "customer_currency": Effect("US Dollar", file=NOBODY.with_(an("Currency", "US Dollar"))),
    "account_number": Effect("A-7", file=NOBODY, rules={"customer_match": ["account_number"]}),
    "update_customer_contact": Effect(True),
    "ref_number": Effect("77"),
    "number_from_quickbooks": Effect(True),
    "number_prefix": Effect("A-"),
    "number_suffix": Effect("-Z"),
    "memo": Effect("Thank you"),
    "custom_fields": Effect([["Lot", "7"]], file=FILE.with_(an("CustomField", "Lot"))),
    "item": Effect("SAW-1"),
    "item_match": Effect(["barcode"]),
    "item_custom_field": Effect("Web SKU", file=TAGGED, rules={"item_match": ["custom_field"]}),
    "when_item_missing": Effect("create_service", of=NEW),
    "fallback_item": Effect("Web Sales", of=NEW, rules={"when_item_missing": "fallback"}),
    "line_description": Effect("A tool"),
    "line_class": Effect("Online"),
    "quantity_factor": Effect(12),
    "unit_of_measure": Effect("case", file=MEASURED),
    "price_level": Effect("Wholesale"),
    "inventory_site": Effect("East", file=MEASURED),
    "bundles": Effect("parts", of=BUNDLED),
    "combine_same_items": Effect(True, of=order(lines=(line(), line(source_id="2")))),
    "skip_line": Effect(True, of=order(lines=(line(gross=D(0)),))),
    "income_account": Effect("Checking", of=NEW, rules=CREATE),
    "item_tax_code": Effect("Non", of=NEW, rules=CREATE),
    "cogs_account": Effect("Checking", of=NEW, rules=CREATE),
    "asset_account": Effect("Checking", of=NEW, rules=CREATE),
    "shipping_item": Effect("Web Sales"),
    "fee_item": Effect("Web Sales", of=order(charges=(charge("fee", "1.00"),))),
    "tip_item": Effect("Web Sales", of=order(charges=(charge("tip", "1.00"),))),
    "duty_item": Effect("Web Sales", of=order(charges=(charge("duty", "1.00"),))),
    "discount_account": Effect(
        "Checking",
        of=DISCOUNTED,
        rules={"discount_as": "one_line", **CREATE},
        file=FILE.without("Discount"),
    ),
    "discount_item": Effect("Web Sales", of=DISCOUNTED, rules={"discount_as": "one_line"}),
    "discount_as": Effect("per_line", of=DISCOUNTED),
    "shipping_as": Effect("in_lines"),
    "surcharge": Effect([["Web Sales", "1.50", "Fuel"]]),
    "gift_card_used_as": Effect("discount", of=GIFTED),
    "gift_card_sold_item": Effect("Web Sales", of=order(lines=(line(kind="gift_card"),))),
    "refund_adjustment_item": Effect("Web Sales", of=REFUNDED, after=True),
    "rounding_item": Effect("Rounding", of=OFF, rules={"rounding_limit": "0.05"}),
    "rounding_limit": Effect("0.05", of=OFF, rules={"rounding_item": "Rounding"}),
    "tax_mode": Effect("codes", of=TAXED, rules={"tax_item": "NY 8.875"}),
    "tax_line_item": Effect("Web Sales", of=TAXED),
    "tax_item": Effect("NY 8.875", of=TAXED, rules={"tax_mode": "codes"}),
    "line_tax_code": Effect("Non", of=TAXED, rules=CODES),
    "shipping_tax_code": Effect("Tax", of=TAXED, rules=CODES),
    "discount_tax_code": Effect("Non", of=DISCOUNTED, rules={**CODES, "discount_as": "one_line"}),
    "prices_include_tax": Effect(
        True,
        of=order(lines=(line(taxes=(tax("8.00"),)),), taxes=(tax("8.00"),)),
        file=VAT,
        rules={"tax_mode": "codes", "line_tax_code": "V20", "shipping_tax_code": "Non"},
    ),
    "marketplace_tax": Effect("in_and_out", of=MARKET),
    "create_purchase_order": Effect(False, of=BOUGHT, file=VENDORS, rules=DROP),
    "vendor": Effect("Zenith", of=BOUGHT, file=VENDORS, rules=DROP),
    "purchase_cost": Effect("9.99", of=BOUGHT, file=VENDORS, rules=DROP),
    "ship_to_customer": Effect(False, of=BOUGHT, file=VENDORS, rules=DROP),
    "only_when_short": Effect(True, of=BOUGHT, file=VENDORS, rules=DROP),
    "refund_as": Effect("none", of=REFUNDED, after=True),
    "cheque_account": Effect(
        "Undeposited Funds", of=REFUNDED, rules={"refund_as": "cheque"}, after=True
    ),
    "unrestocked_item": Effect("Refund Adjustment", of=RETURNED, file=STOCKED, after=True),
    "when_cancelled": Effect("close", of=CANCELLED, rules={"sync_order": True}, after=True),
    "payment_reference": Effect("R-1"),
    "payment_date": Effect("2026-11-24"),
}


def test_every_structural_decision_is_tried_here() -> None:
    assert set(EFFECTS) == {one.key for one in OF_ORDERS}


@pytest.mark.parametrize("key", EFFECTS)
def test_a_structural_decision_changes_the_plan(key: str) -> None:
    effect = EFFECTS[key]
    before = planned(effect.of, effect.file, **effect.rules)
    ledger = posted(*before.documents) if effect.after else None
    before = planned(effect.of, effect.file, ledger, **effect.rules)
    answered = {**effect.rules, key: effect.answer}
    after = planned(effect.of, effect.file, ledger, **answered)
    assert before != after
    assert not any("cannot be used" in reason for reason in after.reasons)


@pytest.mark.parametrize("key", sorted({"deposit_account", "payment_method"}))
def test_what_is_decided_for_each_payment_may_differ_from_the_orders(key: str) -> None:
    assert decisions()[key].scopes[:2] == ("payment", "order")
    names = {
        "deposit_account": ("Checking", "Undeposited Funds"),
        "payment_method": ("Cash", "Visa"),
    }
    rules: dict[str, Any] = {key: {"if": [{"==": [{"var": "payment.amount"}, 20]}, *names[key]]}}
    of = order(payments=(payment("20.00"), payment("25.00", source_id="p2")))
    filled = [
        one.fields[decisions()[key].fills].full_name
        for one in planned(of, **rules).documents
        if one.kind == "ReceivePayment"
    ]
    assert filled == list(names[key])


def decision(kind: Any, **given: Any) -> Decision:
    return Decision(key="a", label="A", help="A.", group="Header", kind=kind, **given)


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (Choice({"a": "A"}), "a", "a"),
        (Choices({"a": "A", "b": "B"}), ["b", "a"], ("b", "a")),
        (Choices({"a": "A"}), "a", ("a",)),
        (Choices({"a": "A"}), ("a",), ("a",)),
        (YesNo(), None, False),
        (YesNo(), True, True),
        (OptionalFlag(), None, None),
        (OptionalFlag(), False, False),
        (Text(), "  x ", "x"),
        (Text(), "   ", None),
        (Text(), 5, "5"),
        (Text(), Decimal("1E+3"), "1000"),
        (Text(), True, "true"),
        (Money(), "0.05", Decimal("0.05")),
        (Money(), 3, Decimal("3.00")),
        (Money(), "", None),
        (Money(), None, None),
        (Factor(), 12, Decimal(12)),
        (Factor(), Decimal("0.5"), Decimal("0.5")),
        (Factor(), "", None),
        (Factor(), None, None),
        (Day(), "", None),
        (Day(), None, None),
        (Reference("Class"), " Online ", "Online"),
        (Reference("Class"), "", None),
    ],
)
def test_a_kind_reads_a_value(kind: Any, given: Any, read: Any) -> None:
    assert decision(kind).read(given) == read


@pytest.mark.parametrize("given", ["2026-11-21", "2026-11-21T23:59:59+00:00", "2026-11-21 10:00"])
def test_a_day_is_read_from_a_date_or_a_date_and_time(given: str) -> None:
    assert decision(Day()).read(given).isoformat() == "2026-11-21"


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Choice({"a": "A"}), "b"),
        (Choice({"a": "A"}), None),
        (Choice({"a": "A"}), ["a"]),
        (Choice({"a": "A"}), {}),
        (Choices({"a": "A"}), ["a", "b"]),
        (Choices({"a": "A"}), None),
        (Choices({"a": "A"}), [["a"]]),
        (YesNo(), "yes"),
        (YesNo(), 1),
        (OptionalFlag(), "no"),
        (Text(), ["x"]),
        (Text(), {"a": 1}),
        (Money(), "much"),
        (Money(), True),
        (Money(), "NaN"),
        (Money(), "Infinity"),
        (Money(), "0.005"),
        (Money(), "1e40"),
        (Money(), ["1"]),
        (Factor(), 0),
        (Factor(), "-1"),
        (Factor(), "x"),
        (Factor(), True),
        (Factor(), [2]),
        (Factor(), "NaN"),
        (Factor(), 1_000_000),
        (Factor(), "0.000001"),
        (Day(), "soon"),
        (Day(), "2026-13-01"),
        (Day(), ["2026-11-21"]),
        (Day(), {}),
        (Reference("Class"), 5),
        (Reference("Class"), True),
        (Reference("Class"), ["Online"]),
    ],
)
def test_a_kind_refuses_a_value_with_a_sentence(kind: Any, given: Any) -> None:
    with pytest.raises(BadValueError, match=r"\w+ \w+"):
        decision(kind).read(given)


def test_only_an_element_can_be_cleared() -> None:
    assert decision(Text(), fills="FOB").read(CLEAR) is CLEAR
    assert decision(Text(), honoured_by="qbwc.planning.lines").read(CLEAR) is None
    assert decision(Day(), fills="DueDate").read(CLEAR) is CLEAR
    with pytest.raises(BadValueError):
        decision(OptionalFlag(), fills="IsPending").read(CLEAR)


def test_a_charge_of_an_order_is_decided_by_what_it_is() -> None:
    rule = {"if": [{"==": [{"var": "charge.kind"}, "shipping"]}, "Online", None]}
    of = order(charges=(shipping(), charge("fee", "1.00")))
    made = planned(of, line_class=rule)
    classes = [one.get("ClassRef") for one in made.documents[0].fields["lines"]]
    assert [found and found.full_name for found in classes] == [None, "Online", None]
