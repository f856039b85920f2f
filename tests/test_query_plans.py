"""No query of the sync looks through a whole table that grows with the orders.

What SQLite says of each statement that the stories of tests/scenarios make it run. It plans without
statistics, so an empty database shows what a large one would do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask

import app as application
from app.models import db
from tests.flows import Flow
from tests.scenario import Scenario, scenarios

SYNC: Final = str(Path(application.__file__).parent / "sync")
GROWING: Final = (
    "additions", "custom_values", "entry_keys", "events", "list_entries", "orders", "outbox",
    "payloads", "postings", "remembered", "sales", "stock_levels", "taxes", "traces",
)  # fmt: skip
PARTIAL: Final = ("ix_postings_stale",)
"""Indexes that hold only the few rows that are asked for."""
WHOLE: Final = re.compile(rf"SCAN ({'|'.join(GROWING)})\b(?! USING)")
COMPANYS: Final = re.compile(
    rf"SEARCH ({'|'.join(GROWING)}) USING (?:COVERING )?INDEX (\S+) \(company_id=\?\)"
)
ORDERED: Final = frozenset({"ix_postings_company_id_posted_at"})
"""Indexes that are read in their order, up to a limit."""
ALL: Final = scenarios()


@contextmanager
def plans(app: Flask) -> Iterator[dict[str, list[str]]]:
    """What SQLite does for each statement of the sync."""
    found: dict[str, list[str]] = {}

    def explain(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or statement in found or not _is_of_the_sync():
            return
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            return
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found[statement] = [row[3] for row in cursor.fetchall()]

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", explain)


def _is_of_the_sync() -> bool:
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        name = frame.f_code.co_filename
        if "sqlalchemy" not in name and name != __file__:
            return name.startswith(SYNC)
    return False


def is_slow(step: str) -> bool:
    """Whether a step of a plan takes longer the more there is of the company."""
    if WHOLE.search(step):
        return True
    found = COMPANYS.search(step)
    return bool(found) and found[2] not in {*PARTIAL, *ORDERED}


@pytest.mark.parametrize("scenario", ALL[:: len(ALL) // 20], ids=lambda one: one.name)
def test_no_query_looks_through_a_whole_table(flow: Flow, scenario: Scenario) -> None:
    with plans(flow.app) as found:
        scenario.run(flow)
    assert len(found) > 30
    slow = {sql: plan for sql, plan in found.items() if any(map(is_slow, plan))}
    assert not slow, "\n\n".join(f"{plan}\n{sql}" for sql, plan in slow.items())
