"""Two servers, real processes on one PostgreSQL, share the schedule, and one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Company, Event, Order, Store, Task, db, now
from app.sync.stores import add_store
from tests.database import Postgres, close_app
from tests.fake_woocommerce import FakeWooCommerce
from tests.store_server import served
from tests.web_site import make_app

ROOT = Path(__file__).parents[1]
COMPANIES = 60
ORDERS = 130
"""Two pages of each store."""


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    url = postgres.create()
    yield url
    postgres.drop(url)


@contextmanager
def node(database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A server's part in the schedule, until the end or until it is killed."""
    command = [sys.executable, "-m", "tests.schedule_node", database, str(folder)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ)
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@contextmanager
def closed_at_end(app: Flask) -> Iterator[None]:
    try:
        yield
    finally:
        close_app(app)


def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        db.session.rollback()
        time.sleep(0.05)


def traces(step: str) -> Counter[int]:
    """Company -> how often it took that step."""
    return Counter(db.session.scalars(select(Event.company_id).where(Event.kind == step)))


def workers() -> set[str]:
    """The processes that did work."""
    return set(db.session.scalars(select(Event.text).where(Event.kind == "ended")))


def fill(app: Flask, address: str) -> None:
    """Companies with work that is due; the first three have a store that is."""
    settings = FakeWooCommerce.settings | {"url": address}
    for number in range(COMPANIES):
        company = Company(name=f"C{number}", username=f"c{number}", password_digest="")
        db.session.add(company)
        db.session.flush()
        db.session.add(
            Task(company_id=company.id, kind="work", next_at=now() - timedelta(minutes=1))
        )
        if number < 3:
            add_store(company, "woocommerce", settings, key="shop")
    db.session.commit()


def test_two_servers_share_the_schedule_and_one_that_is_killed_is_followed(
    database: str, tmp_path: Path
) -> None:
    shop = FakeWooCommerce()
    shop.add(ORDERS)
    app = make_app(database, tmp_path)
    with closed_at_end(app), served(shop._handle) as address, app.app_context():
        fill(app, address)
        with node(database, tmp_path) as first, node(database, tmp_path) as second:
            until(lambda: len(workers()) == 2)
            until(lambda: db.session.query(Order).count() == 3 * ORDERS)
            until(lambda: not db.session.query(Store).filter(Store.lease != "").count())
            until(lambda: traces("begun").total() > traces("ended").total())
            first.kill()
            first.wait(timeout=30)
            until(lambda: len(traces("ended")) == COMPANIES)
            time.sleep(0.5)
            assert second.poll() is None
        assert max(traces("ended").values()) == 1
        again = {company for company, count in traces("begun").items() if count > 1}
        assert len(again) <= 1
        tasks = list(db.session.scalars(select(Task)))
        assert {(task.lease, task.failures, task.result) for task in tasks} == {("", 0, "ended")}
        assert all(task.next_at > now() for task in tasks)
        pulls = [
            request.url.params["offset"]
            for request in shop.requests
            if shop.lists(request) and request.url.params.get("orderby") == "modified"
        ]
        stores = db.session.query(Store).all()
        assert all(store.pulled_at and store.next_pull_at > now() for store in stores)
        assert len(pulls) == 3 * 2, pulls  # no page of any store was asked for twice
