"""Reading a company's open draft: as a rulebook file, in words, and rule by rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models import Company, DraftChange, Release, db
from app.rules.rebasing import Conflict, changes_of, is_behind, label_of, merge
from app.rules.releases import content_of, current_release, file_of, hash_in
from rules_library.decision import decisions
from rules_library.describe import Mark
from rules_library.difference import difference, table_difference
from rules_library.logic import RuleError, Table, TableError
from rules_library.rule import Rule
from rules_library.rulebook import content_hash


class UnknownDecisionError(LookupError):
    """There is no such decision."""


@dataclass(frozen=True, slots=True)
class Held:
    """One rule or table as the draft has it now."""

    part: str
    key: str
    label: str
    content: Any
    """As in a rulebook file; None for a table that there is not."""
    version: str
    """To be told when it is saved."""
    published: Any
    changed: bool


class StaleDraftError(Exception):
    """Somebody else changed it; nothing was saved. ``now`` is what it is now."""

    def __init__(self, sentence: str, now: Held | None = None) -> None:
        self.now = now
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule or table that the draft changes."""

    part: str
    key: str
    label: str
    words: tuple[str, ...]
    """The change from the present release, a sentence each."""
    author: str
    saved_at: datetime
    made_from: int
    """The number of the release that it was made from; 0 for the defaults."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A company's open draft; without changes it is the present release."""

    release: int
    """The number of the present release; 0 for none."""
    file: dict[str, Any]
    """The rulebook file that it would publish."""
    changes: tuple[Changed, ...]
    conflicts: tuple[Conflict, ...]
    """What a release changed differently; they keep the draft from being published."""
    version: str
    """To be told when it is published."""


def open_draft(company: Company, mark: Mark = str) -> Draft:
    """The draft as it is now; nothing is written. ``mark`` sets off values in its sentences."""
    release = current_release(company)
    number = release.number if release else 0
    rows = changes_of(company)
    file = file_of(release)
    for row in rows:
        file[row.part].pop(row.key, None)
        if row.content is not None:
            file[row.part][row.key] = row.content
    for part in ("rules", "tables"):
        file[part] = dict(sorted(file[part].items()))
    merged = [merge(row, release) for row in rows if is_behind(row, release)]
    return Draft(
        release=number,
        file=file,
        changes=tuple(_changed(row, release, mark) for row in rows),
        conflicts=tuple(one for one in merged if isinstance(one, Conflict)),
        version=content_hash([number, [[row.part, row.key, row.hash] for row in rows]]),
    )


def rule_in(company: Company, key: str) -> Held:
    """A decision's rule in the draft; its default where the company has none.

    Raises:
        UnknownDecisionError: There is no such decision.
    """
    if key not in decisions():
        raise UnknownDecisionError(f"There is no decision {key!r}.")
    return held(company, "rules", key)


def table_in(company: Company, name: str) -> Held:
    """A table in the draft; its content is None where there is none."""
    return held(company, "tables", name)


def held(company: Company, part: str, key: str) -> Held:
    """A rule or table in the draft."""
    release = current_release(company)
    published = content_of(release, part, key)
    rows = [one for one in changes_of(company) if (one.part, one.key) == (part, key)]
    content = rows[0].content if rows else published
    if part == "rules":
        default = Rule.default(decisions()[key]).to_file()
        content, published = content or default, published or default
    version = rows[0].hash if rows else hash_in(release, part, key)
    return Held(part, key, label_of(part, key), content, version, published, bool(rows))


def _changed(row: DraftChange, release: Release | None, mark: Mark) -> Changed:
    base = db.session.get(Release, row.release_id) if row.release_id else None
    published = content_of(release, row.part, row.key)
    try:
        words = _words(row, published, mark)
    except (RuleError, TableError) as error:
        words = [f"It cannot be read any more: {error}"]
    return Changed(
        part=row.part,
        key=row.key,
        label=label_of(row.part, row.key),
        words=tuple(words),
        author=row.author,
        saved_at=row.saved_at,
        made_from=base.number if base else 0,
    )


def _words(row: DraftChange, published: Any, mark: Mark) -> list[str]:
    if row.part == "rules":
        decision = decisions().get(row.key)
        if decision is None:
            return ["This version of Rulebooks has no such decision"]
        old, new = (
            Rule.default(decision) if one is None else Rule.from_file(decision, one)
            for one in (published, row.content)
        )
        said = difference(old, new, mark)
        return [*said, "Back to the default"] if row.content is None else said
    if row.content is None:
        return ["Table removed"]
    if published is None:
        return [f"Table added, {len(row.content['rows'])} rows"]
    return table_difference(Table.from_json(published), Table.from_json(row.content), mark)
