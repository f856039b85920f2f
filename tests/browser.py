"""A real browser on a real server, for tests of what only a browser shows.

`live` is a server on the rows of tests/web_rows.py with an owner logged in; `fresh` is one on a new
installation on which nobody can log in yet. Both have a `page` (Playwright's) at 1280 by 800 that
collects what the browser complained about; a test fails if it complained at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from app.assets.fetch import MODULES
from app.serving import serving
from app.web.first_run import set_up_code
from tests.web_rows import PASSWORD, Rows
from tests.web_site import end, make_app

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = (1280, 800), (380, 800)
AXE = "rules => axe.run(document, {resultTypes: ['violations'], preload: false, ...rules})"
CUT = """[...document.querySelectorAll(".sheet, .panel, .paper, .notice")]
  .filter(one => one.scrollWidth - one.clientWidth > 1)
  .filter(one => getComputedStyle(one).overflowX == "hidden")
  .map(one => one.className + " by " + (one.scrollWidth - one.clientWidth))"""
SERIOUS = {"serious", "critical"}


@dataclass
class Live:
    """A server and a browser's page on it."""

    app: Flask
    url: str
    page: Page
    rows: Rows | None = None
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to that address of the server."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, email: str = "owner@example.com", password: str = PASSWORD) -> Page:
        """Fill in the log-in page, as whoever a person is."""
        self.page.context.clear_cookies()
        self.open("/login")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self.page

    def create_owner(self, email: str = "owner@example.com", password: str = PASSWORD) -> Page:
        """The first run on a new installation, up to the choice of how to begin."""
        self.open(f"/first-run?code={set_up_code(self.app)}")
        self.page.get_by_label("Your e-mail address").fill(email)
        self.page.get_by_label("Choose a password").fill(password)
        self.page.get_by_role("button", name="Create the owner").click()
        self.page.wait_for_url("**/welcome")
        return self.page


def assert_accessible(page: Page, rules: list[str] | None = None) -> None:
    """Have axe-core look for what keeps people out; serious and critical findings fail.

    Args:
        page: What is looked at.
        rules: Only these of axe's rules; None: all that it runs by itself.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    only = {} if rules is None else {"runOnly": {"type": "rule", "values": rules}}
    found: dict[str, Any] = page.evaluate(AXE, only)
    told = [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['target']} {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
    assert not told, "\n".join([page.url, *told])


def assert_fits(page: Page) -> None:
    """Nothing is wider than the window, and nothing is cut off at the side of its sheet."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels wider than the window"
    cut = page.evaluate(CUT)
    assert not cut, f"{page.url} cuts off: {cut}"


def chromium_path() -> str | None:
    """Where this machine has a Chromium."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this process.

    Without one the tests skip; RULEBOOKS_REQUIRE_BROWSER=1 turns that into a failure.
    """
    found = chromium_path()
    if found is None:
        reason = "there is no Chromium: apt install chromium"
        if os.environ.get("RULEBOOKS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    chromium: Browser, app: Flask, rows: Rows | None = None, **context: Any
) -> Iterator[Live]:
    """The application served, and a page; fails when the browser complained of anything.

    Args:
        chromium: The browser.
        app: What is served.
        rows: What is in it.
        context: How the page is, as Playwright names it, e.g. ``color_scheme="dark"``.
    """
    app.testing = False
    width, height = WIDE
    settings = {"viewport": {"width": width, "height": height}} | context
    with serving(app) as url:
        browsing = chromium.new_context(**settings)
        page = browsing.new_page()
        page.set_default_timeout(20_000)
        live = Live(app, url, page, rows)
        page.on(
            "console",
            lambda said: live.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: live.complaints.append(str(error)))
        try:
            yield live
        finally:
            browsing.close()
    assert not live.complaints, live.complaints


@pytest.fixture
def live(chromium: Browser, filled: tuple[Path, Rows], tmp_path: Path) -> Iterator[Live]:
    """A server with companies, people and orders; its page is logged in as the owner."""
    path = tmp_path / "live.db"
    shutil.copy(filled[0], path)
    app = make_app(f"sqlite:///{path}", tmp_path)
    with opened(chromium, app, filled[1]) as found:
        found.log_in()
        yield found
    end(app)


@pytest.fixture
def fresh(chromium: Browser, sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """A server on a new installation."""
    app = make_app(sqlite_url, tmp_path)
    with opened(chromium, app) as found:
        yield found
    end(app)
