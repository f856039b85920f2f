"""A scenario: orders over time and a rulebook in a file, and the books that must come of it.

The file's form is told in ``tests/scenarios/README.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.flows import Flow, charge, line, order, rule, tax

FOLDER = Path(__file__).parent / "scenarios"
TOP = {"title", "covers", "rules", "tables", "settings", "lists", "step"}
STEP = {"do", "order", "rules", "settings", "expect"}
EXPECT = {"states", "reasons", "documents", "accounts", "open", "ordered", "fields"}


@dataclass(frozen=True)
class Scenario:
    """One file."""

    name: str
    data: Mapping[str, Any]

    def run(self, flow: Flow) -> None:
        """Play every step and compare the books after each."""
        for setting, value in self.data.get("settings", {}).items():
            flow.quickbooks.prefer(setting, value)
        for one in self.data.get("lists", []):
            flow.add(one["kind"], one["xml"])
        rules = dict(self.data.get("rules", {}))
        flow.rules(self.data.get("tables"), **_rules(rules))
        opening = flow.quickbooks.totals()
        orders: dict[str, dict[str, Any]] = {}
        for number, step in enumerate(self.data["step"], start=1):
            at = f"step {number} ({step['do']})"
            if "rules" in step:
                rules |= step["rules"]
                flow.rules(self.data.get("tables"), **_rules(rules))
            for setting, value in step.get("settings", {}).items():
                flow.quickbooks.prefer(setting, value)
            for given in step.get("order", []):
                orders[given["number"]] = orders.get(given["number"], {}) | given
            if taken := [orders[one["number"]] for one in step.get("order", [])]:
                flow.take(*map(_order, taken))
            flow.sync()
            self._compare(flow, step, opening, at)
        before = _documents(flow)
        flow.sync()
        assert _documents(flow) == before, "one more session changes nothing"

    def _compare(
        self, flow: Flow, step: Mapping[str, Any], opening: Mapping[str, Decimal], at: str
    ) -> None:
        """All that a step expects against all that is; what it leaves out has to be nothing."""
        given = step["expect"]
        assert set(given) <= EXPECT, at
        expected = {"documents": [], "accounts": {}, "open": {}, "ordered": {}} | given
        found: dict[str, Any] = {
            "documents": _documents(flow),
            "accounts": _moved(opening, flow.quickbooks.totals()),
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
        if "fields" in given:
            found["fields"] = {path: _field(flow, path) for path in given["fields"]}
        why = {} if found == expected else _reasons(flow)
        assert {"at": at, **found} == {"at": at, **expected}, f"{at}: {found}, reasons {why}"
        assert flow.quickbooks.out_of_balance() == 0, at


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


def _order(given: Mapping[str, Any]) -> dict[str, Any]:
    """The order in our own form; lines, charges and taxes may be short lists."""
    fields = dict(given)
    lines = [
        line(each[0], each[1], *each[2:]) if isinstance(each, list) else _line(each)
        for each in fields.pop("lines", [])
    ]
    charges = [
        charge(*each) if isinstance(each, list) else each for each in fields.pop("charges", [])
    ]
    taxes = [tax(*each) if isinstance(each, list) else each for each in fields.pop("taxes", [])]
    paid = fields.pop("paid", "Visa") or None
    return order(fields.pop("number"), lines, charges=charges, taxes=taxes, paid=paid, **fields)


def _line(each: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(each)
    return line(fields.pop("sku"), fields.pop("price"), fields.pop("quantity", 1), **fields)


def _reasons(flow: Flow) -> dict[str, list[str]]:
    return {number: flow.order(number).reasons for number in flow.states()}


def _name(txn: Any) -> str:
    return f"{txn.kind} {txn.ref_number}".strip()


def _documents(flow: Flow) -> list[str]:
    return sorted(f"{_name(txn)} {txn.total:.2f}" for txn in flow.quickbooks.transactions())


def _moved(opening: Mapping[str, Decimal], now: Mapping[str, Decimal]) -> dict[str, str]:
    """Debits less credits of each account since the scenario began, where there are any."""
    return {
        name: f"{moved:.2f}"
        for name in sorted({*opening, *now})
        if (moved := now.get(name, Decimal(0)) - opening.get(name, Decimal(0)))
    }


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


def _field(flow: Flow, path: str) -> Any:
    """A field of a document: ``Invoice 1.PONumber``, ``Invoice 1.customer``."""
    name, _, field = path.rpartition(".")
    (txn,) = [one for one in flow.quickbooks.transactions() if _name(one) == name]
    return getattr(txn, field) if hasattr(txn, field) else txn.fields.get(field)
