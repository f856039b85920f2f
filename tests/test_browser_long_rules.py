"""A rule of many cases in a real browser: opened by keyboard, dragged, reloaded and saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.models import Company, db
from app.rules.draft_state import rule_in
from app.rules.drafts import save_rule
from tests.browser import Live, assert_accessible, assert_fits

RULE = "/companies/1/rules/decision/deposit_account"
MANY = 40


@pytest.fixture
def long(live: Live) -> Page:
    """The builder on a rule of forty cases."""
    with live.app.app_context():
        company = db.session.get_one(Company, 1)
        cases = [
            {"title": f"Number {n}", "when": {">=": [{"var": "order.total"}, n]}, "then": f"B{n}"}
            for n in range(1, MANY + 1)
        ]
        version = rule_in(company, "deposit_account").version
        rule = {"cases": cases, "otherwise": "Undeposited Funds"}
        save_rule(company, "deposit_account", rule, version=version, author="ann")
    page = live.open(RULE)
    page.locator(".try-sum").wait_for()
    return page


def saved(live: Live) -> list[str]:
    with live.app.app_context():
        content = rule_in(db.session.get_one(Company, 1), "deposit_account").content
        return [one["then"] for one in content["cases"]]


def test_a_case_is_opened_by_keyboard_changed_closed_and_saved(live: Live, long: Page) -> None:
    case = long.locator("#case-11")
    opener = case.get_by_role("button", name="Open case 12")
    opener.focus()
    long.keyboard.press("Enter")
    expect(case.get_by_role("button", name="Close case 12")).to_be_focused()
    expect(long).to_have_url(f"{live.url}{RULE}?open=12")
    value = case.locator('[name="cases.11.then.value"]')
    value.fill("Elsewhere")
    expect(value).to_be_focused()
    expect(long.locator(".case.is-closed")).to_have_count(MANY - 1)
    case.get_by_role("button", name="Close case 12").press("Enter")
    expect(opener).to_be_focused()
    expect(case.locator(".says")).to_contain_text("→ Elsewhere")
    long.get_by_role("button", name="Save draft").click()
    long.get_by_text("is saved in the draft").wait_for()
    wanted = [f"B{n}" for n in range(1, MANY + 1)]
    wanted[11] = "Elsewhere"
    assert saved(live) == wanted


def test_what_is_open_stays_open_after_a_reload_a_button_and_a_drag(live: Live, long: Page) -> None:
    for number in (2, 30):
        long.get_by_role("button", name=f"Open case {number}:").click()
        expect(long.locator(f"#case-{number - 1} .case-title")).to_be_visible()
    expect(long).to_have_url(f"{live.url}{RULE}?open=2,30")
    long.reload()
    expect(long.locator(".case:not(.is-closed)")).to_have_count(2)
    long.locator(".try-sum").wait_for()
    assert_accessible(long)
    long.get_by_role("button", name="Move case 2 up").click()
    expect(long.locator(".case").first).to_have_id("case-1")
    grip = long.locator("#case-4 .grip")
    below = long.locator("#case-6").bounding_box()
    assert below
    grip.hover()
    long.mouse.down()
    long.mouse.move(below["x"] + 20, below["y"] + below["height"] - 4, steps=12)
    long.mouse.up()
    expect(long.locator("#case-4 .case-number")).not_to_have_text("5")
    place = long.locator("#case-4 .case-number").inner_text()
    expect(long.get_by_role("button", name=f"Open case {place}: Number 5")).to_be_visible()
    numbers = long.locator(".case-number").all_inner_texts()
    assert numbers == [str(one) for one in range(1, MANY + 1)]
    dragged = ["B2", "B1", "B3", "B4", "B6", "B7", "B8", "B9"]
    dragged.insert(int(place) - 1, "B5")
    long.get_by_role("button", name="JSON", exact=True).first.click()
    long.get_by_role("textbox", name="The whole rule as JSON").wait_for(state="attached")
    long.get_by_role("button", name="Form", exact=True).click()
    expect(long.locator(".case:not(.is-closed)")).to_have_count(2)
    long.get_by_role("button", name="Save draft").click()
    long.get_by_text("is saved in the draft").wait_for()
    expect(long.locator(".case:not(.is-closed) .case-title").first).to_have_value("Number 2")
    assert saved(live)[:9] == dragged


def test_one_goes_on_typing_in_an_open_case_while_it_is_tried(long: Page) -> None:
    long.get_by_role("button", name="Open case 3:").click()
    value = long.locator('[name="cases.2.then.value"]')
    value.focus()
    long.keyboard.press("End")
    with long.expect_response("**/try"):
        long.keyboard.type("Bank")
    long.keyboard.press("ArrowLeft")
    with long.expect_response("**/try"):
        long.keyboard.type("x")
    long.keyboard.type("y")
    expect(value).to_have_value("B3Banxyk")
    expect(value).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_long_rule_is_accessible_and_fits_a_phone(live: Live, long: Page, scheme: str) -> None:
    long.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    long.set_viewport_size({"width": 380, "height": 800})
    live.open(f"{RULE}?open=4")
    long.locator(".try-sum").wait_for()
    assert_fits(long)
    assert_accessible(long)


def test_without_javascript_a_long_rule_is_read_and_its_cases_are_opened(
    live: Live, long: Page
) -> None:
    browser = long.context.browser
    assert browser
    plain = browser.new_context(
        java_script_enabled=False, storage_state=long.context.storage_state()
    )
    page = plain.new_page()
    page.goto(live.url + RULE)
    expect(page.locator("#case-24")).to_contain_text("When order total is at least 25 → B25")
    page.get_by_role("button", name="Open case 25:").click()
    expect(page.locator("#case-24 .case-title")).to_have_value("Number 25")
    expect(page.locator(".case.is-closed")).to_have_count(MANY - 1)
    plain.close()


def test_cases_are_found_by_their_words(live: Live, long: Page) -> None:
    field = long.get_by_label("Find cases by their words")
    field.press_sequentially("number b17")
    shown = long.locator(".cases > .case:visible")
    expect(shown).to_have_count(1)
    expect(long.locator("#found-cases")).to_have_text(f"1 of {MANY}")
    field.press("Enter")
    expect(long.get_by_text("is saved in the draft")).to_have_count(0)
    assert_accessible(long)
    assert_fits(long)
    long.get_by_role("button", name="Open case 17").press("Enter")
    value = long.locator('[name="cases.16.then.value"]')
    value.fill("Found")
    field.fill("no such words")
    expect(shown).to_have_count(1)  # what is open stays
    field.fill("")
    expect(shown).to_have_count(MANY)
    with long.expect_response(lambda one: one.request.method == "POST" and RULE in one.url
                              and not one.url.endswith("/try")) as answer:  # fmt: skip
        long.get_by_role("button", name="Save draft").click()
    assert answer.value.ok
    assert saved(live)[16] == "Found"
    assert len(saved(live)) == MANY
