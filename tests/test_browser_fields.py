"""The lists of fields and decisions in a real browser: searched by keyboard, mouse and finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import Live, assert_accessible, assert_fits

RULES = "/companies/1/rules"


def test_a_field_is_found_by_typing_and_chosen_by_enter(live: Live) -> None:
    page = live.open(f"{RULES}/decision/deposit_account")
    page.get_by_role("button", name="Add case").click()
    field = page.locator(".case").last.get_by_label("Field", exact=True)
    field.focus()
    page.keyboard.press("p")
    search = page.get_by_role("dialog", name="Field").get_by_role("combobox")
    expect(search).to_be_focused()
    page.keyboard.type("ayment meth")
    chosen = page.locator("#finder").get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Payment method")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(field).to_have_value("payment.method")
    expect(page.get_by_role("dialog", name="Field")).to_be_hidden()
    comparison = page.locator(".case").last.get_by_label("Comparison")
    expect(comparison).to_be_visible()
    expect(page.locator("#rule.htmx-request, #rule.htmx-settling")).to_have_count(0)
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Payment method")
    first = chosen.get_attribute("id")
    page.keyboard.press("ArrowDown")
    assert chosen.get_attribute("id") != first
    page.keyboard.press("Escape")
    expect(field).to_have_value("payment.method")
    expect(field).to_be_focused()


def test_the_list_is_searched_by_group_sample_and_part_of_a_name(live: Live) -> None:
    page = live.open(f"{RULES}/decision/deposit_account")
    page.get_by_role("button", name="Add case").click()
    page.locator(".case").last.get_by_label("Field", exact=True).click()
    search = page.get_by_role("dialog").get_by_role("combobox")
    everything = page.locator(".finder-row").count()
    for typed, found in (
        ("shipping address coun", "Shipping country"),
        ("order.total", "Order total"),
        ("TOTAL order", "Order total"),
    ):
        search.fill(typed)
        expect(page.locator("#finder").get_by_role("option", name=found).first).to_be_visible()
        assert 0 < page.locator(".finder-row:visible").count() < everything
    search.fill("no such thing")
    expect(page.get_by_text("Nothing is called so.")).to_be_visible()
    page.keyboard.press("Enter")
    search.fill("order total")
    page.locator("#finder").get_by_role("option", name="Order total").first.click()
    field = page.locator(".case").last.get_by_label("Field", exact=True)
    expect(field).to_have_value("order.total")


def test_what_a_rule_decides_is_found_by_typing(live: Live) -> None:
    page = live.open(f"{RULES}/new")
    page.get_by_label("Action").focus()
    page.keyboard.press("m")
    page.keyboard.type("ark unpaid")
    page.keyboard.press("Enter")
    page.get_by_text("Yes posts the invoice without its payment").wait_for()
    page.get_by_label("Field", exact=True).click()
    page.keyboard.type("line.sku")
    expect(page.get_by_text("Nothing is called so.")).to_be_visible()
    page.keyboard.press("Escape")
    before = page.locator('select[aria-label="Field"]').count()
    page.get_by_role("button", name="On the lines").click()
    expect(page.locator('select[aria-label="Field"]')).to_have_count(before + 1)
    page.get_by_label("Field", exact=True).last.click()
    page.keyboard.type("sku")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Field", exact=True).last).to_have_value("line.sku")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_fits_a_phone(live: Live, scheme: str) -> None:
    live.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    live.page.set_viewport_size({"width": 380, "height": 500})
    page = live.open(f"{RULES}/new?decision=deposit_account")
    page.get_by_label("Field", exact=True).click()
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 380
    assert box["y"] + box["height"] <= 500
    assert_fits(page)
    assert_accessible(page)
    page.mouse.click(375, 495)
    expect(dialog).to_be_hidden()


def test_without_javascript_the_select_has_all_fields(live: Live) -> None:
    browser = live.page.context.browser
    assert browser
    plain = browser.new_context(
        java_script_enabled=False, storage_state=live.page.context.storage_state()
    )
    page = plain.new_page()
    page.goto(f"{live.url}{RULES}/decision/deposit_account")
    page.get_by_role("button", name="Add case").click()
    case = page.locator(".case").last
    case.get_by_label("Field", exact=True).select_option("order.total")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".case").last.get_by_label("Field", exact=True)).to_have_value(
        "order.total"
    )
    plain.close()
