"""How telling a store something went: one that fails is left alone for longer each time.

``what`` is stock or sales: the store's columns and the events are named after it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from app.models import Event, Store, db, now
from app.stores.errors import StoreError

FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=6)
What = Literal["stock", "sales"]


def failed(store: Store, what: What, error: StoreError, said: str) -> None:
    """Leave the store alone for a while; ``said`` is what it was not told, in words."""
    before: int = getattr(store, f"{what}_failures")
    pause = min(FIRST_PAUSE * 2 ** min(before, 10), LONGEST_PAUSE)
    if error.stops:
        pause = LONGEST_PAUSE
    setattr(store, f"{what}_failures", before + 1)
    setattr(store, f"{what}_next_at", now() + max(pause, error.retry_after or pause))
    if getattr(store, f"{what}_error") != str(error):
        level = "error" if error.stops or before else "warning"
        _log(store, level, f"{what}.failed", f"{store.name} was not {said}: {error}")
    setattr(store, f"{what}_error", str(error))


def went_well(store: Store, what: What, began: datetime, said: str) -> None:
    """It was told everything; ``said`` is what it takes again after failures, in words."""
    if getattr(store, f"{what}_error"):
        _log(store, "info", f"{what}.recovered", f"{store.name} takes {said} again.")
    setattr(store, f"{what}_at", began)
    setattr(store, f"{what}_next_at", None)
    setattr(store, f"{what}_failures", 0)
    setattr(store, f"{what}_error", "")


def _log(store: Store, level: str, kind: str, text: str) -> None:
    db.session.add(Event(company_id=store.company_id, level=level, kind=kind, text=text))
