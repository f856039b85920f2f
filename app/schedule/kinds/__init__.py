"""The kinds of tasks: a module here with a ``task`` is one, under the module's name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from app.models import Company

Run = Callable[[Company, datetime], Iterator[str]]
"""Does the work at that moment, and says in words how far it is; the last words are the result.

It has nothing uncommitted when it yields, and may be stopped for good there: the next time, maybe
on another node, it goes on from what is committed. A step takes seconds, never minutes.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Work that comes round for each company.

    Attributes:
        label: What people call it.
        help: What it does, in a sentence.
        next_at: When it is done next, seen from a moment.
        run: Does it.
    """

    label: str
    help: str
    next_at: Callable[[Company, datetime], datetime]
    run: Run


def every(pause: timedelta) -> Callable[[Company, datetime], datetime]:
    """So long after it was done last."""
    return lambda _company, moment: moment + pause


def daily(hour: int, minute: int = 0) -> Callable[[Company, datetime], datetime]:
    """Each day at that time by the company's clock, summer and winter."""

    def next_at(company: Company, moment: datetime) -> datetime:
        zone = ZoneInfo(company.zone or "UTC")
        trigger = CronTrigger(hour=hour, minute=minute, timezone=zone)
        # The trigger gives a moment itself when it fits; the task was done then.
        found: datetime = trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
        return found.astimezone(UTC)

    return next_at


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    modules = {
        module.name: importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    }
    return {name: module.task for name, module in modules.items() if hasattr(module, "task")}
