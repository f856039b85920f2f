"""A company's rules: releases, the open draft, and what the orders say about them.

``releases`` are read, ``publishing`` makes them; ``drafts`` changes the open draft and
``draft_state`` reads it, ``rebasing`` lets it follow a release; ``one_click`` publishes one row or
case; ``links`` is about presets; ``evidence`` looks at rules with the mirror and the decided
orders beside them; ``changes`` makes the next rulebook file out of the present one.
None of them prints.
"""

from app.rules.publishing import publish, roll_back
from app.rules.releases import (
    ReleaseConflictError,
    UnknownReleaseError,
    current_release,
    current_rulebook,
    file_of,
    history,
    release_numbered,
    rulebook_of,
)

__all__ = [
    "ReleaseConflictError",
    "UnknownReleaseError",
    "current_release",
    "current_rulebook",
    "file_of",
    "history",
    "publish",
    "release_numbered",
    "roll_back",
    "rulebook_of",
]
