"""A company's open draft: the rules and tables that were changed and are not published yet.

There is one draft a company, shared by all who edit. Whoever saves says which version of the
rule or table was on the screen: if somebody changed it since, nothing is saved and both remain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete

from app.models import Company, DraftChange, Event, Release, db, dump, now
from app.rules.draft_state import (
    Draft,
    Held,
    StaleDraftError,
    UnknownDecisionError,
    held,
    open_draft,
    rule_in,
)
from app.rules.rebasing import Conflict, Place, Side, changes_of, label_of, put, rebase_changes
from app.rules.releases import add_release, changing, current_release, hash_in
from rules_library import logic
from rules_library.decision import Decision, decisions
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook, content_hash

LONGEST_NAME: Final = 100


class EmptyDraftError(Exception):
    """The draft has no changes, so that there is nothing to publish."""


class DraftConflictError(Exception):
    """The draft and a release changed the same differently; nothing was published."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        self.conflicts = conflicts
        said = [f"{one.label}: {sentence}" for one in conflicts for sentence in one.sentences]
        super().__init__("Settle first what was published meanwhile. " + "; ".join(said))


class UnknownChangeError(LookupError):
    """The draft does not change that rule or table."""


def save_rule(company: Company, key: str, rule: Any, *, version: str, author: str) -> Held:
    """Keep a rule in the draft, for the form and for the JSON tab.

    Args:
        company: Whose draft it is.
        key: The decision.
        rule: ``{cases, otherwise}``, or ``{logic}``: then cases that are the same keep their
            titles, and those that are switched off stay.
        version: The version that the person saw, as ``rule_in`` gave it.
        author: Who saves.

    Raises:
        UnknownDecisionError: There is no such decision.
        rules_library.logic.RuleError: It cannot be used; with the JSON pointer into ``rule``.
        StaleDraftError: Somebody changed the rule since; it has the rule as it is now.
    """
    decision = decisions().get(key)
    if decision is None:
        raise UnknownDecisionError(f"There is no decision {key!r}.")
    _checked(decision, rule)
    with changing(company):
        present = _current(company, "rules", key, version)
        if set(rule) == {"logic"}:
            made = Rule.from_file(decision, present.content).revised(rule["logic"])
        else:
            made = Rule.from_file(decision, rule)
        write_change(company, "rules", key, made.to_file(), author)
    return rule_in(company, key)


def check_table_name(name: str) -> None:
    """See whether a table can be called that.

    Raises:
        rules_library.logic.TableError: It cannot.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise logic.TableError(f"A table's name is 1 to {LONGEST_NAME} letters, without breaks.")


def save_table(company: Company, name: str, table: Any, *, version: str, author: str) -> Held:
    """Keep a table in the draft; None removes it.

    Raises:
        rules_library.logic.TableError: It cannot be used; the sentence has the row.
        StaleDraftError: Somebody changed the table since; it has the table as it is now.
    """
    check_table_name(name)
    content = None if table is None else logic.Table.from_json(table).to_json()
    try:
        dump(content).encode()
    except (TypeError, ValueError, RecursionError):
        raise logic.TableError("The table has a cell that cannot be kept as JSON.") from None
    with changing(company):
        _current(company, "tables", name, version)
        write_change(company, "tables", name, content, author)
    return held(company, "tables", name)


def save_file(company: Company, data: Any, *, author: str) -> Draft:
    """Keep the rules and tables of a rulebook file in the draft; the others stay.

    It is refused as a whole; the tables that the draft has may be read by the file's rules.

    Raises:
        rules_library.rulebook.RulebookError: with every fault and its JSON pointer.
    """
    with changing(company):
        present = open_draft(company).file
        given = data
        if isinstance(data, Mapping) and isinstance(data.get("tables", {}), Mapping):
            given = {**data, "tables": {**present["tables"], **data.get("tables", {})}}
        save_written(company, present, Rulebook.from_file(given).to_file(), author)
    return open_draft(company)


def save_written(
    company: Company, before: Mapping[str, Any], written: Mapping[str, Any], author: str
) -> None:
    """Keep what is not as it was; call it within ``changing``, with a checked file."""
    for part in ("tables", "rules"):
        for key, content in written[part].items():
            if content != before[part].get(key):
                write_change(company, part, key, content, author)


def reset_rule(company: Company, key: str, *, version: str, author: str) -> Held:
    """Let a decision go back to its default in the draft.

    Raises:
        UnknownDecisionError: There is no such decision.
        StaleDraftError: Somebody changed the rule since.
    """
    rule_in(company, key)
    with changing(company):
        _current(company, "rules", key, version)
        write_change(company, "rules", key, None, author)
    return rule_in(company, key)


def drop(company: Company, part: str, key: str, *, author: str) -> None:
    """Take one change out of the draft.

    Raises:
        UnknownChangeError: The draft does not change it.
    """
    with changing(company):
        found = _change(company, part, key)
        if found is None:
            raise UnknownChangeError(f"The draft of {company.name} does not change {key!r}.")
        db.session.delete(found)
        record(company, "draft.dropped", f"{label_of(part, key)}: change dropped", author)


def discard(company: Company, *, author: str) -> int:
    """Throw the whole draft away; returns how many changes it had."""
    with changing(company):
        count = len(changes_of(company))
        if count:
            _empty(company)
            record(company, "draft.discarded", f"Draft with {_changes(count)} discarded", author)
    return count


def rebase(
    company: Company, *, author: str, keep: Mapping[Place, Side] | None = None
) -> tuple[Conflict, ...]:
    """Let the draft follow the present release, and settle what clashes.

    Args:
        company: Whose draft it is.
        author: Who does it.
        keep: By part and key, which side holds: "draft" or "published".

    Returns:
        The conflicts that stay.
    """
    with changing(company):
        release = current_release(company)
        behind = [one for one in changes_of(company) if _release_of(one) != release]
        found = rebase_changes(company, release, keep)
        if behind:
            number = release.number if release else 0
            text = f"Draft rebased onto release {number}, {len(found)} conflicts left"
            record(company, "draft.rebased", text, author)
    return tuple(found)


def publish_draft(
    company: Company, *, author: str, note: str = "", version: str | None = None
) -> Release:
    """Publish the draft as the next release; the draft is empty then.

    Args:
        company: Whose draft it is.
        author: Who publishes.
        note: Why, for the history.
        version: The draft's version that the person saw; None for whatever there is.

    Raises:
        EmptyDraftError: There is nothing to publish.
        DraftConflictError: A release changed the same differently.
        StaleDraftError: The draft is not what the person saw.
        rules_library.rulebook.RulebookError: with every fault and its JSON pointer.
    """
    with changing(company):
        draft = open_draft(company)
        if not draft.changes:
            raise EmptyDraftError(f"{company.name} has no changes to publish.")
        if version is not None and version != draft.version:
            raise StaleDraftError("The draft was changed since you opened it; look at it again.")
        if draft.conflicts:
            raise DraftConflictError(draft.conflicts)
        written = Rulebook.from_file(draft.file).to_file()
        release = add_release(company, written, author=author, note=note, after=draft.release)
        _empty(company)
    return release


def write_change(company: Company, part: str, key: str, content: Any, author: str) -> None:
    """Write a change into the draft; call it within ``changing``, with checked content.

    What is as published is no change. The release that the change was made from stays.
    """
    release = current_release(company)
    published = hash_in(release, part, key)
    if part == "rules" and not published and _is_default(key, content):
        content = None
    change = _change(company, part, key)
    if (content_hash(content) if content is not None else "") == published and (
        change is None or change.release_id == (release.id if release else None)
    ):
        if change is not None:
            db.session.delete(change)
            record(company, "draft.dropped", f"{label_of(part, key)}: as published again", author)
        db.session.flush()
        return
    if change is None or change.author != author:
        record(company, "draft.changed", f"{label_of(part, key)} changed in the draft", author)
    if change is None:
        change = DraftChange(company_id=company.id, part=part, key=key, hash="")
        change.release_id = release.id if release else None
        db.session.add(change)
    put(change, content)
    change.author, change.saved_at = author, now()
    db.session.flush()


def record(company: Company, kind: str, text: str, author: str) -> None:
    """Write who did what into the transaction log."""
    by = f" by {author}" if author else ""
    db.session.add(
        Event(
            company_id=company.id,
            kind=kind,
            text=f"{text}{by}.",
            area="rules",
            who=author,
            detail={"author": author},
        )
    )


def _checked(decision: Decision, rule: Any) -> None:
    """Refuse what cannot be used, with pointers into what was given."""
    read = Rule.from_file(decision, rule)
    try:
        read.compile()
        dump(rule).encode()
    except (TypeError, UnicodeEncodeError):
        raise logic.RuleError("the rule has text or a value that JSON cannot keep") from None
    except logic.RuleError as error:
        if set(rule) != {"logic"}:
            raise
        pointer = _in_logic(error.pointer, read)
        raise logic.RuleError(error.args[0], pointer=pointer) from None


def _in_logic(pointer: str, rule: Rule) -> str:
    """A pointer into cases and otherwise, as one into the ``if`` that they were read from."""
    _, part, *rest = pointer.split("/")
    if part == "otherwise":
        place = ["if", str(2 * len(rule.cases))] if rule.cases else []
        return "/".join(["/logic", *place, *rest])
    number, side, *rest = rest
    return "/".join(["/logic/if", str(2 * int(number) + (side == "then")), *rest])


def _current(company: Company, part: str, key: str, version: str) -> Held:
    """The rule or table as it is now, unless that is not what the person saw."""
    found = held(company, part, key)
    if found.version != version:
        raise StaleDraftError(
            f"{found.label} was changed since you opened it; nothing was saved.", found
        )
    return found


def _change(company: Company, part: str, key: str) -> DraftChange | None:
    found = (one for one in changes_of(company) if (one.part, one.key) == (part, key))
    return next(found, None)


def _release_of(change: DraftChange) -> Release | None:
    return db.session.get(Release, change.release_id) if change.release_id else None


def _is_default(key: str, content: Any) -> bool:
    return bool(content == Rule.default(decisions()[key]).to_file())


def _empty(company: Company) -> None:
    db.session.execute(
        delete(DraftChange)
        .where(DraftChange.company_id == company.id)
        .execution_options(synchronize_session="fetch")
    )


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"
