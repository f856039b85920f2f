"""The history of one decision: which release changed its rule, how, and back to an old version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import abort, request, url_for

from app.models import Company, Release
from app.rules.draft_state import StaleDraftError, rule_in
from app.rules.drafts import save_rule
from app.rules.releases import Turn, content_of, release_numbered, turns_of
from app.web import access
from app.web.pages import Page, go, render, say
from app.web.rules.blueprint import blueprint, who
from app.web.rules.builder import decision_or_404
from app.web.words import mark
from rules_library.decision import Decision
from rules_library.difference import difference
from rules_library.logic import RuleError
from rules_library.rule import Rule

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One change of the rule, in words."""

    release: Release
    changes: list[str]
    problem: str = ""
    """Why this version of Rulebooks cannot read it."""


@blueprint.get("/decision/<decision>/history")
@access.may("see")
def past(company: Company, decision: str) -> Page:
    """The releases that changed a decision's rule."""
    known = decision_or_404(decision)
    turns = turns_of(company, "rules", decision, MOST)
    return render(
        "rules/past.html",
        "content",
        decision=known,
        told=[_told(known, turn) for turn in turns],
        most=MOST,
        version=rule_in(company, decision).version,
    )


@blueprint.post("/decision/<decision>/history")
@access.may("rules")
def bring_back(company: Company, decision: str) -> Page:
    """Put the rule into the draft as a release has it."""
    known = decision_or_404(decision)
    try:
        number = int(request.form.get("number", ""))
        release = release_numbered(company, number)
    except (ValueError, LookupError):
        abort(404)
    content = content_of(release, "rules", decision)
    if content is None:
        content = Rule.default(known).to_file()
    try:
        version = request.form.get("version", "")
        save_rule(company, decision, content, version=version, author=who())
    except StaleDraftError as error:
        say(str(error), "warning")
    except RuleError as error:
        say(f"This version cannot run that rule any more: {error}", "danger")
        return go(url_for("rules.past", company_id=company.id, decision=decision))
    else:
        was = f"in release {number}" if number else "by default"
        say(f"“{known.label}” is in the draft as it was {was}.")
    return go(url_for("rules.rule", company_id=company.id, decision=decision))


def _told(decision: Decision, turn: Turn) -> Told:
    try:
        before, after = _read(decision, turn.before), _read(decision, turn.after)
    except RuleError as error:
        return Told(turn.release, [], str(error))
    changes = difference(before, after, mark)
    return Told(turn.release, changes or ["It says the same in other words"])


def _read(decision: Decision, content: Any) -> Rule:
    return Rule.default(decision) if content is None else Rule.from_file(decision, content)
