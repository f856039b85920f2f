"""What a session costs beside 1,000 and 100,000 orders that are in QuickBooks already.

QuickBooks' own time is not counted. A set is chosen, prepared and rendered in one call, and an
answer is read and settled in one, each with its commit. With SQLite the figures are the CPU of this
process; with PostgreSQL, which works in another, they are time that passed. PostgreSQL has the
statistics that it makes by itself; SQLite has none, as in an installation.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from app.models import Base, Company, Order, Outbox, Posting, Store, db, now
from app.rules import publish
from app.sync.intake import receive, store_named
from app.sync.runner import decide_due
from tests.bench.bench_sync import RULES, order
from tests.database import Postgres, close_app, open_app
from tests.exchange import Exchange, line, receipt

SIZES = (1_000, 100_000)
SET = 100
LINES = 3
DUE = 200
POLLS = 300
BATCH = 10_000
BUYERS = 25_000
AMOUNT = Decimal("26.64")


def run(scale: float = 1.0) -> dict[str, float]:
    """Milliseconds beside each number of orders, times the scale."""
    figures: dict[str, float] = {}
    for title, database, clock in (
        ("SQLite", _sqlite, time.process_time),
        ("PostgreSQL", _postgresql, time.perf_counter),
    ):
        few, many = (
            _beside(max(50, int(size * scale)), max(1, int(POLLS * scale)), database, clock)
            for size in SIZES
        )
        for size, found in zip(SIZES, (few, many), strict=True):
            figures |= {f"{title}, {name}, beside {size:,} orders": found[name] for name in found}
        figures |= {
            f"{title}, {name}: how many times as long": many[name] / few[name]
            for name in few
            if name.endswith(", ms")
        }
    return figures


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'bench.db'}"
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    yield url


@contextmanager
def _postgresql(_folder: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="postgres", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        try:
            yield server.create()
        finally:
            server.stop()


def _beside(
    count: int,
    polls: int,
    database: Callable[[Path], AbstractContextManager[str]],
    clock: Callable[[], float],
) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory(prefix="rulebooks-bench-") as made,
        database(Path(made)) as url,
    ):
        exchange = Exchange(open_app(url), Path(made))
        exchange.session()
        with exchange.app.app_context():
            _posted(count)
            if db.engine.dialect.name == "postgresql":
                db.session.execute(sa.text("ANALYZE"))
                db.session.commit()
        idle = _milliseconds(lambda: _poll(exchange), polls, clock)
        figures = {
            "choosing, deciding and planning 200 orders, ms": _deciding(exchange, clock),
        }
        sending, settling, size = _exchanged(exchange, clock)
        figures |= {
            "choosing, preparing and rendering a set of 100, ms": sending,
            "an answer, megabytes": size,
            "reading and settling it, ms": settling,
            "polls with nothing to do a second": 1_000 / idle,
        }
        exchange.quickbooks.close()
        close_app(exchange.app)
    return figures


def _milliseconds(work: Any, times: int, clock: Callable[[], float]) -> float:
    took = []
    for _ in range(times):
        began = clock()
        work()
        took.append((clock() - began) * 1_000)
    return median(took)


def _poll(exchange: Exchange) -> None:
    ticket, answer = exchange.login()
    assert answer == "none", answer
    exchange.call("close_connection", ticket)


def _deciding(exchange: Exchange, clock: Callable[[], float]) -> float:
    """How long the runner takes for orders of a shop that came in just now."""
    with exchange.app.app_context():
        company = db.session.scalars(sa.select(Company)).one()
        publish(company, RULES)
        store = store_named(company, "web", "woocommerce")
        payload = json.dumps([order(number, number) for number in range(1, DUE + 1)])
        receive(company, store, "woocommerce", payload)
        db.session.commit()
    with exchange.app.app_context():
        company = db.session.scalars(sa.select(Company)).one()
        began = clock()
        assert decide_due(company, DUE) == DUE
        db.session.commit()
        took = (clock() - began) * 1_000
        db.session.execute(sa.update(Outbox).where(Outbox.state == "ready").values(state="dropped"))
        db.session.execute(sa.update(Order).where(Order.state == "queued").values(state="skipped"))
        db.session.commit()
    return took


def _exchanged(exchange: Exchange, clock: Callable[[], float]) -> tuple[float, float, float]:
    """Sending, settling, and the megabytes of an answer: the median of three sets."""
    with exchange.app.app_context():
        _ready(3 * SET)
        db.session.commit()
    ticket, _ = exchange.login()
    exchange.stamp()
    told = exchange.quickbooks.host_response()
    sending, settling, sizes = [], [], []
    while True:
        with exchange.app.app_context():  # it doubles after each set that went well
            db.session.execute(sa.update(Company).values(set_size=SET))
            db.session.commit()
        began = clock()
        document = exchange.send(ticket, told)
        sent = (clock() - began) * 1_000
        told = ""
        if not document:
            break
        answer, *refused = exchange.process(document)
        began = clock()
        exchange.call("receive_response", ticket, answer, *refused)
        settled = (clock() - began) * 1_000
        if "<SalesReceiptAddRq" in document:
            sending.append(sent)
            settling.append(settled)
            sizes.append(len(answer.encode()) / 1e6)
    exchange.quickbooks.end_session()
    exchange.call("close_connection", ticket)
    assert len(sending) == 3, sizes
    return median(sending), median(settling), median(sizes)


def _ready(count: int) -> None:
    """Orders with a sales receipt each, ready to be sent."""
    store = db.session.scalars(sa.select(Store)).first()
    assert store is not None
    company_id, store_id = store.company_id, store.id
    for number in range(count):
        row = Order(
            company_id=company_id, store_id=store_id, source_id=f"n{number}", number=f"N{number}",
            format="rulebooks", raw="{}", content_hash="", due=False, state="queued",
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        document = receipt(f"N{number}", lines=[line() for _ in range(LINES)])
        db.session.add(
            Outbox(
                company_id=company_id, order_id=row.id, kind=document.kind, ref_number=row.number,
                payload=document.dumps(), searched=True,
            )
        )  # fmt: skip


def _posted(count: int) -> None:
    """So many orders that were posted, with all that is kept of them."""
    store = db.session.scalars(sa.select(Store)).first()
    assert store is not None
    company_id, store_id = store.company_id, store.id
    document = receipt("B1").dumps()
    for start in range(1, count + 1, BATCH):
        numbers = range(start, min(start + BATCH, count + 1))
        kept = now() - timedelta(days=30)
        db.session.execute(
            sa.insert(Order),
            [
                {
                    "id": 1_000 + number, "company_id": company_id, "store_id": store_id,
                    "source_id": f"b{number}", "number": f"B{number}", "format": "rulebooks",
                    "raw": "r" * 2_000, "trace": {"x": "y" * 4_000}, "content_hash": "",
                    "buyer_id": f"{number % BUYERS}", "email": f"{number % BUYERS}@example.com",
                    "due": False, "state": "posted", "placed_at": kept, "placed_on": kept.date(),
                }
                for number in numbers
            ],
        )  # fmt: skip
        db.session.execute(
            sa.insert(Outbox),
            [
                {
                    "company_id": company_id, "order_id": 1_000 + number, "kind": "SalesReceipt",
                    "ref_number": f"B{number}", "payload": document, "state": "done",
                    "searched": True, "request": "q" * 2_000, "response": "a" * 3_000,
                }
                for number in numbers
            ],
        )  # fmt: skip
        db.session.execute(
            sa.insert(Posting),
            [
                {
                    "company_id": company_id, "order_id": 1_000 + number, "kind": "SalesReceipt",
                    "txn_id": f"B{number:X}-1", "ref_number": f"B{number}", "total": AMOUNT,
                    "payload": document,
                }
                for number in numbers
            ],
        )  # fmt: skip
        db.session.commit()


if __name__ == "__main__":
    for name, figure in run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0).items():
        print(f"{figure:12.2f}  {name}")
