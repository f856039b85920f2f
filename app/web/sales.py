"""Sales from QuickBooks: what each store was sent, what it would be sent and why; send now."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app import audit
from app.models import Company, Sale, Store, db
from app.rules import current_rulebook
from app.schedule import run_now
from app.sync.outward import takers
from app.sync.sales import rounds, sends_sales
from app.sync.sales.judging import judge, name_of
from app.web import access
from app.web.asked_store import asked_store
from app.web.cursor import smaller_than
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("sales", __name__, url_prefix=access.COMPANY)
nav = Nav("Sales", "truck", 79, "sales.index", when=access.has_taker("sales"))

PAGE: Final = 50


@blueprint.get("/sales")
@access.may("see")
def index(company: Company) -> Page:
    """The sales that were read, the newest first, as one store would be sent them."""
    stores = takers(company, "sales")
    chosen = asked_store(stores)
    _, rulebook = current_rulebook(company)
    rows = _rows(company, smaller_than(request.args.get("before", ""))) if chosen else []
    shown = list(judge(company, chosen, rulebook, rows[:PAGE])) if chosen else []
    return render(
        "sales.html",
        stores=stores,
        chosen=chosen,
        sends=sends_sales(rulebook),
        rows=[(name_of(one.row), one) for one in shown],
        more=rows[PAGE - 1].id if len(rows) > PAGE else "",
    )


def _rows(company: Company, before: int | None) -> list[Sale]:
    query = select(Sale).where(Sale.company_id == company.id)
    if before is not None:
        query = query.where(Sale.id < before)
    newest = query.order_by(Sale.id.desc()).limit(PAGE + 1).options(undefer(Sale.data))
    return list(db.session.scalars(newest))


@blueprint.post("/sales/send")
@access.may("decide")
def send(company: Company) -> Page:
    """Read QuickBooks at the next run and send the stores what there is, also after a failure."""
    for store in takers(company, "sales"):
        db.session.get_one(Store, store.id).sales_next_at = None
    rounds.read_again(company)
    audit.record("stores", "sales.sent", "Had the stores sent their sales", company=company)
    db.session.commit()
    run_now(company, "sales")
    say("The stores are sent what changed as soon as the server is free, and QuickBooks is read "
        "at the Web Connector's next run.")  # fmt: skip
    return go(url_for("sales.index", company_id=company.id, store=request.form.get("store")))
