"""The application: health, headers, cookies, durability, error pages, the SOAP endpoint."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask, abort, request
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from app import create_app, logs
from app.migrate import upgrade
from app.models import Company, db
from app.security import digest
from app.settings import SettingsError, load
from qbwc.practice.soap import envelope
from tests.database import Postgres
from tests.web_rows import add_company
from tests.web_site import Site, end, make_app

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    yield app
    end(app)


def test_healthz_is_well_when_the_tables_are_those_of_this_version(fresh: Flask) -> None:
    client = fresh.test_client()
    assert client.get("/healthz").status_code == 503
    assert client.get("/healthz").json == {
        "status": "fail", "database": "ok", "migrations": "outdated",
    }  # fmt: skip
    with fresh.app_context():
        upgrade()
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz").json == {
        "status": "ok", "database": "ok", "migrations": "current",
    }  # fmt: skip


def test_healthz_is_503_without_a_database(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'no' / 'folder.db'}", tmp_path)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, (answer.json or {})["database"]) == (503, "unreachable")
    end(app)


def test_sqlite_is_durable(fresh: Flask) -> None:
    with fresh.app_context(), db.engine.connect() as connection:

        def pragma(name: str) -> object:
            return connection.execute(text(f"PRAGMA {name}")).scalar()

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1


def test_postgresql_is_durable(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create()
    app = make_app(url, tmp_path)
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    end(app)
    postgres.drop(url)


@pytest.mark.parametrize("url", ["foo://x", "no address", "mysql+nothing://u@h/d"])
def test_a_database_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="RULEBOOKS_DATABASE_URL"):
        create_app(load(database_url=url, instance=tmp_path))


def test_every_page_carries_the_security_headers(site: Site) -> None:
    client = site.browser("owner")
    for page in ("/", "/login", site.orders, f"{site.orders}/1", "/nothing", "/healthz"):
        headers = client.get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_no_page_needs_more_than_the_policy_allows(site: Site) -> None:
    client = site.browser("owner")
    for page in ("/", site.orders, f"{site.orders}/1", "/nothing"):
        assert not INLINE.search(client.get(page).text), page
    assert not INLINE.search(site.visitor().get("/login").text)


def test_everything_a_page_loads_is_ours(site: Site) -> None:
    client = site.browser("owner")
    page = client.get(site.orders).text
    loaded = re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg)[^"]*)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        assert address.startswith("/")
        answer = client.get(address)
        assert answer.status_code == 200
        assert "no-store" not in answer.headers["Cache-Control"]
        answer.close()


@pytest.mark.parametrize(
    ("url", "secure"), [("https://b.example", True), ("http://localhost", False)]
)
def test_the_session_cookie_is_as_safe_as_the_address_allows(
    sqlite_url: str, tmp_path: Path, url: str, *, secure: bool
) -> None:
    app = make_app(sqlite_url, tmp_path, url=url)
    answer = app.test_client().get("/login", base_url=url)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure
    assert ("Strict-Transport-Security" in answer.headers) is secure
    end(app)


def test_a_page_that_fails_shows_a_reference_and_logs_the_rest(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> str:
        password = "hunter2-is-secret"
        raise RuntimeError(f"broken {len(password)}")

    site.app.add_url_rule("/broken", view_func=fail)
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    logs.configure("info")
    try:
        answer = site.visitor().get("/broken")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers = []
    logged = capsys.readouterr().err
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    reference = re.search(r"under ([0-9a-f]{8})", answer.text)
    assert reference
    assert reference[1] in logged
    assert "broken 17" in logged
    assert "hunter2" not in logged


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 418, 429, 503])
def test_every_refusal_is_a_page_with_a_sentence(site: Site, code: int) -> None:
    site.app.add_url_rule("/refuse", view_func=lambda: abort(code))
    answer = site.visitor().get("/refuse")
    assert answer.status_code == code
    assert answer.content_type == "text/html; charset=utf-8"
    assert "To the first page" in answer.text


def test_a_405_still_says_which_methods_are_allowed(site: Site) -> None:
    answer = site.visitor().options("/logout")
    assert "POST" in answer.headers["Allow"]
    refused = site.visitor().get("/logout")
    assert (refused.status_code, "POST" in refused.headers["Allow"]) == (405, True)


def test_secret_values_are_not_logged() -> None:
    event = {"event": "x", "password": "p", "ticket": "t", "order": "5101"}
    assert logs.conceal(None, "info", event) == {
        "event": "x", "password": "[secret]", "ticket": "[secret]", "order": "5101",
    }  # fmt: skip


def call(app: Flask, method: str, address: str = "127.0.0.1", **arguments: str) -> str:
    answer = app.test_client().post(
        "/qbwc",
        data=envelope(method, arguments),
        content_type="text/xml; charset=utf-8",
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def connected(empty_site: Flask) -> Flask:
    with empty_site.app_context():
        company: Company = add_company("Acme")
        company.username, company.password_digest = "acme", digest("right")
        db.session.commit()
    return empty_site


def test_the_support_page_and_the_wsdl_need_no_log_in(empty_site: Flask) -> None:
    client = empty_site.test_client()
    page = client.get("/qbwc")
    assert page.status_code == 200
    assert "http://localhost" in page.text
    wsdl = client.get("/qbwc?wsdl")
    assert wsdl.status_code == 200
    assert 'location="http://localhost/qbwc"' in wsdl.text


def test_the_web_connector_logs_in(connected: Flask) -> None:
    assert "nvu" in call(connected, "authenticate", strUserName="acme", strPassword="wrong")
    assert "nvu" not in call(connected, "authenticate", strUserName="acme", strPassword="right")


def test_a_web_connector_that_fails_too_often_is_refused_unread(connected: Flask) -> None:
    for _ in range(10):
        call(connected, "authenticate", strUserName="acme", strPassword="wrong")
    arguments = {"strUserName": "acme", "strPassword": "right"}
    assert "nvu" in call(connected, "authenticate", **arguments)
    assert "nvu" not in call(connected, "authenticate", address="198.51.100.7", **arguments)


def test_each_soap_call_ends_its_database_session(connected: Flask) -> None:
    call(connected, "authenticate", strUserName="acme", strPassword="right")
    with connected.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_the_callers_address_is_the_proxys_word_only_when_there_is_a_proxy(
    sqlite_url: str, tmp_path: Path, proxies: int, address: str
) -> None:
    app = make_app(sqlite_url, tmp_path, proxies=proxies)
    seen = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/login", headers={"X-Forwarded-For": "203.0.113.9"})
    assert seen == [address]
    end(app)
