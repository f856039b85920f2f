"""The next rulebook file made out of the present one: merged, imported, a table replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.models import Company, Release
from app.rules.draft_state import open_draft
from app.rules.publishing import publish
from app.rules.releases import current_release, file_of
from rules_library.decision import decisions
from rules_library.imports.connex import import_connex
from rules_library.imports.query_builder import ImportRefusedError, Problem, import_queries
from rules_library.logic import Table
from rules_library.rule import Rule, canonical
from rules_library.rulebook import Rulebook
from rules_library.table_csv import read_csv

MOST_TOLD: Final = 20


class UnknownTableError(LookupError):
    """The company has no table of that name."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rulebook file that somebody may publish, and the release that it was made from."""

    file: dict[str, Any]
    after: int
    """The number of the release; 0 for none."""
    problems: tuple[Problem, ...] = ()
    """What could not be imported."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The fact that each field of an export became."""

    def publish(self, company: Company, *, author: str = "", note: str = "") -> Release:
        """Publish it, unless somebody else published since; see ``releases.publish``."""
        return publish(company, self.file, author=author, note=note, after=self.after)


def import_rulebook(company: Company, data: Any) -> Change:
    """The present rulebook with the rules and tables of a file in place of its own.

    Raises:
        rules_library.rulebook.RulebookError: with every fault of the file and its JSON pointer.
    """
    given, present = Rulebook.from_file(_with_tables(data, company)), _present(company)
    file = given.to_file()
    merged = {part: present.file[part] | file[part] for part in ("rules", "tables")}
    return Change(_sorted(merged), present.after)


def import_rule_csv(company: Company, data: bytes, *, draft: bool = False) -> Change:
    """The present rulebook, or the open draft, with the rules of a Connex-style CSV first.

    Raises:
        rules_library.imports.connex.ConnexError: with every fault and its row.
    """
    present = _present(company, draft=draft)
    return Change(_with_cases(present.file, import_connex(data)["rules"]), present.after)


def import_query(
    company: Company,
    data: Any,
    decision: str,
    then: Any,
    *,
    fields: Mapping[str, str] | None = None,
    draft: bool = False,
) -> Change:
    """The present rulebook, or the open draft, with the conditions of a query builder first.

    What cannot be kept whole is in ``problems``.

    Raises:
        ImportRefusedError: There is no such decision, it cannot use the value, or no condition
            can be kept.
    """
    found = import_queries(data, decision, then, fields=fields)
    if not found.cases:
        raise ImportRefusedError(told(found.problems) or "There is no condition in it.")
    present = _present(company, draft=draft)
    file = _with_cases(present.file, {decision: {"cases": found.cases}})
    Rulebook.from_file(file)
    return Change(file, present.after, tuple(found.problems), found.fields)


def import_table(company: Company, name: str, data: bytes) -> Change:
    """The present rulebook with one table replaced by a CSV file's, or with a new table.

    A table that rules read keeps its key columns, and its otherwise where the file has none.

    Raises:
        rules_library.table_csv.TableCsvError: with every fault and its row.
    """
    present = _present(company)
    held = present.file["tables"].get(name)
    if held is None:
        table = read_csv(data)
    else:
        table = read_csv(data, keys=held["keys"], otherwise=held["otherwise"])
    tables = present.file["tables"] | {name: table.to_json()}
    return Change(_sorted(present.file | {"tables": tables}), present.after)


def table_named(company: Company, name: str) -> Table:
    """A published table.

    Raises:
        UnknownTableError: There is none.
    """
    tables = file_of(current_release(company))["tables"]
    if name not in tables:
        known = ", ".join(sorted(tables)) or "none"
        raise UnknownTableError(f"{company.name} has no table {name!r}; its tables: {known}.")
    return Table.from_json(tables[name])


def told(problems: Sequence[Problem]) -> str:
    """Problems with their places, as one line."""
    said = [f"{one.pointer or '/'}: {one.sentence}" for one in problems[:MOST_TOLD]]
    more = len(problems) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def _present(company: Company, *, draft: bool = False) -> Change:
    release = current_release(company)
    file = open_draft(company).file if draft else file_of(release)
    return Change(file, release.number if release else 0)


def _with_tables(data: Any, company: Company) -> Any:
    """A file whose rules may read the tables that the company has already."""
    if not isinstance(data, Mapping) or not isinstance(data.get("tables", {}), Mapping):
        return data
    return {
        **data,
        "tables": {**file_of(current_release(company))["tables"], **data.get("tables", {})},
    }


def _with_cases(file: Mapping[str, Any], imported: Mapping[str, Any]) -> dict[str, Any]:
    """The file with imported cases first; a case that it has already is not kept twice."""
    rules = dict(file["rules"])
    for key, rule in imported.items():
        held = rules.get(key) or Rule.default(decisions()[key]).to_file()
        new = {_meaning(case) for case in rule["cases"]}
        kept = [case for case in held["cases"] if _meaning(case) not in new]
        rules[key] = {"cases": [*rule["cases"], *kept], "otherwise": held["otherwise"]}
    return _sorted({"rules": rules, "tables": file["tables"]})


def _meaning(case: Mapping[str, Any]) -> str:
    return canonical([case["when"], case["then"]])


def _sorted(file: Mapping[str, Any]) -> dict[str, Any]:
    return {"rulebooks": 1} | {
        part: dict(sorted(file[part].items())) for part in ("rules", "tables")
    }
