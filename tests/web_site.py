"""The application with rows in it, and people's browsers, for tests of the pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.models import Base, User, db
from app.settings import load
from app.web import access
from tests.web_rows import PASSWORD, Rows, fill

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def make_app(database: str, folder: Path, **settings: Any) -> Flask:
    """The real application on that database."""
    given = {"secret_key": "s" * 40, "url": "http://localhost"} | settings
    app = create_app(load(database_url=database, instance=folder, **given))
    app.testing = True
    return app


@dataclass
class Site:
    """The application and the ids of its rows."""

    app: Flask
    rows: Rows

    def visitor(self) -> FlaskClient:
        """A browser that nobody has logged in with."""
        return self.app.test_client()

    def browser(self, name: str) -> FlaskClient:
        """A browser that this person has logged in with."""
        client = self.visitor()
        answer = log_in(client, f"{name}@example.com")
        assert answer.status_code == 302, answer.text
        return client

    def session(self, name: str) -> FlaskClient:
        """The same without filling in the page, for walks over many pages."""
        client = self.visitor()
        with self.app.app_context():
            user = db.session.query(User).filter_by(email=f"{name}@example.com").one()
            with client.session_transaction() as session:
                session["_user_id"], session[access.STAMP] = str(user.id), access.stamp(user)
        return client

    def user(self, name: str) -> int:
        """The id of a person."""
        with self.app.app_context():
            return db.session.query(User).filter_by(email=f"{name}@example.com").one().id

    @property
    def orders(self) -> str:
        """The address of the first company's orders."""
        return f"/companies/{self.rows.company}/orders"


def token(client: FlaskClient, page: str = "/login") -> str:
    """The CSRF token that a page's form holds."""
    found = TOKEN.search(client.get(page).text)
    assert found, f"no CSRF token on {page}"
    return found[1]


def log_in(
    client: FlaskClient, email: str, password: str = PASSWORD, **fields: str
) -> TestResponse:
    """Fill in the log-in page and send it."""
    form = {"email": email, "password": password, "csrf_token": token(client), **fields}
    return client.post("/login", data=form)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that the database is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def end(app: Flask) -> None:
    """Let go of the database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    """An SQLite database with companies, people and orders, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    path = folder / "filled.db"
    app = make_app(f"sqlite:///{path}", folder)
    with app.app_context():
        Base.metadata.create_all(db.engine)
    rows = fill(app)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    end(app)
    return path, rows


@pytest.fixture
def site(filled: tuple[Path, Rows], tmp_path: Path) -> Iterator[Site]:
    """The application on a database of its own with everything in it."""
    path = tmp_path / "site.db"
    shutil.copy(filled[0], path)
    app = make_app(f"sqlite:///{path}", tmp_path)
    yield Site(app, filled[1])
    end(app)


@pytest.fixture
def any_site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The same with a few orders, on each database in turn."""
    app = make_app(database_url, tmp_path)
    yield Site(app, fill(app, most=12))
    end(app)


@pytest.fixture
def empty_site(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database with tables and nothing in them."""
    app = make_app(sqlite_url, tmp_path)
    yield app
    end(app)
