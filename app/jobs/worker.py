"""Runs jobs one after the other: claims a row, works, tells how far it is, stops when told."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from typing import Any, Final

from flask import Flask
from sqlalchemy import select, update

from app.jobs.kinds import Progress, kinds
from app.jobs.rows import STALE
from app.models import Company, Job, db, now

log = logging.getLogger(__name__)
PAUSE: Final = 1.0
"""Seconds between two looks when there is nothing to do."""
FAREWELL: Final = 10.0
"""Seconds that stopping waits for the step that is being done."""


class Worker:
    """One runner of jobs; any number of them, in any number of processes, share the work."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        """Run jobs in a thread until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the present step; the job waits for another runner then."""
        self._stop.set()
        self._thread.join(FAREWELL)

    def run_one(self) -> bool:
        """Run the oldest job that waits; whether there was one."""
        with self._app.app_context():
            job_id = self._claim()
            if job_id is None:
                return False
            try:
                self._run(job_id)
            finally:
                db.session.rollback()
            return True

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                worked = self.run_one()
            except Exception:
                log.exception("Jobs cannot be run")
                worked = False
            if not worked:
                self._stop.wait(PAUSE)

    def _claim(self) -> int | None:
        """Take a job that waits; no two runners get the same one."""
        with db.engine.connect() as connection:
            stale = connection.scalars(
                select(Job.id).where(Job.state == "running", Job.seen_at < now() - STALE)
            ).all()
            waiting = connection.scalars(
                select(Job.id).where(Job.state == "waiting").order_by(Job.id)
            ).all()
        for job_id in stale:
            with db.engine.begin() as connection:
                connection.execute(
                    update(Job)
                    .where(Job.id == job_id, Job.state == "running", Job.seen_at < now() - STALE)
                    .values(state="lost", finished_at=now(), error="Its server stopped.")
                )
        for job_id in waiting:
            with db.engine.begin() as connection:
                taken = connection.execute(
                    update(Job)
                    .where(Job.id == job_id, Job.state == "waiting")
                    .values(state="running", runner=self._name, started_at=now(), seen_at=now())
                )
            if taken.rowcount:
                return job_id
        return None

    def _run(self, job_id: int) -> None:
        try:
            job = db.session.get_one(Job, job_id)
            company = db.session.get_one(Company, job.company_id)
            steps = kinds()[job.kind](company, job.arguments)
            self._follow(job_id, steps)
        except Exception as error:
            log.exception("Job %s failed", job_id)
            first = str(error).partition("\n")[0]
            said = f"{type(error).__name__}: {first}"
            self._write(job_id, state="failed", error=said, finished_at=now())

    def _follow(self, job_id: int, steps: Iterator[Progress]) -> None:
        for step in steps:
            told = self._write(
                job_id, done=step.done, total=step.total, result=step.result, seen_at=now()
            )
            if told is None:
                return
            if told:
                self._write(job_id, state="cancelled", finished_at=now())
                return
            if self._stop.is_set() and step.done < step.total:
                self._write(job_id, state="waiting", runner="", done=0, result=None)
                return
        self._write(job_id, state="done", finished_at=now())

    def _write(self, job_id: int, **values: Any) -> bool | None:
        """Write to a job that is still ours: whether it is to stop; None if it is not ours."""
        with db.engine.begin() as connection:
            found: bool | None = connection.execute(
                update(Job)
                .where(Job.id == job_id, Job.runner == self._name, Job.state == "running")
                .values(**values)
                .returning(Job.cancel)
            ).scalar()
        return found
