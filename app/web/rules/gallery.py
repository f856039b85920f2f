"""The preset gallery: what people want, a few answers, and what it would change; then the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from flask import abort, request, url_for

from app.models import Company, db
from app.rules.draft_state import open_draft
from app.rules.links import (
    UnknownLinkError,
    apply_preset,
    detach_preset,
    linked,
    update_preset,
)
from app.web import access
from app.web.pages import Page, go, is_part, render, say
from app.web.rules.blueprint import blueprint, quiet, who
from app.web.rules.builder import LARGEST, palette
from app.web.rules.palette import names_of
from app.web.rules.samples import Sample
from app.web.rules.trial import Trial, run_trial
from app.web.rules.tried_on import About, about, samples_of
from app.web.rules.typed import TypedError, read_number, split_list
from app.web.words import mark
from rules_library.decision import Group, decisions
from rules_library.describe import describe_case
from rules_library.preset import Preset, PresetError, apply, fill, presets, search
from rules_library.preset_inputs import Input, InputError
from rules_library.rule import Case
from rules_library.rulebook import Rulebook, RulebookError

LONGEST_SEARCH: Final = 100


@dataclass
class Looked:
    """What a preset with these answers is."""

    faults: dict[str, str] = field(default_factory=dict)
    sentences: list[tuple[str, str]] = field(default_factory=list)
    trials: list[tuple[str, Trial]] = field(default_factory=list)


@blueprint.get("/presets")
@access.may("see")
def gallery(company: Company) -> Page:
    """Every preset, or those that answer a question."""
    asked = "".join(one for one in request.args.get("q", "") if one.isprintable())
    asked = asked.strip()[:LONGEST_SEARCH]
    found = search(asked)
    groups = [("", found)] if asked else [
        (group, some)
        for group in get_args(Group)
        if (some := [one for one in found if one.group == group])
    ]  # fmt: skip
    used = {link.key for link in linked(company)}
    return render(
        "rules/gallery.html", "list", groups=groups, asked=asked, used=used, total=len(presets())
    )


@blueprint.get("/presets/<preset>")
@access.may("see")
def preset(company: Company, preset: str) -> Page:
    """One preset with its form."""
    return _page(company, _preset_or_404(preset), {}, Looked())


@blueprint.post("/presets/<preset>")
@access.takes(LARGEST)
@access.may("rules")
def preset_apply(company: Company, preset: str) -> Page:
    """Put the preset's cases into the draft."""
    known = _preset_or_404(preset)
    given, faults = answers(known, request.form)
    if not faults:
        try:
            apply_preset(company, preset, given, author=who())
        except (PresetError, RulebookError) as error:
            db.session.rollback()
            faults[""] = str(error)
        else:
            say(f"“{known.title}” is in the draft. Nothing is posted by it until you publish.")
            first = next(iter(known.cases))
            return go(url_for("rules.rule", company_id=company.id, decision=first))
    return _page(company, known, request.form, Looked(faults)), 422


@blueprint.post("/presets/<preset>/preview")
@access.takes(LARGEST)
@access.may("see")
def preset_preview(company: Company, preset: str) -> Page:
    """What it says and would change, while its form is filled in."""
    known = _preset_or_404(preset)
    looked = _look(company, known, request.form)
    if not is_part():
        return _page(company, known, request.form, looked)
    return quiet("rules/preset.html", "preview", preset=known, looked=looked)


@blueprint.post("/links/update")
@access.may("rules")
def link_update(company: Company) -> Page:
    """Let linked cases follow their preset's newest version, in the draft."""
    return _link(company, lambda: update_preset(company, request.args.get("link", ""),
                                                author=who()), "updated")  # fmt: skip


@blueprint.post("/links/detach")
@access.may("rules")
def link_detach(company: Company) -> Page:
    """Make linked cases the company's own, in the draft."""
    return _link(company, lambda: detach_preset(company, request.args.get("link", ""),
                                                author=who()), "detached")  # fmt: skip


def answers(preset: Preset, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs that a form gives, and what is wrong by input."""
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for one in preset.inputs:
        try:
            found[one.name] = one.read(_answer(one, form))
        except (InputError, TypedError) as error:
            said = str(error).removeprefix(f"{one.name}: ")
            faults[one.name] = f"{said[:1].upper()}{said[1:]}."
    return {name: value for name, value in found.items() if value is not None}, faults


def _answer(one: Input, form: Mapping[str, str]) -> Any:
    text = form.get(one.name, "").strip()
    match one.kind:
        case "texts":
            return split_list(text)
        case "yes/no":
            return text == "yes" if text else None
        case "money" | "number":
            return str(read_number(text)) if text else None
        case "table":
            return _rows(one, form)
        case _:
            return text


def _rows(one: Input, form: Mapping[str, str]) -> list[list[str]]:
    """The cells of a table's rows; a row without any is no row."""
    width = len(one.columns)
    rows: dict[str, list[str]] = {}
    for name, value in form.items():
        start, _, rest = name.partition(".")
        number, _, column = rest.partition(".")
        if start == one.name and column.isascii() and column.isdecimal() and int(column) < width:
            rows.setdefault(number, [""] * width)[int(column)] = value.strip()
    return [row for row in rows.values() if any(row)]


def _look(company: Company, preset: Preset, form: Mapping[str, str]) -> Looked:
    given, faults = answers(preset, form)
    looked = Looked(faults)
    if faults:
        return looked
    file = open_draft(company).file
    try:
        filled = fill(preset, given)
        made = Rulebook.from_file(apply(file, preset, given))
    except (PresetError, RulebookError) as error:
        looked.faults[""] = str(error)
        return looked
    samples: dict[About, list[Sample]] = {}
    for key, cases in filled.cases.items():
        known = decisions()[key]
        looked.sentences += [
            (known.label, describe_case(known, Case(when=one["when"], then=one["then"]), mark))
            for one in cases
        ]
        what = about(known)
        if what not in samples:
            samples[what] = samples_of(company, known)
        if of_it := samples[what]:
            rule = made.rule(known)
            looked.trials.append(
                (known.label, run_trial(company, known, rule, of_it, tables=made.tables))
            )
    return looked


def _link(company: Company, act: Any, done: str) -> Page:
    try:
        act()
    except (UnknownLinkError, PresetError, RulebookError) as error:
        db.session.rollback()
        say(str(error), "warning")
    else:
        say(f"The preset's cases are {done} in the draft.")
    decision = request.form.get("decision", "")
    if decision in decisions():
        return go(url_for("rules.rule", company_id=company.id, decision=decision))
    return go(url_for("rules.index", company_id=company.id))


def _page(company: Company, known: Preset, given: Mapping[str, str], looked: Looked) -> str:
    lists = {one.list for one in known.inputs if one.list}
    names = {kind: names_of(company, kind) for kind in sorted(lists)}
    used = [link for link in linked(company) if link.key == known.key]
    first = decisions()[next(iter(known.cases))]
    return render(
        "rules/preset.html",
        "content",
        preset=known,
        given=given,
        looked=looked,
        names=names,
        used=used,
        palette=palette(company, first),
        rows={one.name: _rows(one, given) for one in known.inputs if one.kind == "table"},
        options={
            one.name: getattr(decisions()[one.decision].kind, "options", {})
            for one in known.inputs
            if one.kind == "choice"
        },
        decisions=[decisions()[key] for key in known.cases],
    )


def _preset_or_404(key: str) -> Preset:
    return presets().get(key) or abort(404)
