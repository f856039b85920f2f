"""Two `rulebooks serve` on one PostgreSQL do all the schedule's kinds of work; one is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from app.models import Company, Event, Notice, Order, StockLevel, Store, Task, db, now
from app.notify.subscribe import choose
from app.notify.topics import TOPICS
from app.schedule.kinds import kinds
from app.sync.stock import read_items_whole
from app.sync.stores import add_store
from tests.database import Postgres
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow, flowing, line, order
from tests.mailbox import Mailbox
from tests.store_server import served
from tests.test_stock import article, part

ROOT = Path(__file__).parents[1]
LEASE = 6.0
"""Seconds; longer than any step may take on a busy machine."""
OTHERS = 4
"""Companies with a shop each, beside the one that posts."""
READING = 4
"""Stores that two servers read at once."""
TASKS = (OTHERS + 1) * len(kinds())
ORDERS = 130
"""Two pages of each shop."""
ARTICLES = [f"HAM-{number}" for number in range(12)]
READERS = [f"reader{number}@example.com" for number in range(6)]


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    url = postgres.create(empty=True)
    yield url
    postgres.drop(url)


class Shop(FakeWooCommerce):
    """A shop that holds back its second page until it is let go, and counts what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.held = threading.Event()
        self.let_go = threading.Event()
        self.told: Counter[str] = Counter()
        self._lock = threading.Lock()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.lists(request) and "modified_after" in request.url.params:
            self.held.set()
            assert self.let_go.wait(120)
        with self._lock:
            answer = super().answer(request)
            if request.method == "POST" and request.url.path.endswith("/batch"):
                sku = {one["id"]: one["sku"] for one in self.products}
                self.told.update(sku[one["id"]] for one in answer.json()["update"])
        return answer


@contextmanager
def node(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A server that listens, until the end or until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serve_node", str(LEASE)],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    said: list[str] = []
    assert process.stderr
    stderr = process.stderr
    listens = threading.Event()

    def read() -> None:
        for text in stderr:
            said.append(text)
            if "Rulebooks serves on" in text:
                listens.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert listens.wait(60), said
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        process.terminate()
        process.wait(timeout=40)
        reader.join(timeout=10)
        stderr.close()
    assert not [text for text in said if "Traceback" in text], "".join(said)


def until(condition: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        db.session.rollback()
        time.sleep(0.05)


def due(moment: datetime) -> None:
    """Everything that comes round comes at that moment."""
    db.session.execute(update(Task).values(next_at=moment))
    db.session.execute(update(Store).values(next_pull_at=moment))
    db.session.commit()


def connect(company: Company, shop: Shop, address: str) -> None:
    shop.add(ORDERS)
    add_store(company, "woocommerce", shop.settings | {"url": address}, key="web")
    for reader in READERS:
        choose(company, reader, TOPICS)
    before = now() - timedelta(minutes=1)
    db.session.add(
        Event(company_id=company.id, kind="addition.created", text="Ada is new.", at=before)
    )
    db.session.commit()


def prepare(flow: Flow) -> None:
    """A company whose lists are read, and whose rules send stock."""
    for name in ARTICLES:
        part(flow, name, 12)
    flow.rules(push_stock=True, transaction_type="sales_order")
    flow.post(order("first", [line(ARTICLES[0], "5.00", 2)]))
    with flow.app.app_context():
        read_items_whole(db.session.scalars(select(Company)).one())
        db.session.commit()
    flow.sync()


def fill(flow: Flow, shops: list[Shop], addresses: list[str]) -> None:
    """Every company with a shop and readers; the first one's shop counts its articles."""
    first = db.session.scalars(select(Company)).one()
    shops[0].products = [article(n, name, 5) for n, name in enumerate(ARTICLES, start=1)]
    connect(first, shops[0], addresses[0])
    for number, (shop, address) in enumerate(zip(shops[1:], addresses[1:], strict=True)):
        other = Company(name=f"C{number}", username=f"c{number}", password_digest="")
        db.session.add(other)
        db.session.flush()
        connect(other, shop, address)


def all_done() -> bool:
    """Every task of every company went through, and every store was read to the end."""
    tasks = list(db.session.scalars(select(Task)))
    read = db.session.query(Store).filter(Store.key == "web", Store.pulled_at.is_not(None)).count()
    return (
        len(tasks) == TASKS
        and all(task.ended_at and not task.lease for task in tasks)
        and read == OTHERS + 1
    )


def test_two_servers_do_everything_once_though_one_is_killed_in_the_middle_of_a_pull(
    database: str, tmp_path: Path, mailbox: Mailbox
) -> None:
    shops = [Shop() for _ in range(OTHERS + 1)]
    environment = dict(os.environ) | {
        "RULEBOOKS_INSTANCE": str(tmp_path / "nodes"), "RULEBOOKS_DATABASE_URL": database,
        "RULEBOOKS_SECRET_KEY": "s" * 40, "RULEBOOKS_SMTP_HOST": "127.0.0.1",
        "RULEBOOKS_SMTP_PORT": str(mailbox.port), "RULEBOOKS_SMTP_SECURITY": "none",
        "RULEBOOKS_MAIL_FROM": "books@example.com",
    }  # fmt: skip
    mailbox.takes = 0.1
    with ExitStack() as open_, flowing(tmp_path, database) as flow:
        addresses = [open_.enter_context(served(shop._handle)) for shop in shops]
        prepare(flow)
        with flow.app.app_context():
            fill(flow, shops, addresses)
            later = now() + timedelta(hours=1)
            due(later)
            with node(environment) as first, node(environment) as second:
                until(lambda: db.session.query(Task).count() == TASKS, "the tasks are there")
                due(later)
                due(now() - timedelta(minutes=1))
                until(lambda: sum(shop.held.is_set() for shop in shops) == READING, "all wait")
                until(lambda: len(mailbox.mails) > len(READERS), "mails go out")
                first.kill()
                first.wait(timeout=30)
                killed = now()
                for shop in shops:
                    shop.let_go.set()
                until(all_done, "everything was done by the one that is left")
                sent = Notice.state == "sent"
                until(lambda: not db.session.query(Notice).filter(~sent).count(), "mails are sent")
                assert second.poll() is None
            check(flow, shops, mailbox)
            stores = db.session.scalars(select(Store).where(Store.key == "web")).all()
            late = [store for store in stores if store.tried_at and store.tried_at > killed]
            assert len(late) >= 3, "two that the dead one held, and the one that nobody had begun"
        flow.sync()
        assert len(flow.txns("SalesOrder")) == ORDERS + 1


def check(flow: Flow, shops: list[Shop], mailbox: Mailbox) -> None:
    orders = Counter(map(tuple, db.session.execute(select(Order.store_id, Order.source_id))))
    assert len(orders) == (OTHERS + 1) * ORDERS + 1
    assert set(orders.values()) == {1}
    tasks = list(db.session.scalars(select(Task)))
    assert {(task.failures, task.lease) for task in tasks} == {(0, "")}
    failed = select(Event.text).where(
        Event.kind.in_(("task.failed", "store.failed", "stock.failed"))
    )
    assert not db.session.scalars(failed).all()
    # A mail or a batch that was in the dead server's hand may come twice, known by its id.
    written = set(db.session.scalars(select(Notice.message_id)))
    came = Counter(mail["Message-ID"] for mail in mailbox.mails)
    assert set(came) == written
    assert came.total() <= len(written) + 1
    digests = Counter((mail["To"], mail["Subject"]) for mail in mailbox.mails
                      if "summary" in mail["Subject"])  # fmt: skip
    assert len(digests) == len(READERS) * (OTHERS + 1)
    assert set(shops[0].told) == set(ARTICLES)
    assert max(shops[0].told.values()) <= 2
    wanted = {name: 10 if name == ARTICLES[0] else 12 for name in ARTICLES}
    assert {one["sku"]: one["stock_quantity"] for one in shops[0].products} == wanted
    taken = select(StockLevel).where(StockLevel.quantity.is_not(None))
    assert {row.sku: row.quantity for row in db.session.scalars(taken)} == wanted
    begun = [
        place
        for place, shop in enumerate(shops)
        for request in shop.requests
        if request.url.params.get("orderby") == "modified"
        and "modified_after" not in request.url.params
    ]
    assert sorted(begun) == list(range(len(shops))), "what was committed is not read again"
