"""Rules mean what json-logic-js 2.0.5 makes of them: live in Node, and as a recorded sample.

RULEBOOKS_JSON_LOGIC_JS names a folder into which the package is, or may be, installed by npm.
`python -m tests.test_logic_against_js` records the sample again.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rules_library import logic

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).parent / "data" / "json_logic_js_sample.json"
VERSION = "2.0.5"

# Every arithmetic operator is watched, so that we know of a NaN or Infinity that a comparison
# swallows later, and of a result that a float cannot hold exactly.
SCRIPT = """
console.log = () => {};
const logic = require(process.argv[1]);
let seen;
logic.add_operation("watch", value => {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) seen.endless = true;
    else if (value * 1024 % 1 !== 0 || Math.abs(value) > 1e15) seen.inexact = true;
  }
  return value;
});
const watched = new Set(["+", "-", "*", "/", "%", "min", "max"]);
function watch(rule) {
  if (Array.isArray(rule)) return rule.map(watch);
  if (!logic.is_logic(rule)) return rule;
  const name = Object.keys(rule)[0];
  const same = {[name]: watch(rule[name])};
  return watched.has(name) ? {watch: [same]} : same;
}
require("readline").createInterface({input: process.stdin}).on("line", line => {
  const [rule, data] = JSON.parse(line);
  seen = {};
  try {
    const value = logic.apply(watch(rule), data);
    seen.value = value === undefined ? null : value;
  } catch (error) { seen.error = String(error); }
  process.stdout.write(JSON.stringify(seen) + "\\n");
});
"""

TEXTS = [
    *("", " ", "0", "1", "2", "01", "-1", "1.5", ".5", "5.", "+5", " 7\n", "1e3", "1e", "1_0"),
    *("0x1A", "0b11", "0o17", "-0x1", "0x", "5 apples", "apples", "Infinity", "-Infinity", "NaN"),
    *("null", "true", "a", "A", "b", "ab", "abc", "é", "z\u00df", "\u00a05", "\u0663", "\ufeff6"),
    *("1,2", "[object Object]", "a.b", "list.0", "\x1f3", "\x85" + "3"),
]
PATHS = [
    *("a", "b", "c", "x.y", "x.z", "x.y.z", "list", "list.0", "list.1", "list.9", "list.length"),
    *("list.00", "list.-1", "list.1.0", "lines", "lines.0.q", "t.0", "t.length", "", "0", "1", "n"),
    *("current", "accumulator", "current.q", "q", "s"),
]
numbers = st.one_of(
    st.integers(-3, 12),
    st.integers(-40, 40).map(lambda quarters: quarters / 4),
    st.sampled_from([0, 100, 10**15, 1e21, -1e21, 123456789012]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(TEXTS))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "q", "y"]), inner, max_size=3),
    ),
    max_leaves=5,
)
datas = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "a": values,
            "b": values,
            "c": scalars,
            "n": numbers,
            "t": st.sampled_from(TEXTS),
            "x": st.fixed_dictionaries({}, optional={"y": values, "z": scalars}),
            "list": st.lists(values, max_size=4),
            "lines": st.lists(
                st.fixed_dictionaries({"q": numbers}, optional={"s": st.sampled_from(TEXTS)}),
                max_size=3,
            ),
        },
    ),
    values,
)


def _with(name: str, *operands: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*operands).map(lambda given: {name: list(given)})


def _many(names: list[str], inner: st.SearchStrategy[Any], least: int) -> st.SearchStrategy[Any]:
    operands = st.lists(inner, min_size=least, max_size=4)
    return st.tuples(st.sampled_from(names), operands).map(lambda given: {given[0]: given[1]})


def _grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    loops = st.sampled_from(["map", "filter", "all", "none", "some"])
    lists = st.one_of(
        st.sampled_from(["list", "lines", "a", "b"]).map(lambda path: {"var": path}), inner
    )
    compared = st.sampled_from(["==", "===", "!=", "!==", ">", ">=", "<", "<=", "in"])
    pair = st.tuples(compared, inner, inner).map(lambda given: {given[0]: [given[1], given[2]]})
    switch = st.lists(st.tuples(st.sampled_from(TEXTS) | numbers, scalars), min_size=4, max_size=6)
    return st.one_of(
        pair,
        pair,
        _with("<", inner, inner, inner),
        _with("<=", inner, inner, inner),
        st.tuples(st.sampled_from(["-", "/", "%"]), inner, inner).map(
            lambda given: {given[0]: [given[1], given[2]]}
        ),
        st.tuples(st.sampled_from(["!", "!!", "-", "+", "*", "cat", "merge", "log"]), inner).map(
            lambda given: {given[0]: [given[1]]}
        ),
        _many(["+", "max", "min", "cat", "merge", "if", "?:"], inner, 0),
        _many(["*", "and", "or"], inner, 1),
        _with("substr", inner, inner),
        _with("substr", inner, inner, inner),
        _with("var", inner),
        _with("var", st.sampled_from(PATHS), inner),
        _with("missing_some", numbers, st.lists(st.sampled_from(PATHS), max_size=3)),
        st.lists(st.sampled_from(PATHS), max_size=3).map(lambda paths: {"missing": paths}),
        st.tuples(loops, lists, inner).map(lambda given: {given[0]: [given[1], given[2]]}),
        _with("reduce", lists, inner, inner),
        _with("reduce", lists, inner),
        st.tuples(st.sampled_from(["==", "==="]), st.sampled_from(PATHS), switch, inner).map(
            lambda given: {
                "if": [
                    part
                    for constant, then in given[2]
                    for part in ({given[0]: [{"var": given[1]}, constant]}, then)
                ]
                + [given[3]]
            }
        ),
        st.lists(inner, max_size=3),
    )


leaves = st.one_of(
    scalars,
    st.sampled_from(PATHS).map(lambda path: {"var": path}),
    st.sampled_from(PATHS).map(lambda path: {"var": path}),
    st.sampled_from([{}, {"a": 1, "b": 2}, {"var": []}]),
    st.lists(scalars, max_size=3),
)
rules = st.recursive(leaves, _grow, max_leaves=8)


class JavaScript:
    """One Node process that evaluates rules, a line each."""

    def __init__(self, package: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "-e", SCRIPT, str(package)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def evaluate(self, rule: Any, data: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([rule, data]) + "\n")
        self._process.stdin.flush()
        seen: dict[str, Any] = json.loads(self._process.stdout.readline(), parse_float=Decimal)
        return seen

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


def _package() -> Path:
    folder = os.environ.get("RULEBOOKS_JSON_LOGIC_JS")
    if not folder or shutil.which("node") is None:
        pytest.skip("needs Node, and RULEBOOKS_JSON_LOGIC_JS naming a folder for json-logic-js")
    package = Path(folder, "node_modules", "json-logic-js").absolute()
    if not package.exists():
        if shutil.which("npm") is None:
            pytest.skip(f"json-logic-js is not in {folder}, and there is no npm to install it")
        command = ["npm", "install", "--prefix", folder, f"json-logic-js@{VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install json-logic-js: {done.stderr[-200:]}")
    assert json.loads((package / "package.json").read_text())["version"] == VERSION
    return package


@pytest.fixture(scope="module")
def javascript() -> Iterator[JavaScript]:
    process = JavaScript(_package())
    yield process
    process.close()


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two JSON values are equal; true and 1 are not."""
    if isinstance(ours, bool) or isinstance(theirs, bool) or ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, (int, float, Decimal)) and isinstance(theirs, (int, float, Decimal)):
        return math.isclose(ours, theirs, rel_tol=1e-12)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
    return bool(type(ours) is type(theirs) and ours == theirs)


def check(rule: Any, data: Any, seen: dict[str, Any]) -> None:
    """Compare our value with what JavaScript has seen, and both our ways of evaluating."""
    compiled = logic.compile_rule(rule)
    try:
        ours = compiled.evaluate(data)
    except logic.EvaluationError as error:
        assert "error" in seen or seen.get("endless"), error  # noqa: PT017 - two outcomes are right
        with pytest.raises(logic.EvaluationError) as explained:
            compiled.explain(data)
        assert explained.value.pointer == error.pointer  # noqa: PT017
        return
    explained_value = compiled.explain(data).value
    assert alike(explained_value, ours)
    if "error" not in seen and not seen.get("inexact"):
        assert alike(ours, seen["value"])


@settings(
    max_examples=1500,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rule=rules, data=datas)
def test_any_rule_means_what_json_logic_js_makes_of_it(
    javascript: JavaScript, rule: Any, data: Any
) -> None:
    check(rule, data, javascript.evaluate(rule, data))


def sample() -> list[dict[str, Any]]:
    """Recorded pairs of rule and data, and what JavaScript saw."""
    recorded: list[dict[str, Any]] = json.loads(SAMPLE.read_text("utf-8"), parse_float=Decimal)
    return recorded


def test_recorded_rules_mean_what_json_logic_js_made_of_them() -> None:
    pairs = sample()
    assert len(pairs) >= 500
    for number, pair in enumerate(pairs):
        try:
            check(pair["rule"], pair["data"], pair["seen"])
        except AssertionError as error:
            raise AssertionError(f"pair {number}: {pair}") from error


def record(each: int = 25) -> None:
    """Write the sample again, with so many rules for each operator at its root."""
    process = JavaScript(_package())
    pairs: list[dict[str, Any]] = []
    roots: Counter[str] = Counter()

    @seed(205)
    @settings(
        max_examples=12_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rule=rules, data=datas)
    def collect(rule: Any, data: Any) -> None:
        pair = json.loads(json.dumps({"rule": rule, "data": data}))
        root = next(iter(rule)) if isinstance(rule, dict) and len(rule) == 1 else ""
        if root and roots[root] < each and len(json.dumps(pair)) < 400 and pair not in pairs:
            seen = process.evaluate(rule, data)
            if "error" not in seen and not seen.get("inexact"):
                pair["seen"] = json.loads(json.dumps(seen, default=float))
                pairs.append(pair)
                roots[root] += 1

    collect()
    process.close()
    lines = ",\n".join(json.dumps(pair, separators=(",", ":")) for pair in pairs)
    SAMPLE.write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    record()
