"""The companies: the first page, the list, and adding or renaming one."""

from __future__ import annotations

from typing import Final
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies
from flask import Blueprint, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app import audit, companies
from app.companies import LONGEST_NAME, CompanyError
from app.models import Company, db
from app.web import access
from app.web.nav import Nav, first
from app.web.pages import Page, go, render, say
from app.web.words import LOCALE

blueprint = Blueprint("companies", __name__)
nav = Nav("Companies", "buildings", 10, "companies.index")

_USUAL: Final = ("US", "CA", "GB")
"""Where QuickBooks Desktop is sold; they stand first."""
_NO_COUNTRIES: Final = {"EU", "EZ", "UN", "ZZ"}


def _countries() -> list[SelectChoice]:
    names = Locale.parse(LOCALE).territories
    known = get_global("territory_currencies").keys() - _NO_COUNTRIES - set(_USUAL)
    rest = sorted((names[code], code) for code in known if code in names)
    codes = [*_USUAL, *(code for _, code in rest)]
    return [SelectChoice(code, names[code]) for code in codes]


def _currencies() -> list[SelectChoice]:
    names = Locale.parse(LOCALE).currencies
    usual = ("USD", "CAD", "GBP")
    rest = sorted(code for code in list_currencies() if code not in usual)
    return [SelectChoice(code, f"{code} · {names.get(code, code)}") for code in (*usual, *rest)]


class CompanyForm(FlaskForm):  # type: ignore[misc]
    """A company to add."""

    name = StringField(
        "Name",
        [InputRequired("Type the company's name."), Length(max=LONGEST_NAME)],
        description="As you want to see it here. One company is one QuickBooks company file.",
    )
    country = SelectField("Country", choices=_countries, default="US")
    home_currency = SelectField(
        "Home currency",
        choices=_currencies,
        default="USD",
        description="The currency of the QuickBooks company file.",
    )
    zone = StringField(
        "Time zone",
        [InputRequired("Choose a time zone."), Length(max=60)],
        default="America/New_York",
        description="Times are shown in it. Each store may have its own.",
    )


class RenameForm(FlaskForm):  # type: ignore[misc]
    """Another name for a company."""

    name = StringField("Name", [InputRequired("Type a name."), Length(max=LONGEST_NAME)])


@blueprint.get("/")
@access.person
def home() -> Page:
    """Straight to the only company, or to the list of them."""
    mine = db.session.scalars(access.companies().limit(2)).all()
    if len(mine) == 1:
        return redirect(url_for("companies.one", company_id=mine[0].id))
    return redirect(url_for("companies.index"))


@blueprint.get("/companies")
@access.person
def index() -> Page:
    """The companies to choose from."""
    return render("companies.html", companies=db.session.scalars(access.companies()).all())


@blueprint.get(access.COMPANY)
@access.may("see")
def one(company: Company) -> Page:
    """A company's first screen."""
    return redirect(first(company))


@blueprint.route("/companies/new", methods=["GET", "POST"])
@access.owner
def add() -> Page:
    """Add a company."""
    form = CompanyForm()
    if not form.is_submitted():
        return _form(form)
    if not form.validate():
        return _form(form), 422
    try:
        company, _ = companies.add(
            form.name.data,
            country=form.country.data,
            home_currency=form.home_currency.data,
            zone=form.zone.data,
        )
    except CompanyError as error:
        form[error.field].errors = [str(error)]
        return _form(form), 422
    audit.record("company", "company.added", f"Added the company {company.name}", company=company)
    db.session.commit()
    say(f"{company.name} is there.")
    return go(url_for("setup.start", company_id=company.id))


@blueprint.route(f"{access.COMPANY}/name", methods=["GET", "POST"])
@access.may("people")
def rename(company: Company) -> Page:
    """Give the company another name."""
    form = RenameForm(obj=company)
    if not form.is_submitted():
        return render("company_name.html", form=form)
    if not form.validate():
        return render("company_name.html", form=form), 422
    before = company.name
    try:
        companies.rename(company, form.name.data)
    except CompanyError as error:
        form.name.errors = [str(error)]
        return render("company_name.html", form=form), 422
    if company.name != before:
        text = f"Renamed the company from {before} to {company.name}"
        audit.record("company", "company.renamed", text, company=company)
        db.session.commit()
        say(f"The company is called {company.name} now.")
    return go(url_for("companies.index"))


def _form(form: CompanyForm) -> str:
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return render("company_new.html", form=form, zones=zones)
