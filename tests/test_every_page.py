"""Every page of the installation in a browser: accessible, never too wide, without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.models import User, db
from app.web.join import link
from tests.browser import NARROW, WIDE, assert_accessible, assert_fits, opened
from tests.every_page import furnish, pages
from tests.web_site import end, make_app

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
CONTRAST: Final = ["color-contrast"]


@pytest.fixture
def furnished(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An installation with something on every page."""
    app = make_app(sqlite_url, tmp_path)
    furnish(app)
    yield app
    end(app)


def wrong_with(page: Page) -> list[str]:
    """What keeps people out or does not fit, light and dark, wide and narrow.

    One page loaded once: the width decides what there is, the scheme only its colours, so that each
    scheme is looked at as a whole in one width and for contrast in the other.
    """
    found = []
    for (width, height), schemes in ((WIDE, SCHEMES), (NARROW, SCHEMES[::-1])):
        page.set_viewport_size({"width": width, "height": height})
        for scheme, rules in zip(schemes, (None, CONTRAST), strict=True):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
            try:
                assert_fits(page)
                assert_accessible(page, rules)
            except AssertionError as error:
                found.append(f"{scheme}, {width} wide: {error}")
    return found


def test_every_page_is_accessible_and_fits(chromium: Browser, furnished: Flask) -> None:
    paths = pages(furnished)
    assert len(paths) > 100
    with furnished.test_request_context():
        invited = link(db.session.query(User).filter_by(email="viewer@example.com").one())
    # Colours that fade into each other are read halfway.
    with opened(chromium, furnished, reduced_motion="reduce") as live:
        wrong = []
        for path in ("/login", invited.removeprefix("http://localhost")):
            wrong += wrong_with(live.open(path))
        live.log_in()
        for path in paths:
            answer = live.page.goto(live.url + path)
            assert answer
            assert answer.status == 200, path
            expect(live.page.locator(".htmx-request")).to_have_count(0)
            wrong += wrong_with(live.page)
        assert not wrong, "\n\n".join(wrong)
