"""Publishing a rulebook file as the next release, and going back to an old one."""

from __future__ import annotations

from typing import Any

from app.models import Company, Release
from app.rules.rebasing import rebase_changes
from app.rules.releases import add_release, changing, file_of, release_numbered
from rules_library.rulebook import Rulebook


def publish(
    company: Company, data: Any, *, author: str = "", note: str = "", after: int | None = None
) -> Release:
    """Publish a rulebook file as the next release; unposted orders are decided again.

    Everything or nothing is published: what is refused leaves the present release as it is. The
    open draft is made to follow the new release as far as it can be merged.

    Args:
        company: Whose rules they are.
        data: The file's content.
        author: Who publishes.
        note: Why, for the history.
        after: The number of the release that the file was made from, 0 for none.

    Raises:
        rules_library.rulebook.RulebookError: with every fault and its JSON pointer.
        ReleaseConflictError: the present release is not ``after``.
    """
    written = Rulebook.from_file(data).to_file()
    with changing(company):
        release = add_release(company, written, author=author, note=note, after=after)
        rebase_changes(company, release)
    return release


def roll_back(company: Company, number: int, *, author: str = "", note: str = "") -> Release:
    """Publish a new release that is equal to an old one; 0 goes back to the defaults.

    Raises:
        UnknownReleaseError: There is no such release.
        rules_library.rulebook.RulebookError: This version cannot run that release any more.
    """
    content = file_of(release_numbered(company, number))
    said = note or f"Back to {f'release {number}' if number else 'the defaults'}"
    return publish(company, content, author=author, note=said)
