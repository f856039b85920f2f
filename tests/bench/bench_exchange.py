"""How much server time posting takes, from log-in to settling; QuickBooks is not counted."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.models import Base, Company, Order, Outbox, Posting, Store, db
from tests.database import close_app, open_app
from tests.exchange import Exchange, receipt


def run(scale: float = 1.0) -> dict[str, Any]:
    """Post 2,000 sales receipts and poll 1,000 times with nothing to do, times ``scale``."""
    orders, polls = int(2_000 * scale), int(1_000 * scale)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        engine = sa.create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        exchange = Exchange(open_app(url), Path(folder))
        exchange.session()
        fill(exchange, orders)
        quickbooks = [0.0]
        process = exchange.process

        def timed(document: str) -> tuple[str, str, str]:
            start = time.process_time()
            answer = process(document)
            quickbooks[0] += time.process_time() - start
            return answer

        exchange.process = timed  # type: ignore[method-assign]
        wall, cpu = time.perf_counter(), time.process_time()
        report = exchange.session(most=10_000)
        cpu = time.process_time() - cpu - quickbooks[0]
        wall = time.perf_counter() - wall - quickbooks[0]
        posted = len(exchange.all(Posting))
        idle = time.perf_counter()
        for _ in range(polls):
            ticket, answer = exchange.login()
            assert answer == "none"
            exchange.call("close_connection", ticket)
        idle = time.perf_counter() - idle
        exchange.quickbooks.close()
        close_app(exchange.app)
    return {
        "orders": orders,
        "posted": posted,
        "message_sets": len(report.sent),
        "cpu_ms_per_order": round(1_000 * cpu / orders, 3),
        "wall_ms_per_order": round(1_000 * wall / orders, 3),
        "idle_polls_per_second": round(polls / idle),
    }


def fill(exchange: Exchange, orders: int) -> None:
    """Orders with one sales receipt each, ready to be sent."""
    with exchange.app.app_context():
        company = db.session.scalars(sa.select(Company)).one()
        store = db.session.scalars(sa.select(Store)).one()
        for number in range(orders):
            order = Order(
                company_id=company.id,
                store_id=store.id,
                source_id=f"b{number}",
                number=f"B{number}",
                format="rulebooks",
                raw="{}",
                content_hash="",
                due=False,
                state="queued",
            )
            db.session.add(order)
            db.session.flush()
            document = receipt(f"B{number}")
            db.session.add(
                Outbox(
                    company_id=company.id,
                    order_id=order.id,
                    kind=document.kind,
                    ref_number=f"B{number}",
                    payload=document.dumps(),
                )
            )
        db.session.commit()


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0), indent=2))
