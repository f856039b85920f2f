"""Shipments: what each shop was told of its orders' shipments, or would be told; tell now."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for

from app import audit
from app.models import Company, Store, db
from app.rules import current_rulebook
from app.schedule import run_now
from app.sync.outward import takers
from app.sync.sales import rounds
from app.sync.sales.judging import name_of
from app.sync.sales.shipments import tells_shipments
from app.sync.sales.told import shown
from app.web import access
from app.web.asked_store import asked_store
from app.web.cursor import smaller_than
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("shipments", __name__, url_prefix=access.COMPANY)
nav = Nav("Shipments", "send", 80, "shipments.index", when=access.has_taker("fulfilment"))

PAGE: Final = 50


@blueprint.get("/shipments")
@access.may("see")
def index(company: Company) -> Page:
    """The dry run of one shop, the newest sales first; nothing is told."""
    stores = takers(company, "fulfilment")
    chosen = asked_store(stores)
    _, rulebook = current_rulebook(company)
    before = smaller_than(request.args.get("before", ""))
    rows = shown(company, chosen, before=before, most=PAGE + 1) if chosen else []
    return render(
        "shipments.html",
        stores=stores,
        chosen=chosen,
        tells=tells_shipments(rulebook),
        rows=[(name_of(one.known.row), one) for one in rows[:PAGE]],
        more=rows[PAGE - 1].known.row.id if len(rows) > PAGE else "",
    )


@blueprint.post("/shipments/tell")
@access.may("decide")
def tell(company: Company) -> Page:
    """Read QuickBooks at the next run and tell the shops what there is, also after a failure."""
    for store in takers(company, "fulfilment"):
        db.session.get_one(Store, store.id).fulfilment_next_at = None
    rounds.read_again(company)
    audit.record("stores", "shipments.told", "Had the shops told of shipments", company=company)
    db.session.commit()
    run_now(company, "shipments")
    say("The shops are told as soon as the server is free, and QuickBooks is read at the Web "
        "Connector's next run.")  # fmt: skip
    return go(url_for("shipments.index", company_id=company.id, store=request.form.get("store")))
