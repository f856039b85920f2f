"""One call of the Web Connector: the company's row is locked, and all is kept as one unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from app.models import Company, Event, Session, db, now
from qbwc import documents


def lock(company_id: int) -> Company:
    """Take the company for this transaction: whoever else wants it waits.

    One statement is the lock in both databases (a row lock in PostgreSQL, the write lock in
    SQLite) and notes when the Web Connector was last here.
    """
    db.session.execute(
        update(Company)
        .where(Company.id == company_id)
        .values(last_seen_at=now())
        .execution_options(synchronize_session=False)
    )
    return db.session.get_one(Company, company_id, populate_existing=True)


@dataclass(slots=True)
class Call:
    """A locked company, the session that called, and the events that are to be logged."""

    company: Company
    session: Session
    at: datetime = field(default_factory=now)
    events: list[dict[str, Any]] = field(default_factory=list)
    _company_id: int = field(init=False)
    _session_id: int = field(init=False)

    def __post_init__(self) -> None:
        self._company_id = self.company.id
        self._session_id = self.session.id

    def log(
        self,
        kind: str,
        text: str,
        *,
        order_id: int | None = None,
        level: str = "info",
        detail: Any = None,
    ) -> None:
        """Note one line for the transaction log."""
        self.events.append(
            {
                "company_id": self.company.id,
                "order_id": order_id,
                "at": self.at,
                "level": level,
                "kind": kind,
                "text": text,
                "detail": detail,
            }
        )

    def keep(self) -> None:
        """Commit, with the events. Nothing is answered before this."""
        if self.events:
            db.session.execute(insert(Event), self.events)
            self.events.clear()
        db.session.commit()

    def keep_and_go_on(self) -> None:
        """Commit, and take the company again."""
        self.keep()
        self.take_again()

    def take_again(self) -> None:
        """Lock the company for a new transaction."""
        self.company = lock(self._company_id)
        self.session = db.session.get_one(Session, self._session_id, populate_existing=True)


def words(kind: str) -> str:
    """A QuickBooks kind in words: SalesReceipt -> sales receipt."""
    return documents.spoken(kind)


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
