"""Who may see what: a walk over all pages as everybody, and hostile addresses."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Company, db
from tests.web_rows import add_company, add_people
from tests.web_site import Site, log_in

PUBLIC = {"account.login", "account.logout", "health.healthz", "static", "bootstrap.static"}
PEOPLE = ("owner", "viewer", "other", "nobody")


def pages(app: Flask, **known: int) -> list[str]:
    """The address of every page that is not public, with these ids."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint in PUBLIC or "GET" not in (rule.methods or ()):
                continue
            assert rule.arguments <= known.keys(), f"teach this test the parameters of {rule}"
            values: Any = {name: known[name] for name in rule.arguments}
            found.append(app.url_for(rule.endpoint, **values))
    return found


def of_company(app: Flask, **known: int) -> list[str]:
    return [page for page in pages(app, **known) if page.startswith("/companies/")]


def test_every_page_that_is_not_public_sends_strangers_to_log_in(site: Site) -> None:
    addresses = pages(site.app, company_id=1, order_id=1)
    assert len(addresses) >= 3
    for page in addresses:
        answer = site.visitor().get(page)
        assert (answer.status_code, answer.location[:7]) == (302, "/login?"), page


@pytest.mark.parametrize("name", ["owner", "viewer"])
def test_owner_and_member_see_every_page_of_the_company(site: Site, name: str) -> None:
    client = site.browser(name)
    for page in of_company(site.app, company_id=site.rows.company, order_id=1):
        assert client.get(page, follow_redirects=True).status_code == 200, page


@pytest.mark.parametrize("name", ["other", "nobody"])
def test_for_everybody_else_the_company_does_not_exist(site: Site, name: str) -> None:
    client = site.browser(name)
    for page in of_company(site.app, company_id=site.rows.company, order_id=1):
        answer = client.get(page)
        assert answer.status_code == 404, page
        assert "Cedar" not in answer.text


@pytest.mark.parametrize("name", ["owner", "other"])
def test_an_order_is_not_shown_under_another_company(site: Site, name: str) -> None:
    client = site.browser(name)
    assert client.get(f"/companies/{site.rows.other}/orders/1").status_code == 404


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


def test_an_owner_without_companies_is_told_how_to_add_one(empty_site: Flask) -> None:
    with empty_site.app_context():
        company = add_company("Soon gone")
        add_people(company.id, company.id)
        db.session.commit()
        db.session.execute(db.text("DELETE FROM memberships"))
        db.session.query(Company).delete()
        db.session.commit()
    client = empty_site.test_client()
    log_in(client, "owner@example.com")
    assert "rulebooks company add" in client.get("/companies").text


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
        assert "<script>alert" not in answer.text


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
