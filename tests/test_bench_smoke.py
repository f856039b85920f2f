"""Every benchmark runs; counts and ratios are held to their targets, seconds are not."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.bench import bench_decide, bench_engines, bench_pages, bench_sync
from tests.bench.__main__ import names


def test_the_benchmarks_are_found() -> None:
    assert {"bench_logic", "bench_qbxml", "bench_soap", "bench_sync"} <= set(names())


@pytest.mark.parametrize(
    "name", sorted(set(names()) - {"bench_decide", "bench_engines", "bench_pages", "bench_sync"})
)
def test_a_benchmark_gives_figures(name: str) -> None:
    figures: dict[str, Any] = importlib.import_module(f"tests.bench.{name}").run(0.01)
    assert figures
    assert all(float(figure) >= 0 for figure in figures.values())


@pytest.mark.parametrize("name", bench_engines.ENGINES)
def test_another_evaluator_answers_the_same_rules_as_ours(name: str) -> None:
    found, lacking = bench_engines.installed()
    if name in lacking:
        pytest.skip(lacking[name])
    assert bench_engines.differing(found[name]) == []
    assert bench_engines.run(0.01)[f"{name}, times as long as Rulebooks"] > 0


def test_an_order_is_decided_by_200_cases_and_a_large_table() -> None:
    figures = bench_decide.run(0.01)
    assert figures["cases"] == 200
    assert figures["decide(), milliseconds an order"] > 0


def test_the_generated_orders_add_up() -> None:
    numbers = range(1, 30)
    orders = [bench_sync.order(number, number % 7) for number in numbers]
    assert [one["number"] for one in orders] == [str(number) for number in numbers]
    assert {len(one["line_items"]) for one in orders} == {2, 3}
    assert all(bench_sync.translated(one).difference == 0 for one in orders)


def test_orders_are_posted_in_few_soap_calls() -> None:
    figures = bench_sync.run(0.04, many=0)
    assert figures["orders"] == 40
    assert figures["SOAP calls, all new"] <= 60
    assert figures["SOAP calls, customers and items known"] <= 30


def test_no_page_asks_the_database_more_than_30_times() -> None:
    figures = bench_pages.run(0.005)
    queries = {name: figure for name, figure in figures.items() if name.endswith(", queries")}
    assert len(queries) > 60
    assert {name: figure for name, figure in queries.items() if figure > 30} == {}
