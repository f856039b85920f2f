"""A company's rules: releases, what the orders say about them, and changes to publish.

``releases`` publishes; ``evidence`` looks at rules with the mirror and the decided orders beside
them; ``changes`` makes the next rulebook file out of the present one. None of them prints.
"""

from app.rules.releases import (
    ReleaseConflictError,
    UnknownReleaseError,
    current_release,
    current_rulebook,
    file_of,
    history,
    publish,
    release_numbered,
    roll_back,
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
