"""The overview of the rules in a real browser: one finds one's way, searches and comes back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.models import Company, db
from tests.browser import Live, assert_accessible, assert_fits
from tests.web_rows import publish_plain

RULES = "/companies/1/rules"
TALLEST = 4_000
"""Pixels of the page with few rules of one's own: it was 13,700."""


@pytest.fixture
def own(live: Live) -> Live:
    """A company with one rule that is not at its default."""
    with live.app.app_context():
        publish_plain(db.session.get_one(Company, 1), memo="Thank you")
    return live


def test_own_rules_are_told_in_full_and_the_others_are_a_line_each(own: Live) -> None:
    page = own.open(RULES)
    expect(page.locator("#memo")).to_contain_text("Always Thank you")
    expect(page.locator("#memo .hits")).to_have_text(re.compile(r"^\d+ . in 90 days$"))
    assert page.evaluate("document.documentElement.scrollHeight") < TALLEST
    expect(page.locator("#sync_order")).to_be_hidden()
    page.locator(".rule-defaults > summary").first.click()
    line = page.locator("#sync_order")
    expect(line).to_contain_text("otherwise yes")
    box = line.bounding_box()
    assert box
    assert box["height"] < 45
    assert_accessible(page)


def test_a_group_is_jumped_to_and_a_link_to_a_rule_opens_its_list(own: Live) -> None:
    page = own.open(RULES)
    groups = page.get_by_role("navigation", name="Groups of rules")
    groups.get_by_role("link", name="Inventory").click()
    expect(page.get_by_role("heading", name="Inventory")).to_be_in_viewport()
    page = own.open(f"{RULES}/decision/deposit_account")
    page.get_by_role("link", name="Rules", exact=True).last.click()
    expect(page.locator("#deposit_account")).to_be_in_viewport()


def test_the_list_is_searched_while_one_types_and_the_address_says_it(own: Live) -> None:
    page = own.open(RULES)
    search = page.get_by_label("Search the rules")
    search.fill("thank")
    expect(page.locator(".rule-line")).to_have_count(1)
    expect(page.get_by_text("1 rule", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=thank"))
    expect(search).to_be_focused()
    page.reload()
    expect(page.locator(".rule-line")).to_have_count(1)
    expect(search).to_have_value("thank")
    search.fill("order")
    expect(page.locator("#sync_order")).to_be_visible()
    page.get_by_label("Which rules").select_option("default")
    expect(page.locator("#memo")).to_have_count(0)


def test_it_is_read_without_javascript(own: Live) -> None:
    browser = own.page.context.browser
    assert browser
    plain = browser.new_context(
        java_script_enabled=False, storage_state=own.page.context.storage_state()
    )
    page = plain.new_page()
    page.goto(own.url + RULES)
    page.locator(".rule-defaults > summary").first.click()
    expect(page.locator("#sync_order")).to_be_visible()
    page.get_by_label("Search the rules").fill("thank")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".rule-line")).to_have_count(1)
    plain.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(own: Live, scheme: str) -> None:
    own.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    own.page.set_viewport_size({"width": 380, "height": 800})
    for query in ("", "?only=default", "?q=paypal"):
        page = own.open(RULES + query)
        page.wait_for_load_state("networkidle")
        assert_fits(page)
        assert_accessible(page)
