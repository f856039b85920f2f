"""ShipStation's times: Pacific time, written without a zone, whatever zone the account is in.

In the hour that comes twice each autumn a time may be either; it is read as the first of the two,
which is the earlier one, so that nothing is taken to have come when it has not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.stores.node import Node
from app.stores.payload import MalformedPayload

ZONE: Final = "America/Los_Angeles"
PACIFIC: Final = ZoneInfo(ZONE)


def when(node: Node, key: str) -> datetime | None:
    """The time at the key, aware and UTC."""
    return node.moment(key, PACIFIC)


def local(moment: datetime) -> datetime:
    """ShipStation's own time of a moment, without a zone, from which on nothing later is missed.

    A moment in the hour that comes twice is the beginning of that hour: what changed when the
    clock showed less may still be later.
    """
    found = moment.astimezone(PACIFIC)
    if found.replace(fold=0).utcoffset() != found.replace(fold=1).utcoffset():
        found = found.replace(minute=0, second=0, microsecond=0)
    return found.replace(tzinfo=None, fold=0)


def changed_at(row: object) -> datetime | None:
    """When an order was last changed, by ShipStation's own clock and without a zone."""
    try:
        found = when(Node(row), "modifyDate") if isinstance(row, dict) else None
    except MalformedPayload:
        return None
    return None if found is None else found.astimezone(PACIFIC).replace(tzinfo=None, fold=0)


def aware(naive: datetime, *, latest: bool = False) -> datetime:
    """A time of ShipStation's as a moment: the first that it may be, or the latest."""
    return naive.replace(tzinfo=PACIFIC, fold=int(latest)).astimezone(UTC)


def stamp(naive: datetime) -> str:
    """A time as ShipStation compares it."""
    return f"{naive:%Y-%m-%d %H:%M:%S}"


def written(day: date) -> str:
    """A date as ShipStation takes it in an order."""
    return f"{day:%Y-%m-%d}T00:00:00.0000000"


def pacific_day(moment: datetime) -> date:
    """The date of a moment by ShipStation's clock."""
    return moment.astimezone(PACIFIC).date()
