"""A scenario: orders over time and a rulebook in a file, and the books that must come of it.

The file's form is told in ``tests/scenarios/README.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Company, Order, Sale, Store, db
from app.rules import current_rulebook
from app.sync import again, answers, corrections, reconcile, stock
from app.sync.sales import shipments
from app.sync.sales.judging import judge
from qbwc.planning import sales_out
from tests.flows import Flow, charge, line, order, rule, tax
from tests.sales import read, selling
from tests.taxes import assert_taxes_add_up

FOLDER = Path(__file__).parent / "scenarios"
TOP = {"title", "covers", "rules", "tables", "settings", "lists", "step"}
STEP = {"do", "order", "rules", "settings", "person", "answer", "correct", "expect"}
EXPECT = {
    "states", "reasons", "documents", "accounts", "open", "ordered", "fields", "lines", "lists",
    "stock", "sales", "shipped", "even",
}  # fmt: skip
ALL_OF_IT = ("accounts", "open", "ordered", "fields", "lines")
PERSON = "Ada"

Sync = Callable[[Flow], object]


@dataclass(frozen=True)
class Scenario:
    """One file."""

    name: str
    data: Mapping[str, Any]

    @property
    def covers(self) -> set[str]:
        """The decisions and document kinds that the story is for."""
        return set(self.data["covers"])

    @property
    def rules(self) -> dict[str, list[Any]]:
        """What its rulebooks say, by decision."""
        found: dict[str, list[Any]] = {}
        for book in (self.data, *self.data["step"]):
            for key, held in book.get("rules", {}).items():
                found.setdefault(key, []).append(held)
        return found

    @property
    def kinds(self) -> set[str]:
        """The kinds of documents that come about."""
        shown = [name for step in self.data["step"] for name in step["expect"].get("documents", [])]
        return {name.split()[0] for name in shown}

    def run(self, flow: Flow, sync: Sync = Flow.sync) -> None:
        """Play every step and compare the books after each.

        Args:
            flow: A new server and a new company file.
            sync: What a session is.
        """
        for setting, value in self.data.get("settings", {}).items():
            flow.quickbooks.prefer(setting, value)
        for one in self.data.get("lists", []):
            flow.add(one["kind"], one["xml"])
        rules = dict(self.data.get("rules", {}))
        flow.rules(self.data.get("tables"), **_rules(rules))
        before = Opening.of(flow)
        orders: dict[str, dict[str, Any]] = {}
        for number, step in enumerate(self.data["step"], start=1):
            at = f"step {number} ({step['do']})"
            if "rules" in step:
                rules |= step["rules"]
                flow.rules(self.data.get("tables"), **_rules(rules))
            for setting, value in step.get("settings", {}).items():
                flow.quickbooks.prefer(setting, value)
            for each in step.get("person", []):
                _by_hand(flow, each)
            for given in step.get("order", []):
                orders[given["number"]] = orders.get(given["number"], {}) | given
            _take(flow, [orders[one["number"]] for one in step.get("order", [])])
            for each in step.get("answer", []):
                _answer(flow, each)
            for each in step.get("correct", []):
                _correct(flow, each)
            sync(flow)
            self._compare(flow, step["expect"], before, at)
        done = _documents(flow)
        flow.sync()
        assert _documents(flow) == done, "one more session changes nothing"

    def _compare(self, flow: Flow, given: Mapping[str, Any], before: Opening, at: str) -> None:
        """All that a step expects against all that is; what it leaves out has to be nothing."""
        assert set(given) <= EXPECT, at
        expected = {key: {} for key in ALL_OF_IT} | {"documents": []} | given
        found: dict[str, Any] = {
            "documents": _documents(flow, before),
            "accounts": before.moved(flow),
            "open": dict(_open(flow)),
            "ordered": dict(_ordered(flow)),
        }
        if "states" in given:
            found["states"] = flow.states()
        if "reasons" in given:
            said = {number: "; ".join(flow.order(number).reasons) for number in given["reasons"]}
            found["reasons"] = {
                number: part if part in said[number] else said[number]
                for number, part in given["reasons"].items()
            }
        if found["documents"] == expected["documents"]:
            found["fields"] = {path: _field(flow, path) for path in given.get("fields", {})}
            found["lines"] = {name: _lines(flow, name) for name in given.get("lines", {})}
        if "lists" in given:
            found["lists"] = {kind: before.created(flow, kind) for kind in given["lists"]}
        if "stock" in given:
            found["stock"] = _stock(flow)
        if "sales" in given:
            found["sales"] = _sales(flow)
        if "shipped" in given:
            found["shipped"] = _shipped(flow)
        if "even" in given:
            found["even"] = _even(flow)
        why = {} if found == expected else _reasons(flow)
        assert {"at": at, **found} == {"at": at, **expected}, f"{at}: {found}, reasons {why}"
        assert flow.quickbooks.out_of_balance() == 0, at
        assert_taxes_add_up(flow)


@dataclass(frozen=True)
class Opening:
    """The company file as it was when the story began."""

    totals: Mapping[str, Decimal]
    list_ids: frozenset[str]
    txn_ids: frozenset[str]

    @classmethod
    def of(cls, flow: Flow) -> Opening:
        """What there is now."""
        books = flow.quickbooks
        kinds = ("Customer", "PaymentMethod", *ITEMS)
        ids = {one.list_id for kind in kinds for one in books.lists(kind)}
        txns = {txn.txn_id for txn in books.transactions()}
        return cls(books.totals(), frozenset(ids), frozenset(txns))

    def moved(self, flow: Flow) -> dict[str, str]:
        """Debits less credits of each account since then, where there are any."""
        now = flow.quickbooks.totals()
        return {
            name: f"{moved:.2f}"
            for name in sorted({*self.totals, *now})
            if (moved := now.get(name, Decimal(0)) - self.totals.get(name, Decimal(0)))
        }

    def created(self, flow: Flow, kind: str) -> list[str]:
        """The full names of a list's new entries, sorted."""
        kinds = ITEMS if kind == "Item" else (kind,)
        found = [one for each in kinds for one in flow.quickbooks.lists(each)]
        return sorted(one.full_name for one in found if one.list_id not in self.list_ids)


ITEMS = (
    "ItemService", "ItemNonInventory", "ItemOtherCharge", "ItemInventory", "ItemDiscount",
)  # fmt: skip


def scenarios() -> list[Scenario]:
    """Every scenario in the folder, by name."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert set(data) <= TOP, (path.name, set(data) - TOP)
        assert all(set(step) <= STEP for step in data["step"]), path.name
        found.append(Scenario(path.stem, data))
    return found


def _rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """A rule is a value, an expression (``{logic = ...}``) or ``[[when, then], ...]`` and else."""
    found = {}
    for key, held in rules.items():
        if isinstance(held, dict) and "cases" in held:
            found[key] = rule(held.get("otherwise"), *[tuple(case) for case in held["cases"]])
        else:
            found[key] = held
    return found


def _take(flow: Flow, orders: list[dict[str, Any]]) -> None:
    """Import orders, each from its store."""
    for store in dict.fromkeys(one.get("store", "") for one in orders):
        flow.take(*[_order(one) for one in orders if one.get("store", "") == store], store=store)


def _order(given: Mapping[str, Any]) -> dict[str, Any]:
    """The order in our own form; lines, charges and taxes may be short lists."""
    fields = {key: held for key, held in given.items() if key != "store"}
    lines = [
        line(each[0], each[1], *each[2:]) if isinstance(each, list) else _line(each)
        for each in fields.pop("lines", [])
    ]
    charges = [
        charge(*each) if isinstance(each, list) else charge(**each)
        for each in fields.pop("charges", [])
    ]
    taxes = [tax(*each) if isinstance(each, list) else each for each in fields.pop("taxes", [])]
    paid = fields.pop("paid", "Visa") or None
    return order(fields.pop("number"), lines, charges=charges, taxes=taxes, paid=paid, **fields)


def _line(each: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(each)
    return line(fields.pop("sku", ""), fields.pop("price"), fields.pop("quantity", 1), **fields)


# What people do.


def _by_hand(flow: Flow, each: Mapping[str, str]) -> None:
    """What a person does in QuickBooks: void, delete, change, add, or any request."""
    assert set(each) <= {"ask", "add", "void", "delete", "change", "xml"}, each
    if "ask" in each:
        flow.ask(each["ask"])
        return
    if "add" in each:
        flow.add(each["add"], each["xml"])
        return
    (action, name) = next((key, each[key]) for key in ("void", "delete", "change") if key in each)
    kind, _, called = name.partition(" ")
    if action != "change":
        how = {"void": "Void", "delete": "Del"}[action]
        flow.ask(
            f"<Txn{how}Rq><Txn{how}Type>{kind}</Txn{how}Type>"
            f"<TxnID>{_txn(flow, name).txn_id}</TxnID></Txn{how}Rq>"
        )
        return
    entry = _entry(flow, kind, called)
    if entry is None:
        txn = _txn(flow, name)
        head = f"<TxnID>{txn.txn_id}</TxnID><EditSequence>{txn.edit_sequence}</EditSequence>"
    else:
        head = f"<ListID>{entry.list_id}</ListID><EditSequence>{entry.edit_sequence}</EditSequence>"
    kind = kind if entry is None else entry.kind
    body = re.sub(r"\{(.+?)\}", lambda found: str(_txn(flow, found[1]).txn_id), each["xml"])
    flow.ask(f"<{kind}ModRq><{kind}Mod>{head}{body}</{kind}Mod></{kind}ModRq>")


def _answer(flow: Flow, each: Mapping[str, Any]) -> None:
    """What a person answers in Rulebooks to what is held."""
    given = dict(each)
    name = given.pop("answer")
    function = getattr(answers, name, None) or getattr(again, name)
    if "orders" in given:
        given["orders"] = [flow.order(number).id for number in given["orders"]]
    with flow.app.app_context():
        function(flow._company(), **given, who=PERSON)


def _correct(flow: Flow, each: Mapping[str, str]) -> None:
    """What a person chooses for an order that the store edited after it was posted."""
    with flow.app.app_context():
        row = db.session.scalars(select(Order).where(Order.number == each["order"])).one()
        offered = {(one.kind, one.choice): one for one in corrections.propose(row)}
        kind = each.get("kind", "Invoice")
        assert (kind, each["choice"]) in offered, sorted(offered)
        corrections.apply(row, offered[kind, each["choice"]], PERSON)
        db.session.commit()


# What there is.


def _reasons(flow: Flow) -> dict[str, list[str]]:
    return {number: flow.order(number).reasons for number in flow.states()}


def _name(txn: Any) -> str:
    return f"{txn.kind} {txn.ref_number}".strip()


def _txn(flow: Flow, name: str) -> Any:
    found = [one for one in flow.quickbooks.transactions() if _name(one) == name]
    assert found, f"QuickBooks has no {name}"
    return found[-1]


def _entry(flow: Flow, kind: str, name: str) -> Any:
    kinds = ITEMS if kind == "Item" else (kind,)
    found = [one for each in kinds for one in flow.quickbooks.lists(each)]
    return next((one for one in found if one.full_name == name), None)


def _documents(flow: Flow, before: Opening | None = None) -> list[str]:
    known = before.txn_ids if before else frozenset()
    txns = [txn for txn in flow.quickbooks.transactions() if txn.txn_id not in known]
    return sorted(f"{_name(txn)} {txn.total:.2f}" for txn in txns)


def _open(flow: Flow) -> Iterator[tuple[str, str]]:
    """What is still due, unused or tied to nothing."""
    for txn in flow.quickbooks.transactions():
        if txn.balance:
            yield _name(txn), f"{txn.balance:.2f}"


def _ordered(flow: Flow) -> Iterator[tuple[str, dict[str, str]]]:
    """The open quantities of sales orders that are not closed."""
    for txn in flow.quickbooks.transactions("SalesOrder"):
        if txn.is_manually_closed:
            continue
        left = {
            str(each["item"]): f"{rest.normalize():f}"
            for each in txn.lines
            if (rest := Decimal(each.get("Quantity") or 0) - Decimal(each.get("Invoiced") or 0))
            and not txn.is_fully_invoiced
        }
        if left:
            yield _name(txn), left


def _lines(flow: Flow, name: str) -> list[str]:
    """Each line of a document: item, quantity if it has one, amount."""
    return [
        " ".join(
            str(part)
            for part in (each["item"], each.get("Quantity"), each.get("Amount"))
            if part is not None
        )
        for each in _txn(flow, name).lines
    ]


def _stock(flow: Flow) -> list[str]:
    """What the first store would be told of its stock: SKU, quantity, location."""
    with flow.app.app_context():
        company = flow._company()
        stock.read_items_whole(company)
        db.session.commit()
    flow.sync()
    with flow.app.app_context():
        company = flow._company()
        store = db.session.scalars(select(Store).order_by(Store.id)).first()
        assert store is not None
        _, rulebook = current_rulebook(company)
        told = list(stock.changes(company, store, rulebook))
        assert not [fault for *_, fault in told if fault]
        changes = [one for one, *_ in told if one is not None]
        return sorted(f"{one.sku} {one.quantity} {one.location}".strip() for one in changes)


def _sales(flow: Flow) -> list[str]:
    """What a shipping tool would be sent, and what of a shipment would be written back."""
    with selling(flow):
        pass
    read(flow)
    with selling(flow) as (company, store):
        _, rulebook = current_rulebook(company)
        rows = db.session.scalars(select(Sale).options(undefer(Sale.data))).all()
        going = [one for one in judge(company, store, rulebook, rows) if one.would_send]
        backs = [
            sales_out.written_back(rulebook, one.sale, store.key, store.type)[0]
            for one in going
            if one.sale
        ]
        return sorted(
            f"{one.row.kind} {one.row.number} {back}"
            for one, back in zip(going, backs, strict=True)
        )


def _shipped(flow: Flow) -> list[str]:
    """What the shop itself would be told: order, tracking number, carrier."""
    with selling(flow):
        pass
    read(flow)
    with selling(flow) as (company, _):
        _, rulebook = current_rulebook(company)
        shop = db.session.scalars(select(Store).where(Store.key == flow.store)).one()
        shop.fulfilment_since = datetime(2026, 11, 1, tzinfo=UTC)
        rows = db.session.execute(shipments.sales_of(shop)).all()
        known = shipments.judged(company, shop, rulebook, rows)
        return sorted(
            f"{one.order.number} {one.tracking} {one.sale.ship_method}".strip()
            for one in known
            if one.tracking
        )


def _even(flow: Flow) -> list[str]:
    """The numbers of the orders that reconciliation finds the same on both sides."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        rows = reconcile.orders(company, date.min, date.max)
        return sorted(one.number for one in rows if one.is_even)


def _field(flow: Flow, path: str) -> Any:
    """``Invoice 1.PONumber``, ``Invoice 1.LAMP.ClassRef``, ``Customer Ada Byron.Email``.

    An element within another is reached by a slash; a reference shows the name.
    """
    name, *inner, field = path.split(".")
    kind, _, called = name.partition(" ")
    held = _entry(flow, kind, called) or _txn(flow, name)
    fields = held.fields
    if inner:
        fields = next(each for each in held.lines if each["item"] == inner[0])
    elif field == "date":
        return held.date.isoformat()
    elif hasattr(held, field):
        shown = getattr(held, field)
        return shown if isinstance(shown, bool) else str(shown)
    found: Any = fields
    for part in field.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    if field.endswith("Ref") and found:
        return flow.quickbooks.books.lists.full_name(found)
    return found or ""
