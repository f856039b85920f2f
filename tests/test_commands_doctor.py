"""`rulebooks doctor`: each line is ok, warn or fail, with the fix."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.models import Company, Event, db, now
from app.settings import load
from tests.commands import Rulebooks


def lines(rulebooks: Rulebooks) -> dict[str, dict[str, Any]]:
    answer = rulebooks("doctor", "--json")
    found = {one["title"]: one for one in answer.json}
    assert answer.code == any(one["status"] == "fail" for one in found.values())
    for one in found.values():
        assert one["text"]
        assert one["status"] == "ok" or one["fix"], f"{one} does not say what to do"
    return found


def status(rulebooks: Rulebooks, title: str) -> str:
    found: str = lines(rulebooks)[title]["status"]
    return found


@pytest.fixture
def installed(rulebooks: Rulebooks) -> Rulebooks:
    rulebooks.set("URL", "https://books.example.com")
    rulebooks("company", "add", "Acme")
    rulebooks("user", "add", "a@example.com", "--password-stdin", stdin="correct-horse\n")
    return rulebooks


def change(rulebooks: Rulebooks, row: Any) -> None:
    app = create_app(load(instance=rulebooks.folder))
    with app.app_context():
        row()
        db.session.commit()
        db.engine.dispose()


def test_a_new_installation_is_told_to_update_its_tables(rulebooks: Rulebooks) -> None:
    found = lines(rulebooks)
    assert found["Tables"]["status"] == "fail"
    assert "rulebooks serve" in found["Tables"]["fix"]
    assert not (set(found) & {"People", "Clock"})


def test_a_sound_installation_is_ok_but_for_the_connector_never_seen(installed: Rulebooks) -> None:
    found = lines(installed)
    assert {title for title, one in found.items() if one["status"] != "ok"} == {
        "Web Connector of Acme", "Backup",
    }  # fmt: skip
    assert "synchronous=2" in found["Durability"]["text"]


def test_the_last_backup_is_told(installed: Rulebooks, tmp_path: Path) -> None:
    made = installed("backup", str(tmp_path / "a.db"))
    assert made.code == 0, made.err
    assert status(installed, "Backup") == "ok"

    def grows_old() -> None:
        made = db.session.query(Event).filter_by(kind="backup.made").one()
        made.at = now() - timedelta(days=8)

    change(installed, grows_old)
    assert status(installed, "Backup") == "warn"
    assert installed("backup", str(tmp_path / "nowhere" / "a.db")).code == 1
    assert status(installed, "Backup") == "warn", "one that failed is none"


def test_in_words_each_line_begins_with_its_outcome(installed: Rulebooks) -> None:
    out = installed("doctor").out.splitlines()
    assert all(line[:4] in {"ok  ", "warn", "FAIL", "    "} for line in out)


@pytest.mark.parametrize(
    ("ago", "expected"), [(timedelta(hours=1), "ok"), (timedelta(days=2), "warn")]
)
def test_a_web_connector_that_stays_away_is_told(
    installed: Rulebooks, ago: timedelta, expected: str
) -> None:
    def seen() -> None:
        db.session.get_one(Company, 1).last_seen_at = now() - ago

    change(installed, seen)
    assert status(installed, "Web Connector of Acme") == expected


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_secret_key_that_others_may_read_fails(installed: Rulebooks) -> None:
    (installed.folder / "secret.key").chmod(0o644)
    assert status(installed, "Secret key") == "fail"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://books.example.com", "ok"), ("http://localhost:8000", "warn"),
     ("http://books.example.com", "fail"), ("https://192.0.2.7", "fail")],
)  # fmt: skip
def test_the_address_has_to_be_one_that_the_web_connector_takes(
    installed: Rulebooks, url: str, expected: str
) -> None:
    installed.set("URL", url)
    assert status(installed, "Public address") == expected


def test_a_clock_that_went_back_fails(installed: Rulebooks) -> None:
    later = now() + timedelta(hours=3)
    change(
        installed,
        lambda: db.session.add(Event(company_id=1, at=later, kind="x", text="from the future")),
    )
    assert status(installed, "Clock") == "fail"


def test_a_database_that_is_not_there_fails(rulebooks: Rulebooks) -> None:
    rulebooks.set("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d")
    found = lines(rulebooks)
    assert found["Database"]["status"] == "fail"
    assert "hunter2" not in str(found)


def test_missing_front_end_libraries_are_a_failure(
    installed: Rulebooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(installed, "Front-end libraries") == "ok"
    monkeypatch.setattr("app.checks.VENDOR", tmp_path)
    assert status(installed, "Front-end libraries") == "fail"
