"""Cases that cannot win, conditions that never or always hold, cases that are off or never won."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rules_library.rule import Case, Rule, canonical

from .conditions import Exhausted, Node, Reasoning, parse, split
from .finding import Finding, Severity, case_name

OTHERWISE: Final = "otherwise"
"""Stands in counts for: no case won; of a rule that collects, for every decision."""
OTHERWISE_LIMIT: Final = 0.9
"""The share of orders that may fall to the otherwise of a rule that has cases."""
FEWEST: Final = 20
"""With fewer decisions counted than this, nothing is said about shares."""

Counts = Mapping[tuple[str, str | int], int]


def check_cases(rule: Rule, pointer: str) -> Iterator[Finding]:
    """What is certain from the conditions alone."""
    on: list[tuple[int, Case]] = []
    for number, case in enumerate(rule.cases, start=1):
        if case.enabled:
            on.append((number, case))
        else:
            sentence = f"{case_name(number, case)} is switched off."
            yield _finding(("switched-off", "info"), rule, number, sentence, pointer)
    try:
        check = _collecting if rule.decision.collects else _conditions
        yield from check(rule, on, pointer)
    except Exhausted:
        sentence = "The rule is so large that only a part of its conditions was looked at."
        yield Finding("too-large", "info", rule.decision.key, None, sentence, pointer)


def _conditions(rule: Rule, on: list[tuple[int, Case]], pointer: str) -> Iterator[Finding]:
    reasoning = Reasoning()
    earlier: list[tuple[str, Node]] = []
    by_text: dict[str, str] = {}
    stopped = ""
    for number, case in on:
        name = case_name(number, case)
        node = parse(case.when)
        if stopped:
            sentence = f"{name} is never reached: {stopped} always holds."
            yield _finding(("unreachable", "warning"), rule, number, sentence, pointer)
            continue
        if node.text in by_text:
            sentence = f"{name} is never reached: {by_text[node.text]} is the same."
            yield _finding(("unreachable", "warning"), rule, number, sentence, pointer)
            continue
        if reasoning.never(node):
            constant = node.kind == "constant"
            code = "constant" if constant else "contradiction"
            why = "its condition is never true" if constant else "its conditions contradict"
            sentence = f"{name} never wins: {why}."
            yield _finding((code, "warning"), rule, number, sentence, pointer)
            continue
        winners = _winners(reasoning, node, earlier)
        if winners:
            before = " and ".join(winners)
            sentence = f"{name} is never reached: {before} already wins there."
            yield _finding(("unreachable", "warning"), rule, number, sentence, pointer)
            continue
        if reasoning.always(node):
            stopped = name
            sentence = f"{name} always holds, so the otherwise is never used."
            yield _finding(("constant", "info"), rule, number, sentence, pointer)
        earlier.append((name, node))
        by_text[node.text] = name


def _collecting(rule: Rule, on: list[tuple[int, Case]], pointer: str) -> Iterator[Finding]:
    """Of a rule that adds the values of all cases that fit, no case stands in another's way."""
    reasoning = Reasoning()
    seen: dict[tuple[str, str], str] = {}
    for number, case in on:
        name = case_name(number, case)
        node = parse(case.when)
        if reasoning.never(node):
            constant = node.kind == "constant"
            code = "constant" if constant else "contradiction"
            why = "its condition is never true" if constant else "its conditions contradict"
            sentence = f"{name} never adds anything: {why}."
            yield _finding((code, "warning"), rule, number, sentence, pointer)
            continue
        same = (node.text, canonical(case.then))
        if same in seen:
            sentence = f"{name} adds what {seen[same]} adds already."
            yield _finding(("repeated", "warning"), rule, number, sentence, pointer)
        seen.setdefault(same, name)


def _winners(reasoning: Reasoning, node: Node, earlier: list[tuple[str, Node]]) -> list[str]:
    """The earlier cases that win wherever the condition holds; empty when they do not."""
    found: dict[str, None] = {}
    for piece in split(node):
        winner = next((name for name, held in earlier if reasoning.implies(piece, held)), None)
        if winner is None:
            return []
        found[winner] = None
    return list(found)


def check_counts(rule: Rule, fired: Counts, pointer: str) -> Iterator[Finding]:
    """What the numbers of the last orders say; a decision without numbers is left alone."""
    key = rule.decision.key
    won = {number: fired.get((key, number), 0) for number in range(1, len(rule.cases) + 1)}
    otherwise = fired.get((key, OTHERWISE), 0)
    collects = rule.decision.collects
    total = otherwise if collects else sum(won.values()) + otherwise
    if not total:
        return
    did = "added something to" if collects else "won"
    for number, case in enumerate(rule.cases, start=1):
        if case.enabled and not won[number]:
            sentence = f"{case_name(number, case)} {did} none of the last {total} decisions."
            yield _finding(("never-fired", "info"), rule, number, sentence, pointer)
    on = any(case.enabled for case in rule.cases)
    if on and not collects and total >= FEWEST and otherwise > OTHERWISE_LIMIT * total:
        share = f"{otherwise} of the last {total} decisions fell to the otherwise."
        yield Finding("mostly-otherwise", "info", key, None, share, f"{pointer}/otherwise")


def _finding(
    kind: tuple[str, Severity], rule: Rule, number: int, sentence: str, pointer: str
) -> Finding:
    code, severity = kind
    place = f"{pointer}/cases/{number - 1}"
    return Finding(
        code, severity, rule.decision.key, number, sentence[0].upper() + sentence[1:], place
    )
