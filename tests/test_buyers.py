"""How many orders of the same buyer came before: counted at once, and known to the rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app.models import Company, Order, Store, db
from app.sync import buyers
from app.sync.buyers import earlier_orders
from tests.flows import Flow, buyer, order, rule

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company with two stores on each database in turn."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        made.stores = [Store(key=key, type="rulebooks", name=key) for key in ("a", "b")]
        db.session.add(made)
        db.session.commit()
        yield made


def placed(company: Company, day: int | None, store: int = 0, **buyer: str) -> int:
    """An order of a buyer, so many days after the start; its id."""
    number = db.session.scalar(select(func.count()).select_from(Order))
    row = Order(
        company_id=company.id, store=company.stores[store], source_id=f"{number}",
        number="1", format="rulebooks", raw="{}", content_hash="",
        placed_at=None if day is None else START + timedelta(days=day), **buyer,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row.id


def test_earlier_orders_of_a_customer_of_the_store_are_counted(company: Company) -> None:
    ids = [placed(company, day, buyer_id="7") for day in (3, 1, 2, 2)]
    placed(company, 0, buyer_id="8")
    placed(company, 0, store=1, buyer_id="7")
    assert earlier_orders(ids) == dict(zip(ids, (3, 0, 1, 1), strict=True))


def test_a_buyer_is_known_by_the_address_in_any_store(company: Company) -> None:
    guest = placed(company, 1, email="ada@x.example")
    member = placed(company, 2, store=1, email="ada@x.example", buyer_id="7")
    again = placed(company, 3, store=1, buyer_id="7")
    both = placed(company, 4, store=1, email="ada@x.example", buyer_id="7")
    assert earlier_orders([guest, member, again, both]) == {guest: 0, member: 1, again: 1, both: 3}


def test_a_buyer_without_name_or_an_order_without_time_is_not_counted(company: Company) -> None:
    placed(company, 1)
    assert earlier_orders([placed(company, 2), placed(company, None, buyer_id="7")]) == {}
    assert earlier_orders([]) == {}


def test_another_company_is_not_looked_at(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    other.stores = [Store(key="a", type="rulebooks", name="a")]
    db.session.add(other)
    db.session.flush()
    placed(other, 1, email="ada@x.example")
    mine = placed(company, 2, email="ada@x.example")
    assert earlier_orders([mine]) == {mine: 0}


def test_so_many_are_counted_and_no_more(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buyers, "MOST", 3)
    ids = [placed(company, day, email="shop@x.example") for day in range(6)]
    assert list(earlier_orders(ids).values()) == [0, 1, 2, 3, 3, 3]


def test_one_query_is_made_for_a_batch(company: Company) -> None:
    ids = [placed(company, day, email="ada@x.example") for day in range(30)]
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    assert earlier_orders(ids)[ids[-1]] == 29
    event.remove(db.engine, "before_cursor_execute", count)
    assert len(statements) == 1


def test_a_first_order_is_held_and_the_next_one_is_not(flow: Flow, tmp_path: Path) -> None:
    first = {"==": [{"var": "customer.orders"}, 0]}
    flow.rules(hold_for_review=rule(False, (first, True)))
    ada = buyer("Ada", "Byron", email="Ada@X.example")
    flow.take(
        order("1", customer=ada),
        order("2", customer=ada | {"email": " ada@x.example"}, placed_at="2026-11-21T10:00:00Z"),
    )
    flow.sync()
    assert flow.states() == {"1": "held", "2": "posted"}
    assert [flow.order(n).trace["context"]["customer_orders"] for n in "12"] == [0, 1]
    file = tmp_path / "rules.json"
    again = {"==": [{"var": "customer.orders"}, 1]}
    rules = {"hold_for_review": rule(False, (again, True))}
    file.write_text(json.dumps({"rulebooks": 1, "rules": rules, "tables": {}}))
    changes = flow.run("backtest", flow.company_name, file, "--json").json["decisions"]
    found = changes["hold_for_review"]["changes"]
    assert {(one["before"]["case"], one["after"]["case"]) for one in found} == {
        (1, None),
        (None, 1),
    }
