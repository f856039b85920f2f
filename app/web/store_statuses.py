"""Which of a store's statuses are synced: one case of the rule Sync this order, as a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.models import Order, Release, Store, db
from app.rules.settling import published_rule, settle_case
from app.web.shown import shown

DECISION: Final = "sync_order"
LOOKED_AT: Final = 100
"""So many of the store's newest orders tell which statuses there are."""
LONGEST: Final = 100
MOST: Final = 50


def known(store: Store) -> list[str]:
    """The statuses that the store's newest orders have, in its own words."""
    newest = db.session.scalars(
        select(Order)
        .where(Order.store_id == store.id)
        .order_by(Order.id.desc())
        .limit(LOOKED_AT)
        .options(undefer(Order.raw), joinedload(Order.store))
    )
    found = (order.source_status for row in newest if (order := shown(row).order))
    return sorted({*filter(None, found), *(chosen(store) or ())}, key=str.casefold)


def chosen(store: Store) -> list[str] | None:
    """The statuses that are synced; None for all of them."""
    cases = published_rule(store.company, DECISION)["cases"]
    for case in cases:
        if case.get("id") == _id(store) and case["enabled"]:
            match case["when"]:
                case {"and": [_, {"!": [{"one_of": [_, [*found]]}]}]}:
                    return [str(one) for one in found]
    return None


def choose(store: Store, statuses: Iterable[str], *, author: str) -> Release | None:
    """Publish that only these statuses are synced; without any, all are."""
    wanted = [one for one in dict.fromkeys(map(str.strip, statuses)) if one and one.isprintable()]
    wanted = [one[:LONGEST] for one in wanted][:MOST]
    case: dict[str, Any] | None = None
    if wanted:
        case = {
            "title": f"{store.name}: other statuses are not synced",
            "when": {
                "and": [
                    {"is": [{"var": "store.key"}, store.key]},
                    {"!": [{"one_of": [{"var": "order.source_status"}, wanted]}]},
                ]
            },
            "then": False,
        }
    return settle_case(
        store.company, DECISION, _id(store), case, author=author, note=f"Statuses of {store.name}"
    )


def _id(store: Store) -> str:
    return f"statuses of {store.key}"
