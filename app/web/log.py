"""The transaction log: everything that happened, with QuickBooks' answers and what they mean."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, request
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response

from app.models import Company, Event, MessageSet, Order, Outbox, db
from app.web import access, events
from app.web.csv import csv_response
from app.web.nav import Nav
from app.web.pages import Page, is_part, render
from qbwc import status
from qbwc.status import Judgement

blueprint = Blueprint("log", __name__, url_prefix=access.COMPANY)
nav = Nav("Transaction log", "journal-text", 50, "log.index")

MOST_DOCUMENTS: Final = 5
OUTCOMES: Final = {
    "done": "It is done.",
    "none_found": "QuickBooks has nothing that fits.",
    "again": "It is sent again by itself.",
    "refresh": "QuickBooks is asked how things stand, then it is decided again.",
    "create": "What is missing is created if the rules allow it.",
    "person": "A person has to act.",
}


@blueprint.get("/log")
@access.may("see")
def index(company: Company) -> Page:
    """The lines, newest first; the newest page keeps itself up to date."""
    asked = events.asked()
    page = events.page(company, asked)
    newest = events.newest_id(page.events)
    if is_part() and request.args.get("seen") == str(newest):
        return "", 204
    return render(
        "log.html",
        "lines",
        asked=asked,
        page=page,
        newest=newest,
        kinds=[] if is_part() else events.kinds(company),
        LEVELS=events.LEVELS,
    )


@blueprint.get("/log.csv")
@access.may("see")
def csv(company: Company) -> Response:
    """The same as a file, all of it."""
    asked = events.asked()
    return csv_response(events.rows(company, asked), events.COLUMNS, "transaction log.csv")


@blueprint.get(f"/log/<int(max={access.MOST}):event_id>")
@access.may("see")
def one(company: Company, event_id: int) -> Page:
    """One line: QuickBooks' answer, what it means, what to do."""
    event = db.session.scalars(
        select(Event).where(Event.id == event_id, Event.company_id == company.id)
    ).first()
    if event is None:
        abort(404)
    detail = event.detail if isinstance(event.detail, dict) else {}
    order = db.session.get(Order, event.order_id) if event.order_id else None
    return render(
        "log_line.html",
        "line",
        event=event,
        order=order,
        detail=event.detail,
        carried=_message_set(company, detail.get("set")),
        documents=_documents(event),
        judge=_judge,
        judge_set=_judge_set,
        OUTCOMES=OUTCOMES,
    )


def _documents(event: Event) -> list[Outbox]:
    """What was sent of the order that the line is about, the newest first."""
    if event.order_id is None or not event.kind.startswith("document."):
        return []
    return list(
        db.session.scalars(
            select(Outbox)
            .where(Outbox.order_id == event.order_id, Outbox.response != "")
            .order_by(Outbox.id.desc())
            .limit(MOST_DOCUMENTS)
            .options(undefer(Outbox.request), undefer(Outbox.response))
        )
    )


def _message_set(company: Company, set_id: Any) -> MessageSet | None:
    if not isinstance(set_id, str):
        return None
    return db.session.scalars(
        select(MessageSet).where(MessageSet.company_id == company.id, MessageSet.set_id == set_id)
    ).first()


def _judge(row: Outbox) -> Judgement | None:
    """What QuickBooks' status of a document means."""
    if row.status_code is None:
        return None
    return status.judge(row.status_code, f"{row.kind}{row.action.title()}Rq", row.advice)


def _judge_set(row: MessageSet) -> Judgement | None:
    """What it means that QuickBooks did not take a whole message set."""
    return status.judge_hresult(row.hresult, row.message) if row.hresult else None
