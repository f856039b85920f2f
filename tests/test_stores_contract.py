"""What every store keeps to, whatever comes: nothing is lost or taken twice, and words say why.

To add a store, add its fake shop to SHOPS.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import stamina
from flask import Flask
from sqlalchemy import func, select

from app.models import Company, Event, Order, Store, db
from app.stores.base import Shipment, StoreClient, clients, clients_with
from app.stores.errors import NotOffered, SignatureRefused, StoreError
from app.stores.formats import RawOrder
from app.sync.intake import Pulled, due_stores, pull, reread, translate
from tests.fake_bigcommerce import FakeBigCommerce
from tests.fake_shipstation import FakeShipStation
from tests.fake_shopify import FakeShopify
from tests.fake_woocommerce import FakeWooCommerce
from tests.store_contract import (
    START,
    FakeShop,
    after_pages,
    always,
    cut,
    expired,
    half,
    html,
    huge,
    replays,
    slow,
    status,
    times,
    to_an_internal_address,
)

SHOPS: list[type[FakeShop]] = [
    FakeBigCommerce,
    FakeShipStation,
    FakeShopify,
    FakeWooCommerce,
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Try again at once, as often as in earnest; what is too large is made smaller."""
    monkeypatch.setattr("app.stores.http.LARGEST", 5 * 2**20)
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.type)
def shop(request: pytest.FixtureRequest) -> FakeShop:
    """Each store's fake shop in turn."""
    return request.param()  # type: ignore[no-any-return]


@pytest.fixture
def store(sqlite_app: Flask, shop: FakeShop) -> Iterator[Store]:
    """The shop's row."""
    with sqlite_app.app_context():
        company = Company(name="Grove", username="grove", password_digest="", zone="UTC")
        made = Store(company=company, key="shop", type=shop.type, name="My shop", settings={})
        db.session.add_all([company, made])
        db.session.commit()
        yield made


def pulled(shop: FakeShop, store: Store) -> Pulled:
    client = shop.client()
    try:
        return pull(store, client=client)
    finally:
        client.http.close()


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def events() -> list[str]:
    return list(db.session.scalars(select(Event.text).order_by(Event.id)))


def mended(shop: FakeShop, store: Store, orders: int) -> None:
    """Once the shop answers as it should, everything is here, once."""
    shop.fault = None
    again = pulled(shop, store)
    assert again.error == ""
    assert (count(), again.received.bad) == (orders, [])
    assert (store.error, store.failures, store.stopped) == ("", 0, False)


def test_every_store_is_in_this_suite() -> None:
    assert {shop.type for shop in SHOPS} == set(clients_with("orders"))


def test_all_orders_come_over_several_pages(shop: FakeShop, store: Store) -> None:
    shop.add(shop.many)
    got = pulled(shop, store)
    assert (got.error, got.received.new, count()) == ("", shop.many, shop.many)
    assert got.pages > 1
    assert store.watermark == START + timedelta(minutes=shop.many)


@pytest.mark.parametrize("after", [None, timedelta(0), timedelta(days=1)])
def test_all_orders_come_though_they_changed_in_one_second(
    shop: FakeShop, store: Store, after: timedelta | None
) -> None:
    """As when somebody has the shop change a whole lot of them."""
    shop.add(shop.many)
    moment = START + timedelta(days=2)
    for one in shop.orders:
        shop.touch(one, moment)
    store.watermark = None if after is None else moment - after
    db.session.commit()
    got = pulled(shop, store)
    assert (got.error, count()) == ("", shop.many)
    assert pulled(shop, store).error == ""


def test_a_second_pull_takes_nothing_twice(shop: FakeShop, store: Store) -> None:
    shop.add(30)
    pulled(shop, store)
    again = pulled(shop, store)
    assert (again.received.new, again.received.changed, count()) == (0, 0, 30)


def test_a_changed_order_is_a_new_revision(shop: FakeShop, store: Store) -> None:
    shop.add(30)
    pulled(shop, store)
    shop.touch(shop.orders[3], START + timedelta(hours=2))
    again = pulled(shop, store)
    assert (again.received.new, again.received.changed) == (0, 1)


def test_only_what_changed_since_is_asked_for(shop: FakeShop, store: Store) -> None:
    shop.add(shop.many)
    pulled(shop, store)
    again = pulled(shop, store)
    assert 1 <= again.received.same <= 20


def test_orders_before_the_chosen_date_do_not_come(shop: FakeShop, store: Store) -> None:
    shop.add(60)
    store.since = START + timedelta(minutes=31)
    pulled(shop, store)
    assert count() == 30


def test_each_order_adds_up(shop: FakeShop, store: Store) -> None:
    shop.add(2, lines=3)
    pulled(shop, store)
    for row in db.session.scalars(select(Order)):
        order = translate(row)
        assert (order.total, len(order.lines), order.difference) == (30, 3, 0)


def test_an_order_of_ten_thousand_lines_comes_whole(shop: FakeShop, store: Store) -> None:
    shop.add(1, lines=10_000)
    assert pulled(shop, store).error == ""
    order = translate(db.session.scalars(select(Order)).one())
    assert (len(order.lines), order.total, order.difference) == (10_000, 100_000, 0)


def test_an_order_without_an_id_is_told_and_the_others_come(shop: FakeShop, store: Store) -> None:
    shop.add(5)
    shop.without_id(shop.orders[2])
    got = pulled(shop, store)
    assert (got.error, got.received.new, len(got.received.bad)) == ("", 4, 1)
    pulled(shop, store)
    assert [text for text in events() if "no id" in text and "My shop" in text] == [
        text for text in events() if "is not read" in text
    ][:1]


PASSING: list[tuple[str, Callable[[], httpx.Response]]] = [
    ("500", status(500)),
    ("503", status(503)),
    ("429", status(429)),
    ("429 for two seconds", status(429, retry_after="2")),
    ("timeout", slow),
    ("broken off", cut),
]


@pytest.mark.parametrize("make", [one for _, one in PASSING], ids=[name for name, _ in PASSING])
def test_what_passes_is_tried_again(
    shop: FakeShop, store: Store, make: Callable[[], httpx.Response]
) -> None:
    shop.add(30)
    shop.fault = times(2, make)
    got = pulled(shop, store)
    assert (got.error, count()) == ("", 30)


LASTING: list[tuple[str, Callable[[], httpx.Response], str, bool | None]] = [
    ("html", html, 'web page titled "Just a moment..."', False),
    ("401", status(401), "key", True),
    ("403", status(403), "permission", True),
    ("404", status(404), "address", False),
    ("400", status(400), "status 400", None),
    ("429", status(429), "left alone", False),
    ("429 for an hour", status(429, retry_after="3600"), "left alone for 60 minutes", False),
    ("500", status(500), "problem of its own", False),
    ("timeout", slow, "in time", False),
    ("broken off", cut, "broke off", False),
    ("certificate", expired, "certificate has expired", False),
    ("redirect", to_an_internal_address, "redirects to http://169.254.169.254", False),
    ("too large", huge, "more than 5 MB", False),
]
lasting = pytest.mark.parametrize(
    ("make", "words", "stops"),
    [(make, words, stops) for _, make, words, stops in LASTING],
    ids=[name for name, *_ in LASTING],
)


@lasting
def test_a_fault_is_said_in_words_and_nothing_is_lost(  # noqa: PLR0917
    shop: FakeShop,
    store: Store,
    make: Callable[[], httpx.Response],
    words: str,
    stops: bool | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.add(30)
    shop.fault = always(make)
    got = pulled(shop, store)
    assert words in got.error
    assert got.error == store.error
    assert any(words in text for text in events())
    assert (store.watermark, store.failures) == (None, 1)
    assert stops in {store.stopped, None}
    assert shop.secret not in got.error + caplog.text + "".join(events())
    assert store.next_pull_at is not None
    assert store.next_pull_at > datetime.now(UTC) + timedelta(minutes=4)
    assert due_stores() == []
    mended(shop, store, 30)


@lasting
def test_what_came_before_a_fault_is_kept(
    shop: FakeShop, store: Store, make: Callable[[], httpx.Response], words: str, stops: bool | None
) -> None:
    shop.add(shop.many)
    shop.fault = after_pages(shop, 2, make)
    got = pulled(shop, store)
    assert words in got.error
    assert 0 < count() < shop.many
    assert store.watermark == START + timedelta(minutes=count())
    mended(shop, store, shop.many)


def test_half_an_answer_is_no_answer(shop: FakeShop, store: Store) -> None:
    shop.add(30)
    shop.fault = half
    assert "half an answer" in pulled(shop, store).error
    assert count() == 0
    mended(shop, store, 30)


def test_a_store_that_wants_an_hour_is_left_alone_for_an_hour(shop: FakeShop, store: Store) -> None:
    shop.fault = always(status(429, retry_after="3600"))
    pulled(shop, store)
    assert len(shop.requests) == 1
    assert store.next_pull_at is not None
    assert store.next_pull_at > datetime.now(UTC) + timedelta(minutes=59)


def test_a_failing_store_is_left_alone_for_longer_each_time(shop: FakeShop, store: Store) -> None:
    shop.fault = always(status(500))
    pauses = []
    for _ in range(9):
        pulled(shop, store)
        assert store.next_pull_at is not None
        pause = store.next_pull_at - datetime.now(UTC)
        pauses.append(round(pause.total_seconds() / 60))
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert len(events()) <= 2


def test_a_redirect_is_not_followed(shop: FakeShop, store: Store) -> None:
    shop.fault = always(to_an_internal_address)
    pulled(shop, store)
    assert "169.254.169.254" not in {one.url.host for one in shop.requests}


def test_a_page_that_comes_twice_is_taken_once(shop: FakeShop, store: Store) -> None:
    shop.add(shop.many)
    shop.fault = replays(shop, most=1)
    pulled(shop, store)
    mended(shop, store, shop.many)


def test_a_list_that_loops_comes_to_an_end(shop: FakeShop, store: Store) -> None:
    shop.add(shop.many)
    shop.fault = replays(shop, most=1000)
    assert "again" in pulled(shop, store).error or "did not change" in store.error
    assert sum(shop.lists(one) for one in shop.requests) < 20
    assert count() < shop.many
    mended(shop, store, shop.many)


def test_an_order_is_found_by_its_number(shop: FakeShop, store: Store) -> None:
    shop.add(12)
    pulled(shop, store)
    row = db.session.scalars(select(Order).limit(1).offset(4)).one()
    client = shop.client()
    found = client.order(row.number)
    assert [one.source_id for one in found if isinstance(one, RawOrder)] == [row.source_id]
    assert client.order("no-such-number") == []
    client.http.close()


def test_a_change_that_no_list_told_is_found_by_reading_again(shop: FakeShop, store: Store) -> None:
    shop.add(12)
    pulled(shop, store)
    shop.touch(shop.orders[3], START + timedelta(minutes=4))
    client = shop.client()
    got = reread(store, client=client, days=10_000)
    client.http.close()
    assert (got.error, got.received.changed, got.received.same) == ("", 1, 11)


def test_comparing_costs_no_more_than_reading_whole(shop: FakeShop, store: Store) -> None:
    shop.add(25)
    pulled(shop, store)
    asked = []
    for whole in (True, False):
        shop.requests.clear()
        client = shop.client()
        got = reread(store, client=client, days=10_000, whole=whole)
        client.http.close()
        assert (got.error, got.received.changed, got.received.same) == ("", 0, 25)
        asked.append(len(shop.requests))
    assert asked[1] <= asked[0]


def test_an_order_that_is_gone_is_a_cancelled_one(shop: FakeShop, store: Store) -> None:
    shop.add(12)
    pulled(shop, store)
    shop.remove(3)
    client = shop.client()
    assert reread(store, client=client, days=10_000).received.changed == 1
    assert reread(store, client=client, days=10_000).received.changed == 0
    client.http.close()
    rows = db.session.scalars(select(Order)).all()
    assert [translate(row).status for row in rows].count("cancelled") == 1


def test_that_all_orders_are_gone_is_not_believed(shop: FakeShop, store: Store) -> None:
    shop.add(12)
    pulled(shop, store)
    shop.orders.clear()
    client = shop.client()
    got = reread(store, client=client, days=10_000)
    client.http.close()
    assert "not believed" in got.error
    assert got.received.changed == 0


def test_the_connection_is_tested_in_words(shop: FakeShop) -> None:
    client = shop.client()
    found = client.check()
    assert found.text
    assert (found.zone, found.currency) == (shop.zone, "USD")
    assert all(one.method in {"GET", "POST"} for one in shop.requests)
    client.http.close()


@lasting
def test_the_test_of_the_connection_says_the_same(
    shop: FakeShop, make: Callable[[], httpx.Response], words: str, stops: bool | None
) -> None:
    shop.fault = always(make)
    client = shop.client()
    with pytest.raises(StoreError) as told:
        client.check()
    client.http.close()
    assert words in str(told.value)
    assert shop.secret not in str(told.value)


def test_the_form_says_what_each_setting_is(shop: FakeShop) -> None:
    of: type[StoreClient] = clients()[shop.type]  # type: ignore[type-arg]
    fields = of.settings_model.fields()
    assert all(one.label and one.help for one in fields)
    assert of.help
    secrets = [one.name for one in fields if one.kind == "secret"]
    settings = of.settings_model.read(shop.settings)
    assert shop.secret in settings.secrets().values()
    assert shop.secret not in repr(settings) + str(settings.plain())
    assert set(settings.secrets()) == set(secrets)


def test_what_the_store_cannot_do_is_said(shop: FakeShop) -> None:
    client = shop.client()
    if "stock" not in client.capabilities:
        with pytest.raises(NotOffered):
            client.push_stock([])
    if "fulfilment" not in client.capabilities:
        with pytest.raises(NotOffered):
            client.push_fulfilment(Shipment("1", "key"))
    client.http.close()


def test_a_webhook_with_a_wrong_signature_is_refused(shop: FakeShop) -> None:
    of = clients()[shop.type]
    headers, body = shop.wrong_webhook
    expected = SignatureRefused if "webhooks" in of.capabilities else NotOffered
    with pytest.raises(expected):
        of.webhook(of.settings_model.read(shop.settings), headers, body)
