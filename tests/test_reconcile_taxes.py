"""Sales tax by tax: what the store states against what QuickBooks holds, to the cent."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.models import Company, Order, OrderTax, Store, db
from app.sync.intake import retranslate
from app.sync.reconcile import (
    ByTax,
    TaxGroup,
    TaxOfOrder,
    reconcile_taxes,
    tax_orders,
    tax_totals,
)
from app.sync.taxes import Entry, of_order
from app.sync.taxes.beside import beside
from qbwc.planning.tax import refunded_tax
from rules_library.order import Adjustment, Charge, Line, Refund, RefundLine, Tax
from rules_library.order import Order as StoreOrder
from tests.flows import Flow, charge, line, order, tax
from tests.test_web_attention import person

D = Decimal
ROOT = "/companies/1"
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
ZERO = D(0)


def report(flow: Flow, by: ByTax = "store", first: date = FIRST) -> list[TaxGroup]:
    with flow.app.app_context():
        return reconcile_taxes(db.session.scalars(select(Company)).one(), first, LAST, by)


def each(flow: Flow, by: ByTax = "store", **options: Any) -> list[TaxOfOrder]:
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        return list(tax_orders(company, FIRST, LAST, by, **options))


def brief(groups: Sequence[TaxGroup]) -> list[tuple[Any, ...]]:
    return [
        (one.label, one.shop.taxable, one.shop.tax, one.quickbooks.taxable, one.quickbooks.tax)
        for one in groups
    ]


def lamp(*taxes: dict[str, Any], price: str = "20.00", **fields: Any) -> dict[str, Any]:
    return line("LAMP", price, taxes=list(taxes), **fields)


def by_codes(flow: Flow, **rules: Any) -> None:
    """Let QuickBooks compute the tax."""
    flow.rules(tax_mode="codes", tax_item="CA 7.25", line_tax_code="Tax", **rules)


def refund(net: str, tax_of_it: str, on: str = "2026-11-22") -> dict[str, Any]:
    part = {"line_id": "l-LAMP", "quantity": 1, "net": net, "tax": tax_of_it}
    total = str(D(net) + D(tax_of_it))
    return {
        "source_id": "r1",
        "total": total,
        "created_at": f"{on}T09:00:00-05:00",
        "lines": [part],
    }


# All the way through.


def test_one_tax_is_the_same_on_both_sides_and_refunds_are_taken_off(flow: Flow) -> None:
    by_codes(flow)
    ca = tax("2.90", "CA", "7.25")
    sold = order("1", [lamp(ca, quantity=2)], taxes=[ca])
    flow.post(sold)
    assert brief(report(flow)) == [("CA 7.25%", D("40.00"), D("2.90"), D("40.00"), D("2.90"))]
    flow.post(sold | {"refunds": [refund("20.00", "1.45")]})
    (group,) = report(flow)
    assert brief([group]) == [("CA 7.25%", D("20.00"), D("1.45"), D("20.00"), D("1.45"))]
    assert (group.orders, group.uneven, group.reasons) == (1, 0, {})
    (group,) = report(flow, "quickbooks")
    assert (group.name, group.rate, group.difference) == ("CA 7.25", None, ZERO)


def test_several_taxes_of_the_store_are_one_item_in_quickbooks(flow: Flow) -> None:
    """Half a cent each: shared out to the cent, and the county's is on what the state's is on."""
    by_codes(flow)
    state, county = tax("1.20", "State", "6"), tax("0.25", "County", "1.25")
    flow.post(
        order("1", [lamp(state, county)], taxes=[state, county], charges=[charge("shipping", "5")])
    )
    assert brief(report(flow)) == [
        ("County 1.25%", D("20.00"), D("0.25"), D("20.00"), D("0.25")),
        ("State 6%", D("20.00"), D("1.20"), D("20.00"), D("1.20")),
    ]
    assert brief(report(flow, "quickbooks")) == [
        ("CA 7.25", D("20.00"), D("1.45"), D("20.00"), D("1.45"))
    ]
    for by in ("store", "quickbooks"):
        (total,) = tax_totals(report(flow, by))
        assert (total.shop.taxable, total.shop.tax) == (D("20.00"), D("1.45"))
        assert (total.quickbooks.taxable, total.quickbooks.tax) == (D("20.00"), D("1.45"))


def test_tax_as_a_line_item_is_compared_and_does_not_tell_what_it_is_on(flow: Flow) -> None:
    flow.rules(tax_mode="line_item", tax_line_item="Tax collected")
    ca = tax("1.45", "CA", "7.25")
    flow.post(order("1", [lamp(ca)], taxes=[ca]))
    (group,) = report(flow)
    assert brief([group]) == [("CA 7.25%", D("20.00"), D("1.45"), None, D("1.45"))]
    assert (group.quickbooks.untold, group.uneven) == (1, 0)
    (group,) = report(flow, "quickbooks")
    assert brief([group]) == [("Tax collected", D("20.00"), D("1.45"), None, D("1.45"))]


def test_what_is_not_in_quickbooks_tells_why(flow: Flow) -> None:
    by_codes(flow)
    ca = tax("1.45", "CA", "7.25")
    flow.take(order("1", [lamp(ca)], taxes=[ca]))
    (group,) = report(flow)
    assert (group.difference, group.reasons) == (D("-1.45"), {"not sent to QuickBooks yet": 1})
    (group,) = report(flow, "quickbooks")
    assert (group.name, group.difference) == ("", D("-1.45"))
    flow.sync()
    assert [one.uneven for one in report(flow)] == [0]
    assert [one.name for one in report(flow, "quickbooks")] == ["CA 7.25"]


def test_what_a_marketplace_remits_is_left_out(flow: Flow) -> None:
    flow.rules()
    theirs = tax("1.45", "CA", "7.25") | {"remitted_by": "marketplace"}
    flow.post(order("1", [lamp(theirs)], taxes=[theirs]))
    assert report(flow) == report(flow, "quickbooks") == []


def test_a_sale_that_quickbooks_dates_otherwise_counts_there_on_that_day(flow: Flow) -> None:
    """As in a return: the store's sale is in October, QuickBooks' invoice in November."""
    by_codes(flow, txn_date="2026-11-03")
    ca = tax("1.45", "CA", "7.25")
    flow.post(order("1", [lamp(ca)], taxes=[ca], placed_at="2026-10-31T15:00:00-04:00"))
    (group,) = report(flow)
    assert brief([group]) == [("CA 7.25%", ZERO, ZERO, D("20.00"), D("1.45"))]
    assert group.reasons == {"QuickBooks has it on another day": 1}
    (group,) = report(flow, first=date(2026, 10, 1))
    assert (group.uneven, group.difference) == (0, ZERO)


def test_a_sale_that_was_voided_has_no_tax_in_quickbooks(flow: Flow) -> None:
    by_codes(flow, transaction_type="invoice", when_cancelled="void", create_invoice="whole")
    ca = tax("1.45", "CA", "7.25")
    unpaid = order("1", [lamp(ca)], taxes=[ca], paid=None)
    flow.post(unpaid)
    flow.post(unpaid | {"status": "cancelled"})
    (group,) = report(flow)
    assert (group.quickbooks.tax, group.difference) == (ZERO, D("-1.45"))
    assert group.reasons == {"the sale was voided or deleted in QuickBooks": 1}


def test_the_page_leads_to_the_orders_and_to_a_file(flow: Flow) -> None:
    by_codes(flow)
    ca = tax("1.45", "CA <b>", "7.25")
    flow.post(order("1", [lamp(ca)], taxes=[ca]))
    flow.take(order("=2", [lamp(ca)], taxes=[ca]))
    client = person(flow, "viewer")
    days = "from=2026-11-01&to=2026-11-30"
    for by in ("tax", "quickbooks_tax"):
        page = client.get(f"{ROOT}/reconciliation?{days}&by={by}").text
        assert "not sent to QuickBooks yet" in page
        assert "<b>" not in page
        further = re.search(r'href="([^"]+uneven=1)"', page)
        assert further, by
        drilled = client.get(further[1].replace("&amp;", "&")).text
        assert "/orders/2" in drilled
        assert "/orders/1" not in drilled
        text = client.get(f"{ROOT}/reconciliation.csv?{days}&by={by}").text.lstrip("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["number"] for row in rows] == ["1", "'=2"]
        assert [row["difference"] for row in rows] == ["0.00", "-1.45"]
    page = client.get(f"{ROOT}/reconciliation?{days}&by=tax").text
    every = re.search(r'href="([^"]+by=tax&amp;key=[^"]+currency=USD)"', page)
    assert every
    assert "/orders/1" in client.get(every[1].replace("&amp;", "&")).text


def test_the_command_prints_taxes_orders_json_and_csv(flow: Flow) -> None:
    by_codes(flow)
    ca = tax("1.45", "CA", "7.25")
    flow.post(order("1", [lamp(ca)], taxes=[ca]))
    flow.take(order("2", [lamp(ca)], taxes=[ca]))
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    command = ("reconcile", flow.company_name, *days, "--by", "tax")
    assert "CA 7.25%" in flow.run(*command).out
    assert "1 taxes of orders differ" in flow.run(*command, "--orders").out
    (group,) = flow.run(*command, "--json").json
    assert (group["orders"], group["difference"], group["uneven"]) == (2, "-1.45", 1)
    rows = list(csv.DictReader(io.StringIO(flow.run(*command, "--csv").out)))
    assert [row["reason"] for row in rows] == ["", "not sent to QuickBooks yet"]
    command = ("reconcile", flow.company_name, *days, "--by", "quickbooks_tax", "--json")
    assert sorted(one["name"] for one in flow.run(*command).json) == ["", "CA 7.25"]


def test_orders_that_are_read_again_get_their_taxes(flow: Flow) -> None:
    by_codes(flow)
    ca = tax("1.45", "CA", "7.25")
    flow.post(order("1", [lamp(ca)], taxes=[ca]))
    before = report(flow)
    with flow.app.app_context():
        db.session.query(OrderTax).delete()
        db.session.commit()
    assert report(flow) == []
    with flow.app.app_context():
        retranslate(db.session.scalars(select(Store)).one(), everything=True)
    assert report(flow) == before


# Sums that the database makes, in both databases.


def filled(chance: random.Random) -> Company:
    company = Company(name="Taxes", username="taxes", password_digest="")
    other = Company(name="Other", username="other", password_digest="")
    db.session.add_all([company, other])
    db.session.flush()
    for owner in (company, other):
        store = Store(company_id=owner.id, key="east", type="rulebooks", name="East")
        db.session.add(store)
        db.session.flush()
        for number in range(40):
            row = Order(
                company_id=owner.id, store_id=store.id, source_id=str(number), number=str(number),
                currency=chance.choice(["USD", "EUR"]), placed_on=FIRST, state="posted",
                format="rulebooks", raw="{}", content_hash="x",
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()
            shop, books = some_entries(chance), some_entries(chance)
            if chance.random() < 0.5:
                books = [
                    Entry(one.day, "CA", None, one.base, one.base, one.tax) for one in shop[:1]
                ]
                shop = shop[:1]
            db.session.add_all(
                OrderTax(company_id=owner.id, order_id=row.id, currency=row.currency, **taxes)
                for taxes in beside(shop, books)
            )
    db.session.commit()
    return company


def some_entries(chance: random.Random) -> list[Entry]:
    found: dict[tuple[date, str], Entry] = {}
    for _ in range(chance.randint(0, 3)):
        base = chance.choice([None, D("20.00"), D("-0.1"), D("1234567.89")])
        on, name = date(2026, 11, chance.randint(1, 30)), chance.choice(["CA", "LA"])
        amount = D(chance.randint(-500, 500)) / 100 or D("0.3")
        found[on, name] = Entry(on, name, chance.choice([None, D("7.25")]), base, base, amount)
    return list(found.values())


@pytest.mark.parametrize("by", ["store", "quickbooks"])
def test_the_sums_are_those_of_the_rows(any_app: Flask, by: ByTax) -> None:
    last = date(2026, 11, 20)
    with any_app.app_context():
        company = filled(random.Random(3))
        wanted: defaultdict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [ZERO] * 4)
        orders: defaultdict[tuple[Any, ...], set[int]] = defaultdict(set)
        for row in db.session.query(OrderTax).filter_by(company_id=company.id, by=by):
            if FIRST <= row.day <= last:
                key = row.name, row.rate, row.currency
                amounts = (row.shop_base, row.shop_tax, row.books_base, row.books_tax)
                wanted[key] = [a + (b or ZERO) for a, b in zip(wanted[key], amounts, strict=True)]
                orders[key].add(row.order_id)
        found = reconcile_taxes(company, FIRST, last, by)
        assert {(one.name, one.rate, one.currency): one.orders for one in found} == {
            key: len(ids) for key, ids in orders.items()
        }
        for one in found:
            sums = wanted[one.name, one.rate, one.currency]
            assert [one.shop.tax, one.quickbooks.tax] == [sums[1], sums[3]]
            assert [one.shop.taxable or ZERO, one.quickbooks.taxable or ZERO] == [sums[0], sums[2]]
            assert sum(one.reasons.values()) == one.uneven
            group = one.name, one.rate, one.currency
            mine = list(tax_orders(company, FIRST, last, by, group=group))
            assert len(mine) == one.orders
            assert sum((each.difference for each in mine), ZERO) == one.difference
            apart = list(tax_orders(company, FIRST, last, by, group=group, uneven=True))
            assert apart == [each for each in mine if each.reason]
            assert len(apart) == one.uneven
        assert 0 < sum(one.uneven for one in found) < sum(one.orders for one in found)


# What an order's taxes are, whatever the order.

amounts = st.integers(-5_000, 50_000).map(lambda number: D(number) / 100)
names = st.sampled_from(["State", "County", "City"])
remitters = st.sampled_from(["merchant", "merchant", "merchant", "marketplace"])
some_taxes = st.lists(
    st.builds(
        Tax, name=names, amount=amounts, rate=st.sampled_from([None, D("7.25"), D("6.000")]),
        remitted_by=remitters,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
lines = st.lists(
    st.builds(
        Line, source_id=st.sampled_from(["a", "b", "c"]), name=st.just("x"), quantity=st.just(D(1)),
        gross=amounts, taxable=st.booleans(), taxes=some_taxes,
    ),
    max_size=3, unique_by=lambda line: line.source_id,
).map(tuple)  # fmt: skip
moments = st.dates(date(2026, 10, 1), date(2026, 12, 1)).map(
    lambda on: datetime.combine(on, time(12), UTC)
)
refunds = st.lists(
    st.builds(
        Refund, source_id=st.just("r"), total=amounts, created_at=moments,
        lines=st.lists(
            st.builds(RefundLine, line_id=st.sampled_from(["a", "b", "z"]), quantity=st.just(D(1)),
                      net=amounts, tax=amounts), max_size=2).map(tuple),
        adjustments=st.lists(
            st.builds(Adjustment, kind=st.just("shipping"), name=st.just("x"), net=amounts,
                      tax=amounts), max_size=1).map(tuple),
    ),
    max_size=2,
).map(tuple)  # fmt: skip


@st.composite
def store_orders(draw: Any) -> StoreOrder:
    parts = draw(lines)
    shipping = draw(st.lists(st.builds(
        Charge, source_id=st.just("s"), kind=st.just("shipping"), name=st.just("x"), gross=amounts,
        taxes=some_taxes), max_size=1))  # fmt: skip
    told = tuple(one for part in (*parts, *shipping) for one in part.taxes)
    return StoreOrder(
        store="s", store_type="x", source_id="1", number="1", currency="USD",
        placed_at=draw(moments), total=ZERO, status="open", payment_status="paid",
        fulfillment_status="fulfilled", lines=parts, charges=tuple(shipping),
        taxes=draw(st.one_of(some_taxes, st.just(told))), refunds=draw(refunds),
    )  # fmt: skip


@settings(deadline=None)
@given(store_orders())
def test_the_taxes_of_an_order_come_to_its_tax_less_what_was_refunded(one: StoreOrder) -> None:
    mine = sum((tax.amount for tax in one.taxes if tax.remitted_by == "merchant"), ZERO)
    back = sum((refunded_tax(one, refund) for refund in one.refunds), ZERO)
    found = of_order(one)
    assert sum((entry.tax for entry in found), ZERO) == mine - back
    assert all(entry.name and entry.tax for entry in found)
    assert len({(entry.day, entry.name, entry.rate) for entry in found}) == len(found)


entries = st.lists(
    st.builds(
        Entry, day=st.dates(date(2026, 11, 1), date(2026, 11, 4)), name=names, rate=st.none(),
        base=amounts, once=st.one_of(st.none(), amounts), tax=amounts.filter(bool),
    ),
    max_size=4, unique_by=lambda one: (one.day, one.name),
)  # fmt: skip


@settings(deadline=None)
@given(entries, entries)
def test_each_side_stands_beside_the_other_to_the_cent(
    shop: list[Entry], books: list[Entry]
) -> None:
    rows = beside(shop, books)
    for by in ("store", "quickbooks"):
        for day in {one.day for one in (*shop, *books)}:
            mine = [row for row in rows if row["by"] == by and row["day"] == day]
            for side, told in (("shop_tax", shop), ("books_tax", books)):
                wanted = sum((one.tax for one in told if one.day == day), ZERO)
                assert sum((row[side] or ZERO for row in mine), ZERO) == wanted
    kept = [row for row in rows if row["by"] == "store" and row["shop_tax"] is not None]
    assert sorted(
        (row["day"], row["name"], row["shop_tax"], row["shop_once"]) for row in kept
    ) == sorted((one.day, one.name, one.tax, one.once) for one in shop)
