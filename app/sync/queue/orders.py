"""Where an order stands, judged by its outbox rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update

from app.models import Order, Outbox, db

CAUSE_OF = {"held": "refused", "review": "uncertain", "alike": "alike"}
"""A stopped document's state, or that QuickBooks holds its like -> the cause of its order."""
NO_REASON: dict[str, Any] = {"reasons": [], "causes": []}


def conclude(order_ids: Iterable[int], due: Iterable[int] = ()) -> None:
    """Write where orders stand; those ``due`` are to be decided again.

    What the plan noted of an order, e.g. that money stays unapplied, is told once it is posted,
    too. What the plan holds, e.g. because it was cancelled, stays held until it is decided again.
    """
    due = set(due)
    wanted = set(order_ids) | due
    if not wanted:
        return
    moving, waiting, stopped = _rows(wanted)
    again: list[dict[str, Any]] = []
    settled: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    for order_id, more, state, causes in db.session.execute(
        select(Order.id, Order.more, Order.state, Order.causes).where(Order.id.in_(wanted))
    ):
        finished = order_id not in moving and order_id not in stopped and order_id not in waiting
        if order_id in due or (finished and more):
            again.append({"id": order_id, "due": True, "state": "queued"} | NO_REASON)
        elif finished and state == "held" and _by_plan(causes):
            continue
        elif finished and state == "held":
            settled.append({"id": order_id, "state": "posted"} | NO_REASON)
        elif finished:
            told.append({"id": order_id, "state": "posted"})
        elif order_id in stopped and order_id not in moving:
            settled.append({"id": order_id, "state": "held"} | stopped[order_id])
    for changes in (again, settled, told):
        if changes:
            db.session.execute(update(Order), [one | {"untold": True} for one in changes])


def _by_plan(causes: Sequence[Sequence[str]]) -> bool:
    """Whether the plan holds an order: then its documents' answers do not let it go."""
    return any(code not in CAUSE_OF.values() for code, _ in causes)


def _rows(order_ids: set[int]) -> tuple[set[int], set[int], dict[int, dict[str, Any]]]:
    """The orders with documents on their way, with waiting ones, with stopped ones and why."""
    moving: set[int] = set()
    waiting: set[int] = set()
    stopped: dict[int, dict[str, Any]] = {}
    for order_id, state, waits, advice, code, alike in db.session.execute(
        select(
            Outbox.order_id, Outbox.state, Outbox.waiting, Outbox.advice, Outbox.status_code,
            Outbox.alike,
        )
        .where(
            Outbox.order_id.in_(order_ids),
            Outbox.state.in_(("ready", "sent", "held", "review")),
        )
        .order_by(Outbox.id)
    ):  # fmt: skip
        if state in {"held", "review"}:
            why = stopped.setdefault(order_id, {"reasons": [], "causes": []})
            why["reasons"].append(advice)
            cause = CAUSE_OF["alike" if alike else state]
            why["causes"].append([cause, "" if code is None else str(code)])
        else:
            (waiting if waits else moving).add(order_id)
    return moving, waiting, stopped
