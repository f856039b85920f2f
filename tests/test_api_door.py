"""Who gets through the API's door, and what happens to what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from app import tokens
from app.models import ApiToken, Company, db
from app.web import access
from app.web.api.endpoint import ENDPOINTS, Endpoint
from tests.api_site import SMALL, Program, add_shop, program
from tests.test_api_shipments import ONE as SHIPMENT
from tests.web_site import Site

FILLED = {"order_id": "8", "number": "1", "store": "custom"}


def address(one: Endpoint) -> str:
    parts = one.path.removeprefix("/v1").replace("<", ">").split(">")
    return "".join(
        FILLED[part.rpartition(":")[2]] if place % 2 else part for place, part in enumerate(parts)
    )


def problem(answer: TestResponse, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    found = json.loads(answer.text)
    assert (found["type"], found["status"]) == ("about:blank", status)
    assert found["title"]
    assert found["detail"]
    return found  # type: ignore[no-any-return]


def each() -> Iterator[Endpoint]:
    assert len(ENDPOINTS) > 10
    yield from ENDPOINTS


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer rb_wrong", "Basic cmI6cmI=", "Bearer \x7f", "Bearer rb_é",
     "Bearer rb_" + "x" * 5000],
)  # fmt: skip
def test_without_a_valid_token_nothing_is_told(api: Program, header: str) -> None:
    client = api.site.app.test_client()
    for one in each():
        answer = client.open(
            f"/api/v1{address(one)}", method=one.method,
            headers={"Authorization": header} if header else {},
        )  # fmt: skip
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Cedar" not in answer.text


def test_a_person_who_is_logged_in_needs_a_token_too(api: Program) -> None:
    client = api.site.session("owner")
    problem(client.get("/api/v1/status"), 401)
    problem(client.get(f"/api/v1/status?token={api.token}"), 401)


def test_a_token_lets_in_without_cookies_and_sets_none(api: Program) -> None:
    answer = api.get("/status")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_revoked_token_lets_nobody_in(api: Program) -> None:
    with api.site.app.app_context():
        row = db.session.query(ApiToken).one()
        tokens.revoke(db.session.get_one(Company, row.company_id), row.id)
        db.session.commit()
    problem(api.get("/status"), 401)


def test_a_tokens_use_is_noted_at_most_once_a_minute(api: Program) -> None:
    seen = set()
    for _ in range(3):
        assert api.get("/status").status_code == 200
        with api.site.app.app_context():
            seen.add(db.session.query(ApiToken).one().used_at)
    assert len(seen) == 1
    assert None not in seen


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_scope_may_do_what_the_role_may(api: Program, scope: str) -> None:
    caller = program(api.site, scope)
    for one in each():
        answer = caller.ask(one.method, f"/api/v1{address(one)}")
        if one.needs in access.ROLES[scope]:  # type: ignore[index]
            assert answer.status_code in {200, 404, 415, 422}, (one.path, answer.text)
        else:
            assert scope in str(problem(answer, 403)["detail"])


def test_too_many_requests_of_a_token_are_told_to_wait(api: Program) -> None:
    other = program(api.site)
    object.__setattr__(api.site.app.config["SETTINGS"], "api_requests", 3)
    answers = [api.get("/status") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    problem(answers[-1], 429)
    assert other.get("/status").status_code == 200


def test_what_is_not_there_is_a_problem_too(api: Program) -> None:
    problem(api.get("/nothing"), 404)
    problem(api.ask("GET", "/api/v2/status"), 404)
    problem(api.get("/orders/99999999999999999999"), 404)
    answer = api.post("/status", {})
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


HOSTILE: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "half": (b'{"orders": [', 400),
    "not UTF-8": (b'"\xff\xfe"', 400),
    "twice": (b'{"source_id": "1", "source_id": "2"}', 400),
    "NaN": (b'{"total": NaN}', 400),
    "Infinity": (b"[-Infinity]", 400),
    "many digits": (b"[" + b"9" * 5000 + b"]", 400),
    "large exponent": (b"[1e99999999999999999999]", 400),
    "deep": (b"[" * 20_000 + b"]" * 20_000, 400),
    "rather deep": (b"[" * 70 + b"]" * 70, 422),
    "NUL": (b'{"source_id": "a\\u0000"}', 422),
    "half a character": (b'{"source_id": "\\ud800"}', 422),
    "half a name": (b'{"\\udc00": 1}', 422),
    "null": (b"null", 422),
    "a number": (b"1", 422),
    "a list of nothing": (b"[]", 422),
    "a list of lists": (b"[[[[1]]]]", 422),
    "an object": (b"{}", 422),
    "orders that are none": (b'{"orders": {"a": 1}}', 422),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_cannot_be_used_is_refused_everywhere(api: Program, name: str) -> None:
    body, status = HOSTILE[name]
    for one in each():
        if one.body is not None:
            answer = api.ask(one.method, f"/api/v1{address(one)}", body)
            if answer.status_code != 409 and not (answer.status_code == 200 and body == b"{}"):
                problem(answer, status)


def test_a_body_that_is_no_json_by_its_type_is_refused(api: Program) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        problem(api.post("/rulebook/check", "{}", content_type=kind), 415)


def test_a_body_that_is_too_large_is_refused(api: Program) -> None:
    problem(api.post("/orders/8/skip", b'{"comment": "' + b"x" * 70_000 + b'"}'), 413)
    problem(api.post("/stores/custom/orders", b" " * (16 * 2**20 + 1)), 413)


def test_a_fault_points_to_its_place(api: Program) -> None:
    found = problem(api.post("/orders/8/skip", {"coment": "why", "comment": 7}), 422)
    assert found["errors"] == [
        {"detail": "Input should be a valid string", "pointer": "/comment"},
        {"detail": "Extra inputs are not permitted", "pointer": "/coment"},
    ]
    found = problem(api.get("/orders", state="sold", limit="0"), 422)
    assert [one["parameter"] for one in found["errors"]] == ["state", "limit"]  # type: ignore[attr-defined]
    found = problem(api.ask("GET", "/api/v1/orders?limit=1&limit=2"), 422)
    assert found["errors"] == [{"detail": "it is given more than once", "parameter": "limit"}]


WORDS = [
    "\0", "'\"><script>alert(1)</script>", "x" * 5000, "\ud7ff\uffff", "1' OR '1'='1", "-1", "0",
    "99999999999999999999", "[]", "0001-01-01", "9999-12-31T23:59:59-23:59", "¹",
]  # fmt: skip


def test_no_parameter_makes_it_fail(any_api: Program) -> None:
    object.__setattr__(any_api.site.app.config["SETTINGS"], "api_requests", 10_000)
    for one in each():
        names = [*(one.query.model_fields if one.query else ()), "unknown"]
        for word in WORDS:
            for query in ({name: word} for name in names):
                if one.method == "GET":
                    answer = any_api.ask("GET", f"/api/v1{address(one)}", query_string=query)
                    assert answer.status_code < 500, (one.path, query)


def test_no_address_and_no_value_makes_it_fail(any_api: Program) -> None:
    object.__setattr__(any_api.site.app.config["SETTINGS"], "api_requests", 10_000)
    for word in WORDS:
        path = word.replace("/", "%2F").replace("%", "%25").replace("?", "%3F")
        for place in ("/orders/{}", "/orders/{}/plan", "/releases/{}"):
            assert any_api.get(place.format(path)).status_code < 500, word
        answer = any_api.post("/stores/custom/shipments", {"shipments": [SHIPMENT | {"key": word}]})
        assert answer.status_code < 500, word
        for place in ("/orders/{}/skip", "/stores/{}/orders", "/stores/{}/shipments"):
            assert any_api.post(place.format(path), SMALL).status_code < 500, word
        for name in SMALL | {"updated_at": 0, "zone": 0, "currency": 0, "customer": 0}:
            answer = any_api.post("/stores/custom/orders", SMALL | {name: word})
            assert answer.status_code < 500, (name, word)
        file = {"rulebooks": 1, "rules": {word[:9]: word}, "tables": {word[:9]: [word]}}
        for body in ({"rulebook": {word[:9]: word}}, {"rulebook": file}):
            assert any_api.post("/rulebook/check", body).status_code < 500, word
            assert any_api.post("/rulebook/publish", body | {"after": 3}).status_code < 500, word


def test_another_companys_ids_do_not_exist(site: Site) -> None:
    add_shop(site)
    stranger = program(site, company=site.rows.other)
    order = site.rows.all_orders[0]
    for one in each():
        path = address(one).replace("/8", f"/{order}")
        if "<" in one.path:
            body = {"orders": SMALL, "shipments": {"shipments": [SHIPMENT]}}.get(
                one.path.rpartition("/")[2], {} if one.body else None
            )
            answer = stranger.ask(one.method, f"/api/v1{path}", body)
            problem(answer, 404)
    assert stranger.get("/orders").json == {"orders": [], "next": None}
    assert stranger.get("/orders", store="custom").json == {"orders": [], "next": None}
    assert stranger.get("/log").json == {"events": [], "after": 0}
    assert stranger.get("/log", order=order).json == {"events": [], "after": 0}
    assert stranger.get("/releases").json == {"releases": []}
    assert "Cedar" not in stranger.get("/status").text
