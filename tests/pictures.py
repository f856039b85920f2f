"""The README's pictures: `make pictures` takes them of the real product, filled by the demo.

`python -m tests.pictures --all FOLDER` takes every screen in light and dark, wide and narrow.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from app.commands.demo import run
from app.models import Order, User, db
from app.security import hash_password
from app.serving import serving
from tests.browser import chromium_path

DOCS = Path(__file__).parents[1] / "docs"
EMAIL, PASSWORD = "owner@example.com", "correct horse battery staple"
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
            owner = User(email=EMAIL, password_hash=hash_password(PASSWORD), is_owner=True)
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
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda to: "/login" not in to)
    return page


def screens(page: Page, url: str) -> list[str]:
    """The addresses of everything in the navigation of the company and of the installation."""
    found: list[str] = []
    for start in ("/companies/1/orders", "/companies"):
        page.goto(url + start)
        found += page.eval_on_selector_all(
            ".nav-line", "all => all.map(one => one.getAttribute('href'))"
        )
    return list(dict.fromkeys(found))


def main() -> int:
    """Take the pictures."""
    with demo() as (url, app), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        with app.app_context():
            order = db.session.scalar(select(Order.id).where(Order.number == ORDER))
        if sys.argv[1:2] == ["--all"]:
            _all(browser, url, Path(sys.argv[2]), str(order))
            return 0
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
        browser.close()
    return 0


def _all(browser: Browser, url: str, folder: Path, order: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for scheme in ("light", "dark"):
            page = log_in(browser, url, size=size, scheme=scheme)
            paths = [*screens(page, url), *(one.format(order=order) for one in PICTURES.values())]
            for path in dict.fromkeys(paths):
                page.goto(url + path)
                page.wait_for_load_state("networkidle")
                name = path.strip("/").replace("/", "-") or "start"
                page.screenshot(path=folder / f"{name}.{size}.{scheme}.png", full_page=True)
            page.context.close()


if __name__ == "__main__":
    sys.exit(main())
