"""The list of a company's orders, and one order with everything that became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer
from werkzeug.wrappers import Response

from app.models import Company, Event, Order, Outbox, Posting, Release, Store, db
from app.rules import current_rulebook, rulebook_of
from app.stores.payload import MalformedPayload
from app.sync import again, answers, attention, corrections
from app.sync.answers import AnswerRefusedError
from app.sync.attention import advice_for
from app.sync.corrections import OutdatedProposalError, Proposal
from app.sync.gather import REPLACED
from app.sync.preview import plan_orders
from app.web import access, choices, listing, papers
from app.web.csv import csv_response
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from app.web.shown import shown
from app.web.words import mark
from qbwc.planning import CAUSES, LEFT_OUT
from rules_library.explain import explain
from rules_library.facts import facts

blueprint = Blueprint("orders", __name__, url_prefix=access.COMPANY)
nav = Nav("Orders", "receipt", 20, "orders.index")
MOST_EVENTS = 200
MOST_AT_ONCE: Final = 5_000
LONGEST_COMMENT: Final = 500
NONE: Final = answers.Rest(0, "")
ACTS: Final[Mapping[str, tuple[Callable[..., answers.Rest | None], str]]] = {
    "retry": (answers.retry, "Decided again by the next run: {}."),
    "let_go": (answers.let_go, "Approved: {}."),
    "post": (answers.post, "To be posted by the next run: {}."),
    "hold": (answers.hold, "Held for a person: {}."),
    "skip": (answers.skip, "Left out for good: {}."),
    "take_back": (answers.take_back, "The rules alone decide again: {}."),
}


@blueprint.get("/orders")
@access.may("see")
def index(company: Company) -> str:
    """The orders, newest first; filters, search and place in the list are in the address."""
    asked = listing.asked(request.args)
    stores = db.session.scalars(
        select(Store).where(Store.company_id == company.id).order_by(Store.name)
    ).all()
    return render(
        "orders.html",
        asked=asked,
        counts=listing.counts(company.id),
        page=listing.page(company, asked),
        stores=stores,
        CAUSES=CAUSES,
    )


@blueprint.get("/orders.csv")
@access.may("see")
def csv(company: Company) -> Response:
    """The same as a file, all of it."""
    asked = listing.asked(request.args)
    return csv_response(listing.rows(company, asked), listing.COLUMNS, "orders.csv")


@blueprint.post("/orders/decide")
@access.may("decide")
def decide(company: Company) -> Page:
    """Decide orders again, approve, leave out, or take answers back; with a comment."""
    form = request.form
    act, said = ACTS.get(form.get("act", "")) or abort(422, "There is no such answer.")
    named = [int(one) for one in form.getlist("order") if one.isascii() and one.isdigit()]
    if form.get("all") == "1":
        asked = listing.asked(dict(parse_qsl(form.get("query", ""))))
        named = listing.ids(company, asked, MOST_AT_ONCE)
    few = [one for one in named if one <= access.MOST][:MOST_AT_ONCE]
    ids = [row.id for row in answers.orders_named(company, few)]
    back = _back(company)
    if not ids:
        say("Tick the orders that you mean.", "danger")
        return go(back)
    comment = form.get("comment", "")[:LONGEST_COMMENT]
    try:
        rest = act(company, ids, who=_who(), comment=comment) or NONE
    except AnswerRefusedError as error:
        db.session.rollback()
        say(str(error), "danger")
    else:
        done = len(ids) - rest.many
        say(said.format("1 order" if done == 1 else f"{done:,} orders"))
        if rest.why:
            say(rest.why, "warning")
    if form.get("from_order") and ids:
        return go(url_for("orders.one", company_id=company.id, order_id=ids[0]))
    return go(back)


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
    causes = [(one[0], one[1]) for one in order.causes or ()] if order.state == "held" else []
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
        causes=causes,
        advice=advice_for(causes),
        proposals=_proposals(order, causes),
        gone=any(posting.ended not in {"", REPLACED} for posting in posted),
        live=any(not posting.ended for posting in posted),
        cancel_as=again.ways(),
    )


@blueprint.get(f"/orders/<int(max={access.MOST}):order_id>/why")
@access.may("see")
def why(company: Company, order_id: int) -> Page:
    """Every case of every decision against the order, by the release that decided it."""
    order = _order(company, order_id)
    release = order.release_id and db.session.get(Release, order.release_id)
    rulebook = rulebook_of(release) if release else current_rulebook(company)[1]
    explained, problem = {}, ""
    try:
        planned = plan_orders(company, [order], rulebook)
        if planned:
            explained = explain(facts(planned[0].of.order, planned[0].of.context), rulebook, mark)
    except (MalformedPayload, ValueError) as error:
        problem = str(error)
    finally:
        db.session.rollback()
    parts = [
        (f"{title} {number}", part)
        for key, title in (("lines", "Line"), ("charges", "Charge"), ("payments", "Payment"))
        for number, part in enumerate(explained.get(key, ()), start=1)
    ]
    return render(
        "order_why.html",
        "why",
        row=_order(company, order_id),
        release=release.number if release else 0,
        groups=[("The order", explained.get("order", {})), *parts],
        problem=problem or ("" if explained else "The order cannot be read."),
    )


@blueprint.post(f"/orders/<int(max={access.MOST}):order_id>/unpost")
@access.may("decide")
def unpost(company: Company, order_id: int) -> Page:
    """Take everything of an order out of QuickBooks, once a person has confirmed it."""
    order = _order(company, order_id)
    try:
        corrections.unpost(order, request.form.get("how", ""), _who())
        db.session.commit()
    except AnswerRefusedError as error:
        db.session.rollback()
        say(str(error), "danger")
    else:
        say("The next run takes it out of QuickBooks. It can be posted again from here.")
    return go(url_for("orders.one", company_id=company.id, order_id=order_id))


@blueprint.post(f"/orders/<int(max={access.MOST}):order_id>/correct")
@access.may("decide")
def correct(company: Company, order_id: int) -> Page:
    """Deal as chosen with a posted document that the store has changed since."""
    order = _order(company, order_id)
    try:
        corrections.apply(order, _proposed(order), _who())
        db.session.commit()
    except OutdatedProposalError as error:
        db.session.rollback()
        say(str(error), "danger")
    else:
        say("The next run does it.")
    return go(url_for("orders.one", company_id=company.id, order_id=order_id))


def _order(company: Company, order_id: int) -> Order:
    order = db.session.scalars(
        select(Order)
        .where(Order.id == order_id, Order.company_id == company.id)
        .options(joinedload(Order.store), undefer(Order.raw), undefer(Order.trace))
    ).first()
    if order is None:
        abort(404)
    return order


def _back(company: Company) -> str:
    """The list as it was asked for."""
    asked = listing.asked(dict(parse_qsl(request.form.get("query", ""))))
    address = url_for("orders.index", company_id=company.id)
    return f"{address}?{urlencode(asked.address())}" if asked.address() else address


def _proposed(order: Order) -> Proposal:
    """The proposal that the form names.

    Raises:
        OutdatedProposalError: It is not made any more.
    """
    names = ("kind", "part", "choice", "mark")
    wanted = [request.form.get(name, "") for name in names]
    for each in corrections.propose(order):
        if [getattr(each, name) for name in names] == wanted:
            return each
    raise OutdatedProposalError


def _proposals(order: Order, causes: list[tuple[str, str]]) -> list[Proposal]:
    """What a person may choose about its documents; only then the order is planned anew."""
    left_out = order.state == "posted" and any(LEFT_OUT in said for said in order.reasons or ())
    if not left_out and not any("correct" in attention.ANSWERS.get(code, ()) for code, _ in causes):
        return []
    with db.session.no_autoflush:
        return corrections.propose(order)


def _who() -> Any:
    return str(current_user.email)
