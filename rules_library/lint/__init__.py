"""What looks wrong in a rulebook: cases that cannot win, values and facts that there are not.

Lint only reads, and claims only what is certain for every order. One more kind of finding is one
more function here that yields findings for a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules_library import logic
from rules_library.decision import decisions
from rules_library.rule import Rule, canonical
from rules_library.rulebook import Rulebook
from rules_library.table_use import TableUse

from .cases import FEWEST, OTHERWISE, OTHERWISE_LIMIT, Counts, check_cases, check_counts
from .compared import Choices, check_compared
from .finding import Finding, Severity, step
from .numbers import check_affixes
from .reads import check_facts, check_tables, check_use
from .values import Names, check_decided, check_values

__all__ = [
    "FEWEST",
    "OTHERWISE",
    "OTHERWISE_LIMIT",
    "Choices",
    "Finding",
    "Severity",
    "lacking",
    "lint",
]

_RANK = {"error": 0, "warning": 1, "info": 2}


def lint(
    rulebook: Rulebook,
    *,
    names: Names | None = None,
    fired: Counts | None = None,
    decided: Mapping[str, Mapping[Any, Any]] | None = None,
    choices: Choices | None = None,
    use: TableUse | None = None,
) -> list[Finding]:
    """Everything that a person should look at, the worst first; pure.

    Args:
        rulebook: A compiled rulebook.
        names: The mirrored names by list kind, as ``Reference.list`` has it; a list that is not
            in it is not looked at.
        fired: How often each case won, by decision and number; ``OTHERWISE`` is no case.
        decided: By decision the values that orders got lately (with anything, e.g. how often), for
            finding calculated names that QuickBooks lacks.
        choices: What facts may be whose values are the company's own, such as the store, with
            labels, by path.
        use: What the last orders looked up in the rulebook's tables.
    """
    found = [
        finding
        for key in sorted(rulebook.rules)
        for finding in _rule(rulebook.rules[key].rule, rulebook.tables, names, fired)
    ]
    for key in sorted(rulebook.rules):
        found += check_compared(rulebook.rules[key].rule, step("/rules", key), choices or {})
    rules = {key: held.rule for key, held in rulebook.rules.items()}
    found += check_affixes(rules, rulebook.tables)
    found += check_tables(rulebook)
    if use is not None:
        found += check_use(rulebook, use.unused(), use.orders)
    found += _defaults(rulebook)
    known = decisions()
    for key, values in sorted((decided or {}).items()):
        if key in known and names is not None:
            found += check_decided(known[key], step("/rules", key), values, names)
    return sorted(found, key=lambda finding: _RANK[finding.severity])


def lacking(
    rule: Rule, tables: Mapping[str, logic.Table], names: Names, pointer: str = ""
) -> list[Finding]:
    """The names in a rule, or in the tables that it reads, which QuickBooks does not have."""
    found = check_values(rule, pointer, tables, names)
    return [one for one in found if one.code == "missing-in-quickbooks"]


def _rule(
    rule: Rule, tables: Mapping[str, logic.Table], names: Names | None, fired: Counts | None
) -> Iterator[Finding]:
    pointer = step("/rules", rule.decision.key)
    yield from check_cases(rule, pointer)
    yield from check_facts(rule, pointer)
    yield from check_values(rule, pointer, tables, names)
    if fired is not None:
        yield from check_counts(rule, fired, pointer)


def _defaults(rulebook: Rulebook) -> Iterator[Finding]:
    for key, decision in decisions().items():
        held = rulebook.rules.get(key)
        default = Rule.default(decision).logic
        if held is None or canonical(held.rule.logic) == canonical(default):
            sentence = f"{decision.label!r} is still at its default."
            yield Finding("at-default", "info", key, None, sentence, step("/rules", key))
