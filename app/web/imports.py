"""Orders from a CSV file: sent, recognised or mapped, looked at, imported."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from flask import Blueprint, abort, request, url_for
from flask_login import current_user

from app import audit
from app.jobs import rows
from app.jobs.kinds.csv_import import KIND, Waiting, keep_file, start_import, waiting
from app.models import Company, db
from app.stores.csv_file import Found, NotASheet, Profile, RowError, guessed, is_export, read_orders
from app.stores.csv_file.profile import DEFAULTS, PAYMENTS, TARGETS
from app.stores.csv_file.reading import MAX_BYTES
from app.stores.errors import SettingsRefused
from app.stores.formats import Shop
from app.sync.intake.sheet import (
    TYPE,
    csv_store,
    csv_stores,
    delete_profile,
    must_fit,
    profiles,
    save_profile,
)
from app.web import access
from app.web.pages import Page, go, render, say

blueprint = Blueprint("imports", __name__, url_prefix=f"{access.COMPANY}/imports")

FILE: Final = f"/<int(max={access.MOST}):file_id>"
LARGEST: Final = MAX_BYTES + 64 * 1024
LARGEST_FORM: Final = 256 * 1024
SHOWN: Final = 5
SAMPLES: Final = 40
ASKED: Final = ("currency", "payment_status", "payment_method")
"""The defaults that the form asks for; what a profile has of the others stays in it."""
WORDS: Final = ("statuses", "payment_statuses", "fulfillment_statuses")


@blueprint.get("")
@access.may("manage")
def index(company: Company) -> Page:
    """Where a file is sent, and the imports so far."""
    return _index(company)


@blueprint.post("")
@access.takes(LARGEST)
@access.may("manage")
def upload(company: Company) -> Page:
    """Keep the file, and go on to how it is read."""
    given = request.files.get("upload")
    data = given.read(MAX_BYTES + 1) if given and given.filename else b""
    name = "".join(one for one in (given and given.filename) or "" if one.isprintable())
    try:
        file_id = keep_file(company, name or "orders.csv", data, who=current_user.email)
    except NotASheet as error:
        db.session.rollback()
        return _index(company, problem=f"{str(error)[:1].upper()}{str(error)[1:]}."), 422
    db.session.commit()
    return go(url_for("imports.one", company_id=company.id, file_id=file_id))


@blueprint.get(FILE)
@access.may("manage")
def one(company: Company, file_id: int) -> Page:
    """How the file is read: recognised, or by a mapping."""
    file = _file(company, file_id)
    saved = profiles(company).get(request.args.get("profile", ""))
    given = saved.model_dump(mode="json") if saved else guessed(file.head.columns, _samples(file))
    return _one(company, file, given)


@blueprint.post(f"{FILE}/forget")
@access.takes(LARGEST_FORM)
@access.may("manage")
def forget(company: Company, file_id: int) -> Page:
    """Delete a saved profile; the files that were imported with it stay as they are."""
    file, name = _file(company, file_id), request.form.get("profile", "")
    if not delete_profile(company, name):
        abort(404)
    audit.record("stores", "profile.deleted", f"Deleted the CSV profile {name}", company=company)
    db.session.commit()
    say(f"The profile {name} is deleted.")
    return go(url_for("imports.one", company_id=company.id, file_id=file.id))


@blueprint.post(f"{FILE}/preview")
@access.takes(LARGEST_FORM)
@access.may("manage")
def preview(company: Company, file_id: int) -> Page:
    """The first orders as they would be translated."""
    return _one(company, _file(company, file_id), _given())


@blueprint.post(FILE)
@access.takes(LARGEST_FORM)
@access.may("manage")
def act(company: Company, file_id: int) -> Page:
    """Save the profile, or import the file."""
    file, given = _file(company, file_id), _given()
    try:
        profile = None if is_export(file.head.columns) else Profile.read(given)
        must_fit(file.head, profile)
        label = "Shopify export" if profile is None else ""
        store = csv_store(company, request.form.get("store", "").strip(), label)
        name = request.form.get("profile_name", "").strip()
        if profile is not None and (name or request.form.get("act") == "save"):
            save_profile(store, name, profile)
            audit.record(
                "stores", "profile.saved", f"Saved the CSV profile {name}", company=company
            )
    except (SettingsRefused, NotASheet) as error:
        db.session.rollback()
        return _one(company, file, given, problem=str(error)), 422
    if request.form.get("act") == "save":
        db.session.commit()
        say(f"The profile {name} is saved.")
        to = url_for("imports.one", company_id=company.id, file_id=file.id, profile=name)
        return go(to)
    audit.record("stores", "orders.imported", f"Had the file {file.name} imported", company=company)
    db.session.commit()
    job = start_import(store, file.id, file.name, profile, who=current_user.email)
    return go(url_for("imports.done", company_id=company.id, job_id=job.id))


@blueprint.get(f"/done/<int(max={access.MOST}):job_id>")
@access.may("manage")
def done(company: Company, job_id: int) -> Page:
    """How far an import is, and what came of it."""
    try:
        job = rows.read(company, job_id)
        told = rows.result(company, job_id) or {}
    except rows.UnknownJobError:
        abort(404)
    if job.kind != KIND:
        abort(404)
    name = rows.arguments(company, job_id)["name"]
    return render("import_done.html", "progress", job=job, told=told, name=name)


def _index(company: Company, problem: str = "") -> str:
    return render(
        "imports.html",
        jobs=rows.recent(company, KIND),
        profiles=profiles(company),
        problem=problem,
        most=MAX_BYTES >> 20,
    )


def _file(company: Company, file_id: int) -> Waiting:
    return waiting(company, file_id) or abort(404)


def _samples(file: Waiting) -> dict[str, list[str]]:
    """The first values of each column."""
    found: dict[str, list[str]] = {column: [] for column in file.head.columns}
    try:
        for row in islice(file.head.rows(), SAMPLES):
            for column, text in row.cells.items():
                found[column].append(text)
    except NotASheet:
        return found
    return found


def _given() -> dict[str, Any]:
    """The profile as the form has it."""
    form = request.form
    words: dict[str, dict[str, str]] = {}
    for key in WORDS:
        pairs = (line.partition("=") for line in form.get(key, "").splitlines())
        words[key] = {word.strip(): state.strip() for word, _, state in pairs if word.strip()}
    return {
        "columns": {key: column for key in TARGETS if (column := form.get(f"c-{key}", ""))},
        "dates": form.get("pattern", "").strip() or form.get("dates", "iso"),
        "decimal_comma": bool(form.get("decimal_comma")),
        "taxes_included": bool(form.get("taxes_included")),
        "defaults": {key: text for key in DEFAULTS if (text := form.get(f"d-{key}", "").strip())},
        **words,
    }


def _looked_at(
    company: Company, file: Waiting, given: dict[str, Any]
) -> tuple[list[Found], list[RowError], str]:
    """The first orders, the wrong rows of the file's beginning, and what hinders it."""
    right: list[Found] = []
    errors: list[RowError] = []
    try:
        profile = None if is_export(file.head.columns) else Profile.read(given)
        must_fit(file.head, profile)
        shop = Shop(key=TYPE, type=TYPE, zone=company.zone)
        for found in islice(read_orders(file.head, profile, shop), 200):
            if isinstance(found, RowError):
                errors.append(found)
            elif len(right) < SHOWN:
                right.append(found)
    except (SettingsRefused, NotASheet) as error:
        return right, errors, str(error)
    return right, errors, ""


def _one(company: Company, file: Waiting, given: dict[str, Any], problem: str = "") -> str:
    right, errors, hindrance = _looked_at(company, file, given)
    samples = _samples(file)
    groups: dict[str, list[Any]] = {}
    for target in TARGETS.values():
        groups.setdefault(target.group, []).append(target)
    known = is_export(file.head.columns)
    return render(
        "import_one.html", "preview",
        file=file, known=known, groups=groups, given=given, orders=right, errors=errors,
        hindrance=hindrance, problem=problem, payments=dict.fromkeys(PAYMENTS.values()),
        profiles=profiles(company), stores=csv_stores(company),
        store=request.form.get("store") or ("shopify-export" if known else "csv"),
        profile_name=request.form.get("profile_name", request.args.get("profile", "")),
        unseen=[key for key in DEFAULTS if key not in ASKED],
        columns=[(column, samples[column][0][:30] if samples[column] else "")
                 for column in file.head.columns if column],
    )  # fmt: skip
