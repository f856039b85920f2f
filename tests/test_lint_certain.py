"""What lint claims holds for every order: no generated fact ever contradicts it."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules_library import logic
from rules_library.lint import lint
from rules_library.lint.conditions import Reasoning, parse
from rules_library.rulebook import Rulebook

WORDS = ["a", "A", " a", "ab", "b", "ba", "", " ", "0", "5", "5.0", " 5", "true", "TRUE", "1"]
DAYS = ["2026-01-01", "2026-02-01", "2026-02-01T10:00:00Z"]
NUMBERS = [0, 1, 5, -1, 5.0, 0.1, 10]
SCALARS = [*WORDS, *DAYS, *NUMBERS, True, False, None]
SUBJECTS = ["payment.method", "order.total", "custom.any"]

scalars = st.sampled_from(SCALARS)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
anything |= st.sampled_from([{}, {"a": 1}, [], [[]], [None], ["a", "b"], ["true"]])
subjects = st.sampled_from([{"var": path} for path in SUBJECTS])

atoms = st.one_of(
    st.tuples(
        st.sampled_from(
            ["==", "===", "!=", "!==", "is", "is_not", "<", "<=", ">", ">=", "contains",
             "starts_with", "ends_with", "before", "after", "on", "on_or_before", "on_or_after"]
        ),
        subjects,
        scalars,
    ).map(lambda made: {made[0]: [made[1], made[2]]}),
    st.tuples(st.sampled_from(["==", "is", "<", ">="]), scalars, subjects).map(
        lambda made: {made[0]: [made[1], made[2]]}
    ),
    st.tuples(
        st.sampled_from(["in", "one_of"]), subjects, st.lists(scalars, min_size=1, max_size=3)
    ).map(lambda made: {made[0]: [made[1], made[2]]}),
    st.tuples(st.sampled_from(["<", "<="]), scalars, subjects, scalars).map(
        lambda made: {made[0]: list(made[1:])}
    ),
    st.tuples(st.sampled_from(["is_empty", "!", "!!"]), subjects).map(
        lambda made: {made[0]: [made[1]]}
    ),
    subjects,
    st.booleans(),
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda made: {made[0]: made[1]}
        ),
        inner.map(lambda one: {"!": [one]}),
    ),
    max_leaves=4,
)
facts = st.fixed_dictionaries(
    {"payment.method": scalars, "order.total": scalars, "custom.any": anything}
).map(
    lambda made: {
        "payment": {"method": made["payment.method"]},
        "order": {"total": made["order.total"]},
        "custom": {"any": made["custom.any"]},
    }
)


def value(when: Any, given_facts: Any) -> bool | None:
    """Whether the condition holds; None when it fails with an error."""
    try:
        return logic.truthy(logic.compile_rule(when).evaluate(given_facts))
    except logic.EvaluationError:
        return None


@settings(max_examples=150, deadline=None)
@given(first=conditions, second=conditions, seen=st.lists(facts, min_size=8, max_size=12))
@example(
    first={"is": [{"var": "custom.any"}, "true"]},
    second={"==": [{"var": "custom.any"}, "1"]},
    seen=[{"custom": {"any": True}}],
)
def test_what_follows_from_a_condition_follows_for_every_fact(
    first: Any, second: Any, seen: list[Any]
) -> None:
    reasoning = Reasoning()
    one, other = parse(first), parse(second)
    implied, apart = reasoning.implies(one, other), reasoning.excludes(one, other)
    never, always = reasoning.never(one), reasoning.always(one)
    for held in seen:
        left, right = value(first, held), value(second, held)
        assert not (never and left)
        assert not (always and left is False)
        assert not (implied and left and right is False)
        assert not (apart and left and right)


@st.composite
def neighbours(draw: Any) -> tuple[Any, Any]:
    """Two comparisons of one fact, so that something often follows."""
    subject = draw(subjects)
    made = []
    for _ in range(2):
        name = draw(
            st.sampled_from(
                ["==", "===", "is", "in", "one_of", "<", "<=", ">", ">=", "contains",
                 "starts_with", "ends_with", "before", "on", "is_empty", "on_or_after"]
            )
        )  # fmt: skip
        if name == "is_empty":
            made.append({name: subject})
        elif name in {"in", "one_of"}:
            made.append({name: [subject, draw(st.lists(scalars, min_size=1, max_size=2))]})
        else:
            made.append({name: [subject, draw(scalars)]})
    return made[0], made[1]


EVERY: list[Any] = [
    *SCALARS,
    {},
    [],
    [[]],
    [None],
    ["a"],
    ["a", "b"],
    ["5"],
    [5],
    "b a",
    "5.00",
    "tru",
    5.5,
]


@settings(max_examples=250, deadline=None)
@given(pair=neighbours())
def test_what_two_comparisons_of_one_fact_say_of_each_other_is_certain(
    pair: tuple[Any, Any],
) -> None:
    first, second = pair
    one, other = parse(first), parse(second)
    reasoning = Reasoning()
    implied, apart = reasoning.implies(one, other), reasoning.excludes(one, other)
    for found in EVERY:
        held = {"custom": {"any": found}}
        if not isinstance(found, (list, dict)):
            held |= {"payment": {"method": found}, "order": {"total": found}}
        left, right = value(first, held), value(second, held)
        assert not (implied and left and right is False), found
        assert not (apart and left and right), found


@settings(max_examples=80, deadline=None)
@given(
    whens=st.lists(conditions, min_size=2, max_size=5),
    seen=st.lists(facts, min_size=8, max_size=12),
)
def test_a_case_called_unreachable_or_contradictory_never_wins(
    whens: list[Any], seen: list[Any]
) -> None:
    cases = [{"when": when, "then": str(number)} for number, when in enumerate(whens)]
    rulebook = Rulebook.from_file({"rulebooks": 1, "rules": {"memo": {"cases": cases}}})
    dead = {
        finding.case
        for finding in lint(rulebook)
        if finding.code in {"unreachable", "contradiction"}
        or (finding.code == "constant" and finding.severity == "warning")
    }
    for held in seen:
        outcome = rulebook.rules["memo"].decide(held, {})
        assert outcome.case not in dead or outcome.error
