"""Whole journeys on a new installation, with nothing but what a person clicks and types.

Each begins with an empty database and its first-run page. What is not a person's is what is none
in life either: the server's jobs run beside the pages, and a shop sends its orders in by the API.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from app.jobs.worker import Worker
from tests.browser import Live
from tests.flows import line, order
from tests.web_rows import PASSWORD

LONG = 60_000
"""Milliseconds for what a server does in the background."""

WRITES = "main form[method=post] :is(button, select, textarea, input:not([type=hidden])):enabled"


@pytest.fixture
def new(fresh: Live) -> Iterator[Live]:
    """A new installation as `rulebooks serve` runs it; the first page is open."""
    worker = Worker(fresh.app)
    worker.start()
    yield fresh
    worker.stop()


def go_to(page: Page, line_of_menu: str) -> None:
    """Follow a line of the navigation."""
    page.locator(".nav-lines").get_by_role("link", name=re.compile(f"^{line_of_menu}")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def begin_to_practise(live: Live) -> Page:
    """From the first run to the practice company."""
    page = live.create_owner()
    page.get_by_role("button", name="Try the practice company").click()
    expect(page.get_by_role("heading", name="Practice session")).to_be_visible()
    return page


def run_session(page: Page) -> None:
    """A practice session from its page: the Web Connector comes and takes what there is."""
    go_to(page, "Practice session")
    page.get_by_role("button", name=re.compile("Run")).click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_text("The session is over.")).to_be_visible(timeout=LONG)


def publish(page: Page, why: str) -> None:
    """From a saved draft to its release."""
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Why?").fill(why)
    page.get_by_role("button", name="Publish 1 change").click()
    expect(page.get_by_role("row").filter(has_text=why)).to_contain_text("decides now")


def find_order(page: Page, number: str) -> None:
    """Search for an order and open it."""
    go_to(page, "Orders")
    page.get_by_role("searchbox").fill(number)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=number, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def shop_sends(live: Live, token: str, number: str, sku: str) -> None:
    """The shop Trailhead sells one of that SKU."""
    answer = httpx.post(
        f"{live.url}/api/v1/stores/trailhead/orders",
        headers={"Authorization": f"Bearer {token}"},
        json=order(number, [line(sku, "12.00")]),
    )
    assert answer.is_success, answer.text


def test_first_run_set_up_practice_session_posted_orders_then_a_failed_one_is_mended(
    new: Live,
) -> None:
    began = time.monotonic()
    page = begin_to_practise(new)
    page.get_by_role("link", name="Go through the set-up").click()
    for number in range(1, 8):
        expect(page.get_by_text(f"Step {number} of 7.")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Save and (continue|finish)")).click()
    expect(page.get_by_role("heading", name="Set-up complete")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Practice session").click()
    run_session(page)
    page.locator("#session").get_by_role("link", name="posted").click()
    expect(page.get_by_role("row").filter(has_text="Posted")).not_to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Invoice 5101")
    assert time.monotonic() - began < 180

    # Find in the log why an order failed, and mend it.
    go_to(page, "Transaction log")
    page.get_by_label("Level").select_option(label="Warnings and errors")
    page.get_by_role("button", name="Filter").click()
    row = page.get_by_role("row").filter(has_text="Order 5116 is held")
    row.get_by_role("link", name=re.compile("Detail")).click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("difference 1.10")
    drawer.get_by_role("link", name=re.compile("Order 5116")).click()
    page.get_by_role("link", name="Rounding limit").click()
    page.get_by_label("Otherwise", exact=True).fill("2.00")
    page.get_by_role("button", name="Save draft").click()
    publish(page, "Cedar & Pine rounds")

    # Sync that order by its number.
    go_to(page, "Sync orders")
    page.get_by_label("Order numbers").fill("5116")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("1 order is decided again")).to_be_visible()
    page.get_by_role("button", name="Sync 1 order").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="5116")).to_contain_text("Queued")
    page.get_by_role("link", name="Post them in a practice session").click()
    run_session(page)
    find_order(page, "5116")
    expect(page.locator(".title")).to_contain_text("Posted")

    # Roll the release back.
    go_to(page, "Rules")
    page.get_by_role("link", name="Releases").click()
    old = page.get_by_role("row").filter(has_text="The rules of the sample shops")
    old.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("row").filter(has_text="decides now")).to_contain_text("release 1")
    page.get_by_role("navigation", name="Rules and").get_by_role("link", name="Rules").click()
    expect(page.get_by_role("main")).to_contain_text("0.05")


def test_mark_as_unpaid_from_scratch_and_a_sku_that_is_mapped_once(new: Live) -> None:
    page = begin_to_practise(new)
    go_to(page, "Rules")
    page.get_by_role("link", name="Add rule").click()
    page.get_by_label("Title").fill("ACH transfers stay unpaid")
    page.get_by_label("Action").select_option(label="Mark the invoice as unpaid")
    page.get_by_label("Field", exact=True).select_option("payment.method")
    page.get_by_label("Comparison").select_option(label="is one of")
    page.get_by_role("button", name="ACH Transfer", exact=True).click()
    expect(page.locator(".try-sum")).to_contain_text("would change")
    page.get_by_label("Number of one order").fill("B-2202")
    expect(page.locator(".try-sum")).to_have_text("Order B-2202: it would change")
    assert not re.search(r'[{}]|"var"', page.get_by_role("main").inner_text())
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Backtest").click()
    expect(page.get_by_role("main")).to_contain_text("B-2202", timeout=LONG)
    page.get_by_label("Why?").fill("ACH arrives on Fridays")
    page.get_by_role("button", name="Publish 1 change").click()
    expect(page.get_by_role("row").filter(has_text="ACH arrives")).to_contain_text("decides now")
    run_session(page)
    assert_unpaid(page, "B-2202")

    # A SKU that QuickBooks does not have holds an order; mapped once, the next one goes through.
    go_to(page, "Settings")
    page.get_by_role("link", name=re.compile("^Products")).click()
    page.get_by_role("radio", name=re.compile("^Hold")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#news")).to_contain_text("Saved as release")
    go_to(page, "Settings")
    page.get_by_role("link", name="API tokens").click()
    page.get_by_label("Name").fill("Our shop")
    page.get_by_role("radio", name=re.compile("send orders")).check()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator(".copyable code").inner_text()
    shop_sends(new, token, "T-1", "LANTERN-NEW")
    run_session(page)
    go_to(page, "Needs attention")
    group = page.get_by_role("region", name="QuickBooks does not have the item: LANTERN-NEW")
    expect(group).to_contain_text("T-1")
    group.get_by_label("Item in QuickBooks, from now on").fill("LAN-RC")
    group.get_by_role("button", name="Use this item").click()
    expect(page.locator("#news")).to_contain_text("is LAN-RC from now on")
    shop_sends(new, token, "T-2", "LANTERN-NEW")
    run_session(page)
    for number in ("T-1", "T-2"):
        find_order(page, number)
        expect(in_quickbooks(page)).to_contain_text("LAN-RC")


def in_quickbooks(page: Page) -> Locator:
    """The documents of the order that is open."""
    return page.get_by_role("region", name="In QuickBooks")


def assert_unpaid(page: Page, number: str) -> None:
    """The order is an invoice in QuickBooks, and has no payment there."""
    find_order(page, number)
    documents = in_quickbooks(page)
    expect(documents.get_by_role("heading", name=re.compile("Invoice"))).to_have_count(1)
    expect(documents).to_contain_text("Posted")
    expect(documents).not_to_contain_text("Payment")


def test_mark_as_unpaid_from_a_preset_then_a_viewer_and_another_companys_person(new: Live) -> None:
    page = begin_to_practise(new)
    go_to(page, "Rules")
    page.get_by_role("link", name="Add rule").click()
    page.get_by_label("What do you want?").fill("mark as unpaid by payment method")
    page.get_by_role("button", name="Search presets").click()
    page.get_by_role("link", name="Mark as unpaid by payment method").click()
    page.get_by_label("Payment methods").fill("ACH Transfer")
    expect(page.get_by_text("When payment method is one of ACH Transfer → yes")).to_be_visible()
    expect(page.get_by_text("1 of the last 56 orders would change")).to_be_visible()
    page.get_by_role("button", name="Use this preset").click()
    expect(page.get_by_text("From the preset")).to_be_visible()
    page.get_by_role("button", name="Backtest").click()
    expect(page.get_by_role("main")).to_contain_text("B-2202", timeout=LONG)
    page.get_by_label("Why?").fill("ACH arrives on Fridays")
    page.get_by_role("button", name="Publish 1 change").click()
    expect(page.get_by_role("row").filter(has_text="ACH arrives")).to_contain_text("decides now")
    run_session(page)
    assert_unpaid(page, "B-2202")

    # A viewer sees all of it and changes nothing; another company's person sees nothing.
    viewer = invite(page, "viewer@shop.example", "viewer")
    page.get_by_role("button", name="Company: Practice company").click()
    page.get_by_role("link", name="All companies").click()
    page.get_by_role("link", name="Add company").click()
    page.get_by_label("Name", exact=True).fill("Maple Goods")
    page.get_by_role("button", name="Add company").click()
    expect(page.locator("#news")).to_contain_text("Maple Goods is there.")
    other = invite(page, "boss@maple.example", "admin")
    orders = f"{new.url}/companies/1/orders"

    accept(page, viewer)
    menu = page.locator(".nav-lines a").evaluate_all("all => all.map(one => one.href)")
    assert len(menu) > 5
    for screen in [*menu, f"{orders}/53", f"{new.url}/companies/1/rules/decision/sync_order"]:
        page.goto(screen)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator(WRITES).evaluate_all("all => all.map(one => one.outerHTML)") == []
    page.get_by_role("link", name="JSON").click()
    expect(page.get_by_role("textbox", name="The whole rule as JSON")).to_be_attached()
    assert not new.complaints
    for act in ("rules/decision/sync_order", "rules/draft/publish", "orders/decide", "practice"):
        assert send(page, f"{new.url}/companies/1/{act}") == 403, act

    accept(page, other)
    page.goto(f"{new.url}/companies")
    expect(page.get_by_role("main")).to_contain_text("Maple Goods")
    expect(page.locator("body")).not_to_contain_text("Practice company")
    for screen in [*menu, f"{orders}/53"]:
        page.goto(screen)
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
        expect(page.locator("body")).not_to_contain_text(re.compile("Practice|B-2202|Trailhead"))
    new.complaints.clear()  # Chromium tells of each 403 and 404 that was asked for


def invite(page: Page, email: str, role: str) -> str:
    """Let somebody into the company that is open; the link that they get."""
    go_to(page, "People")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Role", exact=True).select_option(role)
    page.get_by_role("button", name="Let in").click()
    return page.locator(".copyable code").inner_text()


def accept(page: Page, link: str) -> None:
    """Log out, follow a link of somebody who was let in, and choose a password."""
    address = page.url
    page.get_by_role("button", name=re.compile("@")).click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.goto(urljoin(address, urlsplit(link)._replace(scheme="", netloc="").geturl()))
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Save and log in").click()
    expect(page.get_by_role("button", name=re.compile("@"))).to_be_visible()


def send(page: Page, address: str) -> int:
    """The status with which a form of this page, sent there by hand, is answered."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    return page.request.post(address, form={"csrf_token": token or ""}).status
