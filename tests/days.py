"""The day on which the tests' QuickBooks works."""

from __future__ import annotations

from datetime import UTC, date, datetime

TODAY = date(2026, 11, 25)
"""The day of what a person enters by hand."""


def today() -> date:
    """QuickBooks' day: that of the orders in the tests, and never behind this machine's clock.

    What QuickBooks changes has to be newer than what was read of it before, whenever tests run.
    """
    return max(TODAY, datetime.now(UTC).astimezone().date())
