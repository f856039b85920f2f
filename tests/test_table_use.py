"""Which rows of a table no order looked up lately: told by lint and by the table's command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.models import Order, db, now
from rules_library.lint import lint
from rules_library.logic import Table
from rules_library.rulebook import Rulebook
from rules_library.table_use import TableUse, Watched
from tests.flows import Flow, line, order
from tests.test_explain import FACTS

LOOK_UP = {"lookup": ["items", {"var": "line.sku"}, {"var": "line.sku"}]}
ROWS = [["LAMP", "Table lamp"], ["SHADE", "Lamp shade"], ["BULB", "Bulb"], ["*", "Sundries"]]


def tables(rows: list[Any] = ROWS, key: str = "sku") -> dict[str, Any]:
    return {"items": {"keys": [key], "rows": rows, "otherwise": None}}


def test_a_watched_table_answers_as_the_table_does_and_notes_the_row() -> None:
    table = Table(["region", "city"], [["CA", "*", 1], ["CA", "Fresno", [2]], ["*", "*", 3]], 0)
    watched = Watched(table)
    for key in (["ca", "Fresno"], ["CA", "Davis"], ["NY", "x"]):
        assert watched.lookup(key) == table.lookup(key)
    assert watched.used == {0, 1, 2}
    only = Watched(Table(["sku"], [["a", 1], ["b", 2]], "none"))
    assert [only.lookup(key) for key in ("B ", "c")] == [2, "none"]
    assert only.used == {1}
    assert only == Table(["sku"], [["a", 1], ["b", 2]], "none")


def test_rows_are_counted_over_orders_and_by_the_rules_that_read() -> None:
    regions = {"lookup": ["regions", {"var": "shipping.region"}]}
    when = {"is": [{"lookup": ["regions", {"var": "billing.region"}]}, "x"]}
    rules = {"class": {"otherwise": regions}, "memo": {"cases": [{"when": when, "then": "a"}]}}
    rows = [["CA", "West"], ["NY", "East"], ["TX", "South"]]
    both = {"regions": {"keys": ["region"], "rows": rows}, "idle": {"keys": ["a"], "rows": []}}
    use = TableUse(Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": both}))
    assert list(use.tables) == ["regions"]
    shipped, billed = ({**FACTS[side], "region": name} for side, name in
                       (("shipping", "ny"), ("billing", "TX")))  # fmt: skip
    use.add({**FACTS, "shipping": shipped, "billing": billed})
    assert (use.orders, use.unused()) == (1, {"regions": [0]})


@pytest.mark.parametrize(("orders", "told"), [(19, []), (20, ["unused-rows"])])
def test_lint_tells_unused_rows_once_enough_orders_are_known(orders: int, told: list[str]) -> None:
    rules = {"class": {"otherwise": {"lookup": ["items", {"var": "order.number"}]}}}
    rows = [[f"K{number}", "x"] for number in range(1200)]
    rulebook = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": tables(rows)})
    use = TableUse(rulebook)
    for _ in range(orders):
        use.add({**FACTS, "order": {**FACTS["order"], "number": "k1"}})
    found = [one for one in lint(rulebook, use=use) if one.code == "unused-rows"]
    assert [one.code for one in found] == told
    for one in found:
        assert one.sentence == (
            "1,199 of the 1,200 rows of the table 'items' were looked up by none of the last 20 "
            "orders: K0, K2, K3, K4, K5 and 1,194 more."
        )
        assert one.pointer == "/tables/items"


def test_the_command_lists_the_rows_that_stored_orders_did_not_look_up(flow: Flow) -> None:
    flow.rules(tables(), item={"cases": [], "otherwise": LOOK_UP})
    flow.post(
        order("1", [line("LAMP", "20.00")]), order("2", [line("Bulb", "3.00"), line("X", "1")])
    )
    ran = flow.run("rules", "table", flow.company_name, "items", "--unused", "--json")
    assert ran.json == {
        "table": "items", "days": 90, "orders": 2, "rows": 4,
        "unused": [["SHADE", "Lamp shade"]],
    }  # fmt: skip
    said = flow.run("rules", "table", flow.company_name, "items", "--unused")
    assert said.out == "SHADE\tLamp shade\n"
    assert "1 of 4 rows were looked up by none of 2 orders of the last 90 days." in said.err
    with flow.app.app_context():
        first = db.session.scalar(select(Order.id).where(Order.number == "1"))
        long_ago = now() - timedelta(days=100)
        db.session.execute(update(Order).where(Order.id == first).values(decided_at=long_ago))
        db.session.commit()
    ran = flow.run("rules", "table", flow.company_name, "items", "--unused", "--json")
    assert (ran.json["orders"], len(ran.json["unused"])) == (1, 2)


def test_an_order_is_decided_again_with_what_was_known_then(flow: Flow) -> None:
    documents = {"lookup": ["items", {"var": "customer.orders"}]}
    flow.rules(tables([["0", "first"], ["1", "second"], ["2", "third"]], "orders"),
               memo={"cases": [], "otherwise": documents})  # fmt: skip
    flow.post(order("1"))
    flow.post(order("2", placed_at="2026-11-21T10:00:00Z"))
    ran = flow.run("rules", "table", flow.company_name, "items", "--unused", "--json")
    assert ran.json["unused"] == [["2", "third"]]


def test_a_table_that_no_rule_reads_is_one_line(flow: Flow) -> None:
    flow.rules(tables())
    ran = flow.run("rules", "table", flow.company_name, "items", "--unused")
    assert (ran.code, ran.err) == (1, "rulebooks: No rule reads the table 'items'.\n")
    both = flow.run("rules", "table", flow.company_name, "items", "--unused", "--export", "x.csv")
    assert "exclude each other" in both.err
