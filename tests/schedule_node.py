"""A server's part in the schedule as a process of its own, with work that leaves traces.

Run as ``python -m tests.schedule_node DATABASE FOLDER``: until SIGTERM, or until it is killed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from app import scheduler
from app.models import Company, Event, db
from app.schedule import kinds as registry
from app.schedule import rows
from app.schedule.kinds import Kind, daily
from tests.web_site import make_app


def work(company: Company, moment: datetime) -> Iterator[str]:
    """Two steps with a pause, each with its trace."""
    company_id = company.id
    for step in ("begun", "ended"):
        with db.engine.begin() as connection:
            connection.execute(
                insert(Event).values(company_id=company_id, kind=step, text=str(os.getpid()))
            )
        yield step
        if step == "begun":
            time.sleep(0.15)


def main(database: str, folder: Path) -> None:
    """Work until told to stop."""
    pulling = importlib.import_module("app.sync.intake.pull")
    rows.LEASE = pulling.LEASE = timedelta(seconds=3)  # type: ignore[misc]
    scheduler.LOOK = 0.1  # type: ignore[assignment,misc]
    found = {"work": Kind("Work", "Leaves traces.", daily(3), work)}
    for module in (registry, rows, scheduler):
        module.kinds = lambda: found  # type: ignore[attr-defined]
    node = scheduler.Scheduler(make_app(database, folder))
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    node.start()
    print("started", flush=True)
    done.wait()
    node.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
