"""A real server process that is killed (SIGKILL) from outside, or by itself at a chosen commit.

The processes are forked from one that has everything imported, so that a start costs little.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session as OrmSession

ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["app.commands", "app.sync.runner", __name__])


class Process:
    """`rulebooks serve` on one database, started again after each kill."""

    def __init__(self, folder: Path, url: str) -> None:
        self._environment = {
            "RULEBOOKS_INSTANCE": str(folder),
            "RULEBOOKS_DATABASE_URL": url,
            "RULEBOOKS_SECRET_KEY": "x" * 40,
            "RULEBOOKS_SESSION_LEASE": "0",
        }
        self.url = url
        self._moments = FORKS.RawValue("i", 0)
        self.start()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.disarm()
        self._said, writer = FORKS.Pipe(duplex=False)
        arguments = (self._environment, writer, self._moments)
        self._running = FORKS.Process(target=_serve, args=arguments, daemon=True)
        self._running.start()
        writer.close()
        with os.fdopen(os.dup(self._said.fileno()), encoding="utf-8") as lines:
            said = lines.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        self.address = f"{found[0]}/qbwc"

    def arm(self, moments: int) -> None:
        """Have it kill itself so many moments from now: just before or just after a commit."""
        self._moments.value = moments

    def disarm(self) -> bool:
        """Let it live; whether it was still to be killed."""
        left, self._moments.value = self._moments.value, 0
        return bool(left)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._running.kill()
        self._running.join()
        self._said.close()


def _serve(environment: Mapping[str, str], said: Connection, moments: Any) -> None:
    """What the process does; commits outside a call (the schedule's) do not count."""
    os.environ.update(environment)
    os.chdir(ROOT)
    os.dup2(said.fileno(), 2)
    commit = OrmSession.commit

    def tick() -> None:
        if moments.value and threading.current_thread().name.startswith("waitress"):
            moments.value -= 1
            if not moments.value:
                os.kill(os.getpid(), signal.SIGKILL)

    def commit_between_ticks(session: OrmSession) -> None:
        tick()
        commit(session)
        tick()

    OrmSession.commit = commit_between_ticks  # type: ignore[method-assign]
    from app.commands import main  # noqa: PLC0415 - not in the process of the tests

    sys.argv = ["rulebooks", "serve", "--port", "0"]
    main()
