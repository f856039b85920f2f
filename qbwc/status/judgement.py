"""What an answer of QuickBooks can amount to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["done", "none_found", "again", "refresh", "create", "person"]
"""Done; an empty answer; send it again later; ask QuickBooks what it holds now, then decide;
create the list entry that is missing, then send it again; a person must act."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer means, in plain words, and what follows from it."""

    outcome: Outcome
    meaning: str
    advice: str
    tries: int = 0
    """How often sending again is worth while before a person is asked; 0 = not at all."""


Row = tuple[Outcome, str, str] | tuple[Outcome, str, str, int]
"""A judgement as the tables write it: outcome, meaning, advice and perhaps tries."""

DONE: Final = "done"
EMPTY: Final = "none_found"
AGAIN: Final = "again"
REFRESH: Final = "refresh"
CREATE: Final = "create"
PERSON: Final = "person"

FEW: Final = 3
MANY: Final = 20

WAIT: Final = "Nothing to do: it is sent again at the next sync."
