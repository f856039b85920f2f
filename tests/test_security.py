"""Keys, passwords, and what is kept secret at rest."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import security
from app.security import (
    Keys,
    SecretKeyError,
    UnreadableSecretError,
    WeakPasswordError,
    check_password,
    digest,
    hash_password,
    is_digest_of,
    keys,
    new_connector_password,
)
from app.settings import load

SECRET = "a secret of more than thirty-two characters"


def test_the_first_start_makes_a_secret_that_only_its_owner_may_read(tmp_path: Path) -> None:
    settings = load(instance=tmp_path / "new")
    made = keys(settings)
    if os.name == "posix":
        assert stat.S_IMODE(settings.secret_key_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.folder.stat().st_mode) == 0o700
    assert len(made.secret) >= 32
    assert keys(settings) == made
    assert list(settings.folder.iterdir()) == [settings.secret_key_file]


def test_two_starts_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    settings = load(instance=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys(settings), range(16)))
    assert len({one.secret for one in found}) == 1
    assert list(tmp_path.iterdir()) == [settings.secret_key_file]


def test_the_environments_secret_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    assert keys(load(instance=tmp_path, secret_key=SECRET)) == Keys(SECRET.encode())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
def test_a_damaged_secret_file_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    settings = load(instance=tmp_path)
    settings.secret_key_file.write_bytes(content)
    with pytest.raises(SecretKeyError, match=r"secret\.key"):
        keys(settings)
    assert settings.secret_key_file.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretKeyError, match="cannot be used"):
        keys(load(instance=tmp_path / "file"))


def test_each_purpose_has_a_key_of_its_own_that_stays() -> None:
    one = Keys(SECRET.encode())
    assert one.derive("sessions") == Keys(SECRET.encode()).derive("sessions")
    assert one.derive("sessions") != one.derive("store credentials")
    assert one.derive("sessions") != Keys(SECRET.upper().encode()).derive("sessions")
    assert len(one.derive("sessions")) == 32


def test_credentials_come_back_and_are_not_readable_in_between() -> None:
    one = Keys(SECRET.encode())
    kept = one.encrypt("shpat_é123")
    assert "shpat" not in kept
    assert kept != one.encrypt("shpat_é123")
    assert one.decrypt(kept) == "shpat_é123"


@pytest.mark.parametrize("token", ["", "é", "gAAAAA", "x" * 200])
def test_what_another_key_wrote_is_told_apart(token: str) -> None:
    with pytest.raises(UnreadableSecretError, match="RULEBOOKS_SECRET_KEY"):
        Keys(SECRET.encode()).decrypt(token)
    other = Keys(b"o" * 40).encrypt("text")
    with pytest.raises(UnreadableSecretError):
        Keys(SECRET.encode()).decrypt(other)


def test_the_secret_is_not_in_the_representation() -> None:
    assert SECRET not in repr(Keys(SECRET.encode()))


def test_connector_passwords_have_at_least_128_bits_and_never_repeat() -> None:
    made = {new_connector_password() for _ in range(500)}
    assert len(made) == 500
    assert all(int(one, 16) >= 0 and len(one) * 4 >= 128 for one in made)


def test_a_generated_secret_is_kept_as_its_sha_256_in_hex() -> None:
    assert digest("password") == hashlib.sha256(b"password").hexdigest()
    assert is_digest_of("password", digest("password"))
    assert not is_digest_of("Password", digest("password"))
    assert not is_digest_of("\ud800", "é")


def test_peoples_passwords_are_hashed_with_argon2() -> None:
    hashed = hash_password("correct-horse")
    assert hashed.startswith("$argon2id$")
    assert check_password("correct-horse", hashed)
    assert not check_password("correct-house", hashed)


@pytest.mark.parametrize("hashed", ["", "plain", "$argon2id$broken"])
def test_a_hash_that_is_none_lets_nobody_in(hashed: str) -> None:
    assert not check_password("", hashed)
    assert not check_password("plain", hashed)


def test_for_nobody_as_much_is_computed_as_for_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    hasher = security._hasher()

    def verify(_hasher: object, _given: str, hashed: str) -> bool:
        verified.append(hashed)
        return True

    monkeypatch.setattr(type(hasher), "verify", verify)
    assert not check_password("whatever-it-is", None)
    assert verified[0].startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 1025])
def test_passwords_have_ten_to_1024_characters(password: str) -> None:
    with pytest.raises(WeakPasswordError, match="characters"):
        hash_password(password)
    assert not check_password(password, hash_password("ten-chars-"))
