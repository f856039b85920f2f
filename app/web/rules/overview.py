"""The overview of the rules: every decision in sentences, and what the orders say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, get_args

from flask import request

from app.models import Company
from app.rules.draft_state import Draft, open_draft
from app.web import access
from app.web.pages import Page, part_of, render
from app.web.rules.blueprint import blueprint, quiet
from app.web.rules.hits import look
from app.web.rules.sentences import CaseLine, case_line
from app.web.words import plain
from rules_library.decision import Decision, Group, decisions
from rules_library.describe import describe_otherwise
from rules_library.logic import RuleError
from rules_library.rule import Rule

LONGEST_SEARCH: Final = 100
MOST_CASES: Final = 8
"""So many cases of a rule are told; where there are more, the rest is a click away."""
FEW: Final = 12
"""So many rules, or fewer, are told in full whatever they are."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A decision as the overview says it."""

    decision: Decision
    cases: Sequence[CaseLine]
    otherwise: str
    changed: bool
    at_default: bool

    @property
    def text(self) -> str:
        """All that a search looks through."""
        own = self.decision
        said = [_text(case) for case in self.cases]
        return " ".join([own.label, own.help, own.key, own.group, self.otherwise, *said]).casefold()

    def told(self, search: str) -> Sequence[CaseLine]:
        """The cases that are told: of many the first ones, or those that a search is about."""
        if len(self.cases) <= MOST_CASES + 1:
            return self.cases
        words = search.casefold().split()
        meant = [case for case in self.cases if all(word in _text(case) for word in words)]
        return (meant or self.cases)[:MOST_CASES]

    @property
    def is_own(self) -> bool:
        """Whether the company says something else than the default, or does so in the draft."""
        return self.changed or not self.at_default


@dataclass(frozen=True, slots=True)
class GroupLines:
    """The decisions of a group: those that the company decides itself, and the others."""

    name: Group
    own: Sequence[RuleLine]
    others: Sequence[RuleLine]


@blueprint.get("")
@access.may("see")
def index(company: Company) -> Page:
    """Every decision with its cases as sentences."""
    draft = open_draft(company)
    search = _clean(request.args.get("q", ""))
    only = request.args.get("only", "")
    lines = [line for line in rule_lines(draft) if _fits(line, search, only)]
    return render(
        "rules/overview.html",
        "list",
        groups=_grouped(lines),
        is_open=bool(search) or only == "default",
        in_full=bool(search) and len(lines) <= FEW,
        shown=len(lines),
        draft=draft,
        search=search,
        only=only,
    )


@blueprint.get("/findings")
@access.may("see")
@part_of("rules.index")
def findings(company: Company) -> Page:
    """What lint finds and how often each case decided; asked for after the page is there."""
    seen = look(company)
    return quiet("rules/findings.html", "content", seen=seen, labels=_labels())


def _grouped(lines: Sequence[RuleLine]) -> list[GroupLines]:
    groups = [
        GroupLines(
            name,
            [line for line in lines if line.decision.group == name and line.is_own],
            [line for line in lines if line.decision.group == name and not line.is_own],
        )
        for name in get_args(Group)
    ]
    return [group for group in groups if group.own or group.others]


def rule_lines(draft: Draft) -> list[RuleLine]:
    """Every decision, in the order of the groups."""
    changed = {one.key for one in draft.changes if one.part == "rules"}
    return [
        rule_line(decision, draft.file["rules"].get(key), changed=key in changed)
        for key, decision in decisions().items()
    ]


def rule_line(decision: Decision, content: Any, *, changed: bool = False) -> RuleLine:
    """A decision in sentences; without content, its default."""
    if content is None and not changed:
        return _default_line(decision.key)
    default = Rule.default(decision)
    try:
        rule = default if content is None else Rule.from_file(decision, content)
        cases = [case_line(decision, number, case) for number, case in enumerate(rule.cases, 1)]
        otherwise = describe_otherwise(rule)
    except RuleError as error:
        return RuleLine(decision, (), f"It cannot be read: {error}", changed, at_default=False)
    return RuleLine(
        decision, cases, otherwise, changed,
        at_default=content is None or rule.to_file() == default.to_file(),
    )  # fmt: skip


@cache
def _default_line(key: str) -> RuleLine:
    decision = decisions()[key]
    default = Rule.default(decision)
    cases = [case_line(decision, number, case) for number, case in enumerate(default.cases, 1)]
    return RuleLine(
        decision, cases, describe_otherwise(default), changed=False, at_default=True
    )  # fmt: skip


def _text(case: CaseLine) -> str:
    said = (case.title, case.note, plain(case.when), case.then, case.preset)
    return " ".join(said).casefold()


def _fits(line: RuleLine, search: str, only: str) -> bool:
    if only == "changed" and not line.changed:
        return False
    if only == "default" and not line.at_default:
        return False
    if only == "own" and line.at_default:
        return False
    return all(word in line.text for word in search.casefold().split())


def _clean(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:LONGEST_SEARCH]


def _labels() -> Mapping[str, str]:
    return {key: decision.label for key, decision in decisions().items()}
