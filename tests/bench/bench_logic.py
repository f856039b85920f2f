"""How long rules take: `python -m tests.bench.bench_logic`.

The rules are what companies really decide; the order has 40 fields and five lines.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from rules_library import logic

if TYPE_CHECKING:
    from collections.abc import Callable


def _when(*cases: Any) -> dict[str, Any]:
    return {"if": list(cases)}


def _fact(path: str) -> dict[str, Any]:
    return {"var": path}


RULES: dict[str, Any] = {
    "transaction_type": _when(
        {"==": [_fact("payment.status"), "paid"]},
        "SalesReceipt",
        {"==": [_fact("payment.status"), "authorized"]},
        "SalesOrder",
        "Invoice",
    ),
    "mark_invoice_unpaid": _when(
        {"==": [_fact("payment.method"), "PayPal"]},
        True,
        {"in": [_fact("payment.method"), ["Bank Transfer", "Cheque", "Invoice"]]},
        True,
        False,
    ),
    "post_order": {
        "and": [
            {"!=": [_fact("order.status"), "cancelled"]},
            {">": [_fact("order.total"), 0]},
            {"!": {"in": ["test", _fact("order.tags")]}},
        ]
    },
    "class": _when(
        {"==": [_fact("store.key"), "main"]},
        "Web",
        {"==": [_fact("store.key"), "b2b"]},
        "Wholesale",
        {"==": [_fact("store.type"), "amazon"]},
        "Marketplace",
        "Other",
    ),
    "customer": _when(
        {"!!": _fact("customer.company")},
        {"cat": [_fact("customer.company"), " (web)"]},
        {"cat": [_fact("customer.last_name"), ", ", _fact("customer.first_name")]},
    ),
    "memo": {"cat": [_fact("store.name"), " ", _fact("order.number")]},
    "terms": _when(
        {
            "and": [
                {"==": [_fact("customer.group"), "wholesale"]},
                {">=": [_fact("order.total"), 500]},
            ]
        },
        "Net 60",
        {"==": [_fact("customer.group"), "wholesale"]},
        "Net 30",
        "Due on receipt",
    ),
    "tax_code": _when(
        {"!=": [_fact("shipping.country"), "US"]},
        "Export",
        {"==": [_fact("tax.total"), 0]},
        "Non",
        "Tax",
    ),
    "tax_item": _when(
        *(
            part
            for number in range(12)
            for part in ({"==": [_fact("shipping.region"), f"R{number}"]}, f"Tax {number}")
        ),
        {"==": [_fact("shipping.region"), "CA"]},
        "CA 7.25",
        "Out of state",
    ),
    "ship_method": _when(
        {"in": ["Express", _fact("shipping.method")]},
        "FedEx",
        {"in": ["Ground", _fact("shipping.method")]},
        "UPS",
        "Mail",
    ),
    "hold_large": {"<=": [1000, _fact("order.total"), 5000]},
    "free_shipping": {
        "and": [
            {"==": [_fact("shipping.price"), 0]},
            {">": [_fact("order.subtotal"), 100]},
        ]
    },
    "has_backorder": {"some": [_fact("lines"), {">": [_fact("quantity"), _fact("in_stock")]}]},
    "all_taxable": {"all": [_fact("lines"), {"==": [_fact("taxable"), True]}]},
    "no_gift_card": {"none": [_fact("lines"), {"==": [_fact("sku"), "GIFT"]}]},
    "units": {
        "reduce": [
            _fact("lines"),
            {"+": [_fact("accumulator"), _fact("current.quantity")]},
            0,
        ]
    },
    "big_lines": {"filter": [_fact("lines"), {">": [_fact("price"), 50]}]},
    "discount_rate": {"/": [_fact("discount.total"), _fact("order.subtotal")]},
    "deposit_account": _when(
        {"is": [_fact("payment.gateway"), "stripe"]},
        "Stripe Clearing",
        {"is": [_fact("payment.gateway"), "paypal"]},
        "PayPal Clearing",
        "Undeposited Funds",
    ),
    "sales_rep": {"lookup": ["reps", _fact("shipping.region"), "House"]},
}


def order(number: type[Any] = Decimal) -> dict[str, Any]:
    """The facts of an order, with its numbers of the kind that an engine takes."""
    line = {"name": "Chair", "taxable": True, "in_stock": number("8"), "vendor": "Acme"}
    return {
        "store": {"key": "main", "type": "shopify", "name": "Main Street"},
        "order": {
            "number": "#10234",
            "status": "open",
            "total": number("431.72"),
            "subtotal": number("389.95"),
            "currency": "USD",
            "placed_on": "2026-11-20",
            "tags": ["vip", "autumn"],
            "note": "Please ring twice",
            "source": "web",
            "count": 3,
            "weight": number("12.5"),
            "locale": "en",
        },
        "payment": {
            "status": "paid",
            "method": "Visa",
            "kind": "card",
            "gateway": "Stripe",
            "reference": "ch_3PqX",
            "captured": number("431.72"),
        },
        "fulfillment": {"status": "partial"},
        "customer": {
            "name": "Ada Lovelace",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "company": None,
            "group": "retail",
            "orders": 4,
        },
        "billing": {"country": "US", "region": "CA", "postal_code": "94107", "city": "SF"},
        "shipping": {
            "country": "US",
            "region": "CA",
            "postal_code": "94107",
            "method": "UPS Ground",
            "price": number("9.95"),
        },
        "tax": {"total": number("31.82"), "rate": number("0.0725")},
        "discount": {"total": number("20.00"), "code": "AUTUMN"},
        "lines": [
            line | {"sku": f"SKU-{index}", "quantity": index + 1, "price": number("19.99") * index}
            for index in range(5)
        ],
    }


TABLES = {"reps": logic.Table(["region"], [["NY", "Ned"], ["CA", "Cara"], ["*", "House"]])}


def microseconds(work: Callable[[], Any], repeats: int) -> float:
    """The best time of several rounds, for one call."""
    best = float("inf")
    for _ in range(5):
        start = perf_counter_ns()
        for _ in range(repeats):
            work()
        best = min(best, (perf_counter_ns() - start) / repeats)
    return best / 1000


def _same_rules(repeats: int) -> dict[str, float]:
    facts = order()
    calls = [logic.compile_rule(rule).evaluate for rule in RULES.values()]
    ours = microseconds(lambda: [call(facts, TABLES) for call in calls], repeats) / len(calls)
    return {"microseconds a rule": ours}


def _maps(repeats: int) -> dict[str, float]:
    figures = {}
    for rows in (10, 10_000):
        table = logic.Table(["sku"], [[f"sku-{row}", row] for row in range(rows)])
        call = logic.compile_rule({"lookup": ["items", _fact("sku")]}).evaluate
        facts, tables = {"sku": f"SKU-{rows - 1}"}, {"items": table}
        figures[f"look-up in {rows} rows, microseconds"] = microseconds(
            partial(call, facts, tables), repeats * 10
        )
    for cases in (10, 1000):
        parts = [part for row in range(cases) for part in ({"==": [_fact("sku"), f"S{row}"]}, row)]
        call = logic.compile_rule({"if": [*parts, None]}).evaluate
        facts = {"sku": f"S{cases - 1}"}
        figures[f"if with {cases} cases, microseconds"] = microseconds(
            partial(call, facts), repeats * 10
        )
    return figures


def run(scale: float = 1.0) -> dict[str, float]:
    """Measure, and return the figures by name.

    Args:
        scale: How many times as long as usual to measure.
    """
    repeats = max(1, int(1000 * scale))
    facts = order()
    figures = _same_rules(repeats)
    many = [logic.compile_rule(rule).evaluate for _ in range(50) for rule in RULES.values()]
    figures["1,000 rules on one order, milliseconds"] = (
        microseconds(lambda: [call(facts, TABLES) for call in many], max(1, repeats // 50)) / 1000
    )
    figures |= _maps(repeats)
    compiled = [logic.compile_rule(rule) for rule in RULES.values()]
    figures["explaining, microseconds a rule"] = microseconds(
        lambda: [rule.explain(facts, TABLES) for rule in compiled], repeats
    ) / len(compiled)
    figures["compiling, microseconds a rule"] = microseconds(
        lambda: [logic.compile_rule(rule) for rule in RULES.values()], max(1, repeats // 10)
    ) / len(RULES)
    return figures


def main() -> None:
    """Print the figures."""
    print(f"{len(RULES)} rules, {len(json.dumps(RULES))} bytes of JSON")
    for name, figure in run().items():
        print(f"{figure:10.3f}  {name}")


if __name__ == "__main__":
    main()
