"""A practice session as a job: the practice Web Connector against this server's own endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from flask import current_app
from sqlalchemy import func, or_, select

from app.connector import new_password
from app.jobs.kinds import Progress
from app.jobs.rows import JobView, start
from app.models import Company, Order, Posting, db
from app.serving import serving
from qbwc.practice import PracticeCompany, WebConnector

KIND: Final = "practice"
SESSIONS: Final = 6
"""Enough for everything: what depends on a new TxnID follows within a session already."""
GOOD: Final = frozenset({"done", "none"})
"""How a session ends that had work, and one that had none."""


class PracticeError(Exception):
    """A practice session cannot be held, or did not end as it should."""


def start_practice(company: Company, *, who: str) -> JobView:
    """Ask for a practice session; one that is waiting or running is not started twice.

    Raises:
        PracticeError: The company posts into QuickBooks.
    """
    if not company.is_practice:
        raise PracticeError(f"{company.name} posts into QuickBooks, not into a practice company.")
    return start(company, KIND, {}, who=who)


def company_file(company: Company) -> Path:
    """The practice company file of a company."""
    folder = Path(current_app.instance_path) / "practice"
    return folder / f"{company.file_id.strip('{}')}.qbpractice"


def run(company: Company, arguments: Any) -> Iterator[Progress]:
    """Let the Web Connector come until there is nothing left to fetch.

    The result names the last posting before, so that a page can show what has come since, and how
    many times the Web Connector came and called.
    """
    del arguments
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way to the application itself
    before = db.session.scalar(select(func.max(Posting.id)).where(Posting.company_id == company.id))
    result = {"after": before or 0, "sessions": 0, "calls": 0}
    at_first = _to_do(company)
    password = new_password(company)
    db.session.commit()
    path = company_file(company)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with (
        serving(app) as url,
        closing(PracticeCompany.open(path, name=company.name)) as practice,
    ):
        connector = WebConnector(
            f"{url}/qbwc", company.username, password, practice,
            owner_id=company.owner_id, file_id=company.file_id,
        )  # fmt: skip
        for number in range(1, SESSIONS + 1):
            calls = result["calls"]
            with closing(connector.steps()) as steps:
                for report in steps:
                    result |= {"sessions": number, "calls": calls + report.calls}
                    yield Progress(at_first - _to_do(company), at_first, result)
            if report.status not in GOOD:
                said = report.last_error or report.message
                raise PracticeError(f"The session ended with {report.status}: {said}")
            if report.status == "none":
                return


def _to_do(company: Company) -> int:
    """How many orders wait to be decided or posted."""
    open_orders = select(func.count()).where(
        Order.company_id == company.id, or_(Order.due, Order.state == "queued")
    )
    found = db.session.scalar(open_orders) or 0
    db.session.rollback()
    return found
