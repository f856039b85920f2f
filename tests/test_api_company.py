"""The rest of the API: status, rules, log, reconciliation, and its own description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.models import Event, db
from app.stores.rulebooks import schemas
from app.web.api.endpoint import ENDPOINTS
from tests.api_site import SMALL, Program, own_sample
from tests.web_site import Site

FILE: dict[str, Any] = {
    "rulebooks": 1,
    "rules": {
        "mark_invoice_unpaid": {
            "cases": [{"title": "PayPal", "note": "", "enabled": True,
                       "when": {"==": [{"var": "payment.method"}, "PayPal"]}, "then": True}],
            "otherwise": False,
        }
    },
    "tables": {},
}  # fmt: skip


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    """What /api/openapi.json says to everybody."""
    answer = site.visitor().get("/api/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return json.loads(answer.text)  # type: ignore[no-any-return]


def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_route_is_described_and_nothing_else(site: Site, document: dict[str, Any]) -> None:
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, found in document["paths"].items()
        for method in found
    }
    routes = set()
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi":
            path = "".join(
                f"<{text}>" if is_argument else text for is_argument, text in rule._trace
            )
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            routes |= {(path.removeprefix("|"), method) for method in methods}
    assert described == routes
    assert len(routes) == len(ENDPOINTS)


def test_every_operation_says_what_it_does_and_answers(document: dict[str, Any]) -> None:
    names = set()
    for found in document["paths"].values():
        for operation in found.values():
            names.add(operation["operationId"])
            assert operation["summary"]
            assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert len(names) == len(ENDPOINTS)


def schema(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", **document})


def test_no_answer_is_named_like_a_part_of_an_order(document: dict[str, Any]) -> None:
    parts = schemas("#/components/schemas/")
    assert {name: document["components"]["schemas"][name] for name in parts} == parts
    models = {model.__name__ for one in ENDPOINTS for model in (one.answer, one.body) if model}
    assert models <= document["components"]["schemas"].keys() - parts.keys()
    assert "LogLine" in document["components"]["schemas"]


def test_the_sample_orders_are_as_described(document: dict[str, Any]) -> None:
    orders = schema(document, "Order")
    for one in [*own_sample(), SMALL]:
        assert [
            error.message for error in orders.iter_errors(json.loads(json.dumps(one, default=str)))
        ] == []
    assert not orders.is_valid(SMALL | {"totl": 1})
    assert not orders.is_valid({"source_id": "1"})
    assert schema(document, "OrdersIn").is_valid({"orders": [SMALL]})


def test_the_answers_are_as_described(api: Program, document: dict[str, Any]) -> None:
    order, new = api.site.rows.orders["posted"][0], api.site.rows.orders["new"][0]
    asked = {
        "/status": "Status", "/orders": "OrderRows", f"/orders/{order}": "WholeOrder",
        f"/orders/{new}/plan": "Plan", "/rulebook": "RulebookFile", "/releases": "Releases",
        "/log": "LogLines", "/reconciliation?first=2026-01-01&last=2026-12-01": "Reconciliation",
        "/reconciliation/taxes?first=2026-01-01&last=2026-12-01": "Taxes",
    }  # fmt: skip
    for path, name in asked.items():
        answer = api.ask("GET", f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        assert [one.message for one in schema(document, name).iter_errors(answer.json)] == [], path
    refused = api.get("/orders", limit="x").get_json(force=True)
    assert schema(document, "Problem").is_valid(refused)


def test_the_status_tells_how_the_company_stands(any_api: Program) -> None:
    found = any_api.get("/status").get_json()
    rows = any_api.site.rows
    assert (found["id"], found["name"]) == (rows.company, "Cedar & Pine Ltd")
    assert found["release"] == 3
    assert found["orders"] == {state: len(ids) for state, ids in sorted(rows.orders.items())}
    assert found["documents"] == {"ready": len(rows.orders["queued"])}
    assert {"custom", "cedar-pine"} <= {store["key"] for store in found["stores"]}


def test_a_rulebook_is_published_and_read_back(any_api: Program) -> None:
    answer = any_api.post("/rulebook/publish", {"rulebook": FILE, "after": 3, "note": "PayPal"})
    assert answer.status_code == 200, answer.text
    made = answer.get_json()
    assert (made["number"], made["author"], made["note"]) == (4, "API token my admin", "PayPal")
    found = any_api.get("/rulebook").get_json()
    assert found["release"] == 4
    rule = found["rulebook"]["rules"]["mark_invoice_unpaid"]
    assert rule["cases"][0]["then"] is True
    assert any_api.get("/releases/4").get_json() == found
    assert any_api.get("/releases/0").get_json()["rulebook"]["rules"] == {}
    listed = any_api.get("/releases").get_json()["releases"]
    assert [one["number"] for one in listed] == [4, 3]
    again = any_api.post("/rulebook/publish", {"rulebook": found["rulebook"], "after": 4})
    assert again.status_code == 200


def test_a_rulebook_made_from_an_older_release_is_not_published(api: Program) -> None:
    answer = api.post("/rulebook/publish", {"rulebook": FILE, "after": 2})
    assert answer.status_code == 409
    assert answer.get_json(force=True)["release"] == 3
    assert "Release 3 was published in the meantime" in answer.get_json(force=True)["detail"]
    assert api.post("/rulebook/publish", {"rulebook": FILE}).status_code == 422


def test_a_wrong_rulebook_is_told_with_each_place(api: Program) -> None:
    wrong = {"rulebooks": 1, "rules": {"no_such": {}}, "tables": {"t": 7}}
    checked = api.post("/rulebook/check", {"rulebook": wrong}).get_json()
    assert not checked["ok"]
    places = ["/rulebook/tables/t", "/rulebook/rules/no_such"]
    assert [one["pointer"] for one in checked["faults"]] == places
    answer = api.post("/rulebook/publish", {"rulebook": wrong, "after": 3})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.get_json(force=True)["errors"]] == places
    assert api.get("/rulebook").get_json()["release"] == 3
    assert api.post("/rulebook/check", {"rulebook": FILE}).get_json() == {"ok": True, "faults": []}


def test_the_log_is_followed_from_a_place(any_api: Program) -> None:
    first = any_api.get("/log", limit=3).get_json()
    assert len(first["events"]) == 3
    seen = [one["id"] for one in first["events"]]
    while (page := any_api.get("/log", after=seen[-1]).get_json())["events"]:
        seen += [one["id"] for one in page["events"]]
    assert seen == sorted(set(seen))
    assert any_api.get("/log", after=seen[-1]).get_json() == {"events": [], "after": seen[-1]}
    with any_api.site.app.app_context():
        row = Event(company_id=any_api.site.rows.company, kind="k", text="New.", level="error")
        db.session.add(row)
        db.session.commit()
        new = row.id
    (line,) = any_api.get("/log", after=seen[-1]).get_json()["events"]
    assert (line["id"], line["text"]) == (new, "New.")
    assert [one["id"] for one in any_api.get("/log", level="error").get_json()["events"]] == [new]
    order = any_api.site.rows.orders["posted"][0]
    lines = any_api.get("/log", order=order).get_json()["events"]
    assert {one["order_id"] for one in lines} == {order}


def test_the_reconciliation_is_to_the_cent(any_api: Program) -> None:
    (first,) = any_api.post("/stores/custom/orders", SMALL).get_json()["results"]
    assert first["outcome"] == "new"
    found = any_api.get(
        "/reconciliation", first="2026-11-20", last="2026-11-20", by="store"
    ).get_json()
    (group,) = [one for one in found["groups"] if one["key"] == "custom"]
    assert (group["orders"], group["uneven"], group["difference"]) == (1, 1, "-21.60")
    assert group["store"] == {
        "sales": "21.60", "tax": "1.60", "received": "0.00", "refunded": "0.00",
    }  # fmt: skip
    assert group["reasons"] == {"not sent to QuickBooks yet": 1}


def test_the_taxes_are_to_the_cent(any_api: Program) -> None:
    any_api.post("/stores/custom/orders", SMALL)
    days = {"first": "2026-11-20", "last": "2026-11-20"}
    found = any_api.get("/reconciliation/taxes", **days).get_json()["taxes"]
    (one,) = [tax for tax in found if tax["store"]["tax"] == "1.60"]
    assert (one["orders"], one["uneven"], one["difference"]) == (1, 1, "-1.60")
    assert one["quickbooks"] == {"taxable": "0.00", "untold": 0, "tax": "0.00"}
    assert one["reasons"] == {"not sent to QuickBooks yet": 1}
    (back,) = [
        tax
        for tax in any_api.get("/reconciliation/taxes", by="quickbooks", **days).get_json()["taxes"]
        if tax["name"] == ""
    ]
    assert (back["store"]["tax"], back["reasons"]) == ("1.60", {"not sent to QuickBooks yet": 1})


def test_a_range_that_ends_before_it_begins_is_refused(api: Program) -> None:
    for first, last in (("2026-02-01", "2026-01-01"), ("2024-01-01", "2026-01-01")):
        assert api.get("/reconciliation", first=first, last=last).status_code == 422
        assert api.get("/reconciliation/taxes", first=first, last=last).status_code == 422
