"""No query looks through a whole table that grows with the orders.

What SQLite says of each statement that the stories of tests/scenarios and the pages make it run. It
plans without statistics, so an empty database shows what a large one would do.
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
from app.models import User, db
from app.web import access
from tests.every_page import OWNER, addresses, furnish
from tests.flows import Flow
from tests.scenario import Scenario, scenarios
from tests.web_site import end, make_app

APP: Final = str(Path(application.__file__).parent)
GROWING: Final = (
    "additions", "custom_values", "entry_keys", "events", "list_entries", "orders", "outbox",
    "payloads", "postings", "remembered", "sales", "stock_levels", "taxes", "traces",
)  # fmt: skip
PARTIAL: Final = frozenset({"ix_postings_stale"})
"""Indexes that hold only the few rows that are asked for."""
WHOLE: Final = re.compile(rf"SCAN ({'|'.join(GROWING)})\b(?! USING)")
COMPANYS: Final = re.compile(
    rf"SEARCH ({'|'.join(GROWING)}) USING (?:COVERING )?INDEX (\S+) \(company_id=\?\)"
)
ORDERED: Final = frozenset(
    {
        *("ix_events_audit_of_company", "ix_events_listed", "ix_events_of_kind"),
        *("ix_orders_listed", "ix_postings_company_id_posted_at", "ix_remembered_listed"),
    }
)
"""Indexes that are read in their order, up to a limit."""
AT_ONCE: Final = re.compile(r"SELECT .*\b(count|max)\(", re.DOTALL)
"""What an index alone answers."""
ALL: Final = scenarios()


@contextmanager
def plans(app: Flask) -> Iterator[dict[str, list[str]]]:
    """What SQLite does for each statement of ours."""
    found: dict[str, list[str]] = {}

    def explain(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or statement in found or not _is_ours():
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


def _is_ours() -> bool:
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        name = frame.f_code.co_filename
        if "sqlalchemy" not in name and name != __file__:
            return name.startswith(APP)
    return False


def is_slow(step: str) -> bool:
    """Whether a step of a plan takes longer the more there is of the company."""
    if WHOLE.search(step):
        return True
    found = COMPANYS.search(step)
    return bool(found) and found[2] not in PARTIAL | ORDERED


@pytest.mark.parametrize("scenario", ALL[:: len(ALL) // 20], ids=lambda one: one.name)
def test_no_query_looks_through_a_whole_table(flow: Flow, scenario: Scenario) -> None:
    with plans(flow.app) as found:
        scenario.run(flow)
    assert len(found) > 30
    none_is_slow(found)


def none_is_slow(found: dict[str, list[str]]) -> None:
    slow = {sql: plan for sql, plan in found.items() if any(map(is_slow, plan))}
    assert not slow, "\n\n".join(f"{plan}\n{sql}" for sql, plan in slow.items())


def test_no_page_looks_through_a_whole_table(sqlite_url: str, tmp_path: Path) -> None:
    """But for counts of an index's own columns, and what a practice company alone asks."""
    app = make_app(sqlite_url, tmp_path)
    furnish(app)
    client = app.test_client()
    with app.app_context(), client.session_transaction() as session:
        user = db.session.scalars(sa.select(User).filter_by(email=OWNER)).one()
        session["_user_id"], session[access.STAMP] = str(user.id), access.stamp(user)
    found: dict[str, list[str]] = {}
    for endpoint, path in addresses(app):
        if not endpoint.startswith("practice."):
            with plans(app) as its:
                for headers in ({}, {"HX-Request": "true"}):
                    client.get(path, headers=headers).close()
            found |= its
    assert len(found) > 100
    none_is_slow({
        sql: [step for step in plan if "COVERING" not in step or not AT_ONCE.search(sql)]
        for sql, plan in found.items()
    })  # fmt: skip
    end(app)
