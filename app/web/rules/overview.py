"""The overview of the rules: every decision in sentences, and what the orders say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

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

LONGEST_SEARCH = 100


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
        said = [
            f"{case.title} {case.note} {plain(case.when)} {case.then} {case.preset}"
            for case in self.cases
        ]
        own = self.decision
        return " ".join([own.label, own.help, own.key, own.group, self.otherwise, *said]).casefold()


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
        groups=[
            (group, some)
            for group in get_args(Group)
            if (some := [line for line in lines if line.decision.group == group])
        ],
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


def rule_lines(draft: Draft) -> list[RuleLine]:
    """Every decision, in the order of the groups."""
    changed = {one.key for one in draft.changes if one.part == "rules"}
    return [
        rule_line(decision, draft.file["rules"].get(key), changed=key in changed)
        for key, decision in decisions().items()
    ]


def rule_line(decision: Decision, content: Any, *, changed: bool = False) -> RuleLine:
    """A decision in sentences; without content, its default."""
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
