"""An open draft made to follow a newer release: what can be merged is, the rest is a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from app.models import Company, DraftChange, Release, db
from app.rules.releases import content_of, hash_in
from rules_library.decision import decisions
from rules_library.logic import RuleError, Table, TableError
from rules_library.merge import ClashError, merge_rules, merge_tables
from rules_library.rule import Rule
from rules_library.rulebook import content_hash

Place = tuple[str, str]
"""What a change is of: "rules" and a decision's key, or "tables" and a table's name."""
Side = Literal["draft", "published"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A rule or table that the draft and a release changed differently."""

    part: str
    key: str
    label: str
    sentences: tuple[str, ...]
    """Where they clash."""
    draft: Any
    published: Any


def changes_of(company: Company) -> list[DraftChange]:
    """The draft's changes as the database has them now, rules first."""
    query = select(DraftChange).where(DraftChange.company_id == company.id)
    return list(
        db.session.scalars(
            query.order_by(DraftChange.part, DraftChange.key).execution_options(
                populate_existing=True
            )
        )
    )


def rebase_changes(
    company: Company, release: Release | None, keep: Mapping[Place, Side] | None = None
) -> list[Conflict]:
    """Let every change follow the release; call it within ``changing``.

    Args:
        company: Whose draft it is.
        release: The present release.
        keep: Which side holds where they clash.

    Returns:
        The conflicts that stay; their changes stay as they are.
    """
    found = []
    for change in changes_of(company):
        name = hash_in(release, change.part, change.key)
        side = (keep or {}).get((change.part, change.key))
        if name == change.hash or (side == "published" and is_behind(change, release)):
            db.session.delete(change)
            continue
        if side != "draft" and is_behind(change, release):
            merged = merge(change, release)
            if isinstance(merged, Conflict):
                found.append(merged)
                continue
            put(change, merged)
            if change.hash == name:
                db.session.delete(change)
                continue
        change.release_id = release.id if release else None
    db.session.flush()
    return found


def put(change: DraftChange, content: Any) -> None:
    """Let a change have a content; None removes the rule or table."""
    change.content = content
    change.hash = "" if content is None else content_hash(content)


def is_behind(change: DraftChange, release: Release | None) -> bool:
    """Whether a release changed the same since the change was made."""
    if change.release_id == (release.id if release else None):
        return False
    base = db.session.get(Release, change.release_id) if change.release_id else None
    return hash_in(base, change.part, change.key) != hash_in(release, change.part, change.key)


def merge(change: DraftChange, release: Release | None) -> Any:
    """The content of both sides' changes, or a Conflict."""
    base_release = db.session.get(Release, change.release_id) if change.release_id else None
    base = content_of(base_release, change.part, change.key)
    published = content_of(release, change.part, change.key)
    put_together = _table if change.part == "tables" else _rule
    try:
        return put_together(change.key, base, change.content, published)
    except (ClashError, RuleError, TableError) as error:
        said = error.sentences if isinstance(error, ClashError) else (str(error),)
        label = label_of(change.part, change.key)
        return Conflict(change.part, change.key, label, said, change.content, published)


def label_of(part: str, key: str) -> str:
    """What people call a rule or table."""
    if part == "tables":
        return f"Table {key}"
    decision = decisions().get(key)
    return decision.label if decision else key


def _rule(key: str, *sides: Any) -> Any:
    decision = decisions().get(key)
    if decision is None:
        raise ClashError(["This version of Rulebooks has no such decision"])
    base, ours, theirs = (
        Rule.default(decision) if one is None else Rule.from_file(decision, one) for one in sides
    )
    return merge_rules(base, ours, theirs).to_file()


def _table(key: str, base: Any, ours: Any, theirs: Any) -> Any:
    if base is None:
        raise ClashError([f"Both sides added a table {key}"])
    if ours is None or theirs is None:
        raise ClashError(["One side removed the table, the other changed it"])
    return merge_tables(*map(Table.from_json, (base, ours, theirs))).to_json()
