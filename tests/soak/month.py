"""The month itself: each part of a day the shops trade, the schedule works, Web Connectors come."""

from __future__ import annotations

import ctypes
import gc
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import stamina
import time_machine
from flask import Flask
from sqlalchemy import select

from app import create_app, schedule, tokens
from app.migrate import upgrade
from app.models import Company, Order, Store, db
from app.rules import publish
from app.scheduler import Scheduler
from app.security import digest
from app.serving import serving
from app.settings import load
from app.stores import http
from app.sync.corrections import apply, propose
from app.sync.stores import add_store
from qbwc.practice import Crashed, Faults, PracticeCompany, WebConnector
from tests.flows import CREATE, PASSWORD, rule
from tests.soak.kinds import OUTAGES, Big, OfFake, Own, Shopify, Woo
from tests.soak.shops import Trader

FIRST = datetime(2026, 10, 1, 5, 0, tzinfo=UTC)
LAST_TURNS = 9
"""So many parts of a day after the month, in which nothing new happens and nothing is broken."""
HOOK = "https://custom.example.com/hook"
SHARES = {"woo-a": 0.3, "shopify": 0.12, "woo-b": 0.28, "big": 0.1, "own": 0.2}
COMPANIES: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    (
        {"transaction_type": "sales_receipt", "refund_as": "card_refund",
         "when_cancelled": "credit_memo"},
        ("woo-a", "shopify"),
    ),
    (
        {"transaction_type": "invoice_and_payment", "when_cancelled": "credit_memo"},
        ("woo-b", "big"),
    ),
    (
        {"transaction_type": "sales_order_invoice_and_payment", "create_invoice": "shipped",
         "refund_as": "cheque", "when_cancelled": "close"},
        ("own",),
    ),
)  # fmt: skip
MAKERS: dict[str, Callable[[str, int, random.Random], Trader]] = {
    "woo-a": Woo, "woo-b": Woo, "shopify": Shopify, "big": Big, "own": Own,
}  # fmt: skip
HOSTS = {"woo-a": "woo-a.example.com", "woo-b": "woo-b.example.com",
         "shopify": "grove.myshopify.com", "big": "api.bigcommerce.com"}  # fmt: skip


@dataclass
class Books:
    """A company, its company file, and its shops."""

    company_id: int
    rules: dict[str, Any]
    quickbooks: PracticeCompany
    at_first: dict[str, Decimal]
    connect: Callable[[Faults], WebConnector]
    shops: list[Trader] = field(default_factory=list)


@dataclass
class Day:
    """What a day took."""

    orders: int
    seconds: float
    memory: float
    """MB that this process holds."""


class Internet(httpx.BaseTransport):
    """The shops' hosts, without sockets."""

    def __init__(self) -> None:
        self.hosts: dict[str, Callable[[httpx.Request], httpx.Response]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self.hosts[request.url.host](request)


@dataclass
class Month:
    """The server, the companies and their shops."""

    app: Flask
    folder: Path
    chance: random.Random
    internet: Internet
    companies: list[Books] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """How the sessions ended."""
    answered: dict[int, str] = field(default_factory=dict)
    """Order -> what a person was last asked about it."""

    @property
    def shops(self) -> list[Trader]:
        return [shop for books in self.companies for shop in books.shops]

    def run(
        self, days: int, turns: int, say: Callable[[str], None], *, events: float = 0.35
    ) -> None:
        """All days, then some more in which everything settles.

        Args:
            days: How many.
            turns: Into how many parts a day is cut.
            say: Told of each day.
            events: How much happens to an order of the last days in a day.
        """
        node = Scheduler(self.app)
        for day in range(days):
            began = time.perf_counter()
            for turn in range(turns):
                moment = FIRST + timedelta(days=day, hours=24 * (turn + 1) / turns)
                self._outages()
                self._turn(node, moment, events=events / turns, faults=0.2)
            orders = sum(len(shop.rows) for shop in self.shops)
            self.days.append(Day(orders, time.perf_counter() - began, memory()))
            say(f"day {day + 1}: {self.days[-1]}")
        for shop in self.shops:
            shop.break_down("")
            shop.settle(FIRST + timedelta(days=days, hours=1))
        for turn in range(LAST_TURNS):
            self._mended()
            moment = FIRST + timedelta(days=days, hours=3 * (turn + 1))
            self._turn(node, moment, events=0, faults=0)

    def _turn(self, node: Scheduler, moment: datetime, *, events: float, faults: float) -> None:
        with time_machine.travel(moment):
            for shop in self.shops:
                shop.trade(moment, events * min(len(shop.rows), 400))
                if isinstance(shop, Own):
                    shop.send(self.clients[shop.key])
            node.run_due()
            for books in self.companies:
                if faults and self.chance.random() < 0.4:
                    continue
                self._person(books)
                report = self._session(books, faults)
                self.ended[report] = self.ended.get(report, 0) + 1
        db.session.rollback()

    def _session(self, books: Books, faults: float) -> str:
        wrong = self._fault() if self.chance.random() < faults else Faults()
        try:
            return books.connect(wrong).run().status
        except Crashed:
            return "crashed"

    def _fault(self) -> Faults:
        place = self.chance.randint(1, 8)
        return self.chance.choice((
            Faults(at_send={place: "crash after processing"}),
            Faults(at_send={place: "crash before processing"}),
            Faults(at_receive={place: "lose request"}),
            Faults(at_receive={place: "lose answer"}),
            Faults(at_call={place: "crash"}),
            Faults(stop_after_call=place),
            Faults(locked=(3175, 2)),
        ))  # fmt: skip

    def _outages(self) -> None:
        for shop in self.shops:
            if shop.down and self.chance.random() < 0.6:
                refused = shop.down == "key refused"
                shop.break_down("")
                if refused:
                    self._mended()
            elif not shop.down and self.chance.random() < 0.08:
                shop.break_down(self.chance.choice(sorted(OUTAGES)))

    def _mended(self) -> None:
        """A person lets stores that were stopped go on."""
        for store in db.session.scalars(select(Store).where(Store.stopped)).all():
            down = next(shop for shop in self.shops if shop.key == store.key).down
            if not down:
                schedule.resume(store.company, f"store-{store.id}")

    def _person(self, books: Books) -> None:
        """A person takes the first thing that is proposed for each order that changed."""
        held = select(Order).where(Order.company_id == books.company_id, Order.state == "held")
        for order in db.session.scalars(held).all():
            question = f"{order.revision}: {order.reasons}"
            if self.answered.get(order.id) == question:
                continue
            self.answered[order.id] = question
            done: set[tuple[str, str]] = set()
            for one in propose(order):
                if (one.kind, one.part) not in done:
                    done.add((one.kind, one.part))
                    if not one.is_chosen:
                        apply(order, one, "Robin")
        db.session.commit()


def memory() -> float:
    """MB in use: without what Python could free, and what the C library keeps for later."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    status = Path("/proc/self/status")
    if not status.exists():
        return 1.0
    found = next(one for one in status.read_text("ascii").splitlines() if one[:6] == "VmRSS:")
    return int(found.split()[1]) / 1024


@contextmanager
def month(folder: Path, orders: int, days: int, seed: int = 2026) -> Iterator[Month]:
    """A server with three companies and five shops whose orders are all prepared."""
    app = create_app(load(instance=folder, database_url="", secret_key="s" * 40, session_lease=0,
                          api_requests=100_000))  # fmt: skip
    chance = random.Random(seed)
    made = Month(app, folder, chance, Internet())
    with ExitStack() as stack:
        url = stack.enter_context(serving(app))
        stack.enter_context(app.app_context())
        stack.enter_context(stamina.set_testing(True, attempts=1))
        before = http._transport
        stack.callback(setattr, http, "_transport", before)
        http._transport = lambda *_: made.internet  # type: ignore[assignment,return-value]
        with time_machine.travel(FIRST):
            upgrade()
            for place in range(len(COMPANIES)):
                made.companies.append(_company(stack, made, url, place))
        for shop in made.shops:
            shop.stock_up(round(orders * SHARES[shop.key]), FIRST, days)
        yield made
        db.session.remove()
        db.engine.dispose()


def _company(stack: ExitStack, made: Month, url: str, place: int) -> Books:
    rules, keys = COMPANIES[place]
    company = Company(name=f"C{place}", username=f"c{place}", password_digest=digest(PASSWORD))
    db.session.add(company)
    db.session.commit()
    quickbooks = PracticeCompany.open(
        made.folder / f"{place}.qbw", today=lambda: datetime.now(UTC).date()
    )
    stack.callback(quickbooks.close)
    owner_id, file_id = company.owner_id, company.file_id

    def connect(faults: Faults) -> WebConnector:
        return WebConnector(
            f"{url}/qbwc", f"c{place}", PASSWORD, quickbooks, owner_id=owner_id, file_id=file_id,
            sleep=lambda _seconds: None, faults=faults,
        )  # fmt: skip

    books = Books(company.id, rules, quickbooks, quickbooks.totals(), connect)
    for key in keys:
        first = 100_000 * (1 + list(MAKERS).index(key))
        shop = MAKERS[key](key, first, random.Random(first))
        books.shops.append(shop)
        _add(made, company, shop)
    _, token = tokens.create(company, "soak", "admin", who="robin@example.com")
    db.session.commit()
    headers = {"Authorization": f"Bearer {token}"}
    for key in keys:
        client = httpx.Client(base_url=url, headers=headers, timeout=60)
        made.clients[key] = stack.enter_context(client)
    given = {name: rule(value) for name, value in (CREATE | rules).items()}
    publish(company, {"rulebooks": 1, "rules": given, "tables": {}})
    db.session.commit()
    return books


def _add(made: Month, company: Company, shop: Trader) -> None:
    if isinstance(shop, OfFake):
        settings = dict(shop.shop.settings)
        if isinstance(shop, Woo):
            settings["url"] = f"https://{HOSTS[shop.key]}"
        add_store(company, shop.shop.type, settings, key=shop.key)
        made.internet.hosts[HOSTS[shop.key]] = shop.shop._handle
    elif isinstance(shop, Own):
        settings = {"url": HOOK, "secret": "a secret that both sides know"}
        add_store(company, "rulebooks", settings, key=shop.key)
        made.internet.hosts["custom.example.com"] = shop.hook
