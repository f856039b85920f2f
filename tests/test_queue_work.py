"""What an idle Web Connector costs: one question, answered from indexes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.models import Company, MessageSet, Order, Outbox, db, now
from app.sync.queue import work
from qbwc import lists
from tests.exchange import Exchange, payment, receipt


@pytest.fixture
def exchange(sqlite_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(sqlite_app, tmp_path)
    found.session()
    yield found
    found.quickbooks.close()


def test_what_is_left_is_told_by_indexes_alone(exchange: Exchange) -> None:
    with exchange.app.app_context():
        given = {
            "company": 1, "soon": now(), "fresh": now(), "kinds": list(lists.kinds()),
            "seldom": ["ItemSites"],
        }  # fmt: skip
        query = work._LEFT.params(given).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {query}"))]
    tables = [
        step for step in plan if step.startswith(("SEARCH", "SCAN")) and "CONSTANT" not in step
    ]
    assert len(tables) == 10
    assert all(step.startswith("SEARCH") for step in tables)
    assert any("ix_postings_stale" in step for step in tables)


def test_an_idle_visit_asks_the_database_twice_and_writes_nothing(exchange: Exchange) -> None:
    with exchange.app.app_context():
        engine = db.engine
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    assert exchange.login()[1] == "none"
    sa.event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 2
    assert all(statement.startswith("SELECT") for statement in asked)


def test_everything_that_can_be_done_counts_as_left(exchange: Exchange) -> None:
    with exchange.app.app_context():
        fresh = now() - timedelta(hours=1)
        assert work.left(1, now(), fresh) == 0
        every_session = [kind for kind in lists.kinds().values() if not kind.seldom]
        assert work.left(1, now(), now()) == len(every_session)


def test_orders_are_decided_until_there_is_enough_to_search_for_at_once(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for another document takes no room."""
    monkeypatch.setattr(work, "ROOM", 4)
    for number in ("1001", "1002", "1003"):
        exchange.order(payment(number), number=number)
    exchange.order(number="due")
    exchange.session()
    assert {row.waiting for row in exchange.all(Outbox)} == {True}
    rounds: list[int] = []

    def decide(company: Company, limit: int) -> int:
        for order in db.session.scalars(sa.select(Order).filter_by(due=True)):
            rounds.append(limit)
            order.due = len(rounds) < 6
            document = receipt(f"R{len(rounds)}")
            db.session.add(
                Outbox(
                    company_id=company.id,
                    order_id=order.id,
                    kind=document.kind,
                    part=str(len(rounds)),
                    ref_number=f"R{len(rounds)}",
                    payload=document.dumps(),
                )
            )
            db.session.flush()
            return 1
        return 0

    with exchange.app.app_context():
        db.session.execute(sa.update(Order).where(Order.number == "due").values(due=True))
        db.session.commit()
    exchange.decide = decide
    exchange.session()
    assert len(exchange.quickbooks.transactions("SalesReceipt")) == len(rounds) == 6
    searches = [row.request for row in exchange.all(MessageSet) if row.purpose == "search"]
    assert max(text.count("<RefNumber>") for text in searches) == 4
