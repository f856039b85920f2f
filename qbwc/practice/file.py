"""The company file: SQLite with write-ahead log, so that a crash leaves it consistent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE list_record (
  position INTEGER PRIMARY KEY, list_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  space TEXT NOT NULL, parent_id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  full_name TEXT NOT NULL, full_key TEXT NOT NULL, is_active INTEGER NOT NULL,
  edit_sequence INTEGER NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
  fields TEXT NOT NULL);
CREATE UNIQUE INDEX list_name ON list_record (space, parent_id, name_key);
CREATE INDEX list_full_name ON list_record (space, full_key);
CREATE INDEX list_kind ON list_record (kind, full_key);
CREATE INDEX list_parent ON list_record (parent_id);
CREATE TABLE txn (
  number INTEGER PRIMARY KEY, txn_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  edit_sequence INTEGER NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
  entity_id TEXT NOT NULL, txn_date TEXT NOT NULL, ref_number TEXT NOT NULL,
  ref_key TEXT NOT NULL, total INTEGER NOT NULL, applied INTEGER NOT NULL,
  is_pending INTEGER NOT NULL, fields TEXT NOT NULL, lines TEXT NOT NULL);
CREATE INDEX txn_kind ON txn (kind, number);
CREATE INDEX txn_ref ON txn (kind, ref_key);
CREATE INDEX txn_entity ON txn (entity_id, kind);
CREATE INDEX txn_modified ON txn (kind, modified);
CREATE TABLE application (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, via TEXT NOT NULL,
  amount INTEGER NOT NULL, discount INTEGER NOT NULL, discount_account TEXT NOT NULL);
CREATE INDEX application_source ON application (source);
CREATE INDEX application_target ON application (target);
CREATE INDEX application_via ON application (via);
CREATE TABLE link (invoice TEXT NOT NULL, sales_order TEXT NOT NULL,
  PRIMARY KEY (invoice, sales_order)) WITHOUT ROWID;
CREATE INDEX link_sales_order ON link (sales_order);
CREATE TABLE posting (
  id INTEGER PRIMARY KEY, txn_id TEXT NOT NULL, account_id TEXT NOT NULL,
  entity_id TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE INDEX posting_txn ON posting (txn_id);
CREATE INDEX posting_account ON posting (account_id, amount);
CREATE INDEX posting_entity ON posting (entity_id, account_id, amount);
CREATE TABLE message_set (
  app TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, response TEXT NOT NULL,
  PRIMARY KEY (app, id)) WITHOUT ROWID;
CREATE TABLE deleted (
  id INTEGER PRIMARY KEY, what TEXT NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL,
  created TEXT NOT NULL, deleted TEXT NOT NULL, label TEXT NOT NULL);
CREATE TABLE company_data (
  owner_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (owner_id, name)) WITHOUT ROWID;
"""


class CompanyFile:
    """Rows, counters and transactions of one company file; it knows nothing of qbXML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        found = self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        self.is_new = found is None
        if self.is_new:
            self.db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    def close(self) -> None:
        """Close the file; what is not committed is gone."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also when the process dies in between."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One request inside a message set: undone alone when it is refused."""
        self.db.execute("SAVEPOINT request")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO request")
            self.db.execute("RELEASE request")
            raise
        self.db.execute("RELEASE request")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: object) -> int:
        """Execute a statement.

        Returns:
            How many rows it changed.
        """
        return self.db.execute(sql, values).rowcount

    def insert(self, table: str, values: dict[str, object]) -> None:
        """Insert one row."""
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.db.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            tuple(values.values()),
        )

    def get(self, name: str, default: str = "") -> str:
        """A value of the company as a whole."""
        found = self.row("SELECT value FROM meta WHERE key = ?", name)
        return default if found is None else str(found["value"])

    def put(self, name: str, value: str) -> None:
        """Set a value of the company as a whole."""
        self.run(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            name,
            value,
        )

    def count(self, name: str) -> int:
        """The next number of a counter, from 1."""
        number = int(self.get(name, "0")) + 1
        self.put(name, str(number))
        return number


def packed(value: Any) -> str:
    """A record's fields as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Any:
    """The fields that `packed` wrote."""
    return json.loads(text)
