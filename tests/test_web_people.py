"""The pages of people: first run, links, roles, one's own account, the audit trail."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from time_machine import travel
from werkzeug.test import TestResponse

from app import people
from app.models import Event, User, db
from app.web.first_run import set_up_address, set_up_code
from tests.web_rows import PASSWORD
from tests.web_site import Site, log_in, token

NEW = "a-new-long-password"
LINK = re.compile(r"<code>http://localhost(/join/[^<]+)</code>")


def post(client: FlaskClient, page: str, form_at: str = "", **fields: str) -> TestResponse:
    """Send the form of a page."""
    return client.post(page, data={"csrf_token": token(client, form_at or page), **fields})


def trail(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.query(Event).where(Event.area != "").order_by(Event.id)
        return [(row.who, row.text) for row in rows]


def test_a_new_installation_asks_for_its_owner(empty_site: Flask) -> None:
    client = empty_site.test_client()
    page = client.get("/", follow_redirects=True)
    assert page.request.path == "/first-run"
    assert set_up_code(empty_site) not in page.text
    with empty_site.app_context():
        address = set_up_address(empty_site)
    answer = post(
        client, "/first-run", address.removeprefix("http://localhost"), email="Ann@Example.com",
        password=PASSWORD, code=set_up_code(empty_site).lower().replace("-", " "),
    )  # fmt: skip
    assert answer.location == "/welcome"
    assert client.get("/welcome").status_code == 200
    assert trail(empty_site)[0] == ("ann@example.com", "Became the first owner")
    with empty_site.app_context():
        assert set_up_address(empty_site) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
@pytest.mark.parametrize("code", ["", "WRON-GCOD-EAAA-AAAA", "é", "\0"])
def test_without_the_set_up_code_nobody_becomes_owner_not_even_from_this_machine(
    empty_site: Flask, address: str, code: str
) -> None:
    client = empty_site.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    fields = {"email": "eve@example.com", "password": PASSWORD, "code": code}
    assert post(client, "/first-run", **fields).status_code == 422
    with empty_site.app_context():
        assert people.is_nobody()


def test_codes_cannot_be_tried_forever(empty_site: Flask) -> None:
    client = empty_site.test_client()
    fields = {"email": "eve@example.com", "password": PASSWORD, "code": "WRONG"}
    said = [post(client, "/first-run", **fields).status_code for _ in range(11)]
    assert said == [422] * 10 + [429]


def test_the_first_run_is_over_once_there_is_somebody(site: Site) -> None:
    client = site.visitor()
    assert client.get("/first-run").location == "/login"
    form = {
        "csrf_token": token(client), "code": set_up_code(site.app), "email": "eve@example.com",
        "password": PASSWORD,
    }  # fmt: skip
    assert client.post("/first-run", data=form).location == "/login"


def test_what_does_not_fit_comes_back_with_what_was_typed(empty_site: Flask) -> None:
    client = empty_site.test_client()
    fields = {"email": "ann", "password": PASSWORD, "code": set_up_code(empty_site)}
    answer = post(client, "/first-run", **fields)
    assert answer.status_code == 422
    assert 'value="ann"' in answer.text
    assert "is not an e-mail address" in answer.text
    answer = post(client, "/first-run", **fields | {"email": "a@b.c", "password": "short"})
    assert answer.status_code == 422
    assert 'value="short"' not in answer.text


def test_the_first_run_tells_every_error_at_once(empty_site: Flask) -> None:
    client = empty_site.test_client()
    page = post(client, "/first-run", email="ann", password="short", code="WRONG").text
    assert "is not an e-mail address" in page
    assert "A password needs at least" in page
    assert "not the set-up code" in page
    page = post(client, "/first-run", email="ann", password="short", code="").text
    assert "is not an e-mail address" in page
    assert "Type the set-up code" in page


def test_the_practice_company_has_orders_and_rules(empty_site: Flask) -> None:
    client = empty_site.test_client()
    fields = {"email": "a@b.c", "password": PASSWORD, "code": set_up_code(empty_site)}
    post(client, "/first-run", **fields)
    for name in ("Practice company", "Practice company 2"):
        answer = post(client, "/welcome/practice", "/welcome")
        assert answer.status_code == 303
        page = client.get("/companies").text
        assert name in page
    assert "#2013" in client.get("/companies/2/orders").text


def test_a_link_gives_a_new_person_a_password_once(site: Site) -> None:
    client = site.browser("owner")
    answer = post(client, "/companies/1/people", email="New@Example.com", role="bookkeeper")
    found = LINK.search(answer.text)
    assert found
    path, visitor = found[1], site.visitor()
    assert path not in client.get("/companies/1/people").text
    assert visitor.get(path).status_code == 200
    assert post(visitor, path, password=NEW).location == "/"
    assert visitor.get(site.orders).status_code == 200
    assert site.visitor().get(path).status_code == 410
    assert log_in(site.visitor(), "new@example.com", NEW).status_code == 302
    assert trail(site.app)[1:3] == [
        ("owner@example.com", "Made new@example.com a bookkeeper"),
        ("new@example.com", "Chose a password by a link"),
    ]


def test_a_link_ends_after_seven_days_and_with_the_person(site: Site) -> None:
    client = site.browser("owner")
    path = "/people/{}/link"
    viewer = site.user("viewer")
    found = LINK.search(post(client, path.format(viewer), "/people").text)
    assert found
    with travel("2126-01-01"):
        assert site.visitor().get(found[1]).status_code == 410
    assert site.visitor().get(found[1]).status_code == 200
    post(client, f"/people/{viewer}/remove", "/people")
    assert site.visitor().get(found[1]).status_code == 410


@pytest.mark.parametrize("forged", ["x", "WzEsIngiXQ.aaa.bbb", "%00", "é", "x" * 3000])
def test_a_forged_link_is_nobodys(site: Site, forged: str) -> None:
    assert site.visitor().get(f"/join/{forged}").status_code == 410


def test_who_is_invited_cannot_log_in_before_choosing_a_password(site: Site) -> None:
    post(site.browser("owner"), "/companies/1/people", email="new@example.com", role="viewer")
    for password in ("!", "", people.NO_PASSWORD):
        assert log_in(site.visitor(), "new@example.com", password).status_code == 422


def test_a_companys_owner_gets_no_link_to_somebody_elses_account(site: Site) -> None:
    client = site.session("other")
    at = f"/companies/{site.rows.other}/people"
    assert "Send this link" not in post(client, at, email="viewer@example.com", role="viewer").text
    viewer = site.user("viewer")
    assert post(client, f"{at}/{viewer}/link", at).status_code == 403
    assert post(client, f"{at}/{site.user('admin')}/link", at).status_code == 404


def test_a_role_is_changed_at_once_and_written_down(site: Site) -> None:
    client, viewer = site.session("owner"), site.session("viewer")
    at = f"/companies/1/people/{site.user('viewer')}/role"
    assert viewer.get("/companies/1/audit").status_code == 403
    assert post(client, at, "/companies/1/people", role="admin").status_code == 303
    assert viewer.get("/companies/1/audit").status_code == 200
    assert ("owner@example.com", "Changed viewer@example.com from viewer to admin") in trail(
        site.app
    )
    assert post(client, at, "/companies/1/people", role="emperor").status_code == 400


def test_who_is_taken_out_sees_nothing_any_more(site: Site) -> None:
    viewer = site.session("viewer")
    at = f"/companies/1/people/{site.user('viewer')}/leave"
    post(site.session("owner"), at, "/companies/1/people")
    assert viewer.get(site.orders).status_code == 404


def test_the_last_owner_is_kept_in_words(site: Site) -> None:
    client, owner = site.session("owner"), site.user("owner")
    for act in ("remove", "demote"):
        post(client, f"/people/{owner}/{act}", "/people")
        assert "is the only owner" in client.get("/people").text
    assert client.get("/people").status_code == 200


def test_ones_own_password_is_changed_with_the_present_one_and_ends_other_sessions(
    site: Site,
) -> None:
    client, other = site.session("viewer"), site.session("viewer")
    wrong = post(client, "/account/password", "/account", present="wrong", password=NEW)
    assert (wrong.status_code, "not your present password" in wrong.text) == (422, True)
    short = post(client, "/account/password", "/account", present=PASSWORD, password="short")
    assert short.status_code == 422
    right = post(client, "/account/password", "/account", present=PASSWORD, password=NEW)
    assert right.location == "/account"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert log_in(site.visitor(), "viewer@example.com", NEW).status_code == 302


def test_the_present_password_cannot_be_guessed_forever(site: Site) -> None:
    client = site.session("viewer")
    for _ in range(10):
        post(client, "/account/password", "/account", present="wrong", password=NEW)
    answer = post(client, "/account/password", "/account", present=PASSWORD, password=NEW)
    assert answer.status_code == 429


def test_ones_other_sessions_are_ended_and_this_one_goes_on(site: Site) -> None:
    client, other = site.session("viewer"), site.session("viewer")
    post(client, "/account/end-sessions", "/account")
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_companies_are_added_and_renamed_with_errors_at_the_field(site: Site) -> None:
    client = site.session("owner")
    fields = {"name": "Maple", "country": "CA", "home_currency": "CAD", "zone": "America/Toronto"}
    assert post(client, "/companies/new", **fields).status_code == 303
    again = post(client, "/companies/new", **fields)
    assert (again.status_code, "There is a company" in again.text) == (422, True)
    zone = post(client, "/companies/new", **fields | {"name": "Oak", "zone": "Mars/Base"})
    assert (zone.status_code, "is not a time zone" in zone.text) == (422, True)
    assert 'value="Oak"' in zone.text
    assert post(client, "/companies/3/name", name="Maple & Co").status_code == 303
    assert "Maple &amp; Co" in client.get("/companies").text
    assert post(client, "/companies/3/name", name="Elsewhere Inc").status_code == 422


def test_log_ins_and_failures_are_in_the_trail(site: Site) -> None:
    log_in(site.visitor(), "viewer@example.com", "wrong-password")
    log_in(site.visitor(), "viewer@example.com")
    assert trail(site.app) == [
        ("", "Failed to log in as viewer@example.com from 127.0.0.1"),
        ("viewer@example.com", "Logged in from 127.0.0.1"),
    ]


def test_the_trail_of_a_company_shows_nothing_of_another(any_site: Site) -> None:
    owner = any_site.session("owner")
    post(owner, "/companies/2/name", name="Far away")
    post(owner, "/companies/1/name", name="Near")
    page = any_site.session("admin").get("/companies/1/audit").text
    assert "to Near" in page
    assert "Far away" not in page
    everywhere = owner.get("/audit").text
    assert "to Near" in everywhere
    assert "Far away" in everywhere


def test_the_trail_is_filtered_paged_and_taken_as_a_file(site: Site) -> None:
    with site.app.app_context():
        for number in range(60):
            db.session.add(
                Event(kind="x", area="rules", who="=cmd@example.com", text=f"@did thing {number}")
            )
        db.session.add(Event(kind="x", area="people", who="b@example.com", text="something else"))
        db.session.commit()
    client = site.session("owner")
    page = client.get("/audit?area=rules&who=cmd").text
    assert "did thing 59" in page
    assert "something else" not in page
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).text
    assert "did thing 9<" in second
    assert "area=rules" in second
    answer = client.get("/audit.csv?area=rules")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit trail.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 60
    assert (rows[0]["who"], rows[0]["what"]) == ("'=cmd@example.com", "'@did thing 59")


def test_a_user_of_before_keeps_what_they_had(site: Site) -> None:
    with site.app.app_context():
        user = db.session.query(User).filter_by(email="owner@example.com").one()
        assert user.is_owner
    assert site.session("owner").get("/people").status_code == 200
