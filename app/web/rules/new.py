"""A rule from scratch: what it decides, when it fits and what then, on one short form."""

from __future__ import annotations

from typing import Any, get_args

from flask import request, url_for

from app.models import Company, db
from app.rules.draft_state import StaleDraftError, rule_in
from app.rules.drafts import save_rule
from app.web import access
from app.web.pages import Page, go, render, say
from app.web.rules.blueprint import blueprint, who
from app.web.rules.builder import LARGEST, Form, palette
from app.web.rules.filled import NotFilledError, write_case
from app.web.rules.palette import names_of
from app.web.rules.pressed import press
from app.web.rules.shown import then_sketch
from app.web.rules.sketch import (
    SketchError,
    Tree,
    blank_case,
    decode,
    listed,
    numbered,
)
from rules_library import logic
from rules_library.decision import Decision, Group, decisions


@blueprint.get("/new")
@access.may("rules")
def new(company: Company) -> Page:
    """Choose a preset, or begin with an empty case."""
    decision = decisions().get(request.args.get("decision", ""))
    return _page(company, decision, Form(_blank(decision), _version(company, decision)))


@blueprint.post("/new")
@access.takes(LARGEST)
@access.may("rules")
def new_case(company: Company) -> Page:
    """A button of the form: puts the case first in the draft, or shows the form again."""
    try:
        tree = decode(request.form.items(multi=True))
    except SketchError as error:
        return _page(company, None, Form(_blank(None), "", notice=str(error))), 422
    said, version = str(tree.pop("act", "save")), str(tree.pop("version", ""))
    decision = decisions().get(str(tree.get("decision", "")))
    form = Form(listed(tree), version)
    if decision is None:
        form.faults = {"decision": "Choose what the rule decides."} if said == "save" else {}
        return _page(company, None, form), 422 if said == "save" else 200
    if said == "save":
        return _save(company, decision, form)
    try:
        if said == "show:decision":
            _begin(tree, decision)
        pressed = press(tree, said)
        form.focus, form.removed = pressed.focus, pressed.removed
        form.sketch = listed(tree)
    except SketchError as error:
        form.notice = str(error)
        return _page(company, decision, form), 422
    form.version = _version(company, decision)
    return _page(company, decision, form)


def _save(company: Company, decision: Decision, form: Form) -> Page:
    held = rule_in(company, decision.key)
    try:
        case = write_case(decision, _case(form.sketch), held.content)
        rule = {**held.content, "cases": [case, *held.content["cases"]]}
        save_rule(company, decision.key, rule, version=held.version, author=who())
    except NotFilledError as error:
        form.faults = error.faults
        form.notice = "Nothing was saved yet: look at what is marked."
    except logic.RuleError as error:
        db.session.rollback()
        form.notice = f"Nothing was saved: {error}"
    except StaleDraftError:
        form.notice = "Somebody saved this rule at the same moment; save again."
    else:
        say(f"The case is in the draft of “{decision.label}”, before its others.")
        return go(url_for("rules.rule", company_id=company.id, decision=decision.key, case=1))
    return _page(company, decision, form), 422


def _case(sketch: dict[str, Any]) -> dict[str, Any]:
    cases = sketch.get("cases")
    return cases[0] if isinstance(cases, list) and cases and isinstance(cases[0], dict) else {}


def _begin(tree: Tree, decision: Decision) -> None:
    """Another decision was chosen: its value starts as what most want of it."""
    cases = tree.setdefault("cases", {})
    case = cases.setdefault("0", blank_case()) if isinstance(cases, dict) else {}
    if isinstance(case, dict):
        case["then"] = numbered(_first_value(decision))


def _first_value(decision: Decision) -> dict[str, Any]:
    """For a yes/no the other one than the default; else nothing is typed yet."""
    if isinstance(decision.default, bool):
        return then_sketch(decision, not decision.default)
    return {"form": "several" if decision.parts else "literal"}


def _blank(decision: Decision | None) -> dict[str, Any]:
    tree: Tree = {"decision": decision.key if decision else "", "cases": {"0": blank_case()}}
    if decision:
        _begin(tree, decision)
    return dict(listed(tree))


def _version(company: Company, decision: Decision | None) -> str:
    return rule_in(company, decision.key).version if decision else ""


def _page(company: Company, decision: Decision | None, form: Form) -> str:
    shown = decision or next(iter(decisions().values()))
    return render(
        "rules/new.html",
        "form",
        decision=shown,
        chosen=decision,
        form=form,
        palette=palette(company, shown),
        names=names_of(company, shown.list) if shown.list else [],
        grouped=[
            (group, [one for one in decisions().values() if one.group == group])
            for group in get_args(Group)
        ],
    )
