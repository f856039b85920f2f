"""Deciding an order by all decisions, 200 cases and a table of 10,000 rows; publishing them."""

from __future__ import annotations

import tempfile
from datetime import date
from itertools import islice, repeat
from pathlib import Path
from time import perf_counter
from typing import Any

from app import create_app
from app.migrate import upgrade
from app.models import Company, db
from app.rules import publish
from app.security import digest
from app.settings import load
from rules_library.decision import Choice, Decision, OptionalFlag, Text, YesNo, decisions
from rules_library.facts import Context, facts
from rules_library.rulebook import Rulebook, decide
from tests.bench.bench_logic import microseconds
from tests.bench.bench_sync import order, translated

CASES = 200
ROWS = 10_000
TODAY = date(2026, 11, 25)


def _conditions(number: int) -> list[Any]:
    """Conditions as people write them, of which none fits."""
    return [
        {"is": [{"var": "payment.method"}, f"Method {number}"]},
        {"one_of": [{"var": "shipping.region"}, [f"R{number}", f"S{number}"]]},
        {"and": [{">": [{"var": "order.total"}, 10_000 + number]},
                 {"contains": [{"var": "customer.company"}, f"Ltd {number}"]}]},
        {"starts_with": [{"var": "order.number"}, f"X{number}-"]},
        {"some": [{"var": "lines"}, {"is": [{"var": "sku"}, f"NONE-{number}"]}]},
    ]  # fmt: skip


def _given(decision: Decision) -> Any:
    """A value that its cases give."""
    match decision.kind:
        case Choice(options):
            return next(iter(options))
        case YesNo() | OptionalFlag():
            return True
        case _:
            return "Something"


def rulebook_file() -> dict[str, Any]:
    """200 cases over the decisions that take a plain value, in turn, and the table of items."""
    taking = [
        one
        for one in decisions().values()
        if isinstance(one.kind, (Choice, YesNo, OptionalFlag, Text)) or one.list
        if not one.collects and one.key not in {"item", "when_item_missing"}
    ]
    rules: dict[str, Any] = {
        "item": {
            "cases": [],
            "otherwise": {"lookup": ["items", {"var": "line.sku"}, {"var": "line.sku"}]},
        },
        "when_item_missing": {"cases": [], "otherwise": "create_non_inventory"},
    }
    turns = (one for turn in repeat(taking) for one in turn)
    for number, decision in enumerate(islice(turns, CASES)):
        rule = rules.setdefault(decision.key, {"cases": []})
        when = _conditions(number)[len(rule["cases"]) % 5]
        title = f"Case {len(rule['cases']) + 1}"
        rule["cases"].append({"title": title, "when": when, "then": _given(decision)})
    rows = [[f"SKU-{row:05}", f"Item {row}"] for row in range(ROWS)]
    tables = {"items": {"keys": ["sku"], "rows": rows, "otherwise": None}}
    return {"rulebooks": 1, "rules": rules, "tables": tables}


def run(scale: float = 1.0) -> dict[str, float]:
    """Milliseconds an order; seconds for reading and publishing the rulebook."""
    file = rulebook_file()
    began = perf_counter()
    rulebook = Rulebook.from_file(file)
    reading = perf_counter() - began
    given = translated(order(1, 1))
    known = facts(given, Context(today=TODAY, customer_orders=3))
    repeats = max(1, int(200 * scale))
    return {
        "decisions": len(decisions()),
        "cases": sum(len(one.parts) for one in rulebook.rules.values()),
        "lines of the order": len(given.lines),
        "decide(), milliseconds an order": microseconds(
            lambda: decide(known, rulebook), repeats
        ) / 1000,
        "facts(), milliseconds an order": microseconds(
            lambda: facts(given, Context(today=TODAY)), repeats
        ) / 1000,
        "reading the rulebook, seconds": reading,
        **_publishing(file),
    }  # fmt: skip


def _publishing(file: dict[str, Any]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="rulebooks-bench-") as folder:
        app = create_app(load(instance=Path(folder), database_url="", secret_key="b" * 40))
        with app.app_context():
            upgrade()
            company = Company(name="B", username="b", password_digest=digest("b" * 20))
            db.session.add(company)
            db.session.commit()
            began = perf_counter()
            publish(company, file)
            first = perf_counter() - began
            file["rules"]["memo"]["cases"][0]["title"] = "Renamed"
            began = perf_counter()
            publish(company, file)
            again = perf_counter() - began
            db.session.remove()
            db.engine.dispose()
    return {
        "publishing 200 cases and the table, seconds": first,
        "publishing one changed case, seconds": again,
    }


def main() -> None:
    """Print the figures."""
    for name, figure in run().items():
        print(f"{figure:10.3f}  {name}")


if __name__ == "__main__":
    main()
