"""Every page of the installation in a browser: accessible, never too wide, without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.models import User, db
from app.web.join import link
from tests.browser import NARROW, WIDE, assert_accessible, assert_fits, opened
from tests.every_page import furnish, pages
from tests.web_site import end, make_app


@pytest.fixture
def furnished(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An installation with something on every page."""
    app = make_app(sqlite_url, tmp_path)
    furnish(app)
    yield app
    end(app)


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, furnished: Flask, scheme: str, size: tuple[int, int]
) -> None:
    paths = pages(furnished)
    assert len(paths) > 100
    with furnished.test_request_context():
        invited = link(db.session.query(User).filter_by(email="viewer@example.com").one())
    viewport = {"width": size[0], "height": size[1]}
    with opened(chromium, furnished, color_scheme=scheme, viewport=viewport) as live:
        for path in ("/login", invited.removeprefix("http://localhost")):
            live.open(path)
            assert_accessible(live.page)
            assert_fits(live.page)
        live.log_in()
        wrong = []
        for path in paths:
            answer = live.page.goto(live.url + path)
            assert answer
            assert answer.status == 200, path
            expect(live.page.locator(".htmx-request")).to_have_count(0)
            try:
                assert_fits(live.page)
                assert_accessible(live.page)
            except AssertionError as error:
                wrong.append(str(error))
        assert not wrong, "\n\n".join(wrong)
