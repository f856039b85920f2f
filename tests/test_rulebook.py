"""A rulebook: every fault of its file is named, it is written back the same, and it decides."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import samples as sample_orders
from rules_library import strict_json
from rules_library.decision import decisions, decisions_of
from rules_library.facts import facts
from rules_library.labels import WHOLE_ORDER
from rules_library.rulebook import Rulebook, RulebookError, content_hash, decide
from tests.planning import CONTEXT, D, line, order, payment, samples, shipping

EXAMPLE: dict[str, Any] = {
    "rulebooks": 1,
    "rules": {
        "mark_invoice_unpaid": {
            "cases": [
                {
                    "title": "Mark as unpaid", "note": "", "enabled": True,
                    "when": {"==": [{"var": "payment.method"}, "PayPal"]}, "then": True,
                }
            ],
            "otherwise": False,
        }
    },
    "tables": {
        "tax_by_state": {"keys": ["region"], "rows": [["CA", "CA 7.25"]], "otherwise": None}
    },
}  # fmt: skip


def faults(data: Any) -> list[tuple[str, str]]:
    with pytest.raises(RulebookError) as caught:
        Rulebook.from_file(data)
    return caught.value.faults


def test_the_example_file_is_read_and_written_back_the_same() -> None:
    assert Rulebook.from_file(EXAMPLE).to_file() == EXAMPLE


def test_the_samples_rulebook_survives_its_file() -> None:
    path = Path(sample_orders.__file__).with_name("rulebook.json")
    book = Rulebook.from_file(json.loads(path.read_text("utf-8")))
    written = json.dumps(book.to_file())
    assert json.dumps(Rulebook.from_file(json.loads(written)).to_file()) == written


def test_a_file_is_written_in_sorted_order() -> None:
    keys = ["terms", "class", "memo"]
    book = Rulebook.from_file(
        {
            "rulebooks": 1,
            "rules": {key: {"otherwise": None} for key in keys},
            "tables": {name: {"keys": ["k"], "rows": []} for name in ("z", "a")},
        }
    )
    assert list(book.to_file()["rules"]) == sorted(keys)
    assert list(book.to_file()["tables"]) == ["a", "z"]


def test_a_file_may_leave_everything_out() -> None:
    assert Rulebook.from_file({"rulebooks": 1}).to_file() == {
        "rulebooks": 1, "rules": {}, "tables": {},
    }  # fmt: skip


def test_every_fault_of_one_rule_is_told() -> None:
    cases = [
        {"when": {"=": [1, 1]}, "then": "a"},
        {"when": True, "then": "a"},
        {"when": True},
        {"when": True, "then": {"a": 1, "b": 2}},
        {"when": True, "then": "a", "more": 1},
    ]
    rules = {"memo": {"cases": cases, "otherwise": {"iff": []}}}
    found = faults({"rulebooks": 1, "rules": rules})
    assert [pointer for pointer, _ in found] == [
        "/rules/memo/cases/0/when", "/rules/memo/cases/2", "/rules/memo/cases/3/then",
        "/rules/memo/cases/4", "/rules/memo/otherwise",
    ]  # fmt: skip


def test_two_cases_with_one_id_are_refused() -> None:
    case = {"when": True, "then": "a"}
    cases = [case, {**case, "id": "x"}, {**case, "id": ""}, {**case, "id": "x"}, case]
    found = faults({"rulebooks": 1, "rules": {"memo": {"cases": cases}}})
    ((pointer, said),) = found
    assert pointer == "/rules/memo/cases/3/id"
    assert "the case has the id of case 2" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice in one object"),
        ('{"a": NaN}', "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ('{"a": }', "line 1 column 7: a value is missing"),
        ("[" * 100_000, "it is nested too deeply"),
        (b"\xff", "it is not UTF-8 text"),
    ],
)
def test_json_that_would_be_half_read_is_refused(text: str | bytes, said: str) -> None:
    with pytest.raises(strict_json.JsonError, match=re.escape(said)):
        strict_json.loads(text)
    assert strict_json.loads(b'\xef\xbb\xbf{"a": [1, 0.5]}') == {"a": [1, 0.5]}


@pytest.mark.parametrize("data", [None, [], "x", 1, {}, {"rulebooks": 2}, {"rulebooks": "1"}])
def test_what_is_no_rulebook_file_is_refused(data: Any) -> None:
    assert faults(data) == [("", 'a rulebook file says "rulebooks": 1')]


def test_every_fault_is_told_with_its_place() -> None:
    found = dict(
        faults(
            {
                "rulebooks": 1,
                "rule": {},
                "rules": {
                    "clas": {"otherwise": "Online"},
                    "class": {"otherwise": {"x": 1}},
                    "terms": {"cases": 5},
                    "memo": {"otherwise": {"lookup": ["gone", "x"]}},
                    "rounding_limit": {"otherwise": "much"},
                },
                "tables": {"a/b": {"keys": ["k"], "rows": [["only one"]]}, "c": 5},
            }
        )
    )
    assert set(found) == {
        "/rule", "/rules/clas", "/rules/class/otherwise", "/rules/terms/cases", "/rules/memo",
        "/rules/rounding_limit/otherwise", "/tables/a~1b", "/tables/c",
    }  # fmt: skip
    assert found["/rules/clas"] == "there is no decision 'clas'"
    assert found["/rules/memo"] == "there is no table 'gone'"


@pytest.mark.parametrize("key", ["rules", "tables"])
@pytest.mark.parametrize("given", [None, [], "x", 5])
def test_rules_and_tables_are_objects(key: str, given: Any) -> None:
    assert faults({"rulebooks": 1, key: given}) == [(f"/{key}", f"{key} is an object")]


def test_a_name_that_is_not_text_is_a_fault_not_a_crash() -> None:
    found = faults({"rulebooks": 1, "rules": {5: {}, "class": {}, None: 1}, 7: 8})
    assert ("/rules", "the name 5 is not text") in found
    assert ("/rules", "the name None is not text") in found
    assert found[0][0] == "/7"


HOSTILE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["cases", "otherwise", "logic", "when", "then", "enabled", "if", "var", "keys",
                 "rows", "lookup", "title", "rules", "preset"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=15,
)  # fmt: skip


@given(
    rules=st.one_of(HOSTILE, st.dictionaries(st.sampled_from([*decisions()]), HOSTILE, max_size=3)),
    tables=st.one_of(HOSTILE, st.dictionaries(st.text(max_size=3), HOSTILE, max_size=2)),
)
def test_any_file_is_read_or_refused_with_its_faults(rules: Any, tables: Any) -> None:
    data = {"rulebooks": 1, "rules": rules, "tables": tables}
    before = copy.deepcopy(data)
    try:
        book = Rulebook.from_file(data)
    except RulebookError as error:
        told = error.faults
    else:
        told = [("", text) for text in decide(facts(order(), CONTEXT), book).errors] or [("", "-")]
    assert told
    assert all(text for _, text in told)
    assert repr(data) == repr(before)


def test_a_very_deep_rule_is_a_fault() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = {"!": deep}
    assert faults({"rulebooks": 1, "rules": {"class": {"otherwise": deep}}})[0][0].startswith(
        "/rules/class/otherwise"
    )


def test_a_decision_that_is_not_in_the_rulebook_keeps_its_default() -> None:
    decided = decide(facts(order(), CONTEXT), Rulebook())
    assert decided["transaction_type"] == "invoice_and_payment"
    assert decided["ref_number"] == "1001"
    assert decided.errors == []


def test_every_decision_is_made_in_every_scope_that_it_has() -> None:
    of = order(
        lines=(line(), line(source_id="2")),
        payments=(payment("40.00"), payment("5.00", source_id="p2")),
    )
    decided = decide(facts(of, CONTEXT), Rulebook())
    for scope, parts, count in (
        ("order", (decided.order,), 1),
        ("line", decided.lines, 2),
        ("charge", decided.charges, 1 + len(WHOLE_ORDER)),
        ("payment", decided.payments, 2),
    ):
        assert len(parts) == count
        for outcomes in parts:
            keys = [decision.key for decision in decisions_of(scope)]
            assert list(outcomes) == keys


def test_each_part_is_decided_by_its_own_facts() -> None:
    book = Rulebook.from_file(
        {
            "rulebooks": 1,
            "rules": {
                "line_class": {"logic": {"or": [{"var": "line.sku"}, {"var": "charge.name"}]}},
                "deposit_account": {"logic": {"var": "payment.method"}},
            },
        }
    )
    of = order(
        lines=(line(), line(source_id="2", sku="SAW-1")),
        charges=(shipping(name="UPS"),),
        payments=(payment("40.00"), payment("5.00", source_id="p2", method="Cash")),
    )
    decided = decide(facts(of, CONTEXT), book)
    assert [one["line_class"].value for one in decided.lines] == ["HAM-16", "SAW-1"]
    assert decided.charges[0]["line_class"].value == "UPS"
    assert [one["deposit_account"].value for one in decided.payments] == ["Visa", "Cash"]
    assert decided["deposit_account"] == "Visa"


def test_the_winning_case_is_told() -> None:
    of = order(payments=(payment("45.00", method="PayPal"),))
    outcome = decide(facts(of, CONTEXT), Rulebook.from_file(EXAMPLE)).order["mark_invoice_unpaid"]
    assert (outcome.value, outcome.case, outcome.title) == (True, 1, "Mark as unpaid")


def test_errors_name_the_decision_once_for_all_lines() -> None:
    book = Rulebook.from_file(
        {"rulebooks": 1, "rules": {"skip_line": {"logic": {"var": "line.sku"}}}}
    )
    of = order(lines=(line(), line(source_id="2")))
    assert decide(facts(of, CONTEXT), book).errors == [
        "the rule for 'Leave the line out' cannot be used: 'HAM-16' is neither true nor false"
    ]


def test_tables_are_looked_up() -> None:
    book = Rulebook.from_file(
        {
            **EXAMPLE,
            "rules": {
                "tax_item": {"logic": {"lookup": ["tax_by_state", {"var": "shipping.region"}]}}
            },
        }
    )
    of = order()
    assert decide(facts(of, CONTEXT), book)["tax_item"] is None
    found = facts(of, CONTEXT)
    found["shipping"]["region"] = " ca "
    assert decide(found, book)["tax_item"] == "CA 7.25"


def test_one_order_does_not_change_what_the_next_is_given() -> None:
    book = Rulebook.from_file(EXAMPLE)
    first = [decide(facts(of, CONTEXT), book) for of in samples()]
    again = [decide(facts(of, CONTEXT), book) for of in reversed(samples())]
    assert first == again[::-1]


def test_equal_content_has_an_equal_hash() -> None:
    assert content_hash({"a": 1, "b": D("1.0")}) == content_hash({"b": D("1.0"), "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})
    assert content_hash({"a": 1}) != content_hash({"a": "1"})
