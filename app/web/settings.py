"""Settings: where everything about a company is changed, and the company's name and time zone."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Blueprint, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app import audit, companies
from app.companies import LONGEST_NAME, CompanyError
from app.models import Company, db
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from app.web.setup_steps import steps

blueprint = Blueprint("settings", __name__, url_prefix=f"{access.COMPANY}/settings")
nav = Nav("Settings", "gear", 900, "settings.index", below=frozenset({"tokens"}))


class CompanyForm(FlaskForm):  # type: ignore[misc]
    """What a company is called here, and when its day begins."""

    name = StringField("Name", [InputRequired("Type a name."), Length(max=LONGEST_NAME)])
    zone = StringField(
        "Time zone",
        [InputRequired("Choose a time zone."), Length(max=60)],
        description="Times are shown in it. Each store may have its own.",
    )


@blueprint.get("")
@access.may("manage")
def index(company: Company) -> Page:
    """Everything that can be set."""
    del company
    return render("settings.html", steps=steps())


@blueprint.route("/company", methods=["GET", "POST"])
@access.may("manage")
def of_company(company: Company) -> Page:
    """Change the name and the time zone; the name needs the permission of renaming."""
    form = CompanyForm(obj=company)
    if not form.is_submitted():
        return _form(form)
    if not form.validate():
        return _form(form), 422
    said = [
        f"{label} from {before} to {after}"
        for label, before, after in (
            ("name", company.name, form.name.data), ("time zone", company.zone, form.zone.data)
        )
        if before != after
    ]  # fmt: skip
    if form.name.data != company.name and not access.can("people"):
        form.name.errors = ["Only an owner may rename the company."]
        return _form(form), 422
    try:
        companies.check_zone(form.zone.data)
        companies.rename(company, form.name.data)
    except CompanyError as error:
        form[error.field].errors = [str(error)]
        return _form(form), 422
    company.zone = form.zone.data
    if said:
        audit.record(
            "settings", "company.changed", f"Changed the {' and the '.join(said)}", company=company
        )
        db.session.commit()
        say("Saved.")
    return go(url_for("settings.of_company", company_id=company.id))


def _form(form: CompanyForm) -> str:
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return render("settings_company.html", form=form, zones=zones)
