"""Connecting QuickBooks: the Web Connector's file and password, what to do, and whether it came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, current_app, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import audit, connector
from app.models import Company, Session, db
from app.settings import Settings
from app.soap import PATH
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, part_of, render, say
from qbwc.connector import QBWC_HELP, ConnectorFileError
from qbwc.status.hresults import HRESULT

blueprint = Blueprint("connect", __name__, url_prefix=f"{access.COMPANY}/connect")
nav = Nav("QuickBooks", "plug", 70, "connect.index", when=lambda one: not one.is_practice)

LONGEST_SEARCH: Final = 200
_CODE: Final = re.compile(r"(?:0x)?([0-9a-f]{8})|(?:qbwc)?\s*(1\d{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message of the Web Connector, and what to do about it."""

    code: str
    text: str


@blueprint.get("")
@access.may("manage")
def index(company: Company) -> Page:
    """The five steps, and what the Web Connector did last."""
    if company.is_practice:
        return redirect(url_for("practice.start", company_id=company.id))
    return _page(company)


@blueprint.get("/waiting")
@access.may("manage")
@part_of("connect.index")
def waiting(company: Company) -> Page:
    """Whether the Web Connector has come; the page asks again and again."""
    return render("connect.html", "waiting", **_state(company))


@blueprint.get("/troubles")
@access.may("manage")
@part_of("connect.index")
def troubles(_company: Company) -> Page:
    """What to do about a message of the Web Connector."""
    return render("connect.html", "troubles", **_found())


@blueprint.post("/password")
@access.may("manage")
def password(company: Company) -> Page:
    """A new password, shown in this one answer only."""
    if company.is_practice:
        return redirect(url_for("practice.start", company_id=company.id))
    made = connector.new_password(company)
    audit.record(
        "connection", "connection.password", "Made a new password for the Web Connector",
        company=company,
    )  # fmt: skip
    db.session.commit()
    return _page(company, password=made), 200, {"Cache-Control": "no-store"}


@blueprint.post("/file")
@access.may("manage")
def file(company: Company) -> Page:
    """The .QWC file."""
    if company.is_practice:
        return redirect(url_for("practice.start", company_id=company.id))
    try:
        content = connector.file_of(company)
    except ConnectorFileError:
        return _page(company), 409
    audit.record(
        "connection", "connection.file", "Downloaded the file for the Web Connector",
        company=company,
    )  # fmt: skip
    db.session.commit()
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{company.username}.qwc")
    return answer


@blueprint.post("/file-id")
@access.may("manage")
def file_id(company: Company) -> Page:
    """Another FileID, for a company file that holds an old one."""
    if company.is_practice:
        return redirect(url_for("practice.start", company_id=company.id))
    connector.new_file_id(company)
    audit.record(
        "connection", "connection.file_id", "Gave the company file a new FileID", company=company
    )
    db.session.commit()
    say("The FileID is new. Remove the old entry from the Web Connector and add the new file.")
    return go(url_for("connect.index", company_id=company.id))


def _page(company: Company, *, password: str = "") -> str:
    settings: Settings = current_app.config["SETTINGS"]
    problem = ""
    try:
        connector.file_of(company)
    except ConnectorFileError as error:
        problem = str(error)
    return render(
        "connect.html",
        password=password,
        problem=problem,
        address=settings.url + PATH,
        minutes=connector.MINUTES,
        **_state(company),
        **_found(),
    )


def _state(company: Company) -> dict[str, Any]:
    """The last session that got as far as the company file, or the one that runs."""
    session = db.session.scalar(
        select(Session).where(Session.company_id == company.id).order_by(Session.id.desc()).limit(1)
    )
    return {"session": session, "is_running": session is not None and session.state == "open"}


def _found() -> dict[str, Any]:
    """The messages that hold every word of the search; all of the Web Connector's without one."""
    asked = " ".join(request.args.get("q", "").split())[:LONGEST_SEARCH]
    known = [Trouble(code, text) for code, text in QBWC_HELP.items()]
    if not asked:
        return {"q": "", "troubles": known}
    known += [Trouble(f"0x{code}", f"{row[1]} {row[2]}") for code, row in HRESULT.items()]
    codes = {(hresult or number).upper() for hresult, number in _CODE.findall(asked)}
    if codes:
        found = [one for one in known if any(one.code.endswith(code) for code in codes)]
    else:
        words = asked.casefold().split()
        found = [
            one
            for one in known
            if all(word in f"{one.code} {one.text}".casefold() for word in words)
        ]
    return {"q": asked, "troubles": found}
