"""The sums that the database makes are those of the orders, in both databases.

The oracle states both sides once more, in decimals and an order at a time.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from flask import Flask

from app.models import Company, Order, Posting, Store, db
from app.sync.exact import amount, whole
from app.sync.reconcile import By, Group, Sums, orders, reconcile

ZERO = Decimal(0)
FIRST = date(2026, 11, 1)
LAST = FIRST + timedelta(days=9)
AMOUNTS = ("0", "0.10", "0.20", "0.30", "12.34", "1234567.89", "0.001", "9999999999.99")
KINDS = ("Invoice", "SalesReceipt", "ReceivePayment", "CreditMemo", "SalesOrder", "Estimate")


def _filled(chance: random.Random) -> Company:
    company = Company(name="Sums", username="sums", password_digest="")
    other = Company(name="Other", username="other", password_digest="")
    db.session.add_all([company, other])
    db.session.flush()
    numbers = count(1)
    for owner in (company, other):
        for key in ("east", "west"):
            store = Store(company_id=owner.id, key=key, type="rulebooks", name=key)
            db.session.add(store)
            db.session.flush()
            for number in range(60):
                db.session.add(_order(chance, owner, store, number))
    db.session.flush()
    for order in db.session.query(Order):
        for kind in chance.sample(KINDS, chance.randint(0, 3)):
            like_it = chance.random() < 0.7
            total = order.total if like_it else Decimal(chance.choice(AMOUNTS))
            db.session.add(
                Posting(
                    company_id=order.company_id, order_id=order.id, kind=kind,
                    txn_id=str(next(numbers)), payload="",
                    total=chance.choice([total, total, None]), tax=order.tax if like_it else None,
                    tax_lines=Decimal(chance.choice(["0", "0", "0.10"])),
                    ended=chance.choice(["", "", "", "voided"]),
                )
            )  # fmt: skip
    db.session.commit()
    return company


def _order(chance: random.Random, owner: Company, store: Store, number: int) -> Order:
    def some() -> Decimal | None:
        return chance.choice([None, *map(Decimal, AMOUNTS)])

    total = some()
    return Order(
        company_id=owner.id, store_id=store.id, source_id=str(number), number=str(number),
        currency=chance.choice(["USD", "EUR", ""]), method=chance.choice(["PayPal", "Visa", ""]),
        total=total, tax=some(), remitted=chance.choice([None, Decimal("0.10")]),
        received=chance.choice([total, some()]), refunded=chance.choice([None, some()]),
        placed_on=FIRST + timedelta(days=chance.randint(-2, 12)), state="posted",
        format="rulebooks", raw="{}", content_hash="x",
    )  # fmt: skip


def _shop(order: Order) -> Sums:
    """What the store says of an order."""
    remitted = order.remitted or ZERO
    return Sums(
        sales=(order.total or ZERO) - remitted,
        tax=order.tax or ZERO,
        received=max((order.received or ZERO) - remitted, ZERO),
        refunded=order.refunded or ZERO,
    )


def _books(order: Order) -> Sums:
    """What QuickBooks holds of it."""
    sums = Sums()
    for posting in db.session.query(Posting).filter_by(order_id=order.id):
        total = posting.total or ZERO
        if posting.kind in {"Invoice", "SalesReceipt"}:
            sums.sales += total
            sums.tax += (posting.tax or ZERO) + posting.tax_lines
        if posting.kind in {"SalesReceipt", "ReceivePayment"}:
            sums.received += total
        if posting.kind == "CreditMemo":
            sums.refunded += total
    return sums


def _added_up(company: Company, by: By) -> list[Group]:
    """The groups as the orders alone tell them."""
    groups: dict[tuple[str, str], Group] = {}
    for one in orders(company, FIRST, LAST):
        key = "" if by == "currency" else str(getattr(one, by) or "")
        group = groups.setdefault((key, one.currency), Group(key or one.currency, one.currency))
        group.orders += 1
        group.shop += one.shop
        group.quickbooks += one.quickbooks
        if not one.is_even:
            group.uneven += 1
            group.reasons[one.reason] = group.reasons.get(one.reason, 0) + 1
    return [groups[key] for key in sorted(groups)]


@pytest.mark.parametrize("seed", range(3))
def test_each_order_is_as_the_decimals_tell_it(any_app: Flask, seed: int) -> None:
    with any_app.app_context():
        company = _filled(random.Random(seed))
        rows = db.session.query(Order).filter(
            Order.company_id == company.id, Order.placed_on.between(FIRST, LAST)
        )
        wanted = {row.id: (_shop(row), _books(row)) for row in rows}
        found = list(orders(company, FIRST, LAST))
        assert {one.order_id: (one.shop, one.quickbooks) for one in found} == wanted
        assert len(found) == len(wanted) > 50
        assert [one.order_id for one in found if one.reason] == [
            one.order_id for one in found if one.shop != one.quickbooks
        ]


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_the_sums_of_their_orders(any_app: Flask, seed: int) -> None:
    with any_app.app_context():
        company = _filled(random.Random(seed))
        bys: tuple[By, ...] = ("day", "store", "method", "currency")
        for by in bys:
            found = reconcile(company, FIRST, LAST, by)
            assert found == _added_up(company, by)
            assert 0 < sum(one.uneven for one in found) < sum(one.orders for one in found)


def test_only_the_orders_that_differ_or_of_a_group_are_read(any_app: Flask) -> None:
    with any_app.app_context():
        company = _filled(random.Random(7))
        every = list(orders(company, FIRST, LAST))
        uneven = list(orders(company, FIRST, LAST, uneven=True))
        assert uneven == [one for one in every if not one.is_even]
        group = ("store", "east", "USD")
        assert list(orders(company, FIRST, LAST, group=("store", "east", "USD"))) == [
            one for one in every if (one.store, one.currency) == group[1:]
        ]
        day = str(FIRST)
        assert (
            list(orders(company, FIRST, LAST, group=("day", day, ""), most=3))
            == [one for one in every if str(one.day) == day][:3]
        )


@pytest.mark.parametrize("text", ["0.1", "-12.34", "0.00001", "99999999999.99", "0.005"])
def test_an_amount_comes_back_to_the_last_digit(any_app: Flask, text: str) -> None:
    with any_app.app_context():
        company = _filled(random.Random(1))
        order = db.session.query(Order).filter_by(company_id=company.id).first()
        assert order is not None
        order.total = Decimal(text)
        db.session.flush()
        found = db.session.query(whole(Order.total)).filter_by(id=order.id).scalar()
        assert amount(found) == Decimal(text)
