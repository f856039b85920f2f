"""The database and its column types: exact money, aware UTC times, JSON that keeps decimals."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, MetaData, Numeric, String, Text, event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine


class Base(DeclarativeBase):
    """What every table is; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount: NUMERIC in PostgreSQL; text in SQLite, which knows only floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type by database."""
        exact = Numeric(24, 5) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write the amount."""
        if value is None or dialect.name == "postgresql":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read the amount; NUMERIC's trailing zeros beyond the cents are not kept."""
        if value is None:
            return None
        amount = Decimal(value)
        if dialect.name == "postgresql":
            cents = amount.quantize(Decimal("0.01"))
            return cents if cents == amount else amount
        return amount


FINEST = 100_000
"""So many of the smallest fraction that is kept make one."""


class Whole(TypeDecorator[Decimal]):
    """An exact amount as a whole number of its smallest fraction: SQL adds it up fast and exactly.

    It is below 10 to the 13th.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write the amount."""
        del dialect
        return None if value is None else int((value * FINEST).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read the amount, or a sum of such."""
        del dialect
        return None if value is None else from_whole(value)


def from_whole(number: Any) -> Decimal:
    """The amount that a whole number is; with more than two decimals only where needed."""
    exact = Decimal(number) / FINEST
    cents = exact.quantize(Decimal("0.01"))
    return cents if cents == exact else exact


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as UTC."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL keeps the zone; SQLite keeps naive UTC."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write as UTC; a naive time is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as aware UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")


def dump(value: Any) -> str:
    """JSON text in which a Decimal is text."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


class Data(TypeDecorator[Any]):
    """JSON as text, the same in both databases; decimals are kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write as compact JSON."""
        del dialect
        return None if value is None else dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read it back."""
        del dialect
        return None if value is None else json.loads(value)


def _write_ahead(cursor: Any) -> None:
    """Switch to WAL. While another process does, SQLite refuses at once, whatever the timeout."""
    for pause in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(pause)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def prepare_engine(engine: Engine) -> None:
    """Make each new connection durable: WAL + FULL in SQLite, synchronous commit in PostgreSQL."""

    def connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("PRAGMA busy_timeout=15000")
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
        else:
            cursor.execute("SET synchronous_commit = on")
        cursor.close()

    event.listen(engine, "connect", connect)
