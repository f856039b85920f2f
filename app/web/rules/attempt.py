"""What the builder asks for by itself: the rule tried on orders, and names to choose from."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from app.models import Company
from app.rules.draft_state import Held, rule_in
from app.rules.evidence import lacking_in
from app.web import access
from app.web.pages import Page
from app.web.rules.blueprint import blueprint, quiet
from app.web.rules.builder import LARGEST, LASTS, decision_or_404, readable
from app.web.rules.closed import open_numbers
from app.web.rules.filled import NotFilledError, write_case
from app.web.rules.palette import names_of
from app.web.rules.samples import LAST
from app.web.rules.sketch import SketchError, Tree, decode, listed
from app.web.rules.trial import run_trial, tables_of
from app.web.rules.tried_on import about, samples_of
from app.web.rules.turned import written
from rules_library import logic
from rules_library.decision import Decision, decisions


@blueprint.post("/decision/<decision>/try")
@access.takes(LARGEST)
@access.may("see")
def attempt(company: Company, decision: str) -> Page:
    """What the rule on the page would do with one order, item or sale, or with several."""
    known = decision_or_404(decision)
    held = rule_in(company, decision)
    number, last = request.form.get("order", "").strip(), _last(request.form.get("last", ""))
    samples = samples_of(company, known, last, named=number)
    problems: list[str] = []
    try:
        given = request.form.items(multi=True)
        tree = decode((name, value) for name, value in given if name not in _TRY)
        data = _on_page(known, tree, held)
        compiled = readable(known, data).compile()
    except NotFilledError as error:
        problems = list(dict.fromkeys(error.faults.values()))
    except (SketchError, logic.RuleError) as error:
        problems = [str(error)]
    near = [] if problems else [1] if "decision" in tree else open_numbers(listed(tree))
    trial = None
    lacks: tuple[str, ...] = ()
    if not problems:
        found = lacking_in(company, compiled.rule, tables_of(company, compiled.tables))
        lacks = tuple(one.sentence for one in found)
    if not problems and samples:
        trial = run_trial(company, known, compiled, samples, near=near)
    return quiet(
        "rules/try.html", "content", decision=known, trial=trial, problems=problems,
        lacks=lacks,
        number=number, missing=bool(number) and not samples, last=last,
        about=about(known),
    )  # fmt: skip


@blueprint.get("/names")
@access.may("see")
def names(company: Company) -> Page:
    """Names of a QuickBooks list, for the field that is being typed in."""
    kind = request.args.get("list", "")
    known = {one.list for one in decisions().values() if one.list}
    found = names_of(company, kind, request.args.get("q", "")) if kind in known else []
    return quiet("rules/names.html", "content", names=found)


def _on_page(decision: Decision, tree: Tree, held: Held) -> Any:
    """The rule that the page stands for; a new case goes before those that are there."""
    if "version" not in tree:
        return held.content
    sketch = listed(tree)
    if "decision" not in tree:
        return written(decision, sketch, held.content)
    cases = [write_case(decision, one, held.content) for one in sketch.get("cases", ())]
    return {**held.content, "cases": [*cases, *held.content["cases"]]}


_TRY: Final = frozenset({"csrf_token", "order", "last", "act"})


def _last(text: str) -> int:
    return int(text) if text in set(map(str, LASTS)) else LAST
