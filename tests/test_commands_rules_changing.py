"""`rulebooks rules import, rollback, table`: the present rules changed, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.models import Release
from tests.flows import Flow, Ran, is_, order, rule

PAYPAL, VISA = is_("payment.method", "PayPal"), is_("payment.method", "Visa")
TABLE = {"keys": ["region"], "rows": [["CA", "Net 15"], ["NY", "Net 30"]], "otherwise": None}
BY_REGION = {"lookup": ["by_region", {"var": "shipping.region"}]}
CONNEX = (
    "name,action,field,map from,comparison,conjunction,map to\n"
    "Mark as unpaid,Mark invoice as unpaid,Payment Method,PayPal,equals,,true\n"
)


def rules(flow: Flow, action: str, *arguments: str | Path) -> Ran:
    """Run `rulebooks rules ACTION` for the company."""
    return flow.run("rules", action, flow.company_name, *arguments)


def written(folder: Path, content: Any, name: str = "given") -> Path:
    """A file with that text or JSON."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), newline="")
    return path


def refused(ran: Ran) -> str:
    """The one line that a refusal is."""
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran
    assert ran.err.startswith("rulebooks: ")
    assert not ran.err.startswith("rulebooks: Failed")
    assert len(ran.err) < 4_000
    return ran.err


def cases(file: Any, key: str) -> list[tuple[Any, Any]]:
    """When and then of each case."""
    return [(case["when"], case["then"]) for case in file["rules"][key]["cases"]]


def test_connex_rules_come_before_what_is_there(flow: Flow, tmp_path: Path) -> None:
    flow.rules(mark_invoice_unpaid=rule(False, (VISA, True)), terms="Net 15")
    ran = rules(flow, "import", written(tmp_path, CONNEX), "--from", "connex")
    assert ran.code == 0
    assert cases(ran.json, "mark_invoice_unpaid") == [(PAYPAL, True), (VISA, True)]
    assert ran.json["rules"]["terms"]["otherwise"] == "Net 15"
    assert flow.count(Release) == 1


def test_what_is_printed_can_be_published_as_it_is(flow: Flow, tmp_path: Path) -> None:
    printed = rules(flow, "import", written(tmp_path, CONNEX), "--from", "connex").out
    path = written(tmp_path, printed, "merged.json")
    assert rules(flow, "publish", path).code == 0
    assert rules(flow, "export").out == printed


def test_an_import_twice_is_the_same_as_once(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, CONNEX)
    for release in (1, 2):
        ran = rules(flow, "import", path, "--from", "connex", "--publish", "--json")
        assert ran.json["release"] == release
    assert len(cases(rules(flow, "export").json, "mark_invoice_unpaid")) == 1


def test_imported_cases_stand_before_those_of_the_default(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, CONNEX)
    default = rules(flow, "export", "--all").json
    merged = rules(flow, "import", path, "--from", "connex").json
    key = "mark_invoice_unpaid"
    assert cases(merged, key) == [(PAYPAL, True), *cases(default, key)]
    assert merged["rules"][key]["otherwise"] == default["rules"][key]["otherwise"]


def test_an_imported_connex_rule_leaves_paypal_invoices_unpaid(flow: Flow, tmp_path: Path) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    rules(flow, "import", written(tmp_path, CONNEX), "--from", "connex", "--publish")
    flow.post(order("1001", paid="PayPal"))
    assert flow.kinds() == ["Invoice"]
    flow.post(order("1002", paid="Visa"))
    assert flow.kinds() == ["Invoice", "Invoice", "ReceivePayment"]


def test_a_mixed_conjunction_is_refused_with_its_row(flow: Flow, tmp_path: Path) -> None:
    flow.rules(terms="Net 15")
    mixed = CONNEX + (
        "A,Map order class,Shipping State,CA,equals,AND,West\n"
        "A,Map order class,Shipping State,NV,equals,OR,West\n"
    )
    path = written(tmp_path, mixed)
    ran = rules(flow, "import", path, "--from", "connex", "--publish", "--json")
    assert "row 4" in refused(ran)
    assert [fault["row"] for fault in ran.json["faults"]] == [4]
    assert flow.count(Release) == 1


QUERY = {"and": [{"==": [{"var": "total"}, 100]}]}


def test_a_query_becomes_a_case_with_the_value(flow: Flow, tmp_path: Path) -> None:
    ran = rules(
        flow, "import", written(tmp_path, QUERY), "--from", "query-builder",
        "--decision", "terms", "--then", "Net 30", "--json",
    )  # fmt: skip
    when = {"==": [{"var": "order.total"}, 100]}
    assert cases(ran.json["rulebook"], "terms") == [(when, "Net 30")]
    assert ran.json["fields"] == {"total": "order.total"}
    assert ran.json["problems"] == []


@pytest.mark.parametrize(
    ("decision", "then", "value"),
    [
        ("mark_invoice_unpaid", "true", True),
        ("terms", "30", "30"),
        ("terms", "NaN", "NaN"),
        ("terms", '"Net 30"', "Net 30"),
        ("terms", '{"var": "custom.terms"}', {"var": "custom.terms"}),
    ],
)
def test_a_value_is_json_where_the_decision_takes_it_else_text(
    flow: Flow, tmp_path: Path, decision: str, then: str, value: Any
) -> None:
    ran = rules(
        flow, "import", written(tmp_path, QUERY), "--from", "query-builder",
        "--decision", decision, "--then", then,
    )  # fmt: skip
    assert cases(ran.json, decision)[0][1] == value


def test_what_a_query_builder_says_in_vain_is_left_out_or_refused(
    flow: Flow, tmp_path: Path
) -> None:
    path = written(tmp_path, {"good": QUERY, "bad": {"missing": ["x"]}})
    asked = ("--from", "query-builder", "--decision", "terms", "--then", "Net 30")
    ran = rules(flow, "import", path, *asked)
    assert len(cases(ran.json, "terms")) == 1
    assert ran.err.startswith("Left out: /bad")
    assert "/bad" in refused(rules(flow, "import", path, *asked, "--publish"))
    assert flow.count(Release) == 0


@pytest.mark.parametrize(
    ("content", "decided", "words"),
    [
        (QUERY, ("nothing", "x"), "no decision 'nothing'"),
        (QUERY, ("transaction_type", "cheque"), "cheque"),
        (QUERY, ("terms", '{"frob": 1}'), "frob"),
        ({"missing": ["x"]}, ("terms", "x"), "missing"),
        ([], ("terms", "x"), "no condition"),
        (True, ("terms", "x"), "empty"),
        ("[" * 9_000 + "]" * 9_000, ("terms", "x"), ""),
        ("{", ("terms", "x"), "line 1 column 2"),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_in_one_line(
    flow: Flow, tmp_path: Path, content: Any, decided: tuple[str, str], words: str
) -> None:
    ran = rules(
        flow, "import", written(tmp_path, content), "--from", "query-builder",
        "--decision", decided[0], "--then", decided[1],
    )  # fmt: skip
    assert words in refused(ran)


def test_decision_and_value_belong_to_a_query(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, QUERY)
    refused(rules(flow, "import", path, "--from", "query-builder", "--decision", "terms"))
    refused(rules(flow, "import", path, "--from", "connex", "--decision", "terms", "--then", "x"))


def test_a_rulebook_replaces_the_rules_and_tables_that_it_has(flow: Flow, tmp_path: Path) -> None:
    flow.rules({"by_region": TABLE}, terms=rule("Net 15", (PAYPAL, "Net 30")), memo="Thanks")
    path = written(tmp_path, {"rulebooks": 1, "rules": {"terms": rule(BY_REGION)}})
    merged = rules(flow, "import", path, "--from", "rulebooks").json
    assert merged["rules"]["terms"] == {"cases": [], "otherwise": BY_REGION}
    assert merged["rules"]["memo"]["otherwise"] == "Thanks"
    assert merged["tables"] == {"by_region": TABLE}


def test_a_rulebook_with_faults_leaves_the_release_in_force(flow: Flow, tmp_path: Path) -> None:
    flow.rules(terms="Net 15")
    path = written(tmp_path, {"rulebooks": 1, "rules": {"nothing": rule(1)}})
    ran = rules(flow, "import", path, "--from", "rulebooks", "--publish", "--json")
    assert "/rules/nothing" in refused(ran)
    assert ran.json["faults"][0]["pointer"] == "/rules/nothing"
    assert rules(flow, "export").json["rules"]["terms"]["otherwise"] == "Net 15"


def test_a_roll_back_publishes_the_old_rules_again(flow: Flow) -> None:
    flow.rules(terms="Net 15")
    before = rules(flow, "export").out
    flow.rules(terms="Net 30")
    ran = rules(flow, "rollback", "1", "--note", "Too long", "--json")
    assert ran.json == {"release": 3, "equal_to": 1}
    assert rules(flow, "export").out == before
    assert rules(flow, "history", "--json").json["releases"][0]["note"] == "Too long"


@pytest.mark.parametrize("release", ["2", "99999999999999999999", "x"])
def test_a_roll_back_to_what_is_not_there_is_one_line(flow: Flow, release: str) -> None:
    flow.rules(terms="Net 15")
    refused(rules(flow, "rollback", release))
    assert flow.count(Release) == 1


def test_a_table_goes_out_and_comes_back_the_same(flow: Flow, tmp_path: Path) -> None:
    flow.rules({"by_region": TABLE}, terms=rule(BY_REGION))
    path = tmp_path / "table.csv"
    assert rules(flow, "table", "by_region", "--export", path).code == 0
    printed = rules(flow, "table", "by_region").out
    assert printed.splitlines() == ["region,value", "CA,Net 15", "NY,Net 30", "otherwise,"]
    assert path.read_bytes().decode().splitlines() == printed.splitlines()
    assert rules(flow, "table", "by_region", "--import", path).code == 0
    assert rules(flow, "diff").out == "Nothing changes.\n"
    told = rules(flow, "table", "by_region", "--json").json
    assert told == {"table": "by_region", **TABLE}


def test_an_imported_table_is_published_with_the_other_rules(flow: Flow, tmp_path: Path) -> None:
    flow.rules({"by_region": TABLE}, terms=rule(BY_REGION))
    path = written(tmp_path, "region,value\nCA,Net 60\n", "new.csv")
    ran = rules(flow, "table", "by_region", "--import", path, "--json")
    assert ran.json == {"release": 2, "table": "by_region", "rows": 1}
    exported = rules(flow, "export").json
    assert exported["tables"]["by_region"]["rows"] == [["CA", "Net 60"]]
    assert exported["rules"]["terms"]["otherwise"] == BY_REGION
    assert rules(flow, "history", "--json").json["releases"][0]["note"] == (
        "Table by_region from new.csv"
    )


def test_a_new_table_can_be_imported(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, "sku,value\nA,Lamp\notherwise,\n")
    assert rules(flow, "table", "items", "--import", path).code == 0
    assert rules(flow, "table", "items", "--json").json["rows"] == [["A", "Lamp"]]


def test_a_table_with_errors_is_refused_with_every_row(flow: Flow, tmp_path: Path) -> None:
    flow.rules({"by_region": TABLE}, terms=rule(BY_REGION))
    rows = [f"R{number},Net 15" for number in range(30_000)]
    for wrong in (77, 20_000):
        rows[wrong] += ",more"
    rows[29_999] = "R5,Net 30"
    path = written(tmp_path, "\n".join(["region,value", *rows]))
    ran = rules(flow, "table", "by_region", "--import", path, "--json")
    said = refused(ran)
    assert [fault["row"] for fault in ran.json["faults"]] == [79, 20_002, 30_001]
    assert "the same keys as in row 7" in said
    assert flow.count(Release) == 1


def test_a_table_keeps_the_columns_that_rules_read(flow: Flow, tmp_path: Path) -> None:
    flow.rules({"by_region": TABLE}, terms=rule(BY_REGION))
    path = written(tmp_path, "country,value\nUS,Net 15\n")
    assert "key columns" in refused(rules(flow, "table", "by_region", "--import", path))


def test_a_table_that_is_not_there_is_one_line_that_names_those_that_are(
    flow: Flow, tmp_path: Path
) -> None:
    flow.rules({"by_region": TABLE}, terms=rule(BY_REGION))
    assert "its tables: by_region" in refused(rules(flow, "table", "nothing"))
    refused(rules(flow, "table", "by_region", "--import", tmp_path / "nowhere.csv"))
    refused(rules(flow, "table", "by_region", "--export", tmp_path / "no folder" / "x.csv"))
    both = ("--import", tmp_path / "a", "--export", tmp_path / "b")
    refused(rules(flow, "table", "by_region", *both))
