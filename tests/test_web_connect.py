"""Connecting QuickBooks: the file, the password shown once, the lamp, and what to do in trouble."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from lxml import etree
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from app.models import Company, Event, Session, db, now
from app.security import is_digest_of
from app.settings import load
from tests.browser import NARROW, Live, assert_accessible, assert_fits
from tests.web_site import Site, token

PAGE = "/companies/1/connect"
PASSWORD = re.compile(r'data-copy="([0-9a-f]{40})"')


def _post(site: Site, path: str) -> tuple[FlaskClient, TestResponse]:
    client = site.session("admin")
    return client, client.post(f"{PAGE}/{path}", data={"csrf_token": token(client, PAGE)})


def _kinds(site: Site) -> list[str]:
    with site.app.app_context():
        return [event.kind for event in db.session.query(Event).filter(Event.area == "connection")]


def test_a_password_is_shown_once_and_kept_as_a_digest(site: Site) -> None:
    client, answer = _post(site, "password")
    (password,) = PASSWORD.findall(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in client.get(PAGE).text
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        assert is_digest_of(password, company.password_digest)
        told = db.session.query(Event).filter_by(kind="connection.password").one()
        assert password not in f"{told.text} {told.detail}"
        assert told.who == "admin@example.com"


def test_the_file_names_the_endpoint_and_the_user_and_holds_no_password(site: Site) -> None:
    _, answer = _post(site, "file")
    root = etree.fromstring(answer.data)
    assert root.findtext("AppURL") == "http://localhost/qbwc"
    assert root.findtext("UserName") == "user-Cedar & Pine Ltd"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert _kinds(site) == ["connection.file"]


def test_an_address_that_the_web_connector_refuses_is_explained(site: Site) -> None:
    site.app.config["SETTINGS"] = load(
        url="http://10.0.0.5:8000", secret_key="s" * 40, instance=site.app.instance_path
    )
    _, answer = _post(site, "file")
    assert answer.status_code == 409
    assert "RULEBOOKS_URL" in answer.text
    assert _kinds(site) == []


def test_a_new_file_id_lets_another_company_file_in(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        before, company.file_seen = company.file_id, True
        db.session.commit()
    _, answer = _post(site, "file-id")
    assert answer.status_code == 303
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        assert (company.file_id != before, company.file_seen) == (True, False)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("QBWC1012", "QBWC1012"),
        ("qbwc 1040: authentication failed", "QBWC1040"),
        ("error 0x80040408 could not start", "0x80040408"),
        ("certificate", "QBWC1048"),
    ],
)
def test_a_message_is_found_by_its_code_or_its_words(site: Site, asked: str, code: str) -> None:
    answer = site.session("admin").get(
        f"{PAGE}/troubles", query_string={"q": asked}, headers={"HX-Request": "true"}
    )
    assert f"<dt>{code}</dt>" in answer.text
    assert answer.text.count("<dt>") <= 4


@pytest.mark.parametrize("asked", ["<script>", "x" * 5000, "%", "\0", "QBWC9999"])
def test_a_search_for_nonsense_finds_nothing_and_harms_nothing(site: Site, asked: str) -> None:
    answer = site.session("admin").get(PAGE, query_string={"q": asked})
    assert answer.status_code == 200
    assert "No message that we know fits" in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"state": "open"}, "opens the company file"),
        ({"state": "open", "greeted": True, "done": 1}, "has answered 1 request "),
        ({"state": "closed", "last_error": "Another file is open."}, "Another file is open."),
        ({"state": "closed", "greeted": True}, "Connected to QuickBooks Pro 2024"),
    ],
)
def test_the_lamp_says_where_the_web_connector_is(
    site: Site, given: dict[str, object], said: str
) -> None:
    client = site.session("admin")
    assert "Waiting for the Web Connector" in client.get(PAGE).text
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        company.last_seen_at, company.quickbooks = now(), "QuickBooks Pro 2024"
        db.session.add(Session(company_id=1, ticket_digest="t", **given))
        db.session.commit()
    answer = client.get(f"{PAGE}/waiting", headers={"HX-Request": "true"})
    assert said in " ".join(answer.text.split())
    assert "<html" not in answer.text


def test_a_practice_company_is_not_connected(site: Site) -> None:
    with site.app.app_context():
        db.session.get_one(Company, 1).is_practice = True
        db.session.commit()
    client = site.session("owner")
    assert client.get(PAGE).location == "/companies/1/practice"
    form = {"csrf_token": token(client, "/companies/1/practice")}
    for path in ("password", "file", "file-id"):
        assert client.post(f"{PAGE}/{path}", data=form).location == "/companies/1/practice"
    assert _kinds(site) == []


def test_the_lamp_turns_green_by_itself_in_a_browser(live: Live) -> None:
    page = live.open(PAGE)
    assert_accessible(page)
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_text("shown only now")).to_be_visible()
    page.get_by_role("searchbox").fill("QBWC1040")
    expect(page.locator(".troubles dt")).to_have_count(1)
    assert_accessible(page)
    with live.app.app_context():
        db.session.get_one(Company, 1).last_seen_at = now()
        db.session.add(Session(company_id=1, ticket_digest="t", state="closed", greeted=True))
        db.session.commit()
    expect(page.locator(".beacon.is-good")).to_be_visible()
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert_fits(page)
