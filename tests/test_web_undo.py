"""What a button of the builder took out comes back where it was."""

from __future__ import annotations

import json

import pytest

from app.web.rules.pressed import press
from app.web.rules.sketch import SketchError, Tree, blank_case, decode, listed

CASE = {
    "cases.4.title": "First", "cases.4.when.items.0.fact": "order.total",
    "cases.4.when.items.1.fact": "order.currency", "cases.4.when.items.2.fact": "payment.method",
    "cases.2.title": "Second", "cases.2.then.rows.0.source": "a", "cases.2.then.rows.1.source": "b",
    "cases.9.title": "Third",
}  # fmt: skip


def tree() -> Tree:
    return decode(CASE.items())


def again(given: Tree) -> Tree:
    """The form as the page shows it and the browser sends it back: lists but cases count anew."""
    fields: dict[str, str] = {}

    def put(value: object, name: str) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                if key != "k":
                    put(one, f"{name}.{key}" if name else key)
        elif isinstance(value, list):
            for place, one in enumerate(value):
                number = one["k"] if isinstance(one, dict) and "k" in one else place
                put(one, f"{name}.{number}")
        else:
            fields[name] = str(value)

    put(listed(given), "")
    return decode(fields.items())


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("cases.4", "The case “First” is out."),
        ("cases.2", "The case “Second” is out."),
        ("cases.9", "The case “Third” is out."),
        ("cases.4.when.items.0", "The condition is out."),
        ("cases.4.when.items.1", "The condition is out."),
        ("cases.4.when.items.2", "The condition is out."),
        ("cases.2.then.rows.1", "The row is out."),
    ],
)
def test_what_was_removed_comes_back_where_it_was(place: str, words: str) -> None:
    form = tree()
    pressed = press(form, f"remove:{place}")
    assert pressed.removed
    assert pressed.removed.words == words
    assert listed(form) != listed(tree())
    form = again(form) | {"removed": pressed.removed.text}
    press(form, "restore")
    assert listed(form) == listed(tree())


def test_the_only_one_of_a_list_comes_back() -> None:
    form: Tree = {"cases": {"0": blank_case()}}
    before = listed(form)
    pressed = press(form, "remove:cases.0")
    assert pressed.removed
    form = {"removed": pressed.removed.text}
    assert press(form, "restore").focus == "cases.0"
    assert listed(form) == before


@pytest.mark.parametrize(
    "kept",
    [
        "", "nonsense", "[]", "{}", "[" * 9_999,
        json.dumps({"list": ["cases"], "number": "1", "at": 0, "part": 5}),
        json.dumps({"list": ["cases"], "number": 1, "at": 0, "part": {}}),
        json.dumps({"list": [], "number": "1", "at": 0, "part": {}}),
        json.dumps({"list": ["cases", 3], "number": "1", "at": 0, "part": {}}),
        json.dumps({"list": ["cases", "7", "rows"], "number": "1", "at": 0, "part": {}}),
        json.dumps({"list": ["cases"], "number": "1", "at": "0", "part": {"a": [1]}}),
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(kept: str) -> None:
    with pytest.raises(SketchError):
        press(tree() | {"removed": kept}, "restore")
