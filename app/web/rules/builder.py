"""The rule builder: a decision's cases as a form or as JSON, saved into the draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from flask import abort, request, url_for

from app.models import Company, db
from app.rules.draft_state import Held, StaleDraftError, rule_in
from app.rules.drafts import reset_rule, save_rule
from app.rules.evidence import lacking_in
from app.rules.links import linked
from app.rules.rebasing import changes_of
from app.rules.releases import current_release, file_of
from app.web import access
from app.web.pages import Page, go, is_part, render, say
from app.web.rules.blueprint import blueprint, quiet, who
from app.web.rules.closed import (
    close_case,
    is_closed,
    is_long,
    lines_of,
    numbers_in,
    open_at,
    open_case,
    open_numbers,
    rule_shown,
)
from app.web.rules.filled import NotFilledError
from app.web.rules.palette import Palette, names_of
from app.web.rules.pressed import Removed, press
from app.web.rules.samples import LAST
from app.web.rules.shown import Sketch, pretty
from app.web.rules.sketch import SketchError, Tree, decode, listed
from app.web.rules.trial import tables_of
from app.web.rules.tried_on import about, samples_of
from app.web.rules.turned import turn_case, turned, written
from app.web.rules.values import Faults
from app.web.words import mark
from rules_library import logic
from rules_library.decision import Decision, decisions
from rules_library.difference import difference
from rules_library.rule import Rule

LARGEST: Final = 2_000_000
"""Bytes that the form of a rule may have."""
LASTS: Final = (50, 200, 1_000)


@dataclass
class Form:
    """The builder as it stands on the page."""

    sketch: Sketch
    version: str
    faults: Faults = field(default_factory=dict)
    cautions: Faults = field(default_factory=dict)
    """What may be saved all the same, by place."""
    notice: str = ""
    stale: list[str] = field(default_factory=list)
    """How the rule as somebody else saved it meanwhile differs from what is on the page."""
    focus: str = ""
    removed: Removed | None = None
    """What the last button took out."""


def decision_or_404(key: str) -> Decision:
    """The decision with that key."""
    return decisions().get(key) or abort(404)


@blueprint.get("/decision/<decision>")
@access.may("see")
def rule(company: Company, decision: str) -> Page:
    """A decision's rule, as the draft has it."""
    known = decision_or_404(decision)
    held = rule_in(company, decision)
    focus, opened = request.args.get("case", ""), request.args.get("open", "")
    shown = rule_shown(known, held.content, numbers_in(f"{opened},{focus}"))
    form = Form(shown, held.version, focus=focus)
    if request.args.get("as") == "json":
        form.sketch = {"whole": "json", "json": pretty(held.content), "opened": opened}
    return show(company, known, form, held)


@blueprint.post("/decision/<decision>")
@access.takes(LARGEST)
@access.may("rules")
def edit(company: Company, decision: str) -> Page:
    """A button of the builder: saves, or changes the form and shows it again."""
    known = decision_or_404(decision)
    held = rule_in(company, decision)
    try:
        tree = decode(request.form.items(multi=True))
    except SketchError as error:
        form = Form(rule_shown(known, held.content), held.version, notice=str(error))
        return show(company, known, form, held), 422
    said = str(tree.pop("act", "save"))
    if said == "save":
        version = str(tree.pop("version", ""))
        return _save(company, known, held, Form(listed(tree), version))
    return _changed(company, known, held, tree, said)


@blueprint.post("/decision/<decision>/reset")
@access.may("rules")
def reset(company: Company, decision: str) -> Page:
    """Let the decision go back to its default, in the draft."""
    known = decision_or_404(decision)
    try:
        reset_rule(company, decision, version=request.form.get("version", ""), author=who())
    except StaleDraftError as error:
        say(str(error), "warning")
    else:
        say(f"“{known.label}” is back at its default in the draft.")
    return go(url_for("rules.rule", company_id=company.id, decision=decision))


def readable(decision: Decision, data: Any) -> Rule:
    """The rule of what would be saved.

    Raises:
        rules_library.logic.RuleError: It is none.
    """
    return Rule.from_file(decision, data)


def show(company: Company, decision: Decision, form: Form, held: Held) -> str:
    """The builder's page; for htmx its form, or only the case that the answer replaces."""
    known = palette(company, decision)
    form.cautions = _cautions(company, decision, form, held)
    cases = form.sketch.get("cases") or ()
    shown = {
        "decision": decision, "form": form, "palette": known, "folds": is_long(cases),
        "lines": lines_of(decision, form.sketch), "opened_now": open_numbers(form.sketch),
    }  # fmt: skip
    alone = request.headers.get("HX-Target", "") if is_part() else ""
    for number, case in enumerate(cases, 1):
        if f"case-{case['k']}" == alone:
            return quiet("rules/case.html", "content", case=case, number=number, **shown)
    return render(
        "rules/rule.html",
        "form",
        **shown,
        held=held,
        names=names_of(company, decision.list) if decision.list else [],
        links=[] if is_part() else _links(company, decision, held),
        lasts=LASTS,
        last=LAST,
        about=about(decision),
        changes=len(changes_of(company)),
        is_default=held.content == Rule.default(decision).to_file(),
    )


def _cautions(company: Company, decision: Decision, form: Form, held: Held) -> Faults:
    """Names on the page that QuickBooks lacks, by place."""
    if not decision.list or form.faults:
        return {}
    try:
        data = written(decision, form.sketch, held.content)
        compiled = readable(decision, data).compile()
    except (NotFilledError, SketchError, logic.RuleError):
        return {}
    tables = tables_of(company, compiled.tables)
    return {
        _place(one.pointer, form.sketch): one.sentence
        for one in lacking_in(company, compiled.rule, tables)
        if not one.pointer.startswith("/tables/")
    }


def palette(company: Company, decision: Decision, number: str = "") -> Palette:
    """What the form of a decision offers; a button that htmx did not press has no JavaScript."""
    is_plain = request.method == "POST" and not is_part()
    samples = samples_of(company, decision)
    named = (number or request.values.get("order", "")).strip()
    chosen = samples_of(company, decision, 1, named=named) if named else []
    sample = next(iter(chosen or samples), None)
    return Palette(company, decision, tables_in(company), samples, sample, is_plain=is_plain)


def tables_in(company: Company) -> dict[str, list[str]]:
    """The key columns of each table of the draft."""
    found = {
        name: list(table["keys"])
        for name, table in file_of(current_release(company))["tables"].items()
    }
    for change in changes_of(company):
        if change.part == "tables":
            found.pop(change.key, None)
            if change.content is not None:
                found[change.key] = list(change.content["keys"])
    return dict(sorted(found.items()))


def _save(company: Company, decision: Decision, held: Held, form: Form) -> Page:
    try:
        data = written(decision, form.sketch, held.content)
        save_rule(company, decision.key, data, version=form.version, author=who())
    except NotFilledError as error:
        form.faults = error.faults
        form.notice = "Nothing was saved yet: look at what is marked."
    except logic.RuleError as error:
        db.session.rollback()
        _show_case(decision, form.sketch, error.pointer)
        form.faults = {_place(error.pointer, form.sketch): str(error)}
        form.notice = "Nothing was saved: the rule cannot be used as it is."
    except StaleDraftError as error:
        form.notice = str(error)
        held = error.now or held
        form.version = held.version
        form.stale = _differences(decision, held.content, data) or ["The two are the same."]
    else:
        say(f"“{decision.label}” is saved in the draft. Nothing is posted by it until you publish.")
        return go(_address(company, decision, form.sketch))
    return show(company, decision, form, held), 422


def _address(company: Company, decision: Decision, sketch: Sketch) -> str:
    """The builder's address, with the same cases open as on the page."""
    cases = sketch.get("cases") or ()
    opened = open_numbers(sketch) if is_long(cases) else []
    numbers = sketch.get("opened") or ",".join(map(str, opened)) or None
    return url_for("rules.rule", company_id=company.id, decision=decision.key, open=numbers)


def _show_case(decision: Decision, sketch: Sketch, pointer: str | None) -> None:
    """Open the case that a JSON pointer into the rule means."""
    _, part, number, *_ = f"{pointer or ''}///".split("/")
    if part == "cases" and number.isdecimal():
        open_at(decision, sketch, int(number) + 1)


def _differences(decision: Decision, now: Any, mine: Any) -> list[str]:
    try:
        return difference(Rule.from_file(decision, now), Rule.from_file(decision, mine), mark)
    except logic.RuleError as error:
        return [str(error)]


def _place(pointer: str, sketch: Sketch) -> str:
    """The place on the form that a JSON pointer into the rule means."""
    _, part, *rest = (pointer or "/").split("/")
    cases = sketch.get("cases")
    if sketch.get("whole") == "json":
        return "json"
    if part == "cases" and rest and isinstance(cases, list) and int(rest[0]) < len(cases):
        case = cases[int(rest[0])]
        if is_closed(case):
            return f"cases.{case['k']}"
        inside = "json" if case.get("mode") == "json" else ".".join(rest[1:2])
        return ".".join(filter(None, ["cases", case.get("k", ""), inside]))
    return "otherwise.then" if part == "otherwise" else ""


def _changed(company: Company, decision: Decision, held: Held, tree: Tree, said: str) -> Page:
    form = Form({}, str(tree.pop("version", "")))
    try:
        if said in {"whole-json", "whole-form"}:
            form.sketch = turned(decision, listed(tree), held, said)
        else:
            verb, _, place = said.partition(":")
            if verb in {"to-json", "to-form"}:
                turn_case(decision, tree, place, verb, held)
            elif verb == "open":
                open_case(decision, tree, place)
            elif verb == "close":
                close_case(decision, tree, place, held.content)
            pressed = press(tree, said)
            form.focus, form.removed = pressed.focus, pressed.removed
            form.sketch = listed(tree)
    except NotFilledError as error:
        form.sketch, form.faults = listed(tree), error.faults
        form.notice = "Mend first what is marked; then it can be shown the other way."
        if said.startswith("close:"):
            form.faults.setdefault(said.removeprefix("close:"), "Mend it first; then it closes.")
    except (SketchError, logic.RuleError) as error:
        form.sketch, form.notice = listed(tree), str(error)
    else:
        return show(company, decision, form, held)
    return show(company, decision, form, held), 422


def _links(company: Company, decision: Decision, held: Held) -> list[Any]:
    if not any(case.get("preset") for case in held.content["cases"]):
        return []
    return [
        link
        for link in linked(company)
        if any(case.decision == decision.key for case in link.cases)
    ]
