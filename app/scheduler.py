"""The schedule of a running server: looks what is due, does it, and stops when told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app.models import Company, Store, db, now
from app.schedule import rows
from app.schedule.kinds import kinds
from app.sync.intake import due_rereads, due_stores, pull, reread
from app.sync.intake.pull import BeingRead

log = logging.getLogger(__name__)
LOOK: Final = 5
"""Seconds between two looks at what is due."""
READERS: Final = 2
"""So many stores are read at once by one server; tasks are done beside them."""
FAREWELL: Final = 20.0
"""Seconds that stopping waits for the page or step that is being done."""


class Scheduler:
    """One server's part in the schedule; any number of them share the work."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._busy = 0
        self._idle = threading.Condition()
        self._clock = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(READERS + 1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Do what is due from now on, in threads of its own, until stopped."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        parts: list[Callable[[], bool]] = [self._do_a_task, *[self._read_a_store] * READERS]
        for part in parts:
            self._clock.add_job(
                self._go_round, "interval", [part], seconds=LOOK, next_run_time=now()
            )
        self._clock.start()

    def stop(self) -> None:
        """Stop after the present steps; what is not through is due for another server."""
        self._stop.set()
        if self._clock.running:
            self._clock.shutdown(wait=False)
        until = time.monotonic() + FAREWELL
        with self._idle:
            while self._busy and (left := until - time.monotonic()) > 0:
                self._idle.wait(left)
            if self._busy:
                log.warning("The schedule stops in the middle of work; its leases run out")

    def run_due(self) -> int:
        """Do all that is due now, in this thread; how many pieces of work that were."""
        done = 0
        while self._read_a_store() or self._do_a_task():
            done += 1
        return done

    def _go_round(self, part: Callable[[], bool]) -> None:
        with self._idle:
            self._busy += 1
        try:
            while not self._stop.is_set() and part():
                pass
        except Exception:
            log.exception("The schedule cannot go on")
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _read_a_store(self) -> bool:
        """Read one store that is due; whether there was one."""
        with self._app.app_context():
            try:
                for read, due in ((pull, due_stores), (reread, due_rereads)):
                    for store_id in [store.id for store in due()]:
                        try:
                            store = db.session.get_one(Store, store_id)
                            read(store, if_due=True, stopping=self._stop.is_set)
                        except BeingRead:
                            continue
                        return True
            finally:
                db.session.rollback()
        return False

    def _do_a_task(self) -> bool:
        """Do one task that is due; whether there was one."""
        with self._app.app_context():
            moment = now()
            rows.complete(moment)
            claimed = rows.claim(moment)
            if claimed is None:
                return False
            try:
                self._follow(claimed)
            finally:
                db.session.rollback()
        return True

    def _follow(self, claimed: rows.Claim) -> None:
        kind, said = kinds()[claimed.kind], ""
        company = db.session.get_one(Company, claimed.company_id)
        try:
            for said in kind.run(company, now()):
                if not rows.renew(claimed, said):
                    return
                if self._stop.is_set():
                    rows.release(claimed)
                    return
        except Exception as error:
            db.session.rollback()
            log.exception("The task %s failed", claimed.kind)
            first = str(error).partition("\n")[0]
            rows.fail(claimed, f"{type(error).__name__}: {first}")
            return
        company = db.session.get_one(Company, claimed.company_id)
        rows.finish(claimed, said, kind.next_at(company, now()))
