"""Settings from the environment, and the sentences about bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load

SECRET = "a secret of more than thirty-two characters"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"RULEBOOKS_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_anything_the_database_is_a_file_in_the_instance_folder(tmp_path: Path) -> None:
    settings = load()
    assert settings.database == f"sqlite:///{tmp_path / 'instance' / 'rulebooks.db'}"
    assert settings.url == "http://localhost:8000"
    assert not settings.is_https
    assert settings.session_lease == 120


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "INSTANCE": "/srv/rulebooks", "DATABASE_URL": "postgresql://u:p@h/d", "URL": "https://b.example",
        "SECRET_KEY": SECRET, "LOG": "warning", "PROXIES": "1", "SESSION_LEASE": "0",
        "LOGIN_FAILURES": "3", "STORE_NETWORKS": "192.168.1.0/24",
        "KEEP_MESSAGES": "30", "KEEP_EVENTS": "90", "API_REQUESTS": "60",
        "SMTP_HOST": "mail.example", "SMTP_PORT": "25", "SMTP_SECURITY": "none",
        "SMTP_USER": "books", "SMTP_PASSWORD": "p", "MAIL_FROM": "books@b.example",
        "NOTICE_HOSTS": "ntfy.example",
    }  # fmt: skip
    assert {name.upper() for name in Settings.model_fields} == given.keys()
    for name, value in given.items():
        monkeypatch.setenv(f"RULEBOOKS_{name}", value)
    settings = load()
    assert settings.folder == Path("/srv/rulebooks")
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == SECRET
    assert (settings.log, settings.proxies, settings.session_lease) == ("warning", 1, 0)
    assert (settings.login_failures, settings.is_https) == (3, True)


@pytest.mark.parametrize(
    "url",
    ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"],
)
def test_postgresql_is_reached_by_psycopg_however_it_is_written(url: str) -> None:
    assert load(database_url=url).database == "postgresql+psycopg://u:p@h/d"


def test_a_variable_that_is_empty_is_as_if_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULEBOOKS_DATABASE_URL", "")
    monkeypatch.setenv("RULEBOOKS_SECRET_KEY", "")
    assert load().database.startswith("sqlite:///")


def test_a_file_named_env_beside_the_program_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RULEBOOKS_URL=https://books.example\nOTHER=1\n")
    assert load().url == "https://books.example"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("URL", "books.example.com", "https://books.example.com"),
        ("URL", "https://books.example.com/rulebooks", "without a path"),
        ("URL", "https://u:secret@books.example.com", "user name"),
        ("URL", "ftp://books.example.com", "must be an address"),
        ("LOG", "loud", "warning"),
        ("PROXIES", "-1", "greater than or equal to 0"),
        ("SESSION_LEASE", "soon", "integer"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"RULEBOOKS_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert f"RULEBOOKS_{name}" in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_secrets_are_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULEBOOKS_SECRET_KEY", "tooshortbutsecret")
    with pytest.raises(SettingsError) as caught:
        load()
    assert "tooshortbutsecret" not in str(caught.value)
    settings = load(secret_key=SECRET, database_url="postgresql://u:hunter2@h/d")
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_an_address_loses_its_last_slash() -> None:
    assert load(url="https://books.example:8443/").url == "https://books.example:8443"
