"""A leaky bucket of cost points: waits before a call that the store would refuse."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

LONGEST_PAUSE = 60.0
"""Seconds; a store that wants more is asked all the same, and says for how long to go away."""


@dataclass
class Bucket:
    """What may still be spent at a store, as its last answer said."""

    available: float = float("inf")
    rate: float = 1.0
    """Points that come back a second."""
    largest: float = float("inf")
    _at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def learn(self, available: float, rate: float, largest: float = float("inf")) -> None:
        """Take over what the store says is left."""
        with self._lock:
            self.available, self.rate, self.largest = available, max(rate, 0.001), largest
            self._at = time.monotonic()

    def pause(self, cost: float) -> float:
        """Seconds until that much may be spent; it counts as spent from then on."""
        with self._lock:
            moment = time.monotonic()
            self.available = min(self.available + (moment - self._at) * self.rate, self.largest)
            self._at = moment
            missing = min(cost, self.largest) - self.available
            self.available -= cost
        return min(max(missing / self.rate, 0.0), LONGEST_PAUSE)

    def spend(self, cost: float) -> None:
        """Wait until that much may be spent."""
        seconds = self.pause(cost)
        if seconds:
            time.sleep(seconds)
