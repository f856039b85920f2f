"""What `rulebooks doctor` looks at; to add a check, write it and name it in all_checks."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

from sqlalchemy import func, select, text

from app import backup
from app.migrate import DatabaseError, current, newest
from app.models import Company, Event, User, db, now
from app.settings import Settings
from app.soap import PATH
from qbwc.connector import ConnectorFileError, qwc

LATE = timedelta(days=1)
SKEW = timedelta(seconds=5)
LEAST_FREE = 500 * 2**20
VENDOR = Path(__file__).parent / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check, in words."""

    status: Literal["ok", "warn", "fail"]
    title: str
    text: str
    fix: str = ""

    def plain(self) -> dict[str, str]:
        """The check as JSON."""
        return asdict(self)


def all_checks(settings: Settings) -> list[Check]:
    """Every check; a database that is not there, or not up to date, ends them early."""
    found = [*secret_key(settings), *address(settings), *libraries(), *space(settings)]
    try:
        version = current()
    except DatabaseError as error:
        fix = "Start the database, or correct RULEBOOKS_DATABASE_URL."
        return [*found, Check("fail", "Database", str(error), fix)]
    found += durability()
    if version != newest():
        fix = "Stop all servers, back up, and run `rulebooks serve`, which updates it."
        return [*found, Check("fail", "Tables", f"version {version}, not {newest()}", fix)]
    found.append(Check("ok", "Tables", f"version {version}, as this program needs"))
    return [*found, *people(), *connectors(), *clock(), *backups()]


def secret_key(settings: Settings) -> Iterator[Check]:
    """Where the secret key is, and who may read it."""
    title, path = "Secret key", settings.secret_key_file
    if settings.secret_key is not None:
        yield Check("ok", title, "given by RULEBOOKS_SECRET_KEY")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        fix = f"chmod 600 {path}"
        yield Check("fail", title, f"others may read {path} (mode {mode:04o})", fix)
    else:
        yield Check("ok", title, f"in {path}; keep a copy apart from the database")


def address(settings: Settings) -> Iterator[Check]:
    """Whether the Web Connector takes the public address."""
    title, url = "Public address", settings.url
    try:
        guid = uuid4()
        qwc(url=url + PATH, user_name="doctor", owner_id=guid, file_id=guid)
    except ConnectorFileError as error:
        fix = "Set RULEBOOKS_URL to https:// and the host name of your reverse proxy."
        yield Check("fail", title, f"{error}", fix)
        return
    if settings.is_https:
        yield Check("ok", title, f"{url}, which the Web Connector takes")
    else:
        fix = "To reach it from another computer, set RULEBOOKS_URL to an https address."
        yield Check("warn", title, f"{url} works on this computer only", fix)


def libraries() -> Iterator[Check]:
    """Whether the pages' scripts were fetched when the program was installed."""
    title = "Front-end libraries"
    if (VENDOR / "htmx" / "htmx.min.js").exists():
        yield Check("ok", title, "installed")
        return
    fix = "Install Rulebooks again; in a checkout, run python app/assets/fetch.py."
    yield Check("fail", title, "missing, so pages can be read but hardly used", fix)


def space(settings: Settings) -> Iterator[Check]:
    """Whether the disk has room."""
    free = shutil.disk_usage(settings.folder).free
    if free < LEAST_FREE:
        fix = "Free some space: a full disk stops all posting."
        yield Check("fail", "Disk", f"{free // 2**20} MB free in {settings.folder}", fix)
    else:
        yield Check("ok", "Disk", f"{free // 2**30} GB free")


def durability() -> Iterator[Check]:
    """Whether what is committed survives a power cut."""
    title = "Durability"
    if db.engine.dialect.name == "sqlite":
        wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
        query = "PRAGMA {}"
    else:
        wanted = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
        query = "SHOW {}"
    with db.engine.connect() as connection:
        found = {
            name: str(connection.execute(text(query.format(name))).scalar()) for name in wanted
        }
    for name, value in found.items():
        if value != wanted[name]:
            fix = f"Set {name} to {wanted[name]}: without it a power cut can lose what was posted."
            yield Check("fail", title, f"{name} is {value}", fix)
    if found == wanted:
        told = ", ".join(f"{name}={value}" for name, value in found.items())
        yield Check("ok", title, f"{db.engine.dialect.name}: {told}")


def people() -> Iterator[Check]:
    """Whether anybody can log in."""
    owners = db.session.scalar(select(func.count()).select_from(User).where(User.is_owner))
    if owners:
        yield Check("ok", "People", f"{owners} owner(s) can log in")
    else:
        yield Check("warn", "People", "no owner can log in", "rulebooks user add EMAIL")


def connectors() -> Iterator[Check]:
    """When the Web Connector of each company was last seen."""
    companies = db.session.scalars(select(Company).order_by(Company.id)).all()
    if not companies:
        yield Check("warn", "Companies", "there are none", "rulebooks company add NAME")
    for company in companies:
        title, seen = f"Web Connector of {company.name}", company.last_seen_at
        if seen is None:
            fix = f"rulebooks connector file {company.id} -o rulebooks.qwc, then open that file."
            yield Check("warn", title, "never seen", fix)
        elif now() - seen > LATE:
            fix = "Check that it runs on the QuickBooks computer and that Auto-Run is on."
            yield Check("warn", title, f"last seen {seen:%Y-%m-%d %H:%M} UTC", fix)
        else:
            yield Check("ok", title, f"last seen {seen:%Y-%m-%d %H:%M} UTC")


def backups() -> Iterator[Check]:
    """When the embedded database was last backed up, as far as we know."""
    if not backup.is_embedded():
        return
    title, last = "Backup", backup.newest()
    fix = "Let the computer run `rulebooks backup FILE` each night, or use the page Backup."
    if last is None:
        yield Check("warn", title, "none was made by Rulebooks", fix)
    elif now() - last > backup.OLD:
        yield Check("warn", title, f"the last was made {last:%Y-%m-%d %H:%M} UTC", fix)
    else:
        yield Check("ok", title, f"made {last:%Y-%m-%d %H:%M} UTC")


def clock() -> Iterator[Check]:
    """Whether this computer's clock agrees with the database's, and did not go back."""
    title, fix = "Clock", "Set the clock by NTP: times decide what is recovered and what is due."
    here = now()
    if db.engine.dialect.name == "postgresql":
        there = db.session.execute(select(func.clock_timestamp())).scalar_one()
        if abs(there - here) > SKEW:
            behind = (there - here).total_seconds()
            yield Check("fail", title, f"{behind:+.0f} s from the database's", fix)
            return
    newest_event = db.session.scalar(select(Event.at).order_by(Event.id.desc()).limit(1))
    if newest_event and newest_event - here > SKEW:
        yield Check("fail", title, f"the newest event is of {newest_event:%Y-%m-%d %H:%M}", fix)
    else:
        yield Check("ok", title, f"{here:%Y-%m-%d %H:%M:%S} UTC")
