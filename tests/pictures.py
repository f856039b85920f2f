"""The README's pictures: `make pictures` takes them of the real product, filled by the demo.

`python -m tests.pictures --all FOLDER` takes every screen in light and dark, wide and narrow.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from app.commands.demo import run
from app.migrate import upgrade
from app.models import Order, User, db
from app.serving import serving
from tests.browser import chromium_path
from tests.every_page import OWNER, furnish, pages
from tests.web_rows import HASH, PASSWORD
from tests.web_site import end, make_app

DOCS = Path(__file__).parents[1] / "docs"
NO_NAME = re.compile(r"[^\w.]+")
ORDER = "5107"
PICTURES = {
    "dashboard": "/companies/1/dashboard",
    "orders": "/companies/1/orders",
    "order": "/companies/1/orders/{order}",
    "attention": "/companies/1/attention",
    "rules": "/companies/1/rules",
    "rule": "/companies/1/rules/decision/mark_invoice_unpaid",
}
SIZES = {"wide": (1280, 860), "narrow": (380, 860)}


@contextmanager
def demo() -> Iterator[tuple[str, Flask]]:
    """The demo's company served, with somebody who may log in."""
    with tempfile.TemporaryDirectory() as folder:
        _, app = run(Path(folder))
        with app.app_context():
            owner = User(email=OWNER, password_hash=HASH, is_owner=True)
            db.session.add(owner)
            db.session.commit()
        with serving(app) as url:
            yield url, app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def log_in(browser: Browser, url: str, *, size: str = "wide", scheme: str = "light") -> Page:
    """A page of a person who is logged in."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{url}/login")
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda to: "/login" not in to)
    return page


def main() -> int:
    """Take the pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        if sys.argv[1:2] == ["--all"]:
            every_screen(browser, Path(sys.argv[2]))
            return 0
        return for_the_readme(browser)


def for_the_readme(browser: Browser) -> int:
    """The pictures that README.md shows."""
    with demo() as (url, app):
        with app.app_context():
            order = db.session.scalar(select(Order.id).where(Order.number == ORDER))
        page = log_in(browser, url)
        DOCS.mkdir(exist_ok=True)
        for name, path in PICTURES.items():
            answer = page.goto(url + path.format(order=order))
            if answer is None or not answer.ok:
                print(f"{path} could not be shown")
                return 1
            page.wait_for_load_state("networkidle")
            page.screenshot(path=DOCS / f"{name}.png")
            print(f"docs/{name}.png")
    return 0


def every_screen(browser: Browser, folder: Path) -> None:
    """Each page of an installation that has something on all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as instance:
        app = make_app(f"sqlite:///{instance}/rulebooks.db", Path(instance))
        with app.app_context():
            upgrade()
        furnish(app)
        paths = pages(app)
        with serving(app) as url:
            for size, scheme in product(SIZES, ("light", "dark")):
                page = log_in(browser, url, size=size, scheme=scheme)
                for path in paths:
                    page.goto(url + path)
                    page.wait_for_load_state("networkidle")
                    name = NO_NAME.sub("-", path.strip("/")) or "start"
                    page.screenshot(path=folder / f"{name}.{size}.{scheme}.png", full_page=True)
                page.context.close()
        end(app)


if __name__ == "__main__":
    sys.exit(main())
