"""The pages without JavaScript: everything can be reached and read, on a phone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import NARROW, WIDE, assert_fits, opened
from tests.web_site import Site


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_menu_companies_and_log_out_are_reached(
    chromium: Browser, site: Site, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    with opened(chromium, site.app, java_script_enabled=False, viewport=viewport) as plain:
        page = plain.log_in()
        plain.open(f"/companies/{site.rows.company}/orders")
        if size == NARROW:
            page.get_by_role("link", name="To the menu").click()
        menu = page.locator("#side")
        expect(menu).to_be_in_viewport()
        menu.get_by_role("link", name="Transaction log").click()
        expect(page.get_by_role("heading", name="Transaction log")).to_be_visible()
        assert_fits(page)
        menu.get_by_role("link", name="All companies").click()
        expect(page.get_by_role("heading", name="Companies")).to_be_visible()
        menu.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
