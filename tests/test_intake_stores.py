"""Orders from stores, on both databases: who reads, how far, what is kept, and what is removed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stamina
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app.models import Company, Event, Order, Store, db, now
from app.stores.base import Known, Reread
from app.stores.errors import StoreError
from app.stores.formats import Shop, format_named, load_raw, read
from app.stores.personal import without_personal
from app.sync.intake import (
    believe,
    due_rereads,
    due_stores,
    fetch,
    pull,
    reread,
    retranslate,
    translate,
)
from app.sync.intake.compared import WHOLE
from app.sync.intake.pull import BeingRead
from app.sync.personal import forget
from app.sync.stores import check_store
from tests.conftest import shared
from tests.fake_woocommerce import FakeWooCommerce
from tests.store_contract import START, always, status


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def shop() -> FakeWooCommerce:
    return FakeWooCommerce()


@pytest.fixture
def store(any_app: Flask) -> Iterator[Store]:
    """A store on each database in turn."""
    with any_app.app_context():
        company = Company(name="Grove", username="grove", password_digest="", zone="UTC")
        made = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={})
        db.session.add_all([company, made])
        db.session.commit()
        yield made


def rows() -> list[Order]:
    query = select(Order).order_by(Order.id).options(undefer(Order.raw))
    return list(db.session.scalars(query).all())


def test_a_page_is_stored_before_the_next_is_asked_for(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(250)
    kept = []

    def look() -> None:
        with db.engine.connect() as other:
            kept.append(other.execute(select(Order.id)).all())

    shop.before_page = look
    pull(store, client=shop.client())
    assert [len(one) for one in kept] == [0, 100, 199]


@pytest.mark.parametrize("due", [None, now()])
def test_what_a_webhook_tells_during_a_pull_is_read_at_once(
    shop: FakeWooCommerce, store: Store, due: datetime | None
) -> None:
    store.next_pull_at = due
    db.session.commit()
    shop.add(3)
    pull(store, client=shop.client())
    assert due_stores() == []

    def webhook() -> None:
        with db.engine.begin() as other:
            other.execute(update(Store).values(next_pull_at=None))

    store.next_pull_at = due
    db.session.commit()
    shop.before_page = webhook
    pull(store, client=shop.client())
    assert due_stores() == [store]


def test_two_do_not_read_a_store_at_once(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(3)

    def second() -> None:
        shop.before_page = None
        with pytest.raises(BeingRead, match="being read at this moment"):
            pull(store, client=shop.client())

    shop.before_page = second
    assert pull(store, client=shop.client()).received.new == 3
    assert (store.lease, store.lease_until) == ("", None)


def test_a_reader_that_died_is_followed_by_another(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(3)
    store.lease, store.lease_until = "dead", now() - timedelta(seconds=1)
    db.session.commit()
    assert pull(store, client=shop.client()).received.new == 3


def test_a_reader_that_was_overtaken_stores_nothing_more(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(250)
    calls = [0]

    def overtake() -> None:
        calls[0] += 1
        if calls[0] == 2:
            with db.engine.begin() as other:
                other.execute(Store.__table__.update().values(lease="other"))

    shop.before_page = overtake
    with pytest.raises(BeingRead, match="taken over"):
        pull(store, client=shop.client())
    assert len(rows()) == 100


def test_only_stores_that_are_due_are_named(shop: FakeWooCommerce, store: Store) -> None:
    assert due_stores() == [store]
    later = now() + timedelta(minutes=1)
    values = {
        "active": False,
        "stopped": True,
        "settings": None,
        "next_pull_at": later,
        "lease_until": later,
        "type": "csv-of-old",
    }
    for key, value in values.items():
        before = getattr(store, key)
        setattr(store, key, value)
        db.session.commit()
        assert due_stores() == [], key
        setattr(store, key, before)
    db.session.commit()
    assert due_stores() == [store]
    pull(store, client=shop.client())
    assert due_stores() == []
    assert due_stores(now() + timedelta(minutes=16)) == [store]


def test_a_time_of_change_in_the_far_future_does_not_stop_the_clock(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(3)
    shop.touch(shop.orders[1], datetime(2099, 1, 1, tzinfo=UTC))
    pull(store, client=shop.client())
    assert store.watermark == shop.clock
    shop.clock += timedelta(days=1)
    shop.touch(shop.orders[2], shop.clock - timedelta(hours=1))
    assert pull(store, client=shop.client()).received.changed == 1


def test_the_watermark_never_goes_back(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(3)
    store.watermark = START + timedelta(minutes=5)
    pull(store, client=shop.client())
    assert store.watermark == START + timedelta(minutes=5)


def test_a_fault_of_our_own_is_told_and_does_not_stop_the_others(
    shop: FakeWooCommerce, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(3)

    def fails() -> None:
        raise RuntimeError("a secret detail")

    shop.before_page = fails
    got = pull(store, client=shop.client())
    assert "within Rulebooks (RuntimeError)" in got.error
    assert "secret detail" not in got.error
    assert store.failures == 1


def test_a_store_that_is_read_again_says_so(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(2)
    shop.fault = always(status(500))
    pull(store, client=shop.client())
    shop.fault = None
    pull(store, client=shop.client())
    told = db.session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert list(told) == ["store.failed", "store.recovered", "store.pulled"]


@pytest.mark.parametrize(
    "index",
    [{"namespaces": ["wc/v3"], "timezone_string": "Mars/Base"},
     {"namespaces": ["wc/v3"], "gmt_offset": "soon"}, {"namespaces": 7}],
)  # fmt: skip
def test_a_shop_that_says_odd_things_of_itself_breaks_nothing(
    shop: FakeWooCommerce, store: Store, index: dict[str, Any]
) -> None:
    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        if request.url.path == "/wp-json/":
            return httpx.Response(200, json=index)
        return honest()  # type: ignore[no-any-return]

    shop.fault = fault
    with contextlib.suppress(StoreError):
        check_store(store, client=shop.client())
    assert store.zone == ""
    assert bool(store.error) == ("timezone_string" not in index)


def test_one_order_is_fetched_by_its_number(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(5)
    assert fetch(store, "3", client=shop.client()).received.new == 1
    assert [row.number for row in rows()] == ["3"]


def test_what_could_not_be_read_is_read_again_without_fetching(
    shop: FakeWooCommerce, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(3)
    shop.orders[1]["total"] = "not a number"
    pull(store, client=shop.client())
    assert [row.state for row in rows()] == ["new", "held", "new"]
    assert retranslate(store).changed == 0
    asked = len(shop.requests)
    translator = type(format_named("woocommerce"))
    before = translator.order
    monkeypatch.setattr(
        translator, "order", lambda self, raw, shop: before(self, {**raw, "total": "10.00"}, shop)
    )
    assert retranslate(store).changed == 1
    assert len(shop.requests) == asked
    assert [row.total for row in rows()] == [10, 10, 10]
    assert all(row.due for row in rows())


def test_a_fault_of_a_translator_holds_its_order_and_no_other(
    shop: FakeWooCommerce, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(3)
    translator = type(format_named("woocommerce"))
    before = translator.order

    def breaks(self: Any, raw: Any, of: Shop) -> Any:
        return {}["x"] if raw["id"] == 2 else before(self, raw, of)

    with monkeypatch.context() as patch:
        patch.setattr(translator, "order", breaks)
        got = pull(store, client=shop.client())
    assert (got.error, got.received.new) == ("", 3)
    assert [row.state for row in rows()] == ["new", "held", "new"]
    assert "a fault of Rulebooks (KeyError)" in rows()[1].reasons[0]
    assert load_raw(rows()[1].raw)["id"] == 2
    assert retranslate(store).changed == 1
    assert rows()[1].total == 10


def test_orders_are_read_again_once_a_day(shop: FakeWooCommerce, store: Store) -> None:
    assert due_rereads() == []
    shop.add(2)
    pull(store, client=shop.client())
    assert due_rereads() == [store]
    reread(store, client=shop.client())
    assert due_rereads() == []
    assert due_rereads(now() + timedelta(hours=25)) == [store]


def test_each_order_is_read_whole_once_in_a_while(
    shop: FakeWooCommerce, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a store compares: a change that it does not show is found within that time."""
    shop.add(70)
    pull(store, client=shop.client())
    client = shop.client()
    honest = client.reread
    whole: list[set[str]] = []

    def spied(ids: Sequence[str], known: Known) -> Iterator[Reread]:
        kept = known(ids)
        whole.append(set(ids) - kept.keys())
        assert all(raw["id"] == int(one) for one, raw in kept.items())
        return honest(ids, known)

    monkeypatch.setattr(client, "reread", spied)
    for day in range(WHOLE):
        with time_machine.travel(now() + timedelta(days=day), tick=False):
            assert reread(store, client=client, days=10_000).received.same == 70
    assert max(len(some) for some in whole) <= 3
    assert sum(len(some) for some in whole) == len(set().union(*whole)) == 70
    reread(store, client=client, days=10_000, whole=True)
    assert len(whole[-1]) == 70


def deleted(shop: FakeWooCommerce, store: Store) -> None:
    """30 of 50 orders are deleted in the shop; 10 more are beyond the first batch."""
    shop.add(60)
    pull(store, client=shop.client())
    del shop.orders[:30]
    shop.touch(shop.orders[-1], datetime(2026, 11, 25, tzinfo=UTC))


def test_what_is_doubted_keeps_nothing_back_and_is_told_once(
    shop: FakeWooCommerce, store: Store
) -> None:
    deleted(shop, store)
    for day in range(3):
        with time_machine.travel(now() + timedelta(days=day), tick=False):
            got = reread(store, client=shop.client(), days=10_000)
            assert "30 of 60 orders are gone. That is not believed" in got.error
            assert (got.received.changed, due_rereads()) == (int(day == 0), [])
    assert (store.error, store.failures, len(store.doubted or ())) == ("", 0, 30)
    assert [row.id for row in rows() if translate(row).status == "cancelled"] == []
    told = db.session.scalars(select(Event.level).where(Event.kind == "store.doubted")).all()
    assert list(told) == ["error"]


def test_a_person_says_that_they_really_are_gone(shop: FakeWooCommerce, store: Store) -> None:
    deleted(shop, store)
    reread(store, client=shop.client(), days=10_000)
    assert believe(store, who="ada@grove.example") == 30
    assert [translate(row).status for row in rows()].count("cancelled") == 30
    got = reread(store, client=shop.client(), days=10_000)
    assert (got.error, got.received.changed, store.doubted) == ("", 0, None)


def test_what_comes_back_is_doubted_no_more(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(20)
    pull(store, client=shop.client())
    kept = shop.orders[:15]
    del shop.orders[:15]
    reread(store, client=shop.client(), days=10_000)
    assert len(store.doubted or ()) == 15
    shop.orders[:0] = kept
    assert reread(store, client=shop.client(), days=10_000).error == ""
    assert store.doubted is None


def test_a_comparison_that_fails_is_put_off_by_itself(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(3)
    pull(store, client=shop.client())
    due = store.next_pull_at
    shop.fault = always(status(500))
    for _ in range(2):
        reread(store, client=shop.client())
    assert (store.error, store.next_pull_at, store.reread_failures) == ("", due, 2)
    assert due_rereads() == []
    assert due_rereads(now() + timedelta(minutes=11)) == [store]
    told = db.session.scalars(select(Event.level).where(Event.kind == "store.failed")).all()
    assert list(told) == ["warning", "error"]
    shop.fault = None
    assert reread(store, client=shop.client()).error == ""
    assert (store.reread_error, store.reread_failures, store.reread_next_at) == ("", 0, None)


def test_people_are_told_of_a_store_that_goes_on_failing(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.fault = always(status(500))
    for _ in range(4):
        pull(store, client=shop.client())
    told = db.session.scalars(select(Event.level).where(Event.kind == "store.failed")).all()
    assert list(told) == ["warning", "error"]


def done(store: Store, *, days: int | None) -> None:
    """All orders are posted, long ago."""
    store.retention_days = days
    for row in rows():
        row.state, row.due = "posted", False
        row.placed_at = row.received_at = now() - timedelta(days=100)
        row.trace = {"decided": {"customer_name": {"value": "Ada Lovelace"}}}
    db.session.commit()


def test_personal_data_is_removed_after_the_time_that_is_set(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(3)
    pull(store, client=shop.client())
    done(store, days=90)
    rows()[0].state = "held"
    db.session.commit()
    assert forget(store) == 2
    assert forget(store) == 0
    held, *others = rows()
    assert "Lovelace" in held.raw
    for row in others:
        assert not any(word in row.raw for word in ("Ada", "Lovelace", "Main St", "@example"))
        assert (row.customer, row.email, row.trace) == ("", "", None)
        order = translate(row)
        assert (order.total, order.difference, order.shipping.region) == (10, 0, "NY")


def test_nothing_is_removed_early_or_where_no_time_is_set(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(2)
    pull(store, client=shop.client())
    done(store, days=None)
    assert forget(store) == 0
    store.retention_days = 101
    assert forget(store) == 0


def test_what_was_removed_does_not_come_back_until_the_order_changes(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(2)
    pull(store, client=shop.client())
    done(store, days=90)
    forget(store)
    assert pull(store, client=shop.client()).received.same == 2
    assert "Ada" not in rows()[0].raw
    assert retranslate(store, everything=True).changed == 0
    shop.touch(shop.orders[0], shop.clock - timedelta(hours=1))
    pull(store, client=shop.client())
    assert "Ada" in rows()[0].raw
    assert rows()[0].redacted_at is None


def texts(value: Any) -> Iterator[str]:
    """Every text in a payload that is no key."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


PAYLOADS = [
    ("woocommerce", "orders/woocommerce/live-wc-11.0.1/01_simple_paid.json"),
    ("woocommerce", "orders/woocommerce/live-wc-11.0.1/02_coupon_fee_meta.json"),
    ("shopify", "orders/shopify/graphql_order_by_number.json"),
    ("shopify", "orders/shopify/rest_go_order.json"),
]


@pytest.mark.parametrize(("key", "path"), PAYLOADS, ids=[path for _, path in PAYLOADS])
def test_a_recorded_order_says_what_was_bought_but_not_by_whom(key: str, path: str) -> None:
    found = read(key, shared(path).read_bytes(), Shop(key="s", type=key))
    for item in found:
        raw: dict[str, Any] = item.raw  # type: ignore[union-attr]
        before = format_named(key).translate(raw, Shop(key="s", type=key))
        cleared = without_personal(raw)
        after = format_named(key).translate(cleared, Shop(key="s", type=key))
        assert (after.total, after.lines_net, after.tax_total) == (
            before.total, before.lines_net, before.tax_total,
        )  # fmt: skip
        assert [one.total for one in after.refunds] == [one.total for one in before.refunds]
        text = " ".join(texts(cleared))
        who = [before.customer.email, before.customer.phone]
        for place in (before.billing, before.shipping):
            who += [place.line1, place.phone, place.postal_code]
        assert not [word for word in who if len(word) > 3 and word in text]


def test_the_payload_of_a_row_is_json_after_it_was_cleared(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(1)
    pull(store, client=shop.client())
    done(store, days=1)
    forget(store)
    assert load_raw(rows()[0].raw)["billing"]["country"] == "US"
