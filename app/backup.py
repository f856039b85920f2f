"""Backups of the embedded database: a consistent copy while it is used, and putting one back."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy import func, select

from app import audit
from app.migrate import upgrade
from app.models import Event, db

PAGES: Final = 2_000
"""So many pages are copied at a time, between which others write."""


OLD: Final = timedelta(days=7)
"""So old the last backup may become before people are told."""
MADE: Final = ("backup.made", "backup.downloaded")
"""Lines of the audit trail that tell of a backup."""


class BackupError(Exception):
    """There is no backup, or it cannot be put back; the sentence says why."""


def is_embedded() -> bool:
    """Whether the database is the embedded one."""
    return db.engine.dialect.name == "sqlite"


def backup(target: Path) -> int:
    """Copy the database as it is at one moment; returns the copy's size in bytes.

    Raises:
        BackupError: It is not the embedded database, or the copy cannot be written.
    """
    source = _database()
    if target.resolve() == source.resolve():
        raise BackupError("A backup cannot be the database itself.")
    if target.exists() and not _is_sqlite(target):
        raise BackupError(f"{target} is there already and is no backup; nothing was written.")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        _copy(source, part)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackupError(f"{target} cannot be written: {error}") from None
    return target.stat().st_size


def note(kind: str, text: str) -> None:
    """Write down that a backup was made, by which people are told when none is made any more."""
    audit.record("settings", kind, text)
    db.session.commit()


def newest() -> datetime | None:
    """When the last backup was made that we know of; it is not known of other programs'."""
    query = select(func.max(Event.at)).where(Event.company_id.is_(None), Event.kind.in_(MADE))
    return db.session.scalar(query)


def restore(source: Path) -> None:
    """Put a backup in the place of the database, and bring it up to date; stop the server before.

    Raises:
        BackupError: It is no whole backup of Rulebooks, or the database is in use.
    """
    target = _database()
    if not _is_sqlite(source):
        raise BackupError(f"{source} is no backup: it is not an SQLite database.")
    _check(source)
    db.session.remove()
    db.engine.dispose()
    try:
        _copy(source, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"The backup cannot be put back: {error}. Is the server stopped?"
        ) from None
    upgrade()


def _database() -> Path:
    if not is_embedded():
        raise BackupError(
            "The database is not the embedded one. PostgreSQL has tools of its own: pg_dump makes "
            "a backup and pg_restore puts it back."
        )
    return Path(db.engine.url.database or "")


def _check(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as found:
            whole = found.execute("PRAGMA quick_check(1)").fetchone()
            names = {name for (name,) in found.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        raise BackupError(f"{source} is damaged: {error}.") from None
    if whole != ("ok",):
        raise BackupError(f"{source} is damaged: {whole[0]}.")
    if not {"alembic_version", "companies", "orders"} <= names:
        raise BackupError(f"{source} is no backup of Rulebooks.")


def _copy(source: Path, target: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as read,
        closing(sqlite3.connect(target, timeout=5)) as written,
    ):
        read.backup(written, pages=PAGES)


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
    return head == b"SQLite format 3\0"


def secret_key_is_a_file() -> bool:
    """Whether the secret key lies in the instance folder and is to be kept beside a backup."""
    return bool(current_app.config["SETTINGS"].secret_key is None)
