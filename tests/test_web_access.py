"""Who may see and do what: a walk over all routes as everybody, and hostile addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from app.models import Company, db
from app.web import access
from tests.web_rows import add_company, add_people
from tests.web_site import Site, log_in

PUBLIC = {
    "api.openapi",
    "account.login", "account.logout", "first_run.owner", "health.healthz", "join.choose",
}  # fmt: skip
"""What strangers may ask for: each is a decision; a new one is named here."""
MEMBERS = ("owner", "admin", "bookkeeper", "viewer")
STRANGERS = ("other", "nobody")


@dataclass(frozen=True)
class Route:
    """One way of asking for one address."""

    endpoint: str
    method: str
    needs: str
    rule: Rule
    app: Flask

    def address(self, company: int = 1, **given: Any) -> str:
        """Its address: of that company, and of the first of everything else."""
        values: dict[str, Any] = {}
        for name in self.rule.arguments:
            is_number = isinstance(self.rule._converters[name], IntegerConverter)
            values[name] = given.get(name, 1 if is_number else "x")
        if "company_id" in values:
            values["company_id"] = company
        with self.app.test_request_context():
            return self.app.url_for(self.endpoint, **values)

    @property
    def is_of_company(self) -> bool:
        return self.needs in access.PERMISSIONS

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def routes(app: Flask) -> Iterator[Route]:
    """Every route but the static files'."""
    for rule in app.url_map.iter_rules():
        if access.is_static(rule.endpoint):
            continue
        needs = getattr(app.view_functions[rule.endpoint], access.DECLARED)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(rule.endpoint, method, needs, rule, app)


@pytest.fixture
def walked(site: Site) -> Site:
    """The site without CSRF tokens, so that a walk meets the permissions themselves."""
    site.app.config["WTF_CSRF_ENABLED"] = False
    return site


def test_every_route_says_who_may_use_it(site: Site) -> None:
    declared = {"nothing", "person", "owner", *access.PERMISSIONS}
    found = {(route.endpoint, route.needs) for route in routes(site.app)}
    assert len(found) > 20
    assert {endpoint for endpoint, needs in found if needs == "nothing"} == PUBLIC
    for endpoint, needs in found:
        assert needs in declared or needs.startswith("guard:"), endpoint


def test_a_route_that_does_not_say_so_keeps_the_application_from_starting(site: Site) -> None:
    site.app.view_functions["secret"] = lambda: "secret"
    with pytest.raises(access.UndeclaredRouteError, match="secret"):
        access.check(site.app)


def test_every_write_needs_the_token(site: Site) -> None:
    client = site.session("owner")
    for route in routes(site.app):
        if route.method != "GET" and not route.needs.startswith("guard:"):
            answer = client.open(route.address(site.rows.company), method=route.method)
            assert (answer.status_code, "out of date" in answer.text) == (400, True), str(route)


def test_strangers_are_sent_to_log_in(walked: Site) -> None:
    client = walked.visitor()
    for route in routes(walked.app):
        answer = client.open(route.address(), method=route.method)
        if route.needs.startswith("guard:"):
            assert 400 <= answer.status_code < 500, str(route)
        elif route.needs != "nothing":
            assert (answer.status_code, answer.location[:6]) == (302, "/login"), str(route)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_may_do_what_the_role_says_and_nothing_else(walked: Site, name: str) -> None:
    client = walked.session(name)
    allowed = access.ROLES[name]  # type: ignore[index]
    for route in routes(walked.app):
        if not route.is_of_company or (route.method != "GET" and route.needs in allowed):
            continue
        answer = client.open(route.address(walked.rows.company), method=route.method)
        if route.needs in allowed:
            assert answer.status_code in {200, 302, 404}, str(route)
        else:
            assert answer.status_code == 403, str(route)
        answer.close()


@pytest.mark.parametrize("name", STRANGERS)
def test_for_everybody_else_the_company_does_not_exist(walked: Site, name: str) -> None:
    client = walked.session(name)
    for route in routes(walked.app):
        if route.is_of_company:
            answer = client.open(route.address(walked.rows.company), method=route.method)
            assert answer.status_code == 404, str(route)
            assert "Cedar" not in answer.text


@pytest.mark.parametrize("name", [*MEMBERS[1:], *STRANGERS])
def test_the_installation_is_its_owners(walked: Site, name: str) -> None:
    client = walked.session(name)
    found = [route for route in routes(walked.app) if route.needs == "owner"]
    assert found
    for route in found:
        answer = client.open(route.address(), method=route.method)
        assert answer.status_code == 403, str(route)


def test_no_write_fails_whatever_is_sent(walked: Site) -> None:
    """As an owner: with nothing, with text where an id or number is expected, with junk."""
    fields = ("email", "role", "name", "note", "value", "state", "file", "zone", "country")
    junk: tuple[dict[str, str], ...] = (
        {}, dict.fromkeys(fields, "\0"), dict.fromkeys(fields, "'\"><script>alert(1)</script>"),
        dict.fromkeys(fields, "x" * 5000), dict.fromkeys(fields, "99999999999999999999"),
    )  # fmt: skip
    for route in routes(walked.app):
        if route.method == "GET" or route.endpoint == "first_run.practice":
            continue
        for sent in junk:
            answer = walked.session("owner").open(
                route.address(walked.rows.company, user_id=walked.user("viewer")),
                method=route.method, data=sent,
            )  # fmt: skip
            assert answer.status_code < 500, (str(route), sent)
            assert b"<script>alert" not in answer.data
            if route.endpoint == "users.remove":
                break


@pytest.mark.parametrize("htmx", [False, True])
def test_no_page_fails_whatever_its_parameters(walked: Site, *, htmx: bool) -> None:
    client = walked.session("owner")
    headers = {"HX-Request": "true"} if htmx else {}
    names = ("q", "state", "page", "before", "after", "from", "to", "who", "area", "next", "code")
    for route in routes(walked.app):
        if route.method != "GET" or route.endpoint == "health.healthz":
            continue
        for hostile in HOSTILE[:14]:
            answer = client.get(
                route.address(walked.rows.company),
                query_string=dict.fromkeys(names, hostile), headers=headers,
            )  # fmt: skip
            assert answer.status_code < 500, (str(route), hostile)
            assert b"<script>alert" not in answer.data
            answer.close()


def test_what_is_not_there_is_404(walked: Site) -> None:
    client = walked.session("owner")
    for route in routes(walked.app):
        others = route.rule.arguments - {"company_id"}
        if route.is_of_company and others:
            for number in (0, access.MOST):
                given = dict.fromkeys(others, number)
                answer = client.open(
                    route.address(walked.rows.company, **given), method=route.method
                )
                assert answer.status_code in {400, 404, 422}, str(route)


@pytest.mark.parametrize("name", ["owner", "other"])
def test_an_order_is_not_shown_under_another_company(site: Site, name: str) -> None:
    client = site.browser(name)
    assert client.get(f"/companies/{site.rows.other}/orders/1").status_code == 404


def test_what_one_may_not_do_is_not_offered(site: Site) -> None:
    links = [f'href="/companies/1/{page}"' for page in ("people", "audit")]
    for name, shown in (("owner", [True, True]), ("admin", [False, True]), ("viewer", [False] * 2)):
        page = site.session(name).get(site.orders).text
        assert [link in page for link in links] == shown, name
        everywhere = site.session(name).get("/companies").text
        assert ('href="/people"' in everywhere) == (name == "owner")


def test_a_company_that_is_not_ones_own_looks_like_one_that_is_not(site: Site) -> None:
    client = site.browser("other")
    forbidden, missing = client.get("/companies/1/orders"), client.get("/companies/999/orders")
    assert (forbidden.status_code, forbidden.text) == (missing.status_code, missing.text)


def test_with_one_company_the_first_page_is_that_companys(site: Site) -> None:
    viewer = site.browser("viewer")
    assert viewer.get("/").location == "/companies/1"
    assert viewer.get("/", follow_redirects=True).status_code == 200


def test_the_first_page_lists_ones_own_companies_only(site: Site) -> None:
    page = site.browser("owner").get("/", follow_redirects=True).text
    assert "Cedar &amp; Pine Ltd" in page
    assert "Elsewhere Inc" in page
    assert "No company is open to you" in site.browser("nobody").get("/companies").text


def test_an_owner_without_companies_is_led_to_the_first_one(empty_site: Flask) -> None:
    with empty_site.app_context():
        company = add_company("Soon gone")
        add_people(company.id, company.id)
        db.session.commit()
        db.session.execute(db.text("DELETE FROM memberships"))
        db.session.query(Company).delete()
        db.session.commit()
    client = empty_site.test_client()
    log_in(client, "owner@example.com")
    assert 'href="/welcome"' in client.get("/companies").text


HOSTILE = [
    "\0", "'", '"><script>alert(1)</script>', "%", "_", "\\", "x" * 5000, "\ud7ff\uffff", "é" * 99,
    "1' OR '1'='1", "{{7*7}}", "${7*7}", "../../etc/passwd", "-1", "99999999999999999999",
    "2026-01-01T00:00:00+00:00~1", "0001-01-01T00:00:00+23:59~1", "9999-12-31T23:59:59-23:59~1",
    "-~1", "~", "2026-01-01~", "-~99999999999", "2026-01-01~¹", "NaN", "null", "[]", "held\0",
]  # fmt: skip


def test_no_parameter_makes_a_page_fail(any_site: Site) -> None:
    client = any_site.browser("owner")
    for name, value in product(("q", "state", "older", "newer", "unknown"), HOSTILE):
        answer = client.get(any_site.orders, query_string={name: value})
        assert answer.status_code == 200, (name, value)
        assert b"<script>alert" not in answer.data


@pytest.mark.parametrize(
    "path",
    [
        "/companies/0/orders", "/companies/-1/orders", "/companies/2147483648/orders",
        "/companies/99999999999999999999/orders", "/companies/1e3/orders", "/companies/x/orders",
        "/companies/1/orders/2147483648", "/companies/1/orders/%00", "/companies/1/orders/../../",
        "/companies/%ED%A0%80/orders", "/companies/1/orders/1%27", "/%2e%2e/etc", "/nothing",
        "/static/../settings.py", "/static/%2e%2e/settings.py",
    ],
)  # fmt: skip
def test_addresses_of_nothing_are_404(any_site: Site, path: str) -> None:
    answer = any_site.browser("owner").get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("raw", ["q=%ff%fe", "q=%ED%A0%80", "&&&=%", "state[]=1&q=a&q=b"])
def test_query_strings_that_are_no_text_do_no_harm(any_site: Site, raw: str) -> None:
    assert any_site.browser("owner").get(f"{any_site.orders}?{raw}").status_code == 200


@pytest.mark.parametrize("value", ["", "x", "1", "None", "-1", "9" * 40, "é", "1; DROP TABLE"])
def test_a_forged_session_is_nobodys(site: Site, value: str) -> None:
    client: FlaskClient = site.visitor()
    with client.session_transaction() as session:
        session["_user_id"], session["stamp"] = value, "0" * 16
    assert client.get("/").status_code == 302
    client.set_cookie("rulebooks", value)
    assert client.get("/").status_code == 302
