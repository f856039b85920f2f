"""Prefixes and suffixes that leave little of the store's number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules_library import logic
from rules_library.decisions.header import NUMBER_PREFIX, NUMBER_SUFFIX, REF_NUMBER_LIMIT
from rules_library.rule import Rule

from .finding import Finding, shown, step
from .values import given_values

OWN: Final = 6
"""With fewer characters of its own, many orders get the same number, and are held."""


def check_affixes(
    rules: Mapping[str, Rule], tables: Mapping[str, logic.Table]
) -> Iterator[Finding]:
    """Prefixes, and suffixes with what every prefix takes, after which fewer than OWN are left."""
    always = 0
    for key in (NUMBER_PREFIX.key, NUMBER_SUFFIX.key):
        rule = rules.get(key)
        if rule is None:
            continue
        for number, where, given in given_values(rule, step("/rules", key), tables):
            left = REF_NUMBER_LIMIT - always - _length(given.value)
            if _length(given.value) and left < OWN:
                start = (
                    "A table gives " if given.pointer.startswith("/tables/") else f"{where}stands "
                )
                sentence = (
                    f"{start}{shown(given.value)!r}: of QuickBooks' {REF_NUMBER_LIMIT} characters "
                    f"it leaves {max(left, 0)} for the store's number, so orders may get the same."
                )
                yield Finding("long-affix", "warning", key, number, sentence, given.pointer)
        if not rule.cases:
            always += _length(rule.otherwise)


def _length(value: Any) -> int:
    return len(value.strip()) if isinstance(value, str) else 0
