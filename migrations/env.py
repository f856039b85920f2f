from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

TWO_AT_ONCE = 7_225_110_411
"""The advisory lock that lets one of several starting nodes migrate and the others wait."""


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TWO_AT_ONCE})")
        return
    # A batch operation drops and renames tables: with foreign keys on, that would cascade.
    # The pragma does nothing inside a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _run() -> None:
    database = current_app.extensions["migrate"]
    engine = database.db.engine
    with engine.connect() as connection:
        try:
            context.configure(
                connection=connection,
                target_metadata=database.db.metadata,
                transactional_ddl=True,
                **database.configure_args,
            )
            with context.begin_transaction():
                _lock(connection)
                context.run_migrations()
        finally:
            connection.invalidate()


_run()
