"""Choices that hold for every order, published at once: cases stay, what holds otherwise changes.

The open draft is not published with them; it is made to follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.models import Company, Release
from app.rules.draft_state import UnknownDecisionError
from app.rules.rebasing import rebase_changes
from app.rules.releases import add_release, changing, content_of, current_release, file_of
from rules_library.decision import decisions
from rules_library.rule import Rule, canonical
from rules_library.rulebook import Rulebook


class ChangedMeanwhileError(Exception):
    """Somebody published another choice since the page was made; ``keys`` are its decisions."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        said = ", ".join(decisions()[key].label for key in keys)
        super().__init__(f"{said}: somebody changed it meanwhile; nothing was saved.")


def published_rule(company: Company, key: str) -> dict[str, Any]:
    """A decision's rule as it is published: cases and otherwise; by default its default.

    Raises:
        UnknownDecisionError: There is no such decision.
    """
    return _rule_of(current_release(company), key)


def settle_otherwise(
    company: Company,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
    tables: Mapping[str, Any] | None = None,
    author: str,
    note: str,
) -> Release | None:
    """Publish the present release with other values where no case fits.

    Args:
        company: Whose rules they are.
        values: By decision, the value or expression.
        seen: By decision, what held otherwise when the person looked.
        tables: By name, tables that are put in place of those that there are; None takes one out.
        author: Who decides.
        note: Why, for the history.

    Returns:
        The release; None if everything is so already.

    Raises:
        UnknownDecisionError: There is no such decision.
        ChangedMeanwhileError: Something is not as it was seen; nothing was published.
        rules_library.rulebook.RulebookError: A value or a table cannot be used.
    """
    with changing(company):
        present = current_release(company)
        rules = {key: _rule_of(present, key) for key in values}
        late = [
            key
            for key, was in (seen or {}).items()
            if key in rules and canonical(rules[key]["otherwise"]) != canonical(was)
        ]
        if late:
            raise ChangedMeanwhileError(late)
        changed = {key: rule | {"otherwise": values[key]} for key, rule in rules.items()}
        return _publish(company, present, changed, tables or {}, author=author, note=note)


def settle_case(
    company: Company,
    key: str,
    case_id: str,
    case: Mapping[str, Any] | None,
    *,
    author: str,
    note: str,
) -> Release | None:
    """Publish the present release with this case of a decision, before its others, as it is now.

    Args:
        company: Whose rules they are.
        key: The decision.
        case_id: The id that the case keeps, by which it is found again.
        case: When, then and title; None takes it out.
        author: Who decides.
        note: Why, for the history.

    Returns:
        The release; None if everything is so already.

    Raises:
        UnknownDecisionError: There is no such decision.
        rules_library.rulebook.RulebookError: The case cannot be used.
    """
    with changing(company):
        present = current_release(company)
        rule = _rule_of(present, key)
        places = [n for n, one in enumerate(rule["cases"]) if one.get("id") == case_id]
        cases = [one for one in rule["cases"] if one.get("id") != case_id]
        if case is not None:
            cases.insert(places[0] if places else 0, {**case, "id": case_id})
        changed = {key: rule | {"cases": cases}}
        return _publish(company, present, changed, {}, author=author, note=note)


def _rule_of(release: Release | None, key: str) -> dict[str, Any]:
    decision = decisions().get(key)
    if decision is None:
        raise UnknownDecisionError(f"There is no decision {key!r}.")
    found: dict[str, Any] = content_of(release, "rules", key) or Rule.default(decision).to_file()
    return found


def _publish(
    company: Company,
    present: Release | None,
    rules: Mapping[str, Any],
    tables: Mapping[str, Any],
    *,
    author: str,
    note: str,
) -> Release | None:
    file = file_of(present)
    before = canonical(Rulebook.from_file(file).to_file())
    for key, rule in rules.items():
        if key in file["rules"] or canonical(rule) != canonical(_rule_of(present, key)):
            file["rules"][key] = rule
    for name, table in tables.items():
        file["tables"].pop(name, None)
        if table is not None:
            file["tables"][name] = table
    written = Rulebook.from_file(file).to_file()
    if canonical(written) == before:
        return None
    release = add_release(company, written, author=author, note=note, after=None)
    rebase_changes(company, release)
    return release
