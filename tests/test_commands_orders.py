"""`rulebooks orders import`: whole files or nothing, and one line about what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.models import Event, Order, Store
from app.samples import SAMPLES
from tests.flows import Flow, Ran, line, order


def written(folder: Path, content: Any, name: str = "orders.json") -> Path:
    """A file with that text, bytes or JSON."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    return path


def take(flow: Flow, *files: Path, format_key: str = "rulebooks") -> Ran:
    """Import files."""
    return flow.run("orders", "import", flow.company_name, "--format", format_key, *files)


def take_json(flow: Flow, *files: Path) -> Ran:
    """Import files, answering in JSON."""
    return flow.run(
        "orders", "import", flow.company_name, "--format", "rulebooks", "--json", *files
    )


def test_orders_are_imported_and_counted(flow: Flow, tmp_path: Path) -> None:
    ran = take(flow, written(tmp_path, [order("1001"), order("1002")]))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "2 new, 0 changed, 0 unchanged.\n"
    assert flow.states() == {"1001": "new", "1002": "new"}


def test_the_answer_for_machines_is_json(flow: Flow, tmp_path: Path) -> None:
    ran = take_json(flow, written(tmp_path, [order("1001")]))
    assert ran.code == 0
    assert ran.json == {
        "new": 1, "changed": 0, "same": 0, "older": 0, "bad": [], "failed": [],
    }  # fmt: skip


def test_a_second_import_says_what_is_unchanged_changed_and_older(
    flow: Flow, tmp_path: Path
) -> None:
    first = [order("1001"), order("1002"), order("1003", updated_at="2026-11-22T12:00:00Z")]
    take(flow, written(tmp_path, first))
    second = [
        order("1001"),
        order("1002", fulfillment_status="fulfilled"),
        order("1003", updated_at="2026-11-21T12:00:00Z"),
    ]
    ran = take_json(flow, written(tmp_path, second))
    counts = {key: ran.json[key] for key in ("new", "changed", "same", "older")}
    assert counts == {"new": 0, "changed": 1, "same": 1, "older": 1}
    assert flow.order("1002").revision == 2


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('[{"source_id": }]', "line 1, column 16"),
        ('[\n{"source_id": "1"}\n{"source_id": "2"}\n]', "line 3, column 1"),
        ("", "the file is empty"),
        ("not json", "line 1, column 1"),
        (b"\xff\xfe\x00", "not UTF-8 at byte 0"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
        ('[{"source_id": NaN}]', "NaN is not a number"),
        ("{}", "no orders"),
        ("[]", "no orders"),
        ('"text"', "no orders"),
    ],
)
def test_a_malformed_file_is_one_line_that_says_where(
    flow: Flow, tmp_path: Path, content: str | bytes, where: str
) -> None:
    path = written(tmp_path, content)
    ran = take(flow, path)
    assert ran.code == 1
    assert where in ran.err
    assert str(path) in ran.err
    assert ran.err.count("\n") == 1
    assert flow.count(Order) == 0


def test_nothing_of_a_malformed_file_goes_in_but_the_other_files_do(
    flow: Flow, tmp_path: Path
) -> None:
    text = json.dumps([order("1001"), order("1002")])
    bad = written(tmp_path, text[:-1], "bad.json")
    good = written(tmp_path, [order("1003")], "good.json")
    ran = take(flow, bad, good)
    assert ran.code == 1
    assert "bad.json" in ran.err
    assert "good.json" not in ran.err
    assert flow.states() == {"1003": "new"}


def test_an_order_that_cannot_be_read_does_not_keep_the_others_out(
    flow: Flow, tmp_path: Path
) -> None:
    bad = order("1002") | {"total": "about twenty"}
    strange = order("1003") | {"lines": [line("A", "1.00") | {"colour": "red"}]}
    ran = take_json(flow, written(tmp_path, [order("1001"), bad, strange, 7]))
    assert ran.code == 0
    reasons = dict(ran.json["bad"][n].values() for n in range(3))
    assert ran.json["new"] == 3
    assert "/total" in reasons["id-1002"]
    assert "/lines/0/colour" in reasons["id-1003"]
    assert reasons[""] == "/3: expected an order"
    assert flow.order("1001").state == "new"
    flow.sync()
    assert flow.state("id-1002")[0] == "held"
    assert "/total" in flow.state("id-1002")[1][0]


def test_an_order_that_could_not_be_read_is_fine_once_it_can(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    take(flow, written(tmp_path, [order("1001") | {"total": "about twenty"}]))
    flow.sync()
    take(flow, written(tmp_path, [order("1001")]))
    flow.sync()
    assert flow.state("1001") == ("posted", [])


def test_an_unknown_format_is_named_with_those_that_are_known(flow: Flow, tmp_path: Path) -> None:
    ran = take(flow, written(tmp_path, [order("1001")]), format_key="cobol")
    assert ran.code == 1
    assert "cobol" in ran.err
    assert "woocommerce" in ran.err
    assert flow.count(Store) == 0


def test_an_unknown_company_is_named(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, [order("1001")])
    ran = flow.run("orders", "import", "Nobody Inc.", "--format", "rulebooks", path)
    assert ran.code == 1
    assert ran.err == (
        "rulebooks: There is no company 'Nobody Inc.'; `rulebooks company list` shows them.\n"
    )


def test_a_company_is_found_by_its_id(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, [order("1001")])
    assert flow.run("orders", "import", "1", "--format", "rulebooks", path).code == 0
    assert flow.states() == {"1001": "new"}


def test_a_file_that_is_not_there_is_one_line(flow: Flow, tmp_path: Path) -> None:
    ran = take(flow, tmp_path / "nowhere.json", tmp_path)
    assert ran.code == 1
    assert "nowhere.json: No such file or directory" in ran.err
    assert "Is a directory" in ran.err
    assert ran.err.count("\n") == 1


def test_a_store_of_another_name_keeps_its_orders_apart(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, [order("1001")])
    for key in ("north", "south"):
        ran = flow.run(
            "orders", "import", "1", "--format", "rulebooks", "--store", key, "--json", path
        )
        assert ran.json["new"] == 1
    assert flow.count(Order) == 2


def test_the_file_of_one_format_is_no_file_of_another(flow: Flow, tmp_path: Path) -> None:
    ran = take(flow, written(tmp_path, SAMPLES[0].text), format_key="rulebooks")
    assert ran.code == 1
    assert "no orders" in ran.err
    assert flow.count(Order) == 0


def test_a_supplement_may_stand_before_its_order(flow: Flow, tmp_path: Path) -> None:
    sample = json.loads(SAMPLES[0].text)
    refunds = written(tmp_path, {"refunds": sample["refunds"]}, "1.json")
    orders = written(tmp_path, {"orders": sample["orders"]}, "2.json")
    alone = take(flow, refunds, format_key="woocommerce")
    assert "it adds to an order that is not here" in alone.out
    assert flow.count(Order) == 0
    ran = take(flow, refunds, orders, format_key="woocommerce")
    assert (ran.code, "not read" in ran.out) == (0, False)
    assert flow.order("5107").revision == 2


def test_a_changed_order_is_an_event(flow: Flow, tmp_path: Path) -> None:
    take(flow, written(tmp_path, [order("1001")]))
    assert flow.count(Event) == 0
    take(flow, written(tmp_path, [order("1001", tags=["gift"])]))
    assert flow.events("order.changed") == ["Order 1001 changed in the store (revision 2)."]
