"""The tables, version by version, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from app.migrate import DatabaseError, config, current, is_current, newest, upgrade
from app.models import Base, db
from tests.database import Postgres
from tests.web_site import end, make_app

ROOT = Path(__file__).parents[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"m{uuid.uuid4().hex}"
    server._run(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.drop(server.url(name))


@pytest.fixture
def blank(blank_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(blank_url, tmp_path)
    with app.app_context():
        yield app
    end(app)


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_an_empty_database_gets_exactly_the_tables_of_the_models(blank: Flask) -> None:
    assert current() is None
    assert upgrade()
    assert tables() == {*Base.metadata.tables, "alembic_version"}
    assert current() == newest()
    command.check(config())


def test_a_database_that_is_up_to_date_is_left_alone(blank: Flask) -> None:
    upgrade()
    assert is_current()
    assert not upgrade()


def test_down_to_nothing_and_up_again(blank: Flask) -> None:
    upgrade()
    command.downgrade(config(), "base")
    assert tables() == {"alembic_version"}
    assert upgrade()
    command.check(config())


def test_several_starting_at_once_migrate_once(blank: Flask, blank_url: str) -> None:
    start = [sys.executable, "-c", "from app.commands import main; main(['company', 'list'])"]
    settings = {
        "RULEBOOKS_DATABASE_URL": blank_url,
        "RULEBOOKS_SECRET_KEY": "s" * 40,
        "RULEBOOKS_INSTANCE": blank.instance_path,
    }
    nodes = [
        subprocess.Popen(
            start, env=os.environ | settings, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(3)
    ]
    for node in nodes:
        _, errors = node.communicate(timeout=60)
        assert not errors
        assert node.returncode == 0
    assert is_current()
    command.check(config())


def test_foreign_keys_hold_after_a_migration(blank: Flask) -> None:
    upgrade()
    insert = "INSERT INTO memberships (user_id, company_id, role) VALUES (7, 7, 'viewer')"
    with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.execute(sa.text(insert))


def test_there_is_one_newest_version() -> None:
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_a_database_of_a_newer_version_is_told(blank: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'ffff'"))
    with pytest.raises(DatabaseError, match="ffff"):
        upgrade()
