"""What orders took that QuickBooks' quantities do not show yet, from the order's arrival on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, ListEntry, Mirror, Taken, db, now
from app.rules import current_rulebook
from app.sync import mirror, taken, whole
from app.sync.runner import decide_due
from app.sync.stock import levels, push, read_items_whole
from app.sync.stock.rounds import refresh
from app.sync.stores import add_store
from qbwc.planning import stock
from rules_library.stock import Held, StockItem, stock_facts
from tests.database import Postgres
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow, flowing, is_, line, order, rule
from tests.planning import rulebook as book
from tests.test_stock import Shop, part, selling_to
from tests.test_web_attention import person

RULES: dict[str, Any] = {
    "push_stock": rule(False, (is_("item.name", "HAM-16"), True)),
    "transaction_type": "sales_receipt",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def flow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flow]:
    """The same on both databases."""
    if request.param == "sqlite":
        with flowing(tmp_path) as found:
            yield found
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create(empty=True)
    with flowing(tmp_path, url) as found:
        yield found
    server.drop(url)


@pytest.fixture
def ready(flow: Flow) -> Flow:
    """Twelve hammers on hand, read whole, of which two are sold and in QuickBooks."""
    part(flow, "HAM-16", 12)
    flow.rules(**RULES)
    flow.post(order("1", [line("HAM-16", "5.00", 2)]))
    read_whole(flow)
    return flow


def read_whole(flow: Flow) -> None:
    with selling_to(flow) as (company, _):
        read_items_whole(company)
        db.session.commit()
    flow.sync()


def decide(flow: Flow) -> None:
    with flow.app.app_context():
        while decide_due(db.session.scalars(select(Company)).one()):
            db.session.commit()


def told(flow: Flow) -> Decimal:
    """What the shop would be told of the hammers."""
    with selling_to(flow) as (company, store):
        _, rulebook = current_rulebook(company)
        found = list(levels.changes(company, store, rulebook))
        assert not [fault for *_, fault in found if fault]
        (change,) = [one for one, *_ in found if one is not None]
        return change.quantity


def kept(flow: Flow) -> list[tuple[int, bool, bool]]:
    """(quantity, coming, posted) of what is kept."""
    with flow.app.app_context():
        rows = db.session.scalars(select(Taken).order_by(Taken.id))
        return [(int(row.quantity), row.coming, row.posted_at is not None) for row in rows]


def test_the_same_is_told_before_an_order_is_posted_after_it_and_once_the_items_are_read(
    ready: Flow,
) -> None:
    assert (told(ready), kept(ready)) == (10, [])
    ready.take(order("2", [line("HAM-16", "5.00", 3)]))
    decide(ready)
    assert (told(ready), kept(ready)) == (7, [(3, True, False)])
    ready.sync()
    assert ready.state("2")[0] == "posted"
    assert on_hand(ready) == 10, "the items were read before it was posted"
    assert (told(ready), kept(ready)) == (7, [(3, True, True)])
    read_whole(ready)
    assert on_hand(ready) == 7
    assert (told(ready), kept(ready)) == (7, [])


def on_hand(flow: Flow) -> Decimal:
    with flow.app.app_context():
        item = db.session.scalars(select(ListEntry).where(ListEntry.full_name == "HAM-16")).one()
        return Decimal(item.data["QuantityOnHand"])


def test_orders_that_wait_are_held_or_come_from_another_store_count_too(ready: Flow) -> None:
    ready.take(order("2", [line("HAM-16", "5.00", 3)], paid=None))
    ready.take(order("3", [line("HAM-16", "5.00", 1), line("?", "1.00")], total="9.00"),
               store="second")  # fmt: skip
    ready.sync()
    assert ready.states() == {"1": "posted", "2": "waiting", "3": "held"}
    assert told(ready) == 6
    ready.take(
        order("2", [line("HAM-16", "5.00", 3)], paid=None, status="cancelled",
              cancelled_at="2026-11-21T15:00:00-05:00")
    )  # fmt: skip
    decide(ready)
    assert told(ready) == 9


def test_an_order_of_which_a_sale_is_still_to_come_counts_whole_until_that_is_posted(
    ready: Flow,
) -> None:
    ready.take(order("2", [line("HAM-16", "5.00", 3)]))
    decide(ready)
    with ready.app.app_context():
        company = db.session.scalars(select(Company)).one()
        (row,) = db.session.scalars(select(Taken))
        taken.posted(company.id, [row.order_id], now())
        db.session.commit()
    assert kept(ready) == [(3, True, False)], "its receipt is in the outbox"


def test_what_was_posted_while_the_items_were_read_is_not_taken_for_read(ready: Flow) -> None:
    ready.take(order("2", [line("HAM-16", "5.00", 3)]))
    ready.sync()
    with ready.app.app_context():
        items = db.session.get_one(Mirror, (1, "Item"))
        (row,) = db.session.scalars(select(Taken))
        assert row.posted_at is not None
        whole.was_read(items, row.posted_at - timedelta(seconds=1))
        taken.forget(1, row.posted_at - timedelta(seconds=1))
        db.session.commit()
    assert told(ready) == 7
    with ready.app.app_context():
        items = db.session.get_one(Mirror, (1, "Item"))
        (row,) = db.session.scalars(select(Taken))
        assert row.posted_at is not None
        whole.was_read(items, row.posted_at + timedelta(seconds=1))
        db.session.commit()
    assert told(ready) == 10, "what was read since holds it"


def test_a_change_that_is_read_alone_does_not_pass_for_a_whole_reading(ready: Flow) -> None:
    with ready.app.app_context():
        before = whole.read_whole_at(1, "Item")
    assert before is not None
    part(ready, "SAW", 5)
    ready.take(order("2", [line("HAM-16", "5.00", 3)]))
    ready.sync()
    ready.sync()
    assert told(ready) == 7
    with ready.app.app_context():
        assert db.session.scalars(select(ListEntry).where(ListEntry.full_name == "SAW")).one()
        assert whole.read_whole_at(1, "Item") == before


def test_what_is_asked_for_whole_while_it_is_read_is_read_again(
    ready: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    part(ready, "SAW", 5)
    monkeypatch.setattr(mirror, "PAGE", 1)
    asked: list[datetime] = []
    ask = mirror.ask

    def asks(call: Any) -> Any:
        row = db.session.get_one(Mirror, (call.company.id, "Item"))
        if row.iterator_id and not asked:
            asked.append(call.at)
            whole.read_whole(call.company.id, "Item", call.at)
        return ask(call)

    monkeypatch.setattr(mirror, "ask", asks)
    read_whole(ready)
    with ready.app.app_context():
        row = db.session.get_one(Mirror, (1, "Item"))
        read = whole.read_whole_at(1, "Item")
        assert not row.stale
        assert read is not None
        assert read > asked[0], "the first reading began before"


def test_the_first_stock_waits_until_the_items_are_read_for_it(flow: Flow) -> None:
    part(flow, "HAM-16", 12)
    flow.rules()
    flow.post(order("1", [line("HAM-16", "5.00", 2)]))
    assert kept(flow) == [], "nobody needs it"
    with selling_to(flow) as (company, _):
        given = FakeWooCommerce().settings
        add_store(company, "woocommerce", given, key="web", name="Web shop")
        db.session.commit()
    flow.rules(**RULES)
    shop: Any = Shop()
    with selling_to(flow) as (company, store):
        assert refresh(company, now())
        db.session.commit()
        assert push(company, store, client=shop).changed == 0, "they may be old: 12"
        dry = push(company, store, dry=True, client=shop).would_change
        assert [one.change.quantity for one in dry] == [12]
    flow.sync()
    with selling_to(flow) as (company, store):
        assert push(company, store, client=shop).changed == 1
    assert shop.levels == {"HAM-16": 10}
    flow.rules()
    with selling_to(flow) as (company, _):
        assert not refresh(company, now())
        assert whole.asked_whole_at(company.id, "Item") is None


def test_a_component_that_is_sold_builds_no_assembly() -> None:
    east = Held(on_hand=Decimal(8))
    component = StockItem(
        full_name="Head", all=Held(on_hand=Decimal(10)), sites={"East": east},
        not_in_quickbooks=Decimal(3),
    )  # fmt: skip
    found = {"Head": stock.available(component)}
    made = stock.built(
        StockItem(full_name="Hammer", sites={"East": Held()}), [("Head", Decimal(2))], found
    )
    assert (made.all.buildable, made.sites["East"].buildable) == (3, 2)


def test_the_stock_page_tells_what_is_sold_and_not_in_quickbooks(ready: Flow) -> None:
    with selling_to(ready) as (company, _):
        given = FakeWooCommerce().settings
        add_store(company, "woocommerce", given, key="web", name="Web shop")
        db.session.commit()
    ready.take(order("2", [line("HAM-16", "5.00", 3)], paid=None))
    decide(ready)
    page = person(ready, "viewer").get("/companies/1/stock").text
    assert "3 sold, not in QuickBooks yet" in page


def test_the_default_takes_it_off() -> None:
    hammer = StockItem(
        full_name="Hammer",
        all=Held(on_hand=Decimal(12), on_sales_orders=Decimal(2)),
        not_in_quickbooks=Decimal(4),
    )
    own = stock_facts(hammer, "shop", "woocommerce")["item"]
    assert (own["available"], own["not_in_quickbooks"], own["sellable"]) == (10, 4, 6)
    assert stock.decide_stock(book(push_stock=True), hammer, "shop", "woocommerce") == (
        stock.Level(Decimal(6)), "",
    )  # fmt: skip
    oversold = replace(hammer, not_in_quickbooks=Decimal(40))
    assert stock.decide_stock(book(push_stock=True), oversold, "shop", "woocommerce") == (
        stock.Level(Decimal(0)), "",
    )  # fmt: skip
