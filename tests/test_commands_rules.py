"""`rulebooks rules`: the rulebook out and in as one file, every fault with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.models import Release
from tests.flows import Flow, Ran, is_, line, order, rule

PAYPAL = is_("payment.method", "PayPal")
FILE: dict[str, Any] = {
    "rulebooks": 1,
    "rules": {
        "transaction_type": rule("invoice"),
        "mark_invoice_unpaid": {
            "cases": [
                {
                    "title": "Mark as unpaid",
                    "note": "From the payout",
                    "enabled": True,
                    "when": {"==": [{"var": "payment.method"}, "PayPal"]},
                    "then": True,
                },
                {"title": "Off", "note": "", "enabled": False, "when": PAYPAL, "then": False},
            ],
            "otherwise": False,
        },
        "tax_item": rule({"lookup": ["tax_by_state", {"var": "shipping.region"}]}),
    },
    "tables": {
        "tax_by_state": {"keys": ["region"], "rows": [["CA", "CA 7.25"]], "otherwise": None}
    },
}


def written(folder: Path, content: Any, name: str = "rules.json") -> Path:
    """A file with that text, bytes or JSON."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    return path


def rules(flow: Flow, action: str, *arguments: str | Path) -> Ran:
    """Run `rulebooks rules ACTION` for the company."""
    return flow.run("rules", action, flow.company_name, *arguments)


def test_what_is_published_is_what_is_exported(flow: Flow, tmp_path: Path) -> None:
    assert rules(flow, "publish", written(tmp_path, FILE)).code == 0
    ran = rules(flow, "export")
    assert ran.code == 0
    exported = ran.json
    assert exported["tables"]["tax_by_state"]["rows"] == [["CA", "CA 7.25"]]
    assert exported["rules"].keys() == FILE["rules"].keys()
    assert exported["rules"]["mark_invoice_unpaid"] == FILE["rules"]["mark_invoice_unpaid"]


def test_the_exported_file_is_the_same_after_a_round_trip(flow: Flow, tmp_path: Path) -> None:
    rules(flow, "import", written(tmp_path, FILE))
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert rules(flow, "export", first).code == 0
    assert rules(flow, "import", first).code == 0
    assert rules(flow, "export", second).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_keys_are_sorted_and_the_file_ends_with_a_line(flow: Flow, tmp_path: Path) -> None:
    rules(flow, "publish", written(tmp_path, FILE))
    text = rules(flow, "export").out
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_a_new_company_exports_a_file_that_changes_nothing(flow: Flow) -> None:
    assert rules(flow, "export").json == {"rulebooks": 1, "rules": {}, "tables": {}}


def test_all_exports_the_defaults_too_and_they_can_be_published(flow: Flow, tmp_path: Path) -> None:
    everything = rules(flow, "export", "--all")
    assert len(everything.json["rules"]) > 30
    assert everything.json["rules"]["transaction_type"]["otherwise"] == "invoice_and_payment"
    assert rules(flow, "publish", written(tmp_path, everything.out)).code == 0


def test_each_publication_is_a_release_with_a_number(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    assert rules(flow, "publish", path, "--json").json == {"release": 1}
    assert rules(flow, "import", path, "--json").json == {"release": 2}
    assert rules(flow, "publish", path).out == "Published release 3 of Grove Lamps.\n"
    assert flow.count(Release) == 3


def test_a_published_rule_decides(flow: Flow, tmp_path: Path) -> None:
    item = {"when_item_missing": rule("create_service"), "transaction_type": rule("estimate")}
    rules(flow, "publish", written(tmp_path, FILE | {"rules": item}))
    flow.post(order("1001"))
    assert flow.kinds() == ["Estimate"]


def test_a_case_that_is_off_does_not_decide(flow: Flow, tmp_path: Path) -> None:
    case = {"title": "x", "enabled": False, "when": True, "then": "estimate"}
    held = {"transaction_type": {"cases": [case], "otherwise": "sales_receipt"}}
    content = {"rulebooks": 1, "rules": held, "tables": {}}
    assert rules(flow, "publish", written(tmp_path, content)).code == 0
    flow.take(order("1001", [line("Desk Lamp", "5.00")]))
    flow.sync()
    assert flow.kinds() == ["SalesReceipt"]


def test_a_rule_may_be_given_as_one_expression(flow: Flow, tmp_path: Path) -> None:
    expression = {"if": [PAYPAL, "sales_receipt", "invoice"]}
    content = {"rulebooks": 1, "rules": {"transaction_type": {"logic": expression}}}
    assert rules(flow, "publish", written(tmp_path, content)).code == 0
    exported = rules(flow, "export").json["rules"]["transaction_type"]
    (case,) = exported["cases"]
    assert (case["when"], case["then"]) == (PAYPAL, "sales_receipt")
    assert exported["otherwise"] == "invoice"


def test_a_good_file_is_said_to_be_good_and_not_published(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    assert rules(flow, "check", path).out == f"{path} can be published.\n"
    assert rules(flow, "check", path, "--json").json == {"ok": True, "faults": []}
    assert flow.count(Release) == 0


WRONG: list[tuple[Any, str, str]] = [
    ({"rulebooks": 2}, "", '"rulebooks": 1'),
    ([], "", '"rulebooks": 1'),
    ({"rulebooks": 1, "rule": {}}, "/rule", "rulebooks, rules and tables"),
    ({"rulebooks": 1, "rules": []}, "/rules", "an object"),
    ({"rulebooks": 1, "rules": {"nothing": rule(1)}}, "/rules/nothing", "no decision 'nothing'"),
    ({"rulebooks": 1, "rules": {"a/b~c": rule(1)}}, "/rules/a~1b~0c", "no decision"),
    (
        {"rulebooks": 1, "rules": {"transaction_type": rule("invoices")}},
        "/rules/transaction_type/otherwise",
        "invoices",
    ),
    (
        {"rulebooks": 1, "rules": {"transaction_type": rule("invoice", (True, 7))}},
        "/rules/transaction_type/cases/0/then",
        "7",
    ),
    (
        {"rulebooks": 1, "rules": {"transaction_type": rule("invoice", ({"frob": 1}, "none"))}},
        "/rules/transaction_type/cases/0/when",
        "frob",
    ),
    (
        {"rulebooks": 1, "rules": {"terms": rule({"lookup": ["nowhere", 1]})}},
        "/rules/terms",
        "no table 'nowhere'",
    ),
    ({"rulebooks": 1, "tables": {"t": {"rows": 7}}}, "/tables/t", ""),
    ({"rulebooks": 1, "rules": {"terms": "Net 30"}}, "/rules/terms", "cases, otherwise"),
    ({"rulebooks": 1, "rules": {"terms": {"cases": {}}}}, "/rules/terms/cases", "a list"),
]


@pytest.mark.parametrize(("content", "pointer", "words"), WRONG)
def test_a_fault_is_told_with_its_json_pointer(
    flow: Flow, tmp_path: Path, content: Any, pointer: str, words: str
) -> None:
    path = written(tmp_path, content)
    ran = rules(flow, "check", path, "--json")
    assert ran.code == 1
    assert ran.json["ok"] is False
    (fault,) = ran.json["faults"]
    assert fault["pointer"].startswith(pointer)
    assert words in fault["text"]
    for action in ("publish", "import", "check"):
        refused = rules(flow, action, path)
        assert refused.code == 1
        assert (pointer or "/") in refused.err
        assert refused.err.count("\n") == 1
    assert flow.count(Release) == 0


def test_every_fault_is_told_at_once(flow: Flow, tmp_path: Path) -> None:
    content = {"rulebooks": 1, "rules": {"nothing": rule(1), "terms": rule({"frob": 1})}}
    ran = rules(flow, "check", written(tmp_path, content), "--json")
    assert [one["pointer"].split("/")[2] for one in ran.json["faults"]] == ["nothing", "terms"]


def deep(levels: int) -> Any:
    """A rule nested so deeply."""
    value: Any = True
    for _ in range(levels):
        value = {"!": [value]}
    return value


HOSTILE: list[Any] = [
    "",
    "{",
    "[1,",
    b"\xff\xfe",
    "[" * 20_000 + "]" * 20_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    '{"rulebooks": 1e999}',
    '{"rulebooks": NaN}',
    {"rulebooks": 1, "rules": {"terms": {"logic": deep(200)}}},
    {"rulebooks": 1, "rules": {"terms": {"logic": {"+": [0] * 200_000}}}},
    {"rulebooks": 1, "rules": {"terms": {"cases": [{}], "otherwise": None}}},
    {"rulebooks": 1, "rules": {"terms": {"cases": ["x"], "otherwise": None}}},
    {"rulebooks": 1, "rules": {"terms": {"cases": [{"when": 1, "then": 2, "do": 3}]}}},
    {"rulebooks": 1, "rules": {"terms": None}},
    {"rulebooks": 1, "tables": {"t": {"keys": [], "rows": [[]]}}},
    {"rulebooks": 1, "tables": {"t": {"keys": ["a"], "rows": [["x"]]}}},
    {"rulebooks": True, "rules": 7, "tables": "x"},
]  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused_in_one_line(flow: Flow, tmp_path: Path, content: Any) -> None:
    path = written(tmp_path, content)
    for action in ("check", "publish"):
        ran = rules(flow, action, path)
        assert ran.code == 1
        assert ran.err.startswith("rulebooks: ")
        assert not ran.err.startswith("rulebooks: Failed")
        assert ran.err.count("\n") == 1
        assert len(ran.err) < 2_000
    assert flow.count(Release) == 0


def test_malformed_json_is_told_with_line_and_column(flow: Flow, tmp_path: Path) -> None:
    ran = rules(flow, "check", written(tmp_path, '{\n"rulebooks": 1\n"rules": {}}'))
    assert "line 3 column 1" in ran.err


def test_a_file_that_is_not_there_is_one_line(flow: Flow, tmp_path: Path) -> None:
    ran = rules(flow, "publish", tmp_path / "nowhere.json")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "No such file or directory" in ran.err


def test_a_file_that_cannot_be_written_is_one_line(flow: Flow, tmp_path: Path) -> None:
    ran = rules(flow, "export", tmp_path / "no folder" / "out.json")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "No such file or directory" in ran.err
    assert "Failed" not in ran.err


def test_an_unknown_company_is_named(flow: Flow, tmp_path: Path) -> None:
    for action in ("export", "check", "publish", "import"):
        files = [] if action == "export" else [written(tmp_path, FILE)]
        ran = flow.run("rules", action, "Nobody", *files)
        assert ran.code == 1
        assert "There is no company 'Nobody'" in ran.err
