"""The soak test as a command: ``python -m tests.soak [ORDERS [DAYS [TURNS]]]``."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.soak.books import wrong
from tests.soak.month import Month, month


def growth(made: Month) -> float:
    """Memory at the end against memory after a third of the days, when all caches are full."""
    third = made.days[len(made.days) // 3].memory
    return made.days[-1].memory / third


def quietly() -> None:
    """Log what is wrong only."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)


def main(orders: int = 20_000, days: int = 30, turns: int = 8) -> int:
    quietly()
    with (
        tempfile.TemporaryDirectory(prefix="rulebooks-soak-") as folder,
        month(Path(folder), orders, days) as made,
    ):
        made.run(days, turns, lambda text: print(text, flush=True))
        said = wrong(made)
        print(f"sessions: {made.ended}; memory grew {growth(made):.2f} times")
        print("\n".join(said) or "The books equal the stores.")
        return 1 if said or growth(made) > 1.25 else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
