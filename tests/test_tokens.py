"""API tokens, the company's own settings, and backups: shown once, found, revoked, put back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.backup import BackupError, backup, restore
from app.models import ApiToken, Company, Event, db
from app.tokens import SCOPES, TokenError, create, find, revoke, tokens
from app.web.access import ROLES
from tests.commands import Rulebooks
from tests.web_site import Site, token

TOKENS = "/companies/1/settings/tokens"
SHOWN = re.compile(r'data-copy="(rb_[\w-]+)"')


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


def test_every_scope_is_a_role() -> None:
    assert set(SCOPES) <= set(ROLES)


def test_a_token_finds_its_company_and_its_use_is_noted(company: Company) -> None:
    row, text = create(company, "Export", "viewer", who="ann")
    db.session.commit()
    found = find(text)
    assert found is not None
    assert (found[0].id, found[1].scope) == (company.id, "viewer")
    db.session.refresh(row)
    assert row.used_at is not None
    assert text not in f"{row.digest} {row.start} {row.name}"


@pytest.mark.parametrize("given", ["", "rb_", "rb_" + "a" * 43, "rb_\0", "\ud800", "rb_" * 1000])
def test_what_is_no_token_finds_nothing(company: Company, given: str) -> None:
    create(company, "Export", "viewer", who="ann")
    assert find(given) is None


def test_a_revoked_token_finds_nothing_and_only_its_company_revokes_it(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    row, text = create(company, "Export", "admin", who="ann")
    db.session.commit()
    assert revoke(other, row.id) is None
    assert find(text) is not None
    assert revoke(company, row.id) is row
    db.session.commit()
    assert find(text) is None
    assert tokens(company) == []


@pytest.mark.parametrize(("name", "scope"), [("", "viewer"), ("a\nb", "viewer"), ("a", "owner")])
def test_a_token_without_a_name_or_scope_is_not_made(
    company: Company, name: str, scope: str
) -> None:
    with pytest.raises(TokenError):
        create(company, name, scope, who="ann")


def test_the_page_shows_a_token_once(site: Site) -> None:
    client = site.session("admin")
    form = {"csrf_token": token(client, TOKENS), "name": "Export", "scope": "bookkeeper"}
    answer = client.post(TOKENS, data=form)
    (text,) = SHOWN.findall(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert text not in client.get(TOKENS).text
    assert "Export" in client.get(TOKENS).text
    with site.app.app_context():
        assert find(text) is not None
        row = db.session.scalars(select(ApiToken)).one()
        assert row.who == "admin@example.com"
        events = db.session.scalars(select(Event).where(Event.kind.startswith("token."))).all()
        assert all(text not in one.text for one in events)
    assert client.post(f"{TOKENS}/{row.id}/revoke", data=form).status_code == 303
    assert client.post(f"{TOKENS}/{row.id}/revoke", data=form).status_code == 404
    with site.app.app_context():
        assert find(text) is None


@pytest.mark.parametrize(("name", "scope"), [("", "viewer"), ("x" * 101, "viewer"), ("x", "god")])
def test_the_page_refuses_what_is_no_token(site: Site, name: str, scope: str) -> None:
    client = site.session("admin")
    form = {"csrf_token": token(client, TOKENS), "name": name, "scope": scope}
    assert client.post(TOKENS, data=form).status_code == 422
    with site.app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []


def test_the_company_page_changes_name_and_zone(site: Site) -> None:
    path = "/companies/1/settings/company"
    client = site.session("owner")
    csrf = token(client, path)
    form = {"csrf_token": csrf, "name": "Cedar", "zone": "Europe/London"}
    assert client.post(path, data=form | {"zone": "Mars/Base"}).status_code == 422
    assert client.post(path, data=form).status_code == 303
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        assert (company.name, company.zone) == ("Cedar", "Europe/London")
    admin = site.session("admin")
    form = {"csrf_token": token(admin, path), "name": "Mine", "zone": "UTC"}
    assert "Only an owner" in admin.post(path, data=form).text
    assert admin.post(path, data=form | {"name": "Cedar"}).status_code == 303


def test_a_backup_is_a_whole_database_that_can_be_put_back(
    rulebooks: Rulebooks, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    rulebooks("company", "add", "Grove")
    assert "secret.key" in rulebooks("backup", str(copy)).out
    assert copy.stat().st_mode & 0o077 == 0
    rulebooks("company", "add", "Later")
    rulebooks("restore", str(copy), "--yes")
    listed = rulebooks("company", "list").out
    assert "Grove" in listed
    assert "Later" not in listed


def test_what_is_no_backup_is_not_put_back(sqlite_app: Flask, tmp_path: Path) -> None:
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("not a database")
    with sqlite3.connect(other) as made:
        made.execute("CREATE TABLE things (id)")
    made.close()
    broken = tmp_path / "broken.db"
    with sqlite_app.app_context():
        backup(broken)
        broken.write_bytes(broken.read_bytes()[:20_000])
        db.session.add(Company(name="Grove", username="g", password_digest=""))
        db.session.commit()
        for path in (text, other, broken, tmp_path / "nowhere"):
            with pytest.raises(BackupError):
                restore(path)
        with pytest.raises(BackupError, match="nothing was written"):
            backup(text)
        assert db.session.scalar(select(Company.name)) == "Grove"


def test_the_owner_downloads_a_backup(site: Site, tmp_path: Path) -> None:
    client = site.session("owner")
    assert "None was made yet" in client.get("/backup").text
    answer = client.post("/backup", data={"csrf_token": token(client, "/backup")})
    copy = tmp_path / "got.db"
    copy.write_bytes(answer.data)
    answer.close()
    with sqlite3.connect(copy) as found:
        assert found.execute("SELECT name FROM companies WHERE id = 1").fetchone() == (
            "Cedar & Pine Ltd",
        )
    found.close()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert not list(Path(site.app.instance_path).glob("backup-*"))
    with site.app.app_context():
        assert db.session.scalar(select(Event.who).where(Event.kind == "backup.downloaded"))
    assert "The last one was made" in client.get("/backup").text


def test_postgresql_has_tools_of_its_own(any_app: Flask, tmp_path: Path) -> None:
    with any_app.app_context():
        if db.engine.dialect.name == "postgresql":
            with pytest.raises(BackupError, match="pg_dump"):
                backup(tmp_path / "x.db")
        else:
            assert backup(tmp_path / "x.db") > 0
