"""Backtests of stored orders: seconds and memory when three decisions change, and when all do."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import create_app
from app.migrate import upgrade
from app.models import Company, db
from app.security import digest
from app.settings import load
from app.sync.backtest import backtest
from app.sync.backtest_report import Report
from app.sync.intake import receive, store_named
from rules_library.decision import decisions
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook
from tests.bench.bench_sync import RULES, order

ORDERS = 10_000
CARD = {"starts_with": [{"var": "payment.method"}, "credit card"]}
DEAR = {">": [{"var": "order.total"}, 100]}
THREE = {
    "mark_invoice_unpaid": {"cases": [{"when": DEAR, "then": True}], "otherwise": False},
    "terms": {"cases": [{"when": CARD, "then": "Net 30"}], "otherwise": None},
    "line_class": {
        "cases": [{"when": {"is": [{"var": "line.sku"}, "SKU-007"]}, "then": "Bond"}],
        "otherwise": "Online",
    },
}


def _book(rules: dict[str, Any]) -> Rulebook:
    return Rulebook.from_file({**RULES, "rules": {**RULES["rules"], **rules}})  # type: ignore[dict-item]


def all_changed() -> dict[str, Any]:
    """Every decision with one case more, which fits no order."""
    never = {"title": "Never", "when": {"==": [{"var": "order.number"}, "none"]}}
    rules = {}
    for key, decision in decisions().items():
        rule = Rule.default(decision).to_file()
        otherwise = rule["otherwise"]
        literal = None if isinstance(otherwise, dict) or decision.collects else otherwise
        rules[key] = {**rule, "cases": [{**never, "then": literal}, *rule["cases"]]}
    return rules | THREE


def _timed(company: Company, new: Rulebook) -> tuple[float, Report]:
    began = time.perf_counter()
    *_, report = backtest(company, _book({}), new)
    return time.perf_counter() - began, report


def _peak(company: Company, new: Rulebook, last: int) -> float:
    tracemalloc.start()
    for _ in backtest(company, _book({}), new, last=last):
        pass
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return peak


def run(scale: float = 1.0) -> dict[str, float]:
    """Figures for 10,000 orders times the scale."""
    count = max(1, round(ORDERS * scale))
    with tempfile.TemporaryDirectory(prefix="rulebooks-bench-") as folder:
        app = create_app(load(instance=Path(folder), database_url=""))
        with app.app_context():
            upgrade()
            db.session.add(Company(name="B", username="b", password_digest=digest("b" * 20)))
            db.session.commit()
            company = db.session.scalars(select(Company)).one()
            store = store_named(company, "bench", "woocommerce")
            for start in range(0, count, 1_000):
                numbers = range(start + 1, min(start + 1_000, count) + 1)
                receive(company, store, "woocommerce", json.dumps([order(n, n) for n in numbers]))
                db.session.expunge_all()
                company = db.session.merge(company)
                store = db.session.merge(store)
            few, report = _timed(company, _book(THREE))
            every, _ = _timed(company, _book(all_changed()))
            figures = {
                "orders": float(report.done),
                "changed": float(report.changed),
                "three decisions change, s": few,
                "all decisions change, s": every,
            }
            fifth = max(1, count // 5)
            figures["peak memory, a fifth of the orders, MB"] = _peak(company, _book(THREE), fifth)
            figures["peak memory, two fifths, MB"] = _peak(company, _book(THREE), fifth * 2)
            db.session.remove()
            db.engine.dispose()
    return figures


if __name__ == "__main__":
    for name, figure in run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0).items():
        print(f"{figure:12.2f}  {name}")
