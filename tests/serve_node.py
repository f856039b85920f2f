"""`rulebooks serve` as it is, but for how long it waits: a dead server's work is taken over soon.

Run as ``python -m tests.serve_node SECONDS``: the lease of a page, of a step and of a mail.
"""

from __future__ import annotations

import importlib
import sys
from datetime import timedelta
from typing import Any


def main(seconds: float) -> None:
    """Serve on a free port until stopped, or until it is killed."""
    lease = timedelta(seconds=seconds)
    for name, constants in {
        "app.sync.intake.pull": {"LEASE": lease},
        "app.schedule.rows": {"LEASE": lease},
        "app.notify.outgoing": {"TAKEN": lease},
        "app.scheduler": {"LOOK": 0.1},
    }.items():
        module: Any = importlib.import_module(name)
        for constant, value in constants.items():
            assert hasattr(module, constant)
            setattr(module, constant, value)
    commands = importlib.import_module("app.commands")
    sys.argv = ["rulebooks", "serve", "--port", "0"]
    commands.main()


if __name__ == "__main__":
    main(float(sys.argv[1]))
