"""The audit trail: who did what and when, of a company and of the whole installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from app.audit import AREAS
from app.models import Company, Event, db
from app.people import LONGEST_EMAIL
from app.web import access
from app.web.csv import csv_response
from app.web.nav import Nav
from app.web.pages import Page, render

blueprint = Blueprint("audit", __name__)
nav = (
    Nav("Audit trail", "shield-check", 960, "audit.of_company"),
    Nav("Audit trail", "shield-check", 30, "audit.index"),
)

PAGE: Final = 50
BATCH: Final = 1000
COLUMNS: Final = ("at", "who", "area", "what", "company")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense is as if it were not there."""

    area: str
    who: str
    before: int | None

    @classmethod
    def here(cls) -> Asked:
        """Of this request."""
        area, before = request.args.get("area", ""), request.args.get("before", "")
        who = "".join(_ for _ in request.args.get("who", "") if _.isprintable())
        is_id = before.isascii() and before.isdigit() and len(before) < len(str(access.MOST))
        return cls(
            area if area in AREAS else "",
            who.strip().casefold()[:LONGEST_EMAIL],
            int(before) if is_id else None,
        )


@blueprint.get(f"{access.COMPANY}/audit")
@access.may("manage")
def of_company(company: Company) -> Page:
    """What people did in one company."""
    return _page(_events(company))


@blueprint.get(f"{access.COMPANY}/audit.csv")
@access.may("manage")
def csv_of_company(company: Company) -> Response:
    """The same as a file."""
    return _csv(_events(company))


@blueprint.get("/audit")
@access.owner
def index() -> Page:
    """What people did anywhere, with log-ins and what concerns no company."""
    return _page(_events(None))


@blueprint.get("/audit.csv")
@access.owner
def csv() -> Response:
    """The same as a file."""
    return _csv(_events(None))


def _events(company: Company | None) -> Select[Event, str]:
    asked, its = Asked.here(), aliased(Company)
    no_area: ColumnElement[str] = literal_column(
        "''"
    )  # as it stands in the index, or SQLite does not use it
    chosen = select(Event, its.name).outerjoin(its, its.id == Event.company_id)
    chosen = chosen.where(Event.area != no_area)
    if company is not None:
        chosen = chosen.where(Event.company_id == company.id)
    if asked.area:
        chosen = chosen.where(Event.area == asked.area)
    if asked.who:
        chosen = chosen.where(Event.who.contains(asked.who, autoescape=True))
    if asked.before is not None:
        chosen = chosen.where(Event.id < asked.before)
    return chosen.order_by(Event.id.desc())


def _page(events: Select[Event, str]) -> str:
    found = db.session.execute(events.limit(PAGE + 1)).all()
    return render(
        "audit.html",
        asked=Asked.here(),
        events=found[:PAGE],
        older=found[PAGE - 1][0].id if len(found) > PAGE else None,
        AREAS=AREAS,
    )


def _csv(events: Select[Event, str]) -> Response:
    def rows() -> Iterator[dict[str, Any]]:
        for event, company in db.session.execute(events.execution_options(yield_per=BATCH)):
            yield {
                "at": event.at,
                "who": event.who,
                "area": event.area,
                "what": event.text,
                "company": company,
            }

    return csv_response(rows(), COLUMNS, "audit trail.csv")
