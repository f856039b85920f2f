"""Operations in a real browser: why an order failed and mending it, a SKU mapped once, a sync."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.jobs.worker import Worker
from app.models import User, db
from tests.browser import NARROW, Live, assert_accessible, assert_fits, opened
from tests.flows import Flow, line, order
from tests.test_web_attention import LAMP, held
from tests.web_rows import HASH

ROOT = "/companies/1"
SCREENS = (
    "dashboard", "orders", "orders?state=held", "orders/1", "orders/1/why", "log", "reconciliation",
    "lists", "lists/Item", "remembered", "sync?state=held",
)  # fmt: skip


@pytest.fixture
def posting(chromium: Browser, flow: Flow) -> Iterator[tuple[Live, Flow]]:
    """A company that posts into practice QuickBooks, with its owner logged in."""
    with flow.app.app_context():
        db.session.add(User(email="owner@example.com", password_hash=HASH, is_owner=True))
        db.session.commit()
    with opened(chromium, flow.app) as live:
        live.log_in()
        yield live, flow


def test_the_log_tells_why_an_order_failed_and_leads_to_its_answer(
    posting: tuple[Live, Flow],
) -> None:
    live, flow = posting
    held(flow)
    page = live.open(f"{ROOT}/log?level=trouble")
    expect(page.get_by_text("Order 1 is held")).to_be_visible()
    row = page.locator("tr", has_text="Order 1 is held")
    row.get_by_role("link", name=re.compile("Detail")).click()
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("LAMP-X")
    drawer.get_by_role("link", name=re.compile("Order 1")).click()
    page.get_by_label("“LAMP-X” is, from now on").fill("Lamp")
    page.get_by_role("button", name="Use this item").click()
    expect(page.locator("#news")).to_contain_text("is Lamp from now on")
    flow.sync()
    assert flow.states()["1"] == "posted"


def test_a_sku_is_mapped_once_and_the_next_order_goes_through(posting: tuple[Live, Flow]) -> None:
    live, flow = posting
    held(flow)
    page = live.open(f"{ROOT}/dashboard")
    page.get_by_role("link", name=re.compile("does not have the item: LAMP-X")).click()
    page.get_by_label("Item in QuickBooks, from now on").fill("Lamp")
    page.get_by_role("button", name="Use this item").click()
    expect(page.locator("#news")).to_contain_text("is Lamp from now on")
    flow.sync()
    live.open(f"{ROOT}/attention")
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    flow.take(order("3", [line("LAMP-X", "9.00")]))
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "posted", "3": "posted"}
    page = live.open(f"{ROOT}/remembered")
    page.get_by_role("button", name="Forget").click()
    page.locator("#ask").get_by_role("button", name="Forget").click()
    expect(page.get_by_text("Nothing is remembered yet")).to_be_visible()


def test_an_order_is_synced_by_its_number(posting: tuple[Live, Flow]) -> None:
    live, flow = posting
    held(flow)
    flow.add("ItemService", LAMP.replace("Lamp", "LAMP-X"))
    page = live.open(f"{ROOT}/sync")
    page.get_by_label("Order numbers").fill("1")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("1 order is decided again")).to_be_visible()
    page.get_by_role("button", name="Sync 1 order").click()
    expect(page.get_by_text("Waiting to begin")).to_be_visible()
    assert Worker(flow.app).run_one()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "held"}


def test_ticked_orders_are_left_out_together(posting: tuple[Live, Flow]) -> None:
    live, flow = posting
    held(flow)
    page = live.open(f"{ROOT}/orders?state=held")
    page.get_by_label("Tick all orders of this page").check()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_label("Comment, for the audit trail").fill("Tests")
    page.get_by_role("button", name="Leave out").click()
    page.locator("#ask").get_by_role("button", name="Leave out").click()
    expect(page.locator("#news")).to_contain_text("Left out for good: 2 orders.")
    flow.sync()
    assert set(flow.states().values()) == {"skipped"}


def test_the_screens_are_accessible_and_fit_a_phone(posting: tuple[Live, Flow]) -> None:
    live, flow = posting
    held(flow)
    for screen in SCREENS:
        page = live.open(f"{ROOT}/{screen}")
        assert_accessible(page)
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        assert_fits(page)
        page.set_viewport_size({"width": 1280, "height": 800})


def test_the_newest_line_of_the_log_appears_by_itself(posting: tuple[Live, Flow]) -> None:
    live, flow = posting
    page = live.open(f"{ROOT}/log")
    held(flow)
    expect(page.get_by_text("Order 2 is held")).to_be_visible()
