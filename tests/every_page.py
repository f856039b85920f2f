"""Every page of an installation that has something on each, found from the routes themselves.

A new screen is found by itself. If its address needs something that nothing here says, `addresses`
fails and names it: say in `found` what there is of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app import tokens
from app.jobs.kinds.csv_import import FILE, keep_file, start_import
from app.jobs.kinds.csv_import import KIND as IMPORT
from app.jobs.kinds.practice import start_practice
from app.jobs.kinds.sync import start_sync
from app.jobs.worker import Worker
from app.models import Company, Event, Job, ListEntry, Order, Release, Remembered, Store, User, db
from app.people import invite
from app.rules.draft_state import open_draft, rule_in, table_in
from app.rules.drafts import save_rule, save_table
from app.rules.links import apply_preset
from app.samples.company import add_practice_company
from app.stores.base import clients
from app.stores.csv_file import Profile
from app.sync.intake.sheet import csv_store
from app.sync.manual import Wanted
from app.sync.stores import add_store
from app.web import access
from app.web.setup_steps import steps
from rules_library.decision import decisions
from rules_library.preset import presets
from tests.csv_files import MAPPED, PROFILE, mapped_rows, text
from tests.web_rows import HASH, add_company

OWNER: Final = "owner@example.com"
QUERIES: Final[Mapping[str, tuple[str, ...]]] = {
    "attention.entries": ("name=t",),
    "audit.index": ("", "q=rule"),
    "log.index": ("", "level=trouble", "q=nothing+is+like+this"),
    "orders.index": ("", "state=held", "q=nothing+is+like+this"),
    "reports.index": ("from=2026-10-01&to=2026-12-31&by=method", "from=2001-01-01&to=2001-01-07"),
    "reports.orders": ("from=2026-10-01&to=2026-12-31&by=day&key=&currency=USD",),
    "rules.gallery": ("", "q=unpaid"),
    "rules.new": ("", "decision=deposit_account"),
    "sync.index": ("", "numbers=5101+none"),
    "tables.download": ("name=class_by_store",),
    "tables.one": ("name=class_by_store",),
}
"""What a page is asked, where it is not the same without."""
ELSEWHERE: Final = frozenset({"first_run.owner", "join.choose", "health.healthz", "account.login"})
"""Pages of people who are not logged in."""

OF_THE_FIRST: Final = frozenset({"practice.start", "tables.download", "tables.one"})
"""Pages that the new company does not have."""


def furnish(app: Flask) -> None:
    """An owner, a practice company with something on every page, and one that is quite new."""
    with app.app_context():
        db.session.add(User(email=OWNER, password_hash=HASH, is_owner=True))
        db.session.commit()
        company = add_practice_company()
        company_id = company.id
        add_company("Maple Goods")
        db.session.commit()
        start_practice(company, who=OWNER)
    assert Worker(app).run_one()
    with app.app_context():
        company = db.session.get_one(Company, company_id)
        invite("viewer@example.com", company, "viewer")
        tokens.create(company, "Warehouse", "viewer", who=OWNER)
        given = {"url": "https://shop.example", "consumer_key": "ck_1", "consumer_secret": "cs_1"}
        add_store(company, "woocommerce", given, key="web", name="Web shop")
        item = db.session.scalars(select(ListEntry).filter_by(kind="Item")).first()
        assert item
        db.session.add(
            Remembered(
                company_id=company.id, kind="Item", by="alias", value="lamp-x", text="LAMP-X",
                list_id=item.list_id, full_name=item.full_name, who=OWNER,
            )
        )  # fmt: skip
        db.session.commit()
        apply_preset(
            company, "mark_unpaid_by_payment_method", {"methods": ["ACH Transfer"]}, author=OWNER
        )
        table = {"keys": ["State"], "rows": [["NY", "Tax"], ["*", "Non"]], "otherwise": None}
        version = table_in(company, "tax_codes").version
        save_table(company, "tax_codes", table, version=version, author=OWNER)
        memo = {"cases": [], "otherwise": {"cat": ["Order ", {"var": "order.number"}]}}
        save_rule(company, "memo", memo, version=rule_in(company, "memo").version, author=OWNER)
        assert len(open_draft(company).changes) == 3
        sheet = text(MAPPED, mapped_rows()).encode()
        files = [keep_file(company, "fair.csv", sheet, who=OWNER) for _ in range(2)]
        db.session.commit()
        store = csv_store(company, "fair", "Fair")
        start_import(store, files[0], "fair.csv", Profile.read(PROFILE), who=OWNER)
        start_sync(company, who=OWNER, wanted=Wanted(numbers=("5104", "5105")))
    while Worker(app).run_one():
        pass


def found(app: Flask) -> dict[str, list[Any]]:
    """For each part of an address what there is of it, by its name or that of its endpoint."""
    companies = list(db.session.scalars(select(Company.id).order_by(Company.id)))
    orders = {row.state: row.id for row in db.session.scalars(select(Order))}
    events = {row.level: row.id for row in db.session.scalars(select(Event))}
    stores = {row.settings is None: row.id for row in db.session.scalars(select(Store))}
    return {
        "company_id": companies[:1],
        "companies": companies,
        "connect.index.company_id": companies[1:],
        "connect.troubles.company_id": companies[1:],
        "connect.waiting.company_id": companies[1:],
        "order_id": list(orders.values()),
        "event_id": list(events.values()),
        "sync.one.job_id": list(db.session.scalars(select(Job.id).filter_by(kind="sync"))),
        "imports.done.job_id": list(db.session.scalars(select(Job.id).filter_by(kind=IMPORT))),
        "file_id": list(db.session.scalars(select(Job.id).filter_by(kind=FILE))),
        "store_id": list(stores.values()),
        "number": list(db.session.scalars(select(Release.number))),
        "decision": list({type(one.kind): one.key for one in decisions().values()}.values()),
        "setup.suggest.decision": ["deposit_account"],
        "preset": _asking_for_everything(),
        "setup.step.key": [step.key for step in steps()],
        "setup.settings.key": [steps()[-1].key],
        "stores.add.kind": list(clients()),
        "quickbooks.one.kind": ["Item", "Vendor"],
        "attention.entries.kind": ["Item"],
    }


def _asking_for_everything() -> list[str]:
    """A few presets that together ask for every kind of input."""
    asked: set[str] = set()
    few = []
    for one in presets().values():
        kinds = {given.kind for given in one.inputs}
        if not kinds <= asked or not (kinds or few):
            few.append(one.key)
            asked |= kinds
    return few


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Each endpoint that can be read, and its addresses."""
    with app.app_context():
        known = found(app)
    for rule in app.url_map.iter_rules():
        if access.is_static(rule.endpoint) or rule.endpoint in ELSEWHERE or _is_api(app, rule):
            continue
        names = sorted(rule.arguments)
        values = [known.get(f"{rule.endpoint}.{name}") or known[name] for name in names]
        if values == [known["company_id"]] and rule.endpoint not in OF_THE_FIRST:
            values = [known["companies"]]
        for some in product(*values):
            with app.test_request_context():
                path = app.url_for(rule.endpoint, **dict(zip(names, some, strict=True)))
            for query in QUERIES.get(rule.endpoint, ("",)):
                yield rule.endpoint, f"{path}?{query}" if query else path


def _is_api(app: Flask, rule: Rule) -> bool:
    """Whether nobody's browser asks for it."""
    needs = getattr(app.view_functions[rule.endpoint], access.DECLARED)
    methods = rule.methods or set()
    return "GET" not in methods or needs.startswith("guard:") or rule.endpoint.startswith("api.")


def pages(app: Flask) -> list[str]:
    """The addresses of the whole pages; parts, files and redirections are left out.

    Each answers 200, or leads to an address that does.
    """
    client = app.test_client()
    with app.app_context(), client.session_transaction() as session:
        user = db.session.scalars(select(User).filter_by(email=OWNER)).one()
        session["_user_id"], session[access.STAMP] = str(user.id), access.stamp(user)
    whole = []
    for _, path in addresses(app):
        answer = client.get(path)
        if answer.status_code == 302:
            assert client.get(answer.location).status_code in {200, 302}, path
            continue
        assert answer.status_code == 200, (path, answer.status_code)
        if answer.mimetype == "text/html" and "<!doctype html>" in answer.text[:200]:
            whole.append(path)
        answer.close()
    return list(dict.fromkeys(whole))
