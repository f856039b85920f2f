"""Needs attention: what is held, by cause, with the answers that settle it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, abort, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app import audit
from app.models import Company, EntryKey, ListEntry, Order, Outbox, db
from app.rules.draft_state import UnknownDecisionError
from app.stores.payload import MalformedPayload
from app.sync import again, answers, attention, doubts, overview
from app.sync.intake import translate
from app.sync.sales.gone import astray, count_astray, see_to, was_sent
from app.sync.suggest import Suggestion, customer_suggestions, item_suggestions
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from app.web.words import moment
from qbwc.lists import normal

blueprint = Blueprint("attention", __name__, url_prefix=access.COMPANY)
SHOWN_GROUPS = 40
SHOWN_DOCUMENTS = 20
SHOWN_SALES = 20
MOST_OPTIONS = 20
MOST_AT_ONCE = 5_000
FOR_GOOD: Final = frozenset({"skip", "bind", "is_that"})
"""Answers after which nothing is sent to QuickBooks."""


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
    if what not in _ANSWERS:
        abort(422, "There is no such answer.")
    if what == "create_item" and not access.can("rules"):
        abort(403)
    try:
        orders = _orders(company)
        said = _ANSWERS[what](company, orders, form)
    except (answers.AnswerRefusedError, UnknownDecisionError) as error:
        db.session.rollback()
        say(str(error), "danger")
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


Answer = Callable[[Company, list[int], Any], str]


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


def _counted(orders: list[int]) -> str:
    return "1 order" if len(orders) == 1 else f"{len(orders):,} orders"


def _map_item(company: Company, orders: list[int], form: Any) -> str:
    sku, item = form.get("about", ""), form.get("name", "").strip()
    answers.map_item(company, sku, item, orders, who=_who())
    return f"“{sku}” is {item} from now on; {_counted(orders)} will be decided again."


def _create_item(company: Company, orders: list[int], form: Any) -> str:
    sku = form.get("about", "")
    answers.create_item(company, sku, form.get("what", ""), who=_who())
    return f"“{sku}” will be created by the next run, for {_counted(orders)}."


def _use_customer(company: Company, orders: list[int], form: Any) -> str:
    name = form.get("name", "").strip()
    answers.use_customer(company, orders, name, who=_who())
    return f"{_counted(orders).capitalize()} will be booked under {name}."


def _create_customer(company: Company, orders: list[int], form: Any) -> str:
    answers.create_customer(company, orders, who=_who(), name=form.get("name", "").strip())
    return f"The customer will be created by the next run, for {_counted(orders)}."


def _let_go(company: Company, orders: list[int], form: Any) -> str:
    answers.let_go(company, orders, who=_who(), comment=form.get("comment", ""))
    return f"Approved {_counted(orders)}."


def _skip(company: Company, orders: list[int], form: Any) -> str:
    rest = answers.skip(company, orders, who=_who(), comment=form.get("comment", ""))
    done = orders[: len(orders) - rest.many]
    return f"Left out {_counted(done)} for good. {rest.why}".rstrip()


def _take_back(company: Company, orders: list[int], form: Any) -> str:
    del form
    answers.take_back(company, orders, who=_who())
    return f"The rules alone decide {_counted(orders)} again."


def _allow_rounding(company: Company, orders: list[int], form: Any) -> str:
    item, limit = form.get("name", "").strip(), form.get("limit", "")
    answers.allow_rounding(company, orders, item, limit, who=_who())
    return f"A rounding line is allowed for {_counted(orders)}; they will be decided again."


def _add_suffix(company: Company, orders: list[int], form: Any) -> str:
    answers.add_suffix(company, orders, form.get("suffix", ""), who=_who())
    return f"The next run posts {_counted(orders)} under the new number."


def _retry(company: Company, orders: list[int], form: Any) -> str:
    del form
    answers.retry(company, orders, who=_who())
    return f"{_counted(orders).capitalize()} will be tried again by the next run."


def _bind(company: Company, orders: list[int], form: Any) -> str:
    del orders
    doubts.bind(company, _document(form), form.get("txn_id", ""), who=_who())
    return "QuickBooks will be asked for that transaction by the next run."


def _send_again(company: Company, orders: list[int], form: Any) -> str:
    del orders
    doubts.send_again(company, _document(form), who=_who())
    return "It will be sent by the next run."


def _is_that(company: Company, orders: list[int], form: Any) -> str:
    del form
    bound, taken = doubts.is_that(company, orders, who=_who())
    said = f"{_transactions(bound).capitalize()} will be read by the next run; nothing is sent."
    return f"{said} Of {taken:,} it is known to be another document." if taken else said


def _send_anyway(company: Company, orders: list[int], form: Any) -> str:
    del form
    return f"The next run sends {_transactions(doubts.send_anyway(company, orders, who=_who()))}."


def _transactions(count: int) -> str:
    return "1 transaction" if count == 1 else f"{count:,} transactions"


def _post_again(company: Company, orders: list[int], form: Any) -> str:
    del form
    again.post_again(company, orders, who=_who())
    return f"The next run posts {_counted(orders)} again."


def _cancel_as(company: Company, orders: list[int], form: Any) -> str:
    again.cancel_as(company, orders, form.get("how", ""), who=_who())
    return f"The next run does that for {_counted(orders)}."


_ANSWERS: dict[str, Answer] = {
    "map_item": _map_item,
    "create_item": _create_item,
    "use_customer": _use_customer,
    "create_customer": _create_customer,
    "let_go": _let_go,
    "skip": _skip,
    "take_back": _take_back,
    "add_suffix": _add_suffix,
    "allow_rounding": _allow_rounding,
    "retry": _retry,
    "bind": _bind,
    "send_again": _send_again,
    "is_that": _is_that,
    "send_anyway": _send_anyway,
    "post_again": _post_again,
    "cancel_as": _cancel_as,
}


def _document(form: Any) -> int:
    given = form.get("document", "")
    if not (given.isascii() and given.isdigit()) or int(given) > access.MOST:
        raise answers.AnswerRefusedError("Nothing is asked about that document (any more).")
    return int(given)


def _who() -> str:
    return str(current_user.email)


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
