"""Every route and method, as everybody, with hostile addresses, queries and bodies.

No answer may be a failure, and none may hold a word of a company that is not one's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app import tokens
from app.jobs.kinds.csv_import import FILE, keep_file
from app.models import (
    ApiToken,
    Company,
    DraftChange,
    EntryKey,
    Event,
    Job,
    ListEntry,
    Order,
    Remembered,
    Sale,
    SaleSent,
    Store,
    User,
    db,
    now,
)
from app.people import invite
from app.rules import publish
from app.stores.formats import Shop, format_named
from app.sync.stores import add_store
from tests.api_site import own_sample
from tests.csv_files import MAPPED, mapped_rows, text
from tests.test_web_access import Route, routes
from tests.web_rows import add_order
from tests.web_site import Site

MINE, THEIRS = "OKAPI", "ZEBRA"
"""Words that stand in every row of the first company, and of the other."""
PEOPLE = ("anonymous", "viewer", "bookkeeper", "admin", "owner", "other")
SCRIPT = "'\"><script>alert(1)</script>"
WORDS = (
    "99999999999999999999", "-1", "x", "x" * 10_000, "\0", "é\U0001f409\u202e", SCRIPT,
    "../../../etc/passwd", "1' OR '1'='1",
)  # fmt: skip
QUERY = (
    "q", "state", "page", "before", "after", "from", "to", "by", "key", "currency", "who", "area",
    "kind", "level", "store", "name", "order", "number", "numbers", "sort", "limit", "cause",
    "method", "low", "high", "decision", "case", "as", "only", "list", "link", "next", "code",
    "last", "live", "read", "uneven", "source_id",
)  # fmt: skip
FORM = (
    *QUERY, "act", "answer", "about", "all", "query", "comment", "from_order", "txn_id", "document",
    "suffix", "how", "what", "choice", "mark", "part", "side", "version", "note", "json", "whole",
    "rows", "row", "value", "keys", "table", "table-otherwise", "cases.0.mode",
    "cases.0.when.items.0.fact", "cases.0.then.value", "otherwise.then.value", "email", "password",
    "role", "scope", "zone", "country", "home_currency", "minutes", "since", "active", "status",
    "others", "untested", "go", "was-sync_order", "sync_order", "topic", "job", "code", "go",
)  # fmt: skip


@dataclass
class Attack:
    """What is sent beside an address."""

    name: str
    word: str = "1"
    sent: dict[str, Any] = field(default_factory=dict)


ATTACKS = [
    *(
        Attack(
            f"words {place}", word,
            {"query_string": dict.fromkeys(QUERY, word), "data": dict.fromkeys(FORM, word)},
        )
        for place, word in enumerate(WORDS)
    ),
    Attack("queries", sent={"query_string": {"page": "-1", "sort": "unknown", "from": "2026-13-45",
                                             "to": "not a day", "limit": "0", "after": "-1~x"}}),
    Attack("no JSON", sent={"data": b'{"a": [', "content_type": "application/json"}),
    Attack("deep JSON", sent={"data": b"[" * 5_000, "content_type": "application/json"}),
    Attack("another JSON", sent={"json": {"orders": [1, None, {"a": MINE}], "rulebook": []}}),
    Attack("text", sent={"data": b"\xff\xfe\0", "content_type": "text/plain"}),
    Attack("no parts", sent={"data": b"--x\r\n\r\n", "content_type": "multipart/form-data"}),
    Attack("xml", sent={"data": b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
                        "content_type": "application/xml"}),
]  # fmt: skip


def fill(company: Company, word: str) -> None:
    """Rows of every kind that say this word."""
    store = add_store(company, "rulebooks", {"secret": word * 24}, key=word.lower(),
                      name=f"{word} shop")  # fmt: skip
    store.zone, store.error = "UTC", f"{word} is away"
    store.sales_since = store.fulfilment_since = datetime(2026, 11, 1, tzinfo=UTC)
    db.session.flush()
    raw = own_sample()[0] | {"source_id": word, "number": f"{word}-1"}
    for state in ("posted", "held"):
        raw["source_id"] = f"{word}-{state}"
        canonical = format_named("rulebooks").translate(
            raw, Shop(key=store.key, type="rulebooks", zone="UTC")
        )
        row = add_order(store, canonical, "rulebooks", raw, state=state)
        row.customer = row.number = word
        row.reasons, row.causes = [f"{word} is missing"], [["item", word]]
    table = {"keys": ["a"], "rows": [[word, word]], "otherwise": word}
    memo = {"cases": [], "otherwise": word}
    file = {"rulebooks": 1, "rules": {"memo": memo}, "tables": {word: table}}
    publish(company, file, author=word, note=word)
    db.session.add(DraftChange(company_id=company.id, part="rules", key="fob", hash=word,
                               content={"cases": [], "otherwise": word}, author=word))  # fmt: skip
    entry = ListEntry(company_id=company.id, kind="Item", list_id=word, full_name=word)
    db.session.add(entry)
    db.session.flush()
    for one in ("full_name", "name"):
        db.session.add(
            EntryKey(company_id=company.id, kind="Item", by=one, value=word, entry_id=entry.id)
        )
    db.session.add(Event(company_id=company.id, kind="order.held", text=word, detail={"a": word}))
    db.session.add(Remembered(company_id=company.id, kind="Item", by="alias", value=word,
                              text=word, list_id=word, full_name=word, who=word))  # fmt: skip
    result = {"stores": [{"name": word, "new": 1, "changed": 1, "error": ""}], "marked": 1}
    db.session.add(Job(company_id=company.id, kind="sync", arguments={"wanted": None, "stores": []},
                       who=word, state="done", result=result))  # fmt: skip
    sale = Sale(company_id=company.id, kind="Invoice", txn_id=word, number=word, customer=word,
                modified_at=now(), gone="deleted",
                data={"TxnID": word, "TxnDate": "2026-11-02", "Memo": word})  # fmt: skip
    db.session.add(sale)
    db.session.flush()
    db.session.add(SaleSent(store_id=store.id, sale_id=sale.id, state="astray", problem=word,
                            reference=word))  # fmt: skip
    invite(f"{word.lower()}@example.com", company, "viewer")
    tokens.create(company, word, "viewer", who=word)
    keep_file(company, f"{word}.csv", text(MAPPED, mapped_rows(word)).encode(), who=word)
    db.session.commit()


def ids(company: Company) -> dict[str, list[Any]]:
    """The ids of what a company has, by the names that addresses give them."""

    def first(model: Any) -> list[Any]:
        return list(db.session.scalars(db.select(model.id).filter_by(company_id=company.id)))[-1:]

    def job(kind: str) -> list[Any]:
        chosen = db.select(Job.id).filter_by(company_id=company.id, kind=kind)
        return list(db.session.scalars(chosen))

    sent = db.select(SaleSent.id).join(Sale, Sale.id == SaleSent.sale_id)
    sent = sent.where(Sale.company_id == company.id)
    viewer = db.session.query(User.id).filter_by(email="viewer@example.com").scalar()
    return {
        "company_id": [company.id], "order_id": first(Order), "store_id": first(Store),
        "event_id": first(Event), "job_id": job("sync"), "file_id": job(FILE), "number": [1],
        "token_id": first(ApiToken), "user_id": [viewer],
        "sent_id": list(db.session.scalars(sent)),
    }  # fmt: skip


REAL = {
    "decision": "memo", "preset": "hold_over_amount", "kind": "Item", "key": "orders",
    "act": "pause", "store": "x", "token": "x",
}  # fmt: skip


@dataclass
class Somebody:
    """A person, or nobody, and what they must never read."""

    name: str
    site: Site
    token: str
    forbidden: str

    def client(self) -> FlaskClient:
        """Their browser; logged in anew, as an act before may have logged it out."""
        if self.name == "anonymous":
            return self.site.visitor()
        return self.site.session(self.name)

    def send(self, route: Route, path: str, attack: Attack) -> None:
        """Send it, and look at the answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {}
        sent = {
            key: held
            for key, held in attack.sent.items()
            if route.method != "GET" or key == "query_string"
        }
        answer = self.client().open(path, method=route.method, headers=headers, **sent)
        where = (self.name, route.method, path[:200], attack.name, answer.status_code)
        assert answer.status_code < 500, where
        said = answer.get_data(as_text=True) if answer.mimetype != "application/zip" else ""
        answer.close()
        if self.forbidden:
            assert not re.search(self.forbidden, said), where
        if answer.mimetype == "text/html":
            assert "<script>alert(1)" not in said, where


@pytest.fixture
def hostile(site: Site) -> Site:
    """The site with rows of two companies that say whose they are, and no tokens in forms."""
    site.app.config["WTF_CSRF_ENABLED"] = False
    object.__setattr__(site.app.config["SETTINGS"], "api_requests", 10**6)
    with site.app.app_context():
        for company, word in ((site.rows.company, MINE), (site.rows.other, THEIRS)):
            fill(db.session.get_one(Company, company), word)
    return site


def _somebody(site: Site, name: str) -> Somebody:
    of, scope = site.rows.company, name
    if name in {"other", "owner", "anonymous"}:
        of, scope = (site.rows.other if name == "other" else site.rows.company), "admin"
    with site.app.app_context():
        _, token = tokens.create(db.session.get_one(Company, of), name, scope, who=name)
        db.session.commit()
    forbidden = {"owner": "", "anonymous": f"{MINE}|{THEIRS}", "other": MINE}.get(name, THEIRS)
    return Somebody(name, site, token if name != "anonymous" else "rb_nobody", forbidden)


def _paths(
    route: Route, mine: dict[str, list[Any]], theirs: dict[str, list[Any]], word: str
) -> list[str]:
    """The address with what is there, with what is another's, and with a hostile word in it."""

    def address(pick: Any) -> str:
        return re.sub(
            r"<(?:[^<>]*:)?(\w+)>",
            lambda found: quote(str(pick(found[1])), safe=""),
            route.rule.rule,
        )

    def real(known: dict[str, list[Any]], name: str) -> Any:
        return known[name][0] if name in known else REAL[name]

    found = [address(lambda name: real(mine, name))]
    if route.rule.arguments:
        found.append(address(lambda name: real(mine if name == "company_id" else theirs, name)))
        found.append(address(lambda name: real(theirs, name)))
        found.append(address(lambda name: real(mine, name) if name == "company_id" else word))
        found.append(address(lambda _: word))
    return list(dict.fromkeys(found))


ONCE = frozenset({"first_run.practice", "backup.download", "health.healthz", "connect.password"})
"""What takes long, and looks at nothing that is sent."""


@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_that_is_sent_makes_an_answer_fail_or_tell_of_others(
    hostile: Site, name: str
) -> None:
    app = hostile.app
    who = _somebody(hostile, name)
    with app.app_context():
        both = [
            ids(db.session.get_one(Company, one))
            for one in (hostile.rows.company, hostile.rows.other)
        ]
    mine, theirs = both[::-1] if name == "other" else both
    place = PEOPLE.index(name)
    for number, route in enumerate(routes(app)):
        if route.endpoint in ONCE:
            continue
        for attack in ATTACKS[(number + place) % len(PEOPLE) :: len(PEOPLE)]:
            for path in _paths(route, mine, theirs, attack.word):
                who.send(route, path, attack)
