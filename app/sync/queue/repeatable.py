"""What does no harm when it is written twice: list entries, custom fields and shipments.

Entries are safe by their names, the others by what they say. So nothing of a set that was lost is
searched, and of one that QuickBooks could not read the one bad request is found by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import update

from app.models import Addition, CustomValue, MessageSet, SaleShipment, db
from app.sync.queue.call import Call
from qbwc import messages

Table = type[Addition] | type[CustomValue] | type[SaleShipment]
ADDITION, CUSTOM_FIELD, SHIPMENT = "addition", "custom", "shipped"
"""What a set notes of its requests, see ``MessageSet.contents``."""
TABLES: Final[Mapping[str, Table]] = {
    ADDITION: Addition, CUSTOM_FIELD: CustomValue, SHIPMENT: SaleShipment,
}  # fmt: skip
Hold = Callable[[Call, dict[int, str]], None]


def rows_of(message_set: MessageSet, about: str) -> list[int]:
    """The ids of the rows of a kind that a set was about."""
    return [each[1] for each in message_set.contents.values() if each[0] == about]


def release(message_set: MessageSet) -> None:
    """Nobody knows what became of a set: what it wrote is written again."""
    for about, table in TABLES.items():
        _ready(table, rows_of(message_set, about))


def halve(call: Call, message_set: MessageSet, about: str, hold: Hold) -> None:
    """QuickBooks could not read the set: smaller ones are tried; a request alone is held."""
    ids = rows_of(message_set, about)
    within = messages.halve(len(ids))
    if within:
        _ready(TABLES[about], ids, within=within)
        return
    said = f"QuickBooks cannot read it. {message_set.message}".strip()
    hold(call, dict.fromkeys(ids, said))


def _ready(table: Table, ids: list[int], **values: int) -> None:
    if ids:
        db.session.execute(
            update(table)
            .where(table.id.in_(ids), table.state == "sent")
            .values(state="ready", **values)
        )
