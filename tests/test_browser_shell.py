"""The shell of every screen in a real browser: layout, theme, dialogs, messages, keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app import people
from app.models import Company, User, db
from tests.browser import NARROW, Live, assert_accessible, assert_fits, opened
from tests.web_rows import PASSWORD
from tests.web_site import Site

SCREENS = (
    "/companies", "/companies/new", "/companies/1/name", "/companies/1/people",
    "/companies/1/audit", "/people", "/audit", "/account", "/welcome", "/nothing",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_every_screen_of_the_shell_is_accessible_and_fits(
    chromium: Browser, site: Site, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    with opened(chromium, site.app, color_scheme=scheme, viewport=viewport) as live:
        live.open("/login")
        assert_accessible(live.page)
        live.log_in()
        for screen in SCREENS:
            live.open(screen)
            assert_accessible(live.page)
            assert_fits(live.page)
        live.complaints.clear()  # Chromium tells of the 404 that was asked for


def test_the_first_run_leads_to_a_practice_company(fresh: Live) -> None:
    page = fresh.open("/")
    expect(page.get_by_role("heading")).to_have_text("Create the owner")
    assert_accessible(page)
    fresh.create_owner()
    assert_accessible(page)
    page.get_by_role("button", name="Try the practice company").click()
    page.wait_for_url("**/companies/1/**")
    expect(page.locator("body")).to_contain_text("Practice company")
    with fresh.app.app_context():
        assert db.session.get_one(Company, 1).is_practice
        assert people.owners() == 1


def test_the_first_run_leads_to_a_company_of_ones_own(fresh: Live) -> None:
    page = fresh.create_owner()
    page.get_by_role("link", name="Connect QuickBooks").click()
    page.get_by_label("Name").fill("Maple Goods")
    page.get_by_label("Country").select_option("CA")
    page.get_by_label("Home currency").select_option("CAD")
    page.get_by_label("Time zone").fill("America/Toronto")
    page.get_by_role("button", name="Add company").click()
    page.wait_for_url("**/companies/1/**")
    expect(page.locator("#news")).to_contain_text("Maple Goods is there.")


def test_the_theme_is_the_readers_choice_and_stays(live: Live) -> None:
    page = live.open("/companies")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "light")
    button = page.locator("[data-theme-next]")
    button.click()
    button.click()
    expect(button).to_have_attribute("aria-label", "Colours: dark")
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "dark")


def test_on_a_phone_the_navigation_is_a_drawer(live: Live) -> None:
    width, height = NARROW
    live.page.set_viewport_size({"width": width, "height": height})
    page = live.open("/companies/1/people")
    link = page.get_by_role("link", name="Orders", exact=True)
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    expect(link).to_be_in_viewport()
    page.wait_for_timeout(400)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_first_tab_offers_to_skip_to_the_content(live: Live) -> None:
    page = live.open("/companies")
    page.keyboard.press("Tab")
    skip = page.get_by_text("Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_companies_are_switched_by_keyboard(live: Live) -> None:
    page = live.open("/companies/1/people")
    page.get_by_role("button", name="Company: Cedar & Pine Ltd").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/2/**")


def test_a_question_is_asked_before_somebody_is_taken_out(live: Live) -> None:
    page = live.open("/companies/1/people")
    row = page.get_by_role("row").filter(has_text="viewer@example.com")
    dialog = page.get_by_role("dialog")
    row.get_by_role("button", name="Take out").click()
    expect(dialog).to_contain_text("Take viewer@example.com out of Cedar & Pine Ltd?")
    assert_accessible(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Take out").click()
    dialog.get_by_role("button", name="Take out").click()
    expect(page.locator("#news")).to_contain_text("viewer@example.com sees")
    expect(row).to_have_count(0)


def test_a_role_is_changed_where_it_is_shown(live: Live) -> None:
    page = live.open("/companies/1/people")
    page.get_by_label("Role of viewer@example.com").select_option("bookkeeper")
    expect(page.locator("#news")).to_contain_text("viewer@example.com is a bookkeeper now.")
    expect(page.get_by_label("Role of viewer@example.com")).to_have_value("bookkeeper")


def test_somebody_is_invited_chooses_a_password_and_sees_the_company(live: Live) -> None:
    page = live.open("/companies/1/people")
    page.get_by_label("E-mail address").fill("New@Example.com")
    page.get_by_role("button", name="Let in").click()
    expect(page.locator(".notice")).to_contain_text("Send this link to new@example.com.")
    link = page.locator(".copyable code").inner_text().removeprefix("http://localhost")
    page.get_by_role("button", name="Copy").click()
    page.context.clear_cookies()
    live.open(link)
    assert_accessible(page)
    page.get_by_label("Choose a password").fill("short")
    page.get_by_role("button", name="Save and log in").click()
    expect(page.locator(".field-error")).to_contain_text("10")
    page.get_by_label("Choose a password").fill("long enough now")
    page.get_by_role("button", name="Save and log in").click()
    page.wait_for_url("**/companies/1/**")
    page.context.clear_cookies()
    live.open(link)
    expect(page.get_by_role("heading")).to_have_text("This link is used or too old")
    live.complaints.clear()  # Chromium tells of the 422 and the 410


AWAY = "document.dispatchEvent(new Event('visibilitychange'))"
"""What the page hears when somebody looks at another tab."""


@pytest.mark.parametrize(
    ("path", "field", "button", "saved"),
    [
        (
            "/companies/1/rules/decision/deposit_account",
            "otherwise.then.value",
            "Save draft",
            "is saved in the draft",
        ),
        ("/companies/1/name", "name", "Save", "Kept while away"),
    ],
)
def test_what_was_typed_outlives_a_log_out(
    live: Live, path: str, field: str, button: str, saved: str
) -> None:
    page = live.open(path)
    typed = page.locator(f'[name="{field}"]')
    typed.fill("Kept while away")
    with live.app.app_context():
        db.session.query(User).update({"sessions_ended": User.sessions_ended + 1})
        db.session.commit()
    page.evaluate(AWAY)
    page.get_by_role("button", name=button, exact=True).click()
    note = page.locator("#logged-out")
    expect(note).to_contain_text("nothing was saved")
    expect(typed).to_have_value("Kept while away")
    with page.context.expect_page() as opened_tab:
        note.get_by_role("link", name="Log in").click()
    tab = opened_tab.value
    tab.get_by_label("E-mail address").fill("owner@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url(lambda url: "/login" not in url)
    tab.close()
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("body")).to_contain_text(saved)
    expect(note).to_have_count(0)
