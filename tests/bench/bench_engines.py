"""Our evaluator beside others, the same rules in one run: `python -m tests.bench.bench_engines`.

The others compute in floats, and only ours has a budget. panzi-json-logic and
json-logic-modernized both call their package `json_logic`, so the second is looked for in the
folder `engines` of the environment, where `make bench` puts it.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from rules_library import logic
from tests.bench.bench_logic import RULES, microseconds, order

OURS: Final = "Rulebooks"
APART: Final = Path(sys.prefix) / "engines"
_OWN: Final = frozenset({"is", "lookup"})

Engine = Callable[[list[Any], Any], Callable[[], list[Any]]]
"""Prepares rules and an order; what it returns runs them all once."""


def standard_rules() -> dict[str, Any]:
    """The rules that have only operators that every engine knows."""
    return {name: rule for name, rule in RULES.items() if not _OWN & set(_operators(rule))}


def _operators(rule: Any) -> list[str]:
    if isinstance(rule, dict):
        return [*rule, *(name for part in rule.values() for name in _operators(part))]
    return [name for part in rule for name in _operators(part)] if isinstance(rule, list) else []


def _ours(rules: list[Any], facts: Any) -> Callable[[], list[Any]]:
    calls = [logic.compile_rule(rule).evaluate for rule in rules]
    return lambda: [call(facts) for call in calls]


def _each_time(module: ModuleType) -> Engine:
    """An engine that reads the rule anew for each order."""
    apply = module.jsonLogic

    def prepare(rules: list[Any], facts: Any) -> Callable[[], list[Any]]:
        return lambda: [apply(rule, facts) for rule in rules]

    return prepare


def _panzi() -> Engine:
    importlib.import_module("json_logic.apply")  # the other `json_logic` has no such module
    return _each_time(importlib.import_module("json_logic"))


def _modernized() -> Engine:
    path = APART / "json_logic" / "__init__.py"
    spec = importlib.util.spec_from_file_location("json_logic_modernized", path)
    if spec is None or spec.loader is None or not path.exists():
        raise ImportError(f"it is not in {APART.name}/")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return _each_time(module)


def _datalogic() -> Engine:
    module = importlib.import_module("datalogic_py")

    def prepare(rules: list[Any], facts: Any) -> Callable[[], list[Any]]:
        engine = module.Engine()
        calls = [engine.compile(rule).evaluate_data for rule in rules]

        def run() -> list[Any]:
            read_once = module.DataHandle(facts)
            return [call(read_once) for call in calls]

        return run

    return prepare


ENGINES: Final[Mapping[str, Callable[[], Engine]]] = {
    "panzi-json-logic": _panzi,
    "json-logic-modernized": _modernized,
    "datalogic-py": _datalogic,
}


def installed() -> tuple[dict[str, Engine], dict[str, str]]:
    """The other engines that are there, and why each of the rest is not."""
    found, lacking = {}, {}
    for name, load in ENGINES.items():
        try:
            found[name] = load()
        except ImportError as error:
            lacking[name] = f"{name} is left out: {error}."
    return found, lacking


def differing(engine: Engine) -> list[str]:
    """The rules that an engine answers otherwise than ours does."""
    rules = standard_rules()
    ours = _ours(list(rules.values()), order())()
    theirs = engine(list(rules.values()), order(float))()
    pairs = zip(rules, ours, theirs, strict=True)
    return [name for name, mine, other in pairs if _plain(mine) != _plain(other)]


def _plain(value: Any) -> Any:
    """A value with its numbers as floats of few digits, since the others have no decimals."""
    written = json.loads(json.dumps(value, default=float), parse_int=float)
    return round(written, 9) if isinstance(written, float) else written


def run(scale: float = 1.0) -> dict[str, float]:
    """Microseconds a rule for each engine, and how many times as long as ours it takes."""
    repeats = max(1, int(1000 * scale))
    rules = list(standard_rules().values())
    ours = microseconds(_ours(rules, order()), repeats) / len(rules)
    figures = {f"{OURS}, microseconds a rule": ours}
    for name, engine in installed()[0].items():
        theirs = microseconds(engine(rules, order(float)), repeats) / len(rules)
        figures[f"{name}, microseconds a rule"] = theirs
        figures[f"{name}, times as long as {OURS}"] = theirs / ours
        figures[f"{name}, rules of {len(rules)} answered otherwise"] = len(differing(engine))
    return figures


def main() -> None:
    """Print the figures, and which engines are left out."""
    for name, figure in run().items():
        print(f"{figure:10.3f}  {name}")
    for sentence in installed()[1].values():
        print(sentence)


if __name__ == "__main__":
    main()
