"""Needs attention: what is held, by cause, with the answers that settle it."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app import audit
from app.models import Company, EntryKey, ListEntry, Order, Outbox, db
from app.rules.draft_state import UnknownDecisionError
from app.stores.payload import MalformedPayload
from app.sync import again, answers, attention, doubts, overview
from app.sync.intake import translate
from app.sync.sales.gone import astray, count_astray, see_to, was_sent
from app.sync.suggest import Suggestion, customer_suggestions, item_suggestions, names_like
from app.web import access, refused
from app.web.attention_answers import ANSWERS, FOR_GOOD
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from app.web.words import moment
from qbwc.lists import normal

blueprint = Blueprint("attention", __name__, url_prefix=access.COMPANY)
SHOWN_GROUPS = 40
SHOWN_DOCUMENTS = 20
SHOWN_SALES = 20
MOST_OPTIONS = 20
MOST_NEAR = 3
NAMES = {"map_item": "Item", "allow_rounding": "Item", "use_customer": "Customer"}
"""Answers that name an entry -> of which list."""
MOST_AT_ONCE = 5_000


nav = Nav("Needs attention", "exclamation-circle", 30, "attention.index", count=attention.things)


@blueprint.get("/attention")
@access.may("see")
def index(company: Company) -> Page:
    """The groups, the largest first."""
    groups = attention.groups(company)
    shown = groups[:SHOWN_GROUPS]
    return render(
        "attention.html",
        groups=shown,
        more=len(groups) - len(shown),
        suggestions=_suggestions(company, shown),
        documents=_documents(company, shown),
        create_item=answers.CREATE_ITEM,
        cancel_as=again.ways(),
        astray=astray(company, SHOWN_SALES),
        lost=count_astray(company),
    )


@blueprint.get("/attention/entries/<kind>")
@access.may("see")
def entries(company: Company, kind: str) -> Page:
    """Names of a list that begin with, or have a word that begins with, what is typed."""
    if kind not in {"Item", "Customer"}:
        abort(404)
    typed = normal(request.args.get("name", ""))[:60]
    names: list[str] = []
    if typed:
        names = list(
            db.session.scalars(
                select(ListEntry.full_name)
                .join(EntryKey, EntryKey.entry_id == ListEntry.id)
                .where(
                    EntryKey.company_id == company.id,
                    EntryKey.kind == kind,
                    EntryKey.by == "full_name",
                    EntryKey.value >= typed,
                    EntryKey.value < typed + "\uffff",
                    ListEntry.is_active,
                )
                .order_by(EntryKey.value)
                .limit(MOST_OPTIONS)
            )
        )
    return render("_options.html", names=names)


@blueprint.post("/attention/answer")
@access.may("decide")
def answer(company: Company) -> Page:
    """Settle a group, or some of its orders, by one answer."""
    form = request.form
    what = form.get("answer", "")
    if what not in ANSWERS:
        abort(422, "There is no such answer.")
    if what == "create_item" and not access.can("rules"):
        abort(403)
    try:
        orders = _orders(company)
        said = ANSWERS[what](company, orders, form)
    except (answers.AnswerRefusedError, UnknownDecisionError) as error:
        db.session.rollback()
        say(str(error), "danger")
        field = getattr(error, "field", "")
        near = [] if field else _near(company, what, form.get("name", ""))
        refused.keep(form, str(error), near, field)
    else:
        say(said if what in FOR_GOOD else f"{said} {_when(company)}")
    return go(_back(company))


@blueprint.post(f"/attention/sales/<int(max={access.MOST}):sent_id>/seen")
@access.may("decide")
def seen(company: Company, sent_id: int) -> Page:
    """A person saw to a sale that a store has and QuickBooks has not."""
    try:
        name = see_to(company, sent_id)
    except LookupError as error:
        db.session.rollback()
        if not was_sent(company, sent_id):
            abort(404)
        say(str(error), "danger")
    else:
        audit.record("stores", "sales.seen", f"Saw to {name}, which is gone", company=company)
        db.session.commit()
        say(f"{name} is seen to.")
    return go(url_for("attention.index", company_id=company.id))


def _near(company: Company, what: str, typed: str) -> list[str]:
    """Names of the list that the answer chooses from which are like the one that it has not."""
    kind = NAMES.get(what)
    return names_like(company, kind, typed, MOST_NEAR) if kind else []


def _back(company: Company) -> str:
    """The order that the answer was given on, else the groups."""
    order_id = request.form.get("from_order", "")
    if order_id.isascii() and order_id.isdigit() and int(order_id) <= access.MOST:
        return url_for("orders.one", company_id=company.id, order_id=int(order_id))
    return url_for("attention.index", company_id=company.id)


def _orders(company: Company) -> list[int]:
    """The orders that the answer is for: those named, else the whole group."""
    form = request.form
    named = [int(one) for one in form.getlist("order") if one.isascii() and one.isdigit()]
    if named:
        few = [one for one in named if one <= access.MOST][:MOST_AT_ONCE]
        return [row.id for row in answers.orders_named(company, few)]
    group = attention.group(company, form.get("code", ""), form.get("about", ""))
    if group is None:
        raise answers.AnswerRefusedError("Nothing is held for that reason any more.")
    return group.orders[:MOST_AT_ONCE]


def _when(company: Company) -> str:
    """When QuickBooks gets what an answer lets go."""
    if company.is_practice:
        return "QuickBooks gets it when you run the practice company."
    connector = overview.connector(company)
    match connector.state:
        case "never":
            return "QuickBooks gets it once the Web Connector is connected."
        case "busy":
            return "The Web Connector is at work: QuickBooks gets it now, or at its next run."
        case "good":
            about = moment(connector.next_at)
            return f"QuickBooks gets it at the Web Connector's next run, about {about}."
        case _:
            return "QuickBooks gets it when the Web Connector comes again; it is late."


def _suggestions(
    company: Company, groups: list[attention.Group]
) -> dict[tuple[str, str], list[Suggestion]]:
    """For each group about an item or a customer: what may be meant, by its newest order."""
    asked = {
        group.orders[0]: group
        for group in groups
        if {"map_item", "use_customer"} & set(group.answers)
    }
    rows = db.session.scalars(
        select(Order)
        .where(Order.id.in_(asked))
        .options(undefer(Order.raw), joinedload(Order.store))
    )
    found = {}
    for row in list(rows)[:8]:
        group = asked[row.id]
        try:
            order = translate(row)
        except MalformedPayload:
            continue
        if "use_customer" in group.answers:
            found[group.code, group.about] = customer_suggestions(company, order)
            continue
        for line in order.lines:
            if group.about in {line.sku, line.name}:
                found[group.code, group.about] = item_suggestions(company, line)
                break
    return found


def _documents(
    company: Company, groups: list[attention.Group]
) -> dict[tuple[str, str], list[Outbox]]:
    """The documents that may be in QuickBooks, by the group's cause and what it is about."""
    found = {}
    for group in groups:
        if {"bind", "is_that"} & set(group.answers):
            wanted = doubts.ALIKE if "is_that" in group.answers else Outbox.state == "review"
            newest = group.orders[:SHOWN_DOCUMENTS]
            rows = doubts.documents(company, newest, wanted)
            found[group.code, group.about] = rows[:SHOWN_DOCUMENTS]
    return found
