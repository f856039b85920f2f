"""Stores: added by type, tested, read now, paused; their settings, statuses and webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app import audit
from app.jobs.kinds.pull import newest_pulls, start_pull
from app.jobs.rows import result
from app.models import Company, Store, db
from app.settings import Settings
from app.stores.base import StoreClient, clients
from app.stores.errors import SettingsRefused, StoreError
from app.sync.intake import believe as believe_gone
from app.sync.stores import add_store, check_store, free_key, probe, save_settings
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, is_part, render, say
from app.web.store_statuses import choose, chosen, known

blueprint = Blueprint("stores", __name__, url_prefix=f"{access.COMPANY}/stores")
nav = Nav("Stores", "shop", 80, "stores.index")

STORE: Final = f"/<int(max={access.MOST}):store_id>"
LONGEST_NAME: Final = 100
MINUTES: Final = (5, 10, 15, 30, 60, 180, 720, 1440)
"""How often a store may be read."""


@blueprint.get("")
@access.may("manage")
def index(company: Company) -> Page:
    """The stores, and the types that can be added."""
    query = select(Store).where(Store.company_id == company.id).order_by(Store.name, Store.id)
    return render(
        "stores.html",
        stores=db.session.scalars(query).all(),
        clients=clients(),
        jobs=newest_pulls(company),
    )


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@access.may("manage")
def add(company: Company, kind: str) -> Page:
    """Connect a store, once the connection has been tested."""
    client = clients().get(kind) or abort(404)
    if request.method == "GET":
        return _new(client, {})
    given = _given(client)
    faults = _faults(company, client, given)
    if faults:
        return _new(client, given, faults=faults), 422
    key, name, since = _text("key", 40), _text("name", LONGEST_NAME), _day(_text("since", 10))
    try:
        store = add_store(company, kind, given, key=key, name=name, since=since)
        found = None if request.form.get("untested") else probe(store)
    except StoreError as error:
        db.session.rollback()
        if isinstance(error, SettingsRefused) and error.fields:
            return _new(client, given, faults=_of_settings(error)), 422
        return _new(client, given, str(error)), 422
    audit.record("stores", "store.added", f"Added the store {store.name}", company=company)
    db.session.commit()
    say(f"{store.name} is added. {found.text if found else ''}".strip())
    for warning in found.warnings if found else ():
        say(warning, "warning")
    return go(_one(store))


@blueprint.get(STORE)
@access.may("manage")
def one(company: Company, store_id: int) -> Page:
    """One store."""
    return _show(_find(company, store_id))


@blueprint.get(f"{STORE}/reading")
@access.may("manage")
def reading(company: Company, store_id: int) -> Page:
    """How far a pull is; the page asks again and again."""
    store = _find(company, store_id)
    if not is_part():
        return redirect(_one(store))
    return render("store.html", "reading", store=store, **_reading(store))


@blueprint.post(f"{STORE}/settings")
@access.may("manage")
def change(company: Company, store_id: int) -> Page:
    """Change how the store is reached; a secret that is left empty stays."""
    store = _find(company, store_id)
    client = clients().get(store.type) or abort(404)
    given = _given(client)
    faults, minutes, name = {}, request.form.get("minutes", ""), ""
    try:
        name = _text("name", LONGEST_NAME)
    except ValueError as error:
        faults["name"] = str(error)
    try:
        save_settings(store, given)
    except SettingsRefused as error:
        faults |= _of_settings(error)
    if faults:
        db.session.rollback()
        return _show(_find(company, store_id), given=given, faults=faults), 422
    store.name = name or store.name
    if minutes.isascii() and minutes.isdigit() and int(minutes) in MINUTES:
        store.pull_minutes = int(minutes)
    audit.record(
        "stores", "store.changed", f"Changed the settings of {store.name}", company=company
    )
    db.session.commit()
    say("The settings are saved. Test the connection to see whether they work.")
    return go(_one(store))


@blueprint.post(f"{STORE}/check")
@access.may("manage")
def check(company: Company, store_id: int) -> Page:
    """Test the connection."""
    store = _find(company, store_id)
    try:
        found = check_store(store)
    except StoreError as error:
        say(str(error), "danger")
        return go(_one(store))
    say(found.text)
    for warning in found.warnings:
        say(warning, "warning")
    return go(_one(store))


@blueprint.post(f"{STORE}/pull")
@access.may("manage")
def pull(company: Company, store_id: int) -> Page:
    """Take in now what has changed."""
    store = _find(company, store_id)
    if store.from_files:
        abort(404)
    start_pull(store, who=current_user.email)
    audit.record("stores", "store.pulled", f"Had {store.name} read", company=company)
    db.session.commit()
    return go(_one(store))


@blueprint.post(f"{STORE}/pause")
@access.may("manage")
def pause(company: Company, store_id: int) -> Page:
    """Read the store no more, or again."""
    store = _find(company, store_id)
    store.active = request.form.get("active") == "yes"
    if store.active:
        store.stopped, store.next_pull_at = False, None
    what = "Let it be read again" if store.active else "Paused it"
    audit.record("stores", "store.paused", f"{store.name}: {what}", company=company)
    db.session.commit()
    say(f"{store.name} is {'read again' if store.active else 'paused'}.")
    return go(_one(store))


@blueprint.post(f"{STORE}/believe")
@access.may("manage")
def believe(company: Company, store_id: int) -> Page:
    """Take the orders that the store says are gone as cancelled ones."""
    store = _find(company, store_id)
    try:
        count = believe_gone(store, who=current_user.email)
    except StoreError as error:
        db.session.rollback()
        say(str(error), "danger")
    else:
        say(f"Cancelled as in the store: {count:,} orders. The next run deals with them.")
    return go(_one(store))


@blueprint.post(f"{STORE}/statuses")
@access.may("manage")
def statuses(company: Company, store_id: int) -> Page:
    """Which statuses of the store are synced: a case of the rule Sync this order."""
    store = _find(company, store_id)
    others = request.form.get("others", "")[:1000].split(",")
    wanted = [*request.form.getlist("status"), *others]
    made = choose(store, wanted, author=current_user.email)
    if made is not None:
        audit.record(
            "stores", "store.statuses", f"Chose the statuses of {store.name} that are synced",
            company=company,
        )  # fmt: skip
        db.session.commit()
        say(f"Saved as release {made.number}; orders that are not posted are decided again.")
    return go(_one(store))


def _find(company: Company, store_id: int) -> Store:
    found: Store | None = db.session.scalar(
        select(Store).where(Store.company_id == company.id, Store.id == store_id)
    )
    return found or abort(404)


def _one(store: Store) -> str:
    return url_for("stores.one", company_id=store.company_id, store_id=store.id)


def _reading(store: Store) -> dict[str, Any]:
    """The newest pull of the store, and what it has brought so far."""
    job = newest_pulls(store.company).get(store.id)
    return {"job": job, "came": result(store.company, job.id) if job else None}


def _given(client: type[StoreClient[Any]]) -> dict[str, Any]:
    """The settings that were sent; what is not a setting of the store is not looked at."""
    found: dict[str, Any] = {}
    for setting in client.settings_model.fields():
        sent = request.form.get(f"s-{setting.name}", "").strip()
        found[setting.name] = bool(sent) if setting.kind == "yes_no" else sent[:2000]
    return found


def _of_settings(error: SettingsRefused) -> dict[str, str]:
    """What is wrong with each setting, by its place in the form; "" is the whole."""
    if not error.fields:
        return {"": str(error)}
    return {f"s-{name}" if name else "": text for name, text in error.fields.items()}


def _faults(
    company: Company, client: type[StoreClient[Any]], given: Mapping[str, Any]
) -> dict[str, str]:
    """All that is wrong with a store that is to be added, by its place in the form."""
    faults: dict[str, str] = {}
    checks: dict[str, Callable[[], object]] = {
        "name": lambda: _text("name", LONGEST_NAME),
        "key": lambda: free_key(company, client.key, _text("key", 40)),
        "since": lambda: _day(_text("since", 10)),
    }
    for name, check in checks.items():
        try:
            check()
        except ValueError as error:
            faults[name] = str(error)
    try:
        client.settings_model.read(given)
    except SettingsRefused as error:
        faults |= _of_settings(error)
    return faults


def _text(name: str, longest: int) -> str:
    text = request.form.get(name, "").strip()
    if len(text) > longest or not text.isprintable():
        raise ValueError(f"{name.title()}: at most {longest} characters, on one line.")
    return text


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("Orders since: it has to be a date, such as 2026-11-01.") from None


def _new(
    client: type[StoreClient[Any]],
    given: Mapping[str, Any],
    problem: str = "",
    *,
    faults: Mapping[str, str] | None = None,
) -> str:
    typed = {name: request.form.get(name, "") for name in ("name", "key", "since")}
    return render(
        "store_new.html",
        client=client,
        given=given,
        problem=problem,
        typed=typed,
        faults=faults or {},
    )


def _show(
    store: Store, *, given: Mapping[str, Any] | None = None, faults: Mapping[str, str] | None = None
) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return render(
        "store.html",
        store=store,
        client=clients().get(store.type),
        given=given if given is not None else store.settings or {},
        faults=faults or {},
        typed_name=request.form.get("name", store.name) if faults else store.name,
        **_reading(store),
        statuses=known(store),
        chosen=chosen(store),
        minutes=MINUTES,
        webhook=settings.url
        + url_for("hooks.receive", company_id=store.company_id, store_id=store.id),
    )
