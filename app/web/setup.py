"""The set-up: steps whose choices are published as rules; each is also a page of Settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, abort, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app import audit
from app.models import Company, Store, db
from app.rules.rebasing import changes_of
from app.rules.settling import ChangedMeanwhileError, settle_otherwise
from app.stores.base import clients
from app.web import access
from app.web.pages import Page, go, render, say
from app.web.setup_fields import Field, SeenError, field_of, names, seen_in
from app.web.setup_steps import Ask, Step, step_named, steps
from app.web.setup_tax import LOOK_UP, NAME, PLACES, TaxTable, decision_of, read_table, tax_table
from rules_library.decision import BadValueError, decisions
from rules_library.logic import TableError
from rules_library.rule import canonical
from rules_library.rulebook import RulebookError

blueprint = Blueprint("setup", __name__, url_prefix=access.COMPANY)

LARGEST_FORM: Final = 4 * 2**20
DIRECTIONS: Final = {
    "orders": "orders to QuickBooks",
    "stock": "stock from QuickBooks",
    "sales": "orders from QuickBooks",
    "fulfilment": "shipments and tracking numbers",
    "webhooks": "tells of changes at once",
}


@dataclass(frozen=True, slots=True)
class StepPage:
    """What a step's page shows."""

    fields: Sequence[Field | Ask]
    """An `Ask` is one that this version cannot do."""
    table: TaxTable | None
    table_error: str = ""
    problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether everything that was sent can be used."""
        wrong = any(isinstance(one, Field) and one.error for one in self.fields)
        return not (wrong or self.table_error or self.problem)


@blueprint.get("/setup")
@access.may("manage")
def start(company: Company) -> Page:
    """To the first step that nobody has gone through."""
    left = [step.key for step in steps() if step.key not in company.set_up]
    if not left:
        return redirect(url_for("setup.complete", company_id=company.id))
    return redirect(url_for("setup.step", company_id=company.id, key=left[0]))


@blueprint.route("/setup/<key>", methods=["GET", "POST"])
@access.may("manage")
@access.takes(LARGEST_FORM)
def step(company: Company, key: str) -> Page:
    """One step of the wizard."""
    found = step_named(key) or abort(404)
    if request.method == "GET":
        return _show(company, found, _page(company, found))
    page = _save(company, found)
    if not page.is_right:
        return _show(company, found, page), 422
    if key not in company.set_up:
        company.set_up = [*company.set_up, key]
    db.session.commit()
    keys = [one.key for one in steps()]
    to = keys.index(key) + (-1 if request.form.get("go") == "back" else 1)
    if to < 0 or to >= len(keys):
        return go(url_for("setup.complete" if to > 0 else "setup.start", company_id=company.id))
    return go(url_for("setup.step", company_id=company.id, key=keys[to]))


@blueprint.get("/setup/complete")
@access.may("manage")
def complete(company: Company) -> Page:
    """Set-up complete: where to go from here."""
    left = [step for step in steps() if step.key not in company.set_up]
    return render("setup_complete.html", left=left, steps=steps())


@blueprint.route("/settings/set-up/<key>", methods=["GET", "POST"])
@access.may("manage")
@access.takes(LARGEST_FORM)
def settings(company: Company, key: str) -> Page:
    """The same step as a page of Settings."""
    found = step_named(key) or abort(404)
    if request.method == "GET":
        return _show(company, found, _page(company, found), wizard=False)
    page = _save(company, found)
    if not page.is_right:
        return _show(company, found, page, wizard=False), 422
    return go(url_for("setup.settings", company_id=company.id, key=key))


@blueprint.get("/setup/names/<decision>")
@access.may("manage")
def suggest(company: Company, decision: str) -> Page:
    """The names of a long QuickBooks list that hold what was typed."""
    known = decisions().get(decision)
    if known is None or not known.list:
        abort(404)
    like = request.args.get(decision, "")[:100].replace("\0", "")
    found, _ = names(company, known.list, like=like)
    return render("setup_names.html", names=(found or [])[:30])


def _page(company: Company, step: Step) -> StepPage:
    fields = [field_of(company, ask) or ask for ask in step.asks]
    return StepPage(fields, tax_table(company) if "tax_table" in step.parts else None)


def _save(company: Company, step: Step) -> StepPage:
    """Publish what was chosen; the page says what cannot be used."""
    page = _page(company, step)
    values: dict[str, Any] = {}
    seen: dict[str, Any] = {}
    for one in page.fields:
        if isinstance(one, Field):
            _read(one, values, seen)
    tables: dict[str, Any] = {}
    if page.table is not None:
        page = _read_table(company, page, values, tables)
    if not page.is_right:
        return page
    try:
        made = settle_otherwise(
            company, values, seen=seen, tables=tables,
            author=current_user.email, note=f"Set-up: {step.title}",
        )  # fmt: skip
    except ChangedMeanwhileError as error:
        return replace(page, problem=f"{error} Reload the page to see what holds now.")
    except RulebookError as error:
        return replace(page, problem=str(error))
    if made is not None:
        said = ", ".join(decisions()[key].label for key in values) or "the table of sales tax"
        audit.record(
            "settings", "setup.saved", f"Set up {step.title}: {said} (release {made.number})",
            company=company,
        )  # fmt: skip
        db.session.commit()
        say(f"Saved as release {made.number}.")
    return page


def _read(one: Field, values: dict[str, Any], seen: dict[str, Any]) -> None:
    try:
        was = seen_in(request.form, one.key)
        value = one.read(request.form)
    except SeenError:
        abort(400)
    except BadValueError as error:
        one.error = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return
    if canonical(value) != canonical(was) and canonical(value) != one.seen:
        values[one.key], seen[one.key] = value, was


def _read_table(
    company: Company, page: StepPage, values: dict[str, Any], tables: dict[str, Any]
) -> StepPage:
    text, otherwise = request.form.get("table", ""), request.form.get("table-otherwise", "")
    table = page.table or tax_table(company)
    sent = replace(table, text=text, otherwise=otherwise)
    try:
        made = read_table(text, otherwise)
        held = read_table(table.text, table.otherwise)
    except TableError as error:
        return replace(page, table=sent, table_error=str(error))
    if made == held:
        return page
    key = decision_of(company)
    if made is not None:
        values[key] = LOOK_UP
    elif table.is_used:
        values[key] = None
    tables[NAME] = made
    return replace(page, table=sent)


def _show(company: Company, step: Step, page: StepPage, *, wizard: bool = True) -> str:
    stores = select(Store).where(Store.company_id == company.id).order_by(Store.name)
    return render(
        "setup_step.html",
        step=step,
        steps=steps(),
        page=page,
        wizard=wizard,
        drafted={row.key for row in changes_of(company) if row.part == "rules"},
        places=PLACES,
        stores=[
            (one, clients().get(one.type) if one.settings is not None else None)
            for one in db.session.scalars(stores)
        ],
        directions=DIRECTIONS,
    )
