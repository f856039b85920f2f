"""A store that fails: for how long it is left alone, and when people are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.stores.errors import StoreError

LONGEST_PAUSE: Final = timedelta(hours=6)
LASTS: Final = 2
"""The failure by which something is no passing fault: people are mailed."""


def pause(first: timedelta, failures: int, error: StoreError) -> timedelta:
    """For how long a store is left alone that failed so often before; each time longer.

    Args:
        first: After the first failure.
        failures: How often it failed before.
        error: What it said; it may ask for a longer pause.
    """
    found: timedelta = min(first * 2 ** min(failures, 10), LONGEST_PAUSE)
    return max(found, error.retry_after or found)


def level(failures: int, error: StoreError, before: str) -> str:
    """The level at which a failure is told; empty: it was told already.

    Args:
        failures: How often it failed by now.
        error: What it said.
        before: What it said the time before.
    """
    if before == str(error) and failures != LASTS:
        return ""
    return "error" if error.stops or failures >= LASTS else "warning"
