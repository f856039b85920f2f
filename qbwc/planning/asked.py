"""What only a person can say about a document of an order: asked once, and remembered exactly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from qbwc.planning.changed import Drift
from qbwc.planning.work import Work


def mark(of: Any) -> str:
    """Names exactly one change: another one has another mark, and is asked about again."""
    return hashlib.sha256(json.dumps(of, ensure_ascii=False).encode()).hexdigest()[:16]


def chosen(work: Work, found: Drift) -> str:
    """What a person chose about exactly this; nothing when nobody did, or it is offered no more."""
    choice = work.ledger.choices.get((found.kind, found.part))
    fits = choice and choice.mark == found.mark and choice.choice in found.choices
    return choice.choice if choice and fits else ""


def ask(work: Work, found: Drift, reason: str, cause: str = "changed", about: str = "") -> str:
    """What a person chose; without a choice the order is held, and every choice is proposed.

    Args:
        work: The order.
        found: What there is to choose.
        reason: A clause for people.
        cause: One of ``CAUSES``.
        about: What it is about, so that orders with the same need are one group.
    """
    answer = chosen(work, found)
    work.drifts.append(replace(found, chosen=answer))
    if not answer:
        work.hold(reason, cause, about)
    return answer
