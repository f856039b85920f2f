"""Backtesting: what another rulebook would change on the orders that are stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, select

from app.models import Company, db
from app.rules import current_rulebook
from app.sync.backtest import backtest
from app.sync.backtest_report import MOST, Report
from app.sync.preview import plan_orders
from rules_library import compiled as rules_module
from rules_library.compare import Comparison
from rules_library.decision import decisions
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook
from tests.flows import CREATE, Flow, cents, charge, is_, line, order, rule

PAYPAL = is_("payment.method", "PayPal")


def file_of(tables: Any = None, **rules: Any) -> dict[str, Any]:
    """A rulebook file; items are created unless told."""
    written = {
        key: held if isinstance(held, dict) and "otherwise" in held else rule(held)
        for key, held in (CREATE | rules).items()
    }
    return {"rulebooks": 1, "rules": written, "tables": dict(tables or {})}


@contextmanager
def comparing(flow: Flow, data: Any, **options: Any) -> Iterator[Iterator[Report]]:
    """A backtest of a rulebook file against the published rules."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        old = current_rulebook(company)[1]
        yield backtest(company, old, Rulebook.from_file(data), **options)


def found(flow: Flow, data: Any, **options: Any) -> dict[str, Any]:
    """The whole report, as JSON would have it."""
    with comparing(flow, data, **options) as reports:
        *_, last = reports
        result: dict[str, Any] = json.loads(json.dumps(last.to_json(), default=str))
        return result


def everything(flow: Flow) -> dict[str, list[Any]]:
    """Every row of every table."""
    with flow.app.app_context():
        metadata = MetaData()
        metadata.reflect(db.engine)
        return {
            name: [tuple(row) for row in db.session.execute(select(table))]
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def shop(flow: Flow) -> Flow:
    """Three orders, two of them paid by PayPal, under rules that mark nothing unpaid."""
    flow.rules()
    flow.take(
        order("1001", paid="PayPal"),
        order("1002", [line("LAMP", "30.00")], paid="Visa"),
        order("1003", [line("LAMP", "50.00"), line("DESK", "5.00")], paid="PayPal"),
    )
    return flow


def test_the_same_rules_change_nothing(shop: Flow) -> None:
    report = found(shop, file_of())
    assert (report["orders"], report["changed"], report["unchanged"]) == (3, 0, 3)
    assert report["rules_changed"] == []
    assert report["decisions"] == {}
    assert report["fields"] == []


def test_a_changed_decision_tells_before_after_count_and_the_case_that_decides(shop: Flow) -> None:
    report = found(shop, file_of(mark_invoice_unpaid=rule(False, (PAYPAL, True))))
    assert (report["changed"], report["unchanged"]) == (2, 1)
    told = report["decisions"]["mark_invoice_unpaid"]
    assert (told["label"], told["orders"]) == ("Mark the invoice as unpaid", 2)
    (change,) = told["changes"]
    assert change["before"] == {"value": False, "said": "no", "case": None, "title": ""}
    assert change["after"] == {"value": True, "said": "yes", "case": 1, "title": "Case 1"}
    assert change["count"] == 2
    assert {one["order"] for one in change["orders"]} == {"shop:1001", "shop:1003"}


def test_documents_are_counted_before_and_after(shop: Flow) -> None:
    report = found(shop, file_of(mark_invoice_unpaid=rule(False, (PAYPAL, True))))
    documents = {one["kind"]: one for one in report["documents"]}
    assert documents["Invoice"]["before"] == documents["Invoice"]["after"]
    assert documents["Invoice"]["after"] == {"count": 3, "total": "105.00"}
    payments = documents["ReceivePayment"]
    assert (payments["before"]["count"], payments["after"]["count"]) == (3, 1)
    assert Decimal(payments["after"]["total"]) == Decimal("30.00")
    assert report["documents_changed"] == 2


def test_a_field_tells_before_after_and_count(shop: Flow) -> None:
    report = found(shop, file_of(line_class=rule(None, (is_("line.sku", "LAMP"), "Light"))))
    fields = {(one["kind"], one["field"]): one for one in report["fields"]}
    assert set(fields) == {("Invoice", "line.ClassRef")}
    only = fields["Invoice", "line.ClassRef"]
    assert only["orders"] == 3
    assert [(one["before"], one["after"], one["count"]) for one in only["changes"]] == [
        (None, "Light", 3)
    ]


def test_what_is_sold_is_summed_before_and_after(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001", charges=[charge("shipping", "5.00")]), order("1002"))
    report = found(flow, file_of(sync_order=rule(True, (is_("order.number", "1002"), False))))
    assert report["money"] == {"USD": {"before": "45.00", "after": "25.00", "difference": "-20.00"}}


def test_a_changed_verdict_is_told_with_its_reasons(shop: Flow) -> None:
    report = found(shop, file_of(sync_order=rule(True, (PAYPAL, False))))
    (change,) = report["verdicts"]
    assert (change["before"], change["after"], change["count"]) == ("post", "skip", 2)
    assert "left out by rule" in change["reasons"][0]


def test_orders_that_cannot_be_read_are_counted_and_left_as_they_are(shop: Flow) -> None:
    shop.take(order("1004") | {"total": "about twenty"})
    before = everything(shop)
    report = found(shop, file_of(terms="Net 30"))
    assert (report["changed"], report["unreadable"]) == (3, 1)
    assert "/total" in report["not_read"][0]["reason"]
    assert everything(shop) == before


def test_a_posted_order_counts_as_if_it_were_new(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    report = found(flow, file_of(transaction_type="sales_receipt"))
    assert (report["changed"], report["already_posted"]) == (1, 1)
    counts = {
        one["kind"]: (one["before"]["count"], one["after"]["count"]) for one in report["documents"]
    }
    assert counts == {"Invoice": (1, 0), "ReceivePayment": (1, 0), "SalesReceipt": (0, 1)}


def test_the_documents_are_those_that_the_run_plans(shop: Flow) -> None:
    with shop.app.app_context():
        company = db.session.scalars(select(Company)).one()
        numbers = ("1001", "1002", "1003")
        rows = [db.session.merge(shop.order(number)) for number in numbers]
        planned = plan_orders(company, rows, Rulebook.from_file(file_of(terms="Net 30")))
        totals = [d.totals.total for one in planned for d in one.plan.documents if d.totals]
        db.session.rollback()
    report = found(shop, file_of(terms="Net 30"))
    assert sum(totals) == sum(Decimal(one["after"]["total"]) for one in report["documents"])
    assert len(totals) == sum(one["after"]["count"] for one in report["documents"])


def test_a_changed_row_of_a_table_changes_the_decisions_that_read_it(flow: Flow) -> None:
    def tables(name: str) -> Any:
        return {"classes": {"keys": ["region"], "rows": [["CA", name]], "otherwise": None}}

    by_state = rule({"lookup": ["classes", {"var": "shipping.region"}]})
    flow.rules(tables("West"), **{"class": by_state})
    flow.take(order("1001"))
    assert found(flow, file_of(tables("West"), **{"class": by_state}))["rules_changed"] == []
    report = found(flow, file_of(tables("East"), **{"class": by_state}))
    assert report["rules_changed"] == ["class"]
    (change,) = report["decisions"]["class"]["changes"]
    assert (change["before"]["value"], change["after"]["value"]) == ("West", "East")


def test_what_is_the_same_in_both_is_evaluated_once(
    shop: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    decide: Callable[..., Any] = rules_module.CompiledRule.decide

    def counted(self: Any, *facts: Any) -> Any:
        run.append(self.rule.decision.key)
        return decide(self, *facts)

    monkeypatch.setattr(rules_module.CompiledRule, "decide", counted)
    cased = rule(None, (PAYPAL, "Net 15"))
    shop.rules(terms=cased, memo={"cat": ["a", {"var": "order.number"}]})
    run.clear()
    found(
        shop,
        file_of(terms=rule(None, (PAYPAL, "Net 30")), memo={"cat": ["a", {"var": "order.number"}]}),
    )
    assert run.count("terms") == 6
    assert run.count("memo") == 3


def test_only_the_last_orders_are_looked_at_newest_first(shop: Flow) -> None:
    shop.take(order("1000", placed_at="2020-01-01T00:00:00Z"))
    report = found(shop, file_of(terms="Net 30"), last=3)
    assert report["orders"] == 3
    (change,) = report["decisions"]["terms"]["changes"]
    assert [one["order"] for one in change["orders"]] == ["shop:1003", "shop:1002", "shop:1001"]


def test_progress_is_told_after_each_batch_and_the_rest_can_be_left(shop: Flow) -> None:
    with comparing(shop, file_of(terms="Net 30"), batch=2) as reports:
        assert next(reports).done == 0
        assert (next(reports).done, next(reports).done) == (2, 3)
    with comparing(shop, file_of(terms="Net 30"), batch=2) as reports:
        next(reports)
        report = next(reports)
        reports.close()  # type: ignore[attr-defined]
        assert (report.done, report.total) == (2, 3)


def test_more_different_changes_than_are_told_are_counted(flow: Flow) -> None:
    flow.rules()
    flow.take(*(order(str(number)) for number in range(1001, 1001 + MOST + 5)))
    report = found(flow, file_of(po_number={"var": "order.number"}))
    told = report["decisions"]["po_number"]
    assert (len(told["changes"]), told["others"], told["orders"]) == (MOST, 5, MOST + 5)


def test_a_case_that_only_has_another_title_changes_no_order() -> None:
    one, other = file_of(terms=rule(None, (PAYPAL, "A"))), file_of(terms=rule(None, (PAYPAL, "A")))
    other["rules"]["terms"]["cases"][0]["title"] = "Renamed"
    comparison = Comparison(Rulebook.from_file(one), Rulebook.from_file(other))
    facts = {
        "payment": {"method": "PayPal"},
        "lines": [],
        "charges": [],
        "payments": [],
        "refunds": [],
    }
    assert list(comparison.differences(*comparison.decide(facts))) == []


def test_a_rule_left_out_is_the_same_as_its_default_written_out() -> None:
    written = {key: Rule.default(one).to_file() for key, one in decisions().items()}
    data = {"rulebooks": 1, "rules": written, "tables": {}}
    assert Comparison(Rulebook(), Rulebook.from_file(data)).changed == frozenset()


def run(flow: Flow, folder: Path, data: Any, *options: str) -> Any:
    """Run the command on a rulebook file."""
    path = folder / "draft.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return flow.run("backtest", flow.company_name, path, *options)


def test_the_command_tells_progress_on_stderr_and_the_report_in_json(
    shop: Flow, tmp_path: Path
) -> None:
    ran = run(shop, tmp_path, file_of(terms="Net 30"), "--json", "--last", "2")
    assert (ran.code, ran.err) == (0, "2 of 2 orders\n")
    assert (ran.json["orders"], ran.json["changed"]) == (2, 2)
    assert ran.json["money"]["USD"]["difference"] == str(cents(0))


def test_the_command_tells_people_what_changes(shop: Flow, tmp_path: Path) -> None:
    ran = run(shop, tmp_path, file_of(mark_invoice_unpaid=rule(False, (PAYPAL, True))))
    assert ran.out.startswith("3 orders: 2 changed, 1 unchanged, 0 unreadable\n")
    assert "Mark the invoice as unpaid: 2 orders\n  no -> yes (case 1: Case 1)  2 x" in ran.out
    assert "Sold: 105.00 -> 105.00 USD, difference 0.00" in ran.out


def test_a_faulty_file_is_one_line_and_nothing_runs(shop: Flow, tmp_path: Path) -> None:
    ran = run(shop, tmp_path, file_of(no_such_decision=True))
    assert (ran.code, ran.out) == (1, "")
    assert "no_such_decision" in ran.err
    assert ran.err.count("\n") == 1


def test_a_backtest_writes_nothing(shop: Flow, tmp_path: Path) -> None:
    before = everything(shop)
    assert run(shop, tmp_path, file_of(line_class="New class", terms="Net 30")).code == 0
    assert everything(shop) == before


def test_a_company_without_orders_has_an_empty_report(flow: Flow, tmp_path: Path) -> None:
    ran = run(flow, tmp_path, file_of(), "--json")
    assert ran.json["orders"] == 0
    assert ran.json["money"] == {}
