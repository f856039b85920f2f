"""Whatever goes wrong, and whenever: each document is in QuickBooks once, and we know it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import or_, select, update

from app.models import Addition, MessageSet, Order, Outbox, db, needs
from qbwc.documents import Ref
from tests.database import close_app, open_app
from tests.exchange import Exchange, customer, invoice, moment, payment, receipt
from tests.faults import NIGHTLY, Connector, Killer, Server, forget_message_sets

START = moment("2026-11-25T14:00:00")
COULD_NOT_SAVE = 3180
SCHEDULES = 10
CHUNKS = 80 if NIGHTLY else 7


class World:
    """A server, a company file and some orders on their way."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.exchange = Exchange(open_app(url), folder)
        self.killer = Killer()
        self.server = Server(self.exchange, url, self.killer)
        self.expected: Counter[tuple[str, str, str]] = Counter()
        self.customers: set[str] = set()
        self.orders = 0

    def close(self) -> None:
        self.exchange.quickbooks.close()
        close_app(self.exchange.app)

    def fill(self, orders: int) -> None:
        """Sales receipts, invoices with payments (with and without a number), new customers."""
        first = 1001 + self.orders
        self.orders += orders
        for number in range(first, first + orders):
            text, name = str(number), f"Buyer {number}"
            fresh = number % 3 == 0
            buyer = name if fresh else "Web Store"
            if number % 2:
                order = self.exchange.order(receipt(text, customer=buyer), number=text)
                self.expected["SalesReceipt", f"Shop {text}", "26.64"] += 1
            else:
                reference = f"P{text}" if number % 4 else ""
                order = self.exchange.order(
                    invoice(text, customer=buyer),
                    payment(text, amount="20.00", customer=buyer, ref_number=reference),
                    payment(text, amount="6.64", part="pay2", customer=buyer, ref_number=reference),
                    number=text,
                )
                self.expected["Invoice", f"Shop {text}", "26.64"] += 1
                self.expected["ReceivePayment", f"Shop {text}", "20.00"] += 1
                self.expected["ReceivePayment", f"Shop {text}", "6.64"] += 1
            if fresh:
                self.customers.add(name)
                terms = {"TermsRef": Ref("Terms", "Net 30")}
                self.exchange.addition(customer(name, **terms), order=order)

    def settle(self, clock: time_machine.Coordinates) -> None:
        """Sessions without a fault, an hour apart, until nothing is left."""
        self.killer.at = None
        for _ in range(12):
            clock.shift(timedelta(hours=1, seconds=1))
            self.try_again()
            Connector(self.server, None).run()
            answer = self.exchange.login()[1]
            rows = self.exchange.all(Outbox)
            if answer == "none" and all(row.state == "done" for row in rows):
                return
        raise AssertionError([(row.id, row.state, row.advice) for row in rows])

    def try_again(self) -> None:
        """A person asks for another try of what QuickBooks could not save three times (3180)."""
        fresh = {"state": "ready", "attempts": 0, "not_before": None, "advice": ""}
        with self.exchange.app.app_context():
            entries = select(Addition.id).where(
                Addition.state == "held", Addition.status_code == COULD_NOT_SAVE
            )
            needing = select(needs.c.outbox_id).where(needs.c.addition_id.in_(entries))
            stopped = or_(Outbox.status_code == COULD_NOT_SAVE, Outbox.id.in_(needing))
            db.session.execute(
                update(Outbox).where(Outbox.state == "held", stopped).values(**fresh)
            )
            db.session.execute(update(Addition).where(Addition.id.in_(entries)).values(**fresh))
            db.session.commit()

    def check_nothing_twice(self) -> None:
        """At any time: no document is in QuickBooks more than once."""
        txns = self.exchange.quickbooks.transactions()
        found = Counter((txn.kind, txn.memo, str(txn.total)) for txn in txns)
        assert not found - self.expected

    def check(self) -> None:
        """Every document exactly once; postings as QuickBooks has it; nothing in flight."""
        txns = self.exchange.quickbooks.transactions()
        found = Counter((txn.kind, txn.memo, str(txn.total)) for txn in txns)
        assert found == self.expected
        postings = self.exchange.postings()
        assert postings.keys() == {txn.txn_id for txn in txns}
        for txn in txns:
            posting = postings[txn.txn_id]
            assert (posting.kind, posting.total) == (txn.kind, txn.total)
            assert posting.ref_number == txn.ref_number
            assert not posting.stale
        names = Counter(row.full_name for row in self.exchange.quickbooks.lists("Customer"))
        assert {name: names[name] for name in self.customers} == dict.fromkeys(self.customers, 1)
        assert {row.state for row in self.exchange.all(Addition)} <= {"done"}
        assert {row.state for row in self.exchange.all(Order)} == {"posted"}
        assert {row.state for row in self.exchange.all(MessageSet)} <= {
            "settled",
            "lost",
            "refused",
        }
        assert self.exchange.quickbooks.out_of_balance() == 0
        for txn in txns:
            if txn.kind == "Invoice":
                assert txn.balance == 0, "each payment is tied to its invoice"


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(sqlite_url, tmp_path)
    yield made
    made.close()


def die_at_every_commit(world: World, *, first: int, each: int, least: int) -> None:
    """Each commit of a whole session in turn; every second moment is just after one.

    Args:
        world: The server and the company file.
        first: So many orders are posted beforehand.
        each: So many are on their way each time.
        least: A session has more commits than that.
    """
    with time_machine.travel(START, tick=False) as clock:
        world.fill(first)
        world.settle(clock)
        for moment_number in range(1, 100):
            world.fill(each)
            world.killer.count, world.killer.at = 0, moment_number
            connector = Connector(world.server, None)
            with world.server.only_commits():
                connector.run()
            survived = world.killer.at is not None
            world.settle(clock)
            world.check()
            if survived:
                break
    assert moment_number > least, "a session has more commits than that"
    world.close()


def survive_random_faults(world: World, seeds: range, *, settle_each: int) -> None:
    """A random schedule of faults for each seed, settled and checked after so many."""
    with time_machine.travel(START, tick=False) as clock:
        for seed in seeds:
            go_wrong(world, random.Random(seed), clock)
            world.check_nothing_twice()
            if seed % settle_each == settle_each - 1:
                world.settle(clock)
                world.check()


def test_the_server_may_die_before_or_after_any_commit(database_url: str, tmp_path: Path) -> None:
    die_at_every_commit(World(database_url, tmp_path), first=1, each=3, least=20)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_faults_post_nothing_twice_and_lose_nothing(world: World, chunk: int) -> None:
    seeds = range(chunk * SCHEDULES, (chunk + 1) * SCHEDULES)
    survive_random_faults(world, seeds, settle_each=5)


def go_wrong(world: World, chance: random.Random, clock: time_machine.Coordinates) -> None:
    """Some orders and some sessions with faults, perhaps two at a time."""
    world.fill(chance.randint(1, 12))
    sets = world.exchange.quickbooks.message_sets
    sets.replay = "ErrorRecovery" if chance.random() < 0.5 else "stored"
    first = Connector(world.server, chance, chance.choice((0.1, 0.25, 0.5)))
    second = Connector(world.server, chance, 0.2)
    for _ in range(chance.randint(1, 5)):
        sessions = [first.session()]
        if chance.random() < 0.3:
            sessions.append(second.session())
        while sessions:
            running = chance.choice(sessions)
            if next(running, StopIteration) is StopIteration:
                sessions.remove(running)
        if chance.random() < 0.15:
            forget_message_sets(world.exchange)
        if chance.random() < 0.5:
            first.deliver_late()
        clock.shift(timedelta(seconds=chance.choice((1, 20, 4000))))
    first.deliver_late()
    second.deliver_late()
