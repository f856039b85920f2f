"""One row or one case published at once ("map this SKU from now on"); the open draft follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.models import Company, Release
from app.rules.changes import UnknownTableError
from app.rules.draft_state import UnknownDecisionError
from app.rules.rebasing import rebase_changes
from app.rules.releases import add_release, changing, current_release, file_of
from rules_library.decision import decisions
from rules_library.logic import Table
from rules_library.rule import Rule, canonical
from rules_library.rulebook import Rulebook
from rules_library.table_cells import same_keys


class RowTakenError(Exception):
    """The table has another value for the key; nothing was published."""


def add_row(
    company: Company,
    table: str,
    key: Any,
    value: Any,
    *,
    author: str,
    note: str = "",
    replace: bool = False,
) -> Release:
    """Publish the present release with one more row in a table.

    Args:
        company: Whose table it is.
        table: Its name.
        key: The key, or a list of keys if there is more than one key column.
        value: What the table gives for it.
        author: Who publishes.
        note: Why, for the history.
        replace: Whether a row of that key with another value is replaced.

    Returns:
        The release; the present one if it has the row already.

    Raises:
        UnknownTableError: The company has published no such table.
        RowTakenError: There is a row of that key with another value.
        rules_library.logic.TableError: The row does not fit the table.
    """
    keys = list(key) if isinstance(key, (list, tuple)) else [key]
    row = [*keys, value]

    def change(file: dict[str, Any]) -> bool:
        if table not in file["tables"]:
            known = ", ".join(sorted(file["tables"])) or "none"
            raise UnknownTableError(f"{company.name} has no table {table!r}; its tables: {known}.")
        held = file["tables"][table]
        Table(held["keys"], [row])
        same = [n for n, one in enumerate(held["rows"]) if same_keys(one[:-1]) == same_keys(keys)]
        rows = list(held["rows"])
        if not same:
            rows.append(row)
        elif canonical(rows[same[0]][-1]) == canonical(value):
            return False
        elif not replace:
            said = ", ".join(map(str, keys))
            raise RowTakenError(
                f"Table {table} has {rows[same[0]][-1]!r} for {said} already; nothing was changed."
            )
        else:
            rows[same[0]] = row
        file["tables"][table] = Table(held["keys"], rows, held["otherwise"]).to_json()
        return True

    said = f"{', '.join(map(str, keys))} in table {table}"
    return _publish(company, change, author=author, note=note or said)


def add_case(
    company: Company, decision: str, case: Mapping[str, Any], *, author: str, note: str = ""
) -> Release:
    """Publish the present release with one more case, before the decision's others.

    Returns:
        The release; the present one if the case is the first already.

    Raises:
        UnknownDecisionError: There is no such decision.
        rules_library.logic.RuleError: The case cannot be used; with its JSON pointer.
        rules_library.rulebook.RulebookError: It names a table that there is not.
    """
    known = decisions().get(decision)
    if known is None:
        raise UnknownDecisionError(f"There is no decision {decision!r}.")
    (read,) = Rule.from_file(known, {"cases": [case]}).to_file()["cases"]
    Rule.from_file(known, {"cases": [case]}).compile()
    meaning = canonical([read["when"], read["then"]])

    def change(file: dict[str, Any]) -> bool:
        rule = file["rules"].get(decision) or Rule.default(known).to_file()
        cases = rule["cases"]
        on = [one for one in cases if one["enabled"]]
        if on and canonical([on[0]["when"], on[0]["then"]]) == meaning:
            return False
        rest = [one for one in cases if canonical([one["when"], one["then"]]) != meaning]
        file["rules"][decision] = {**rule, "cases": [read, *rest]}
        return True

    return _publish(company, change, author=author, note=note or f"A case for {known.label}")


def _publish(
    company: Company, change: Callable[[dict[str, Any]], bool], *, author: str, note: str
) -> Release:
    with changing(company):
        present = current_release(company)
        file = file_of(present)
        if not change(file) and present is not None:
            return present
        written = Rulebook.from_file(file).to_file()
        release = add_release(company, written, author=author, note=note, after=None)
        rebase_changes(company, release)
    return release
