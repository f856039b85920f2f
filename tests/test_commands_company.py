"""`rulebooks company`, and what all commands have in common."""

from __future__ import annotations

import pytest

from app.security import digest
from tests.commands import Rulebooks


def test_add_prints_what_the_web_connector_needs_once(rulebooks: Rulebooks) -> None:
    added = rulebooks("company", "add", "Acme Ltd", "--json")
    assert (added.code, added.err) == (0, "")
    assert added.json.keys() == {"id", "name", "username", "password"}
    assert (added.json["id"], added.json["name"]) == (1, "Acme Ltd")
    assert len(added.json["password"]) >= 32
    stored = (rulebooks.folder / "rulebooks.db").read_bytes()
    assert added.json["password"].encode() not in stored
    assert digest(added.json["password"]).encode() in stored


def test_add_in_words_says_what_comes_next(rulebooks: Rulebooks) -> None:
    answer = rulebooks("company", "add", "Acme")
    assert "rulebooks connector file 1" in answer.out


def test_list_shows_the_companies_without_passwords(rulebooks: Rulebooks) -> None:
    assert rulebooks("company", "list", "--json").json == []
    assert "rulebooks company add" in rulebooks("company", "list").out
    rulebooks("company", "add", "Zed", "--country", "ca", "--home-currency", "cad")
    rulebooks("company", "add", "Acme", "--zone", "Europe/Berlin")
    listed = rulebooks("company", "list", "--json").json
    assert [one["name"] for one in listed] == ["Acme", "Zed"]
    assert (listed[1]["country"], listed[1]["home_currency"]) == ("CA", "CAD")
    assert listed[0]["zone"] == "Europe/Berlin"
    assert not any("password" in one for one in listed)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Acme"], "already"),
        ([" Acme "], "already"),
        (["  "], "needs a name"),
        (["two\nlines"], "needs a name"),
        (["42"], "cannot be a number"),
        (["New", "--country", "USA"], "country"),
        (["New", "--home-currency", "DOLLARS"], "currency"),
        (["New", "--zone", "Mars/Olympus"], "time zone"),
        (["New", "--zone", "../etc/passwd"], "time zone"),
        (["New", "--zone", ""], "time zone"),
        ([], "NAME"),
        (["New", "--nonsense"], "--nonsense"),
    ],
)
def test_what_cannot_be_added_is_one_clear_line(
    rulebooks: Rulebooks, arguments: list[str], words: str
) -> None:
    rulebooks("company", "add", "Acme")
    assert words in rulebooks.fails("company", "add", *arguments)
    assert len(rulebooks("company", "list", "--json").json) == 1


def test_a_command_that_does_not_exist_is_told(rulebooks: Rulebooks) -> None:
    assert "nonsense" in rulebooks.fails("nonsense")
    assert "tools" in rulebooks.fails("tools")


def test_the_bare_command_lists_the_commands(rulebooks: Rulebooks) -> None:
    out = rulebooks().out
    for name in ("company", "connector", "doctor", "practice", "serve", "user"):
        assert f"\n  {name}" in out
    assert "tools" not in out


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "RULEBOOKS_SECRET_KEY"),
        ("DATABASE_URL", "nonsense://x", "RULEBOOKS_DATABASE_URL"),
        ("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d", "cannot be reached"),
        ("URL", "books", "RULEBOOKS_URL"),
    ],
)
def test_a_bad_setting_is_one_clear_line_without_secrets(
    rulebooks: Rulebooks, name: str, value: str, words: str
) -> None:
    rulebooks.set(name, value)
    line = rulebooks.fails("company", "list")
    assert words in line
    assert "hunter2" not in line


def test_an_error_that_nobody_foresaw_is_one_line_too(
    rulebooks: Rulebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.companies.digest", lambda _: 1 / 0)
    assert "ZeroDivisionError" in rulebooks.fails("company", "add", "Acme")
