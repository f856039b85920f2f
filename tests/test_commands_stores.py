"""`rulebooks stores`: from adding a shop to its orders, over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import pytest
import stamina

from tests.commands import Rulebooks
from tests.fake_woocommerce import FakeWooCommerce
from tests.store_contract import always, status
from tests.store_server import served


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def shop(rulebooks: Rulebooks) -> Iterator[FakeWooCommerce]:
    """A shop on this computer with five orders, and a company."""
    rulebooks("company", "add", "Grove")
    made = FakeWooCommerce()
    made.add(5)
    with served(made._handle) as address:
        made.settings = made.settings | {"url": address}
        yield made


def add(rulebooks: Rulebooks, shop: FakeWooCommerce, *more: str) -> object:
    arguments = ("stores", "add", "Grove", "woocommerce", "--settings", "-", "--json", *more)
    return rulebooks(*arguments, stdin=json.dumps(shop.settings))


def test_a_shop_is_added_tested_pulled_and_listed(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    answer = add(rulebooks, shop, "--since", "2026-01-01", "--name", "My shop")
    assert answer.json["connected"] is True  # type: ignore[attr-defined]
    assert rulebooks("stores", "check", "Grove", "woocommerce", "--json").json["ok"] is True
    (pulled,) = rulebooks("stores", "pull", "Grove", "--json").json["stores"]
    assert (pulled["new"], pulled["error"], pulled["pages"]) == (5, "", 1)
    (listed,) = rulebooks("stores", "list", "Grove", "--json").json
    assert listed["watermark"] == "2026-11-01T09:05:00+00:00"
    assert listed["pulled_at"]
    assert "5 unchanged" in rulebooks("stores", "pull", "Grove", "woocommerce").out


def test_secrets_are_kept_encrypted_and_never_shown(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    answer = add(rulebooks, shop)
    listed = rulebooks("stores", "list", "Grove", "--json")
    with sqlite3.connect(rulebooks.folder / "rulebooks.db") as database:
        (kept,) = database.execute("select settings || secrets from stores").fetchone()
    database.close()
    for text in (answer.out, answer.err, listed.out, kept):  # type: ignore[attr-defined]
        assert shop.secret not in text
    assert "consumer_key" in kept


def test_a_shop_that_does_not_answer_is_not_added(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    shop.fault = always(status(401))
    assert "does not accept the key" in add(rulebooks, shop).err  # type: ignore[attr-defined]
    assert rulebooks("stores", "list", "Grove", "--json").json == []
    add(rulebooks, shop, "--no-check")
    assert "does not accept the key" in rulebooks.fails("stores", "check", "Grove", "woocommerce")
    (listed,) = rulebooks("stores", "list", "Grove", "--json").json
    assert "does not accept the key" in listed["error"]


def test_a_pull_that_fails_says_why_and_ends_with_one(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    add(rulebooks, shop)
    shop.fault = always(status(403))
    answer = rulebooks("stores", "pull", "Grove", "--json")
    assert answer.code == 1
    assert "permission" in answer.json["stores"][0]["error"]
    assert answer.json["stores"][0]["stopped"] is True
    shop.fault = None
    assert rulebooks("stores", "check", "Grove", "woocommerce").code == 0
    assert rulebooks("stores", "list", "Grove", "--json").json[0]["stopped"] is False


def test_one_order_is_pulled_by_its_number_and_all_are_read_again(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    add(rulebooks, shop)
    assert "1 new" in rulebooks("stores", "pull", "Grove", "woocommerce", "--order", "3").out
    said = rulebooks("stores", "pull", "Grove", "woocommerce", "--order", "99")
    assert (said.code, "has no order 99" in said.err) == (1, True)
    shop.orders[2]["customer_note"] = "changed unseen"
    assert "1 changed" in rulebooks("stores", "pull", "Grove", "woocommerce", "--again").out


def test_what_cannot_be_used_is_said_in_one_line(rulebooks: Rulebooks) -> None:
    rulebooks("company", "add", "Grove")
    add = ("stores", "add", "Grove")
    assert "no store is of type 'etsyy'" in rulebooks.fails(*add, "etsyy")
    assert "Shop address is needed" in rulebooks.fails(*add, "woocommerce")
    assert "NAME=VALUE" in rulebooks.fails(*add, "woocommerce", "--set", "url")
    assert "no JSON" in rulebooks.fails(*add, "woocommerce", "--settings", "-", stdin="{")
    keys = ("--set", "consumer_key=ck_1", "--set", "consumer_secret=cs_1")
    inside = ("woocommerce", "--set", "url=https://10.0.0.5", *keys)
    assert "internal address" in rulebooks.fails(*add, *inside)
    plain = ("woocommerce", "--set", "url=http://shop.example.com", *keys)
    assert "not encrypted" in rulebooks.fails(*add, *plain)
    assert "small letters" in rulebooks.fails(*add, *inside, "--key", "My Shop!")
    assert "No store is connected" in rulebooks.fails("stores", "pull", "Grove")
    assert "has no store 'x'" in rulebooks.fails("stores", "check", "Grove", "x")


def test_the_same_key_twice_is_refused(rulebooks: Rulebooks, shop: FakeWooCommerce) -> None:
    add(rulebooks, shop)
    assert "already" in add(rulebooks, shop).err  # type: ignore[attr-defined]
    second = add(rulebooks, shop, "--key", "second")
    assert second.json["key"] == "second"  # type: ignore[attr-defined]


def test_a_network_of_its_own_is_reached_when_the_installation_allows_it(
    rulebooks: Rulebooks, shop: FakeWooCommerce
) -> None:
    rulebooks.set("STORE_NETWORKS", "192.168.1.0/24")
    assert "internal address" in add(rulebooks, shop).err  # type: ignore[attr-defined]
