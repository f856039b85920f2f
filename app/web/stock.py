"""Stock: what each store would be told of each item, what it was told last, and why; send now."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for

from app import audit
from app.models import Company, Mirror, db
from app.rules import current_rulebook
from app.schedule import run_now
from app.sync.outward import takers
from app.sync.stock import levels, rounds
from app.web import access
from app.web.asked_store import asked_store
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("stock", __name__, url_prefix=access.COMPANY)
nav = Nav("Stock", "box-seam", 78, "stock.index", when=access.has_taker("stock"))

PAGE: Final = 50
LONGEST: Final = 60


@blueprint.get("/stock")
@access.may("see")
def index(company: Company) -> Page:
    """The dry run of one store, a page of items at a time; nothing is sent."""
    stores = takers(company, "stock")
    chosen = asked_store(stores)
    _, rulebook = current_rulebook(company)
    like, after = _line("q"), _line("after")
    rows: list[levels.Shown] = []
    if chosen is not None:
        rows = levels.shown(company, chosen, rulebook, like=like, after=after, most=PAGE + 1)
    return render(
        "stock.html",
        stores=stores,
        chosen=chosen,
        sends=levels.sends_stock(rulebook),
        rows=rows[:PAGE],
        sites=any(row.item.sites for row in rows),
        more=rows[PAGE - 1].item.full_name if len(rows) > PAGE else "",
        typed=like,
        mirror=db.session.get(Mirror, (company.id, levels.KIND)),
    )


@blueprint.post("/stock/send")
@access.may("decide")
def send(company: Company) -> Page:
    """Tell the stores now, also those that were left alone and what they refused.

    ``all``: also what they were told before and took.
    """
    rounds.all_again(company)
    if request.form.get("all") == "yes":
        rounds.forget(takers(company, "stock"))
    audit.record("stores", "stock.sent", "Had the stores told their stock", company=company)
    db.session.commit()
    run_now(company, "stock")
    say("The stores are told as soon as the server is free. The transaction log says what changed.")
    return go(url_for("stock.index", company_id=company.id, store=request.form.get("store")))


@blueprint.post("/stock/read")
@access.may("decide")
def read(company: Company) -> Page:
    """Have QuickBooks' quantities read at the next run."""
    levels.read_items_whole(company)
    audit.record("stores", "stock.read", "Had QuickBooks' quantities read", company=company)
    db.session.commit()
    say("QuickBooks' quantities are read at the Web Connector's next run.")
    return go(url_for("stock.index", company_id=company.id, store=request.form.get("store")))


def _line(name: str) -> str:
    text = request.args.get(name, "")
    return "".join(one for one in text if one.isprintable()).strip()[: LONGEST * 4]
