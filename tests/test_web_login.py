"""Logging in and out."""

from __future__ import annotations

import pytest
from flask import Flask

from app.models import User, db
from app.security import hash_password
from app.web.account import safe_target
from tests.web_rows import PASSWORD
from tests.web_site import Site, log_in, token


def test_the_right_password_leads_to_the_first_page(site: Site) -> None:
    answer = log_in(site.visitor(), "viewer@example.com")
    assert answer.status_code == 302
    assert answer.location == "/"


def test_the_address_is_read_without_regard_to_case_and_outer_spaces(site: Site) -> None:
    assert log_in(site.visitor(), " Viewer@Example.COM ").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("viewer@example.com", "wrong-horse-battery"),
        ("viewer@example.com", PASSWORD.upper()),
        ("viewer@example.com", "x" * 1024),
        ("nosuch@example.com", PASSWORD),
        ("viewer@example.com\0", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    site: Site, email: str, password: str
) -> None:
    answer = log_in(site.visitor(), email, password)
    assert answer.status_code == 422
    assert "That is not the password of this e-mail address." in answer.text
    assert password not in answer.text


def test_what_was_typed_is_kept_but_not_the_password(site: Site) -> None:
    answer = log_in(site.visitor(), "viewer@example.com", "not-this-one")
    assert 'value="viewer@example.com"' in answer.text
    assert "not-this-one" not in answer.text


def test_an_empty_form_says_what_is_missing(site: Site) -> None:
    answer = log_in(site.visitor(), "", "")
    assert answer.status_code == 422
    assert "Type your e-mail address." in answer.text
    assert "Type your password." in answer.text


def test_after_ten_failures_even_the_right_password_is_refused(site: Site) -> None:
    client = site.visitor()
    for _ in range(10):
        assert log_in(client, "viewer@example.com", "wrong-horse").status_code == 422
    answer = log_in(client, "viewer@example.com")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Too many attempts" in answer.text


def test_failures_of_one_person_do_not_keep_another_out(site: Site) -> None:
    client = site.visitor()
    for _ in range(11):
        log_in(client, "viewer@example.com", "wrong-horse")
    assert log_in(client, "owner@example.com").status_code == 302


def test_failures_from_one_address_do_not_keep_another_address_out(site: Site) -> None:
    for _ in range(11):
        log_in(site.visitor(), "viewer@example.com", "wrong-horse")
    elsewhere = site.visitor()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert log_in(elsewhere, "viewer@example.com").status_code == 302


def test_successes_are_not_counted(site: Site) -> None:
    for _ in range(12):
        assert log_in(site.visitor(), "viewer@example.com").status_code == 302


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    client = site.visitor()
    form = {"email": "viewer@example.com", "password": PASSWORD}
    answer = client.post("/login", data=form)
    assert answer.status_code == 400
    assert "out of date" in answer.text
    assert client.get("/").status_code == 302


def test_logging_out_needs_the_token_and_ends_the_session(site: Site) -> None:
    client = site.browser("viewer")
    assert client.post("/logout").status_code == 400
    assert client.get(site.orders).status_code == 200
    answer = client.post("/logout", data={"csrf_token": token(client, site.orders)})
    assert answer.location == "/login"
    assert client.get(site.orders).status_code == 302


def test_what_is_sent_after_a_log_out_says_so(site: Site) -> None:
    client = site.browser("owner")
    sent = {"csrf_token": token(client, site.orders), "note": "typed"}
    client.post("/logout", data=sent)
    path = f"/companies/{site.rows.company}/rules/draft/publish"
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(path, data=sent, headers=headers)
        assert answer.status_code == 401
        assert "You were logged out" in answer.text
        assert "Nothing was saved" in answer.text


def test_logging_out_is_not_a_link(site: Site) -> None:
    assert site.browser("viewer").get("/logout").status_code == 405


def test_a_new_password_ends_every_session(site: Site) -> None:
    client = site.browser("viewer")
    with site.app.app_context():
        user = db.session.query(User).filter_by(email="viewer@example.com").one()
        user.password_hash = hash_password("another-long-one")
        db.session.commit()
    assert client.get(site.orders).status_code == 302


def test_a_session_of_a_removed_person_is_nobodys(site: Site) -> None:
    client = site.browser("nobody")
    with site.app.app_context():
        db.session.query(User).filter_by(email="nobody@example.com").delete()
        db.session.commit()
    assert client.get("/").status_code == 302


def test_logging_in_leads_back_to_the_page_that_was_asked_for(site: Site) -> None:
    client = site.visitor()
    asked = client.get(f"{site.orders}?state=held")
    assert asked.status_code == 302
    page = client.get(asked.location).text
    assert 'value="/companies/1/orders?state=held"' in page
    answer = log_in(client, "viewer@example.com", next="/companies/1/orders?state=held")
    assert answer.location == "/companies/1/orders?state=held"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n//evil.example",
        "evil.example", "/\x00", "//[", "http:evil.example", " //evil.example", "",
    ],
)  # fmt: skip
def test_logging_in_never_leads_to_another_site(site: Site, target: str) -> None:
    with site.app.test_request_context():
        assert safe_target(target) == "/"
    assert log_in(site.visitor(), "viewer@example.com", next=target).location == "/"


def test_who_is_logged_in_is_sent_on_from_the_log_in_page(site: Site) -> None:
    assert site.browser("viewer").get("/login").location == "/"


def test_without_anybody_the_log_in_page_leads_to_the_first_run(empty_site: Flask) -> None:
    assert empty_site.test_client().get("/login").location == "/first-run"


def test_the_time_of_logging_in_is_kept(site: Site) -> None:
    site.browser("viewer")
    with site.app.app_context():
        user = db.session.query(User).filter_by(email="viewer@example.com").one()
        assert user.last_login_at is not None
