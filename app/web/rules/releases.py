"""Releases: the history with its changes in words, rolling back, files out and in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, abort, request, url_for
from sqlalchemy import select

from app.models import Company, Release, db
from app.rules import (
    UnknownReleaseError,
    current_release,
    file_of,
    history,
    release_numbered,
    roll_back,
    rulebook_of,
)
from app.rules.changes import import_query, import_rule_csv
from app.rules.draft_state import open_draft
from app.rules.drafts import save_file
from app.web import access
from app.web.pages import Page, go, render, say
from app.web.rules.blueprint import blueprint, who
from app.web.words import mark
from rules_library import strict_json
from rules_library.decision import decisions
from rules_library.difference import rulebook_changes
from rules_library.rulebook import Rulebook, RulebookError

LARGEST: Final = 8_000_000
NUMBER: Final = f"<int(min=1,max={access.MOST}):number>"
MOST_TOLD: Final = 20
MOST_SHOWN: Final = 500_000
"""Of at most so many bytes, a file that was refused is put into the field for its text."""
SOURCES: Final = {
    "rulebook": "A rulebook file (JSON)",
    "connex": "Connex rules (CSV)",
    "query": "JSON of a query builder",
}


@blueprint.get("/releases")
@access.may("see")
def releases(company: Company) -> Page:
    """Every release: who, when, why."""
    return render("rules/releases.html", "content", releases=history(company))


@blueprint.get(f"/releases/{NUMBER}")
@access.may("see")
def release(company: Company, number: int) -> Page:
    """One release: what it changed, and its rules."""
    found = _release_or_404(company, number)
    if found is None:
        abort(404)
    before = db.session.scalars(
        select(Release)
        .where(Release.company_id == company.id, Release.number < number)
        .order_by(Release.number.desc())
        .limit(1)
    ).first()
    try:
        changes = rulebook_changes(rulebook_of(before), rulebook_of(found), mark)
        problem = ""
    except (RulebookError, LookupError) as error:
        changes, problem = {}, str(error)
    present = current_release(company)
    return render(
        "rules/release.html", "content", release=found, changes=changes, problem=problem,
        before=before.number if before else 0,
        is_present=present is not None and present.number == number,
    )  # fmt: skip


@blueprint.post(f"/releases/{NUMBER}/roll-back")
@access.may("rules")
def release_roll_back(company: Company, number: int) -> Page:
    """Publish a release that is equal to an old one."""
    return _roll_back(company, number)


@blueprint.post("/releases/defaults/roll-back")
@access.may("rules")
def defaults_roll_back(company: Company) -> Page:
    """Publish a release without any rule of the company's own."""
    return _roll_back(company, 0)


def _roll_back(company: Company, number: int) -> Page:
    try:
        made = roll_back(company, number, author=who())
    except UnknownReleaseError:
        abort(404)
    except RulebookError as error:
        db.session.rollback()
        say(f"This version cannot run that release any more: {error}", "danger")
        return go(url_for("rules.releases", company_id=company.id))
    was = f"release {number}" if number else "the defaults"
    say(f"Release {made.number} is published; it is equal to {was}.")
    return go(url_for("rules.releases", company_id=company.id))


@blueprint.get("/export")
@access.may("see")
def export(company: Company) -> Page:
    """The rulebook file of the present release, of another one, or of the draft."""
    wanted = request.args.get("release", "")
    if wanted == "draft":
        file, name = open_draft(company).file, "draft"
    else:
        number = int(wanted) if wanted.isascii() and wanted.isdecimal() else None
        found = current_release(company) if number is None else _release_or_404(company, number)
        file, name = file_of(found), f"release-{found.number if found else 0}"
    text = json.dumps(file, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="rulebook-{name}.json"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=headers)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would change in the draft."""

    changes: dict[str, list[str]]
    problems: list[str]
    file: str


@blueprint.get("/import")
@access.may("rules")
def import_form(company: Company) -> Page:
    """Where a file is chosen."""
    del company
    return _import_page()


@blueprint.post("/import")
@access.takes(LARGEST)
@access.may("rules")
def import_preview(company: Company) -> Page:
    """What a file would change; or, when that was seen, the change itself, in the draft."""
    given = request.form.to_dict()
    if "file" in given and given.get("act") == "take":
        return _take(company, given["file"])
    upload = request.files.get("upload")
    data = upload.read() if upload and upload.filename else given.get("text", "").encode()
    given["text"] = data.decode(errors="replace") if len(data) <= MOST_SHOWN else ""
    if not data.strip():
        return _import_page(given, problems=["Choose a file, or paste its text."]), 422
    try:
        made, problems = _read(company, given, data)
        now, next_ = Rulebook.from_file(open_draft(company).file), Rulebook.from_file(made)
    except RulebookError as error:
        told = [f"{pointer}: {text}" if pointer else text for pointer, text in error.faults]
        return _import_page(given, problems=told), 422
    except (ValueError, RecursionError) as error:
        return _import_page(given, problems=str(error).splitlines()), 422
    changes = rulebook_changes(now, next_, mark)
    preview = Preview(changes, problems, json.dumps(made, default=str))
    return _import_page(given, preview=preview)


def _take(company: Company, text: str) -> Page:
    try:
        save_file(company, json.loads(text), author=who())
    except (ValueError, RecursionError) as error:
        db.session.rollback()
        return _import_page({"text": text}, problems=[str(error)]), 422
    say("The import is in the draft. Look at its changes, then publish.")
    return go(url_for("rules.draft", company_id=company.id))


def _read(company: Company, given: Mapping[str, str], data: bytes) -> tuple[Any, list[str]]:
    source = given.get("source", "")
    if source == "connex":
        return import_rule_csv(company, data, draft=True).file, []
    try:
        content = strict_json.loads(data)
    except strict_json.JsonError as error:
        raise ValueError(f"It is not JSON: {error}.") from None
    if source != "query":
        if not isinstance(content, dict):
            raise ValueError("A rulebook file is a JSON object: {...}.")
        present = open_draft(company).file
        tables = content.get("tables", {})
        rules = content.get("rules", {})
        merged = {
            **content,
            "tables": {**present["tables"], **tables} if isinstance(tables, dict) else tables,
            "rules": {**present["rules"], **rules} if isinstance(rules, dict) else rules,
        }
        return Rulebook.from_file(merged).to_file(), []
    decision, then = given.get("decision", ""), given.get("then", "")
    if decision not in decisions():
        raise ValueError("Choose what the conditions are to decide.")
    change = import_query(company, content, decision, _then(decision, then), draft=True)
    left = [f"Left out: {one.sentence} ({one.pointer or '/'})" for one in change.problems]
    return change.file, left


def _then(decision: str, typed: str) -> Any:
    kinds: dict[str, Callable[[str], Any]] = {"yes": lambda _: True, "no": lambda _: False}
    known = decisions()[decision]
    if type(known.kind).__name__ in {"YesNo", "OptionalFlag"} and typed.strip().lower() in kinds:
        return kinds[typed.strip().lower()](typed)
    return typed.strip()


def _import_page(
    given: Mapping[str, str] | None = None,
    *,
    problems: list[str] | None = None,
    preview: Preview | None = None,
) -> str:
    return render(
        "rules/import.html", "content", given=given or {}, problems=problems or [],
        preview=preview, sources=SOURCES, decisions=decisions(), most=MOST_TOLD,
    )  # fmt: skip


def _release_or_404(company: Company, number: int) -> Release | None:
    try:
        return release_numbered(company, number)
    except UnknownReleaseError:
        abort(404)
