"""A rule built, put in order, deleted and brought back with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app.models import Company, db
from app.rules.draft_state import rule_in
from tests.browser import Live, assert_accessible

RULES = "/companies/1/rules"


def saved(live: Live, key: str) -> list[dict[str, object]]:
    with live.app.app_context():
        content = rule_in(db.session.get_one(Company, 1), key).content
        return list(content["cases"])


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is on what is called so."""
    named = """() => {
        const at = document.activeElement;
        return at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "";
    }"""
    for _ in range(80):
        if page.evaluate(named).strip() == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {wanted!r}")


def settle(page: Page) -> None:
    expect(page.locator("#rule.htmx-request, #rule.htmx-settling")).to_have_count(0)


def test_mark_as_unpaid_for_paypal_is_built_with_the_keyboard_alone(live: Live) -> None:
    page = live.open(RULES)
    page.locator("main").focus()
    tab_to(page, "Add rule")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/new")
    page.locator("main").focus()
    tab_to(page, "Title")
    page.keyboard.type("PayPal stays unpaid")
    page.keyboard.press("Tab")
    page.keyboard.type("mark unpaid")
    page.keyboard.press("Enter")
    page.get_by_text("Yes posts the invoice without its payment").wait_for()
    settle(page)
    tab_to(page, "Field")
    page.keyboard.type("payment method")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comparison")).to_be_visible()
    settle(page)
    tab_to(page, "Value")
    page.keyboard.type("PayPal")
    expect(page.locator(".try-sum")).to_contain_text("would change")
    page.keyboard.press("Control+s")
    page.get_by_text("is in the draft").wait_for()
    (case,) = saved(live, "mark_invoice_unpaid")
    assert case["title"] == "PayPal stays unpaid"
    assert case["when"] == {"is": [{"var": "payment.method"}, "PayPal"]}
    assert case["then"] is True


def test_cases_are_duplicated_ordered_deleted_and_brought_back(live: Live) -> None:
    page = live.open(f"{RULES}/decision/sync_order")
    page.locator(".try-sum").wait_for()
    titles = "[...document.querySelectorAll('.case-title')].map(one => one.value)"
    before = page.evaluate(titles)
    tab_to(page, "Duplicate case 1")
    page.keyboard.press("Enter")
    copied = page.locator(".case-title").nth(1)
    expect(copied).to_have_value(f"{before[0]} (copy)")
    expect(copied).to_be_focused()
    tab_to(page, "Move case 2 down")
    page.keyboard.press("Enter")
    expect(page.locator(".case-title").nth(2)).to_have_value(f"{before[0]} (copy)")
    settle(page)
    tab_to(page, "Delete case 3")
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.get_by_text(f"The case “{before[0]} (copy)” is out.")).to_be_visible()
    assert page.evaluate(titles) == before
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator(".case-title").nth(2)).to_have_value(f"{before[0]} (copy)")
    expect(page.locator(".case-title").nth(2)).to_be_focused()
    expect(undo).to_have_count(0)
    page.keyboard.press("Control+s")
    page.get_by_text("is saved in the draft").wait_for()
    found = [one["title"] for one in saved(live, "sync_order")]
    assert found == [*before[:2], f"{before[0]} (copy)"]


def test_what_is_added_has_the_focus(live: Live) -> None:
    page = live.open(f"{RULES}/decision/sync_order")
    page.locator(".try-sum").wait_for()
    page.get_by_role("button", name="Add case").press("Enter")
    expect(page.locator(".case-title").last).to_be_focused()
    last = page.locator(".case").last
    last.get_by_role("button", name="Condition", exact=True).press("Enter")
    expect(last.get_by_label("Field", exact=True).nth(1)).to_be_focused()
    last.get_by_role("button", name="Remove this condition").last.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(last.get_by_label("Field", exact=True).nth(1)).to_be_focused()
