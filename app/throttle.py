"""How many wrong passwords a user name may try from an address, and an address in all."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

MINUTES = 15
PEOPLE_AT_AN_ADDRESS = 10


class Failures:
    """Counts failed log-ins, in memory: each server process counts its own."""

    def __init__(self, most: int) -> None:
        """Allow `most` failures in fifteen minutes for one user name from one address."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._one = RateLimitItemPerMinute(most, MINUTES)
        self._all = RateLimitItemPerMinute(most * PEOPLE_AT_AN_ADDRESS, MINUTES)

    def too_many(self, username: str, address: str) -> bool:
        """Whether the next attempt has to be refused unread."""
        return not (
            self._limiter.test(self._one, _folded(username), address)
            and self._limiter.test(self._all, address)
        )

    def add(self, username: str, address: str) -> None:
        """Count a failure."""
        self._limiter.hit(self._one, _folded(username), address)
        self._limiter.hit(self._all, address)


def _folded(username: str) -> str:
    return username.strip().casefold()[:320]
