"""The store against QuickBooks: amounts, tax, payments and refunds, with the reason of each gap."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, db
from app.sync.reconcile import Group, Reconciled, orders, reconcile
from tests.flows import Flow, is_, line, order, rule, tax

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def report(flow: Flow, by: Any = "day") -> list[Group]:
    with flow.app.app_context():
        return reconcile(db.session.scalars(select(Company)).one(), FIRST, LAST, by)


def apart(flow: Flow) -> dict[str, str]:
    """Number -> reason of every order that differs."""
    return {one.number: one.reason for one in each(flow, uneven=True)}


def each(flow: Flow, *, uneven: bool = False) -> list[Reconciled]:
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        return list(orders(company, FIRST, LAST, uneven=uneven))


def refunded(number: str, amount: str, **fields: Any) -> dict[str, Any]:
    given = {"source_id": f"r-{number}", "total": amount, "created_at": "2026-11-21T10:00:00-05:00"}
    part = {"kind": "adjustment", "name": "Goodwill", "net": amount}
    return order(number, **fields) | {"refunds": [given | {"adjustments": [part]}]}


def test_posted_orders_are_even_with_tax_as_a_line_and_with_tax_codes(flow: Flow) -> None:
    flow.rules(
        transaction_type=rule("invoice_and_payment", (is_("order.number", "2"), "sales_receipt"))
    )
    flow.post(order("1", taxes=[tax("1.45")]), order("2", taxes=[tax("1.60")]))
    (group,) = report(flow)
    assert (group.key, group.orders, group.uneven) == ("2026-11-20", 2, 0)
    assert group.shop == group.quickbooks
    assert (group.shop.sales, group.shop.tax) == (Decimal("43.05"), Decimal("3.05"))
    assert group.shop.received == Decimal("43.05")


def test_an_order_that_waits_or_is_held_tells_why(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.take(order("1", paid=None), order("2", [line("NO-SUCH", "5.00")]))
    assert apart(flow) == {
        "1": "not sent to QuickBooks yet",
        "2": "not sent to QuickBooks yet",
    }
    flow.sync()
    found = apart(flow)
    assert found["1"].startswith("waiting: the invoice is not made yet")
    assert found["2"].startswith("held: QuickBooks has no item 'NO-SUCH'")
    (group,) = report(flow)
    assert group.difference == Decimal("-25.00")
    assert sum(group.reasons.values()) == group.uneven == 2


def test_an_invoice_that_is_marked_unpaid_is_told_from_a_payment_that_is_missing(
    flow: Flow,
) -> None:
    flow.rules(
        mark_invoice_unpaid=rule(False, (is_("payment.method", "PayPal"), True)),
        create_payment=rule(True, (is_("payment.method", "Cash"), False)),
    )
    flow.post(order("1", paid="PayPal"), order("2", paid="Cash"), order("3"))
    assert apart(flow) == {
        "1": "the invoice is marked as unpaid by rule",
        "2": "no payment by rule",
    }


def test_a_refund_is_missing_until_its_credit_memo_is_posted(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(refunded("1", "8.00"))
    (one,) = each(flow, uneven=True)
    assert one.difference == Decimal("8.00")
    flow.sync()
    (one,) = each(flow)
    assert (one.is_even, one.quickbooks.refunded) == (True, Decimal("8.00"))


def test_tax_that_a_marketplace_remits_is_nobodys_difference(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1", taxes=[tax("1.45") | {"remitted_by": "marketplace"}]))
    (one,) = each(flow)
    assert one.is_even
    assert one.shop.sales == Decimal("20.00")


@pytest.mark.parametrize(("by", "keys"), [
    ("day", ["2026-11-19", "2026-11-20"]), ("store", ["east", "shop"]),
    ("method", ["PayPal", "Visa"]), ("currency", ["USD"]),
])  # fmt: skip
def test_orders_are_grouped(flow: Flow, by: str, keys: list[str]) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(order("2", paid="PayPal", placed_at="2026-11-20T02:00:00+00:00"), store="east")
    flow.sync()
    assert [group.key for group in report(flow, by)] == keys


def test_orders_outside_the_range_are_left_out(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1", placed_at="2026-12-01T12:00:00-05:00"))
    assert report(flow) == []


def test_the_command_prints_groups_orders_json_and_csv(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(order("=2+5", paid=None))
    command = ("reconcile", flow.company_name, "--from", "2026-11-01", "--to", "2026-11-30")
    assert "2026-11-20" in flow.run(*command).out
    assert "1 orders differ" in flow.run(*command, "--orders").out
    (group,) = flow.run(*command, "--json").json
    assert (group["orders"], group["difference"]) == (2, "-20.00")
    rows = list(csv.DictReader(io.StringIO(flow.run(*command, "--csv").out)))
    assert [row["number"] for row in rows] == ["1", "'=2+5"]
    assert [row["difference"] for row in rows] == ["0.00", "-20.00"]


def test_a_range_that_ends_before_it_begins_is_refused(flow: Flow) -> None:
    ran = flow.run("reconcile", flow.company_name, "--from", "2026-11-30", "--to", "2026-11-01")
    assert ran.code == 1
    assert "ends (2026-11-01) before it begins" in ran.err


def test_a_sale_that_was_voided_tells_so(flow: Flow) -> None:
    flow.rules(transaction_type="invoice", when_cancelled="void", create_invoice="whole")
    unpaid = order("1", paid=None)
    flow.post(unpaid)
    flow.post(unpaid | {"status": "cancelled"})
    assert apart(flow) == {"1": "the sale was voided or deleted in QuickBooks"}


def test_an_order_given_back_before_it_was_invoiced_tells_so(flow: Flow) -> None:
    flow.rules(transaction_type="sales_order_invoice_and_payment", create_invoice="none")
    flow.post(order("1"))
    flow.post(refunded("1", "20.00", payment_status="refunded"))
    assert flow.states() == {"1": "posted"}
    assert apart(flow) == {"1": "all of it was given back before it was invoiced"}
