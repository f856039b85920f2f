"""Bringing the database's tables to the version that this program needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.exc import SQLAlchemyError

from app.models import db

DIRECTORY = Path(__file__).parents[1] / "migrations"

migrations = Migrate(db=db, directory=str(DIRECTORY), render_as_batch=True, compare_type=True)


class DatabaseError(Exception):
    """The database cannot be reached, or its tables cannot be brought up to date."""


def prepare(app: Flask) -> None:
    """Let `flask db` work on the application's database."""
    migrations.init_app(app)


def config() -> Config:
    """Alembic's configuration."""
    found = Config(str(DIRECTORY / "alembic.ini"))
    found.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    return found


def newest() -> str | None:
    """The version that this program needs."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current() -> str | None:
    """The version that the database has; nothing when it is empty."""
    try:
        with db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise DatabaseError(f"The database cannot be reached: {_first_line(error)}") from error


def is_current() -> bool:
    """Whether the database has the tables that this program needs."""
    return current() == newest()


def upgrade() -> bool:
    """Bring the tables up to date; whether there was anything to do. Needs an app context."""
    if is_current():
        return False
    try:
        command.upgrade(config(), "head")
    except (SQLAlchemyError, CommandError) as error:
        raise DatabaseError(
            f"The database cannot be brought up to date: {_first_line(error)}"
        ) from error
    return True


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).partition("\n")[0]
