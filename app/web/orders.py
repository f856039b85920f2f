"""The list of a company's orders, and one order with everything that became of it."""

from __future__ import annotations

from flask import Blueprint, abort, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.models import Company, Event, Order, Outbox, Posting, Release, db
from app.web import access, choices, listing, papers
from app.web.nav import Nav
from app.web.pages import render
from app.web.shown import shown

blueprint = Blueprint("orders", __name__, url_prefix=access.COMPANY)
nav = Nav("Orders", "receipt", 20, "orders.index")
MOST_EVENTS = 200


@blueprint.get("/orders")
@access.may("see")
def index(company: Company) -> str:
    """The orders, newest first; state, search and place in the list are in the address."""
    asked = listing.asked(request.args)
    return render(
        "orders.html",
        asked=asked,
        counts=listing.counts(company.id),
        page=listing.page(company.id, asked),
    )


@blueprint.get(f"/orders/<int(max={access.MOST}):order_id>")
@access.may("see")
def one(company: Company, order_id: int) -> str:
    """One order: as in the store, as in QuickBooks, and why."""
    row = db.session.execute(
        select(Order, Release.number)
        .outerjoin(Release, Release.id == Order.release_id)
        .where(Order.id == order_id, Order.company_id == company.id)
        .options(joinedload(Order.store), undefer(Order.raw), undefer(Order.trace))
    ).one_or_none()
    if row is None:
        abort(404)
    order, release = row
    sent = db.session.scalars(
        select(Outbox)
        .where(Outbox.order_id == order.id)
        .order_by(Outbox.id)
        .options(undefer(Outbox.payload), undefer(Outbox.request), undefer(Outbox.response))
    ).all()
    found = db.session.execute(
        select(Posting, Release.number)
        .outerjoin(Release, Release.id == Posting.release_id)
        .where(Posting.order_id == order.id)
        .order_by(Posting.id)
        .options(undefer(Posting.payload))
    ).all()
    posted = [posting for posting, _ in found]
    events = db.session.scalars(
        select(Event).where(Event.order_id == order.id).order_by(Event.id.desc()).limit(MOST_EVENTS)
    ).all()
    store = shown(order)
    return render(
        "order.html",
        row=order,
        release=release,
        releases={posting.id: number for posting, number in found},
        store=store,
        trace=choices.trace(order.trace, store.order),
        papers=papers.papers(order.trace, sent, posted),
        sent=sent,
        events=events,
    )
