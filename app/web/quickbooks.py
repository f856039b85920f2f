"""QuickBooks' lists as they were read, and what is remembered of customers and items."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, request, url_for
from sqlalchemy import ColumnElement, and_, func, select, update

from app import audit
from app.models import Company, EntryKey, ListEntry, Mirror, Remembered, SiteStock, db
from app.sync import remembered
from app.sync.mirror import LEFT_OUT
from app.sync.stock import sites
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from qbwc import lists
from qbwc.lists import normal

blueprint = Blueprint("quickbooks", __name__, url_prefix=access.COMPANY)
nav = Nav("QuickBooks lists", "card-list", 75, "quickbooks.index")

PAGE: Final = 50
LONGEST: Final = 60


@blueprint.get("/lists")
@access.may("see")
def index(company: Company) -> Page:
    """Each list: how many entries, when it was read, what is wrong."""
    rows = {
        row.kind: row for row in db.session.scalars(select(Mirror).filter_by(company_id=company.id))
    }
    counted = db.session.execute(
        select(ListEntry.kind, func.count())
        .where(ListEntry.company_id == company.id)
        .group_by(ListEntry.kind)
    ).all()
    at_sites = select(func.count()).where(SiteStock.company_id == company.id)
    known = select(func.count()).where(Remembered.company_id == company.id)
    return render(
        "lists.html",
        lists=sorted(
            (one for one in lists.kinds().values() if not _is_left_out(rows.get(one.name))),
            key=lambda one: one.label,
        ),
        mirrors=rows,
        counts={kind: number for kind, number in counted}  # noqa: C416 - rows are no tuples to mypy
        | {sites.KIND: db.session.scalar(at_sites) or 0},
        remembered=db.session.scalar(known) or 0,
        lost=len(remembered.lost(company)),
    )


@blueprint.post("/lists/refresh")
@access.may("decide")
def refresh(company: Company) -> Page:
    """Let lists be read again at the next run: one, or all."""
    kind = request.form.get("kind", "")
    stale = update(Mirror).where(Mirror.company_id == company.id).values(stale=True)
    if kind:
        if kind not in lists.kinds():
            abort(404)
        stale = stale.where(Mirror.kind == kind)
    db.session.execute(stale, execution_options={"synchronize_session": False})
    text = "Asked for QuickBooks' lists to be read again."
    audit.record("connection", "lists.refresh", text, company=company, detail=kind or None)
    db.session.commit()
    say("It is read again at the next run." if kind else "All lists are read at the next run.")
    return go(url_for("quickbooks.index", company_id=company.id))


@blueprint.get("/lists/<kind>")
@access.may("see")
def one(company: Company, kind: str) -> Page:
    """The entries of one list; a search looks into every key that orders are matched by."""
    if kind not in lists.kinds() or not lists.kind(kind).entries:
        abort(404)
    typed = normal(_line(request.args.get("q", "")))
    after = _line(request.args.get("after", ""))
    keys = select(EntryKey.entry_id).where(
        EntryKey.company_id == company.id, EntryKey.kind == kind, _has(typed)
    )
    chosen = select(ListEntry).where(ListEntry.company_id == company.id, ListEntry.kind == kind)
    if typed:
        chosen = chosen.where(ListEntry.id.in_(keys.distinct().limit(PAGE + 1)))
        found = db.session.scalars(chosen.order_by(ListEntry.full_name, ListEntry.id)).all()
    else:
        rows = db.session.execute(
            select(EntryKey.value, EntryKey.entry_id)
            .where(
                EntryKey.company_id == company.id,
                EntryKey.kind == kind,
                EntryKey.by == "full_name",
                EntryKey.value > after,
            )
            .order_by(EntryKey.value)
            .limit(PAGE + 1)
        ).all()
        places = {row.entry_id: place for place, row in enumerate(rows)}
        some = db.session.scalars(chosen.where(ListEntry.id.in_(places))).all()
        found = sorted(some, key=lambda entry: places[entry.id])
        after = rows[PAGE - 1].value if len(rows) > PAGE else ""
    return render(
        "list.html",
        kind=kind,
        list=lists.kind(kind),
        typed=request.args.get("q", "")[:LONGEST],
        found=found[:PAGE],
        after="" if typed else after,
        more=bool(typed) and len(found) > PAGE,
        mirror=db.session.get(Mirror, (company.id, kind)),
    )


@blueprint.get("/remembered")
@access.may("see")
def known(company: Company) -> Page:
    """Which customer or item a store's own id means, and who said so."""
    before = request.args.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < len(str(access.MOST))
    chosen = select(Remembered).where(Remembered.company_id == company.id)
    if is_id:
        chosen = chosen.where(Remembered.id < int(before))
    typed = _line(request.args.get("q", ""))
    if typed:
        value, name = normal(typed), Remembered.full_name
        chosen = chosen.where(
            Remembered.value.contains(value, autoescape=True)
            | name.icontains(typed, autoescape=True)
        )
    found = db.session.scalars(chosen.order_by(Remembered.id.desc()).limit(PAGE + 1)).all()
    rows = found[:PAGE]
    return render(
        "remembered.html",
        rows=rows,
        typed=typed,
        lost={row.id for row in remembered.lost(company)},
        older=rows[-1].id if len(found) > PAGE else None,
        names=_names(company, rows),
    )


@blueprint.post("/remembered/forget")
@access.may("decide")
def forget(company: Company) -> Page:
    """Let the rules alone match again."""
    given = request.form.get("id", "")
    if not (given.isascii() and given.isdigit()) or int(given) > access.MOST:
        abort(404)
    row = db.session.scalars(
        select(Remembered).where(Remembered.company_id == company.id, Remembered.id == int(given))
    ).first()
    if row is None or not remembered.forget(company, row.id):
        abort(404)
    text = f"Forgot that “{row.value}” is {row.full_name}."
    audit.record("orders", "match.forgotten", text, company=company)
    db.session.commit()
    say(text)
    return go(url_for("quickbooks.known", company_id=company.id))


def _is_left_out(mirror: Mirror | None) -> bool:
    return bool(mirror and (mirror.facts or {}).get(LEFT_OUT))


def _names(company: Company, rows: Any) -> dict[tuple[str, str], str]:
    """What the entries are called now."""
    found = db.session.execute(
        select(ListEntry.kind, ListEntry.list_id, ListEntry.full_name).where(
            and_(
                ListEntry.company_id == company.id,
                ListEntry.kind.in_({row.kind for row in rows}),
                ListEntry.list_id.in_({row.list_id for row in rows}),
            )
        )
    )
    return {(kind, list_id): name for kind, list_id, name in found}


def _has(typed: str) -> ColumnElement[bool]:
    find = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    return find(EntryKey.value, typed) > 0


def _line(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:LONGEST]
