"""The benchmark of the evaluator runs, and its figures are what they say they are."""

from __future__ import annotations

from rules_library import logic
from tests.bench import bench_logic


def test_the_benchmark_measures_every_figure() -> None:
    figures = bench_logic.run(scale=0.01)
    assert figures["microseconds a rule"] < 100
    assert {"1,000 rules on one order, milliseconds", "compiling, microseconds a rule"} <= set(
        figures
    )
    assert all(figure > 0 for figure in figures.values())


def test_the_benchmark_runs_rules_that_decide_something() -> None:
    values = {
        name: logic.compile_rule(rule).evaluate(bench_logic.order(), bench_logic.TABLES)
        for name, rule in bench_logic.RULES.items()
    }
    assert values["transaction_type"] == "SalesReceipt"
    assert values["tax_item"] == "CA 7.25"
    assert values["units"] == 15
    assert values["customer"] == "Lovelace, Ada"
    assert values["deposit_account"] == "Stripe Clearing"
    assert values["sales_rep"] == "Cara"
    assert len(values["big_lines"]) == 2
    assert len(values) == 20
