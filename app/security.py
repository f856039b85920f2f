"""Keys, passwords and what is kept secret at rest."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from app.settings import SHORTEST_SECRET_KEY, Settings

CONNECTOR_BITS = 160
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024


class SecretKeyError(Exception):
    """The secret key cannot be read, made or used."""


class UnreadableSecretError(Exception):
    """What was encrypted cannot be read: it was written with another RULEBOOKS_SECRET_KEY."""


class WeakPasswordError(ValueError):
    """The password is too short or too long."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key of the installation, each for one purpose, derived from one secret by HKDF."""

    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """The key of 32 bytes for that purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=b"rulebooks", info=purpose.encode()).derive(
            self.secret
        )

    def encrypt(self, text: str) -> str:
        """The text as it may be stored: a store's credentials."""
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text that `encrypt` was given."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except (InvalidToken, ValueError):
            raise UnreadableSecretError(str(UnreadableSecretError.__doc__)) from None

    def _fernet(self) -> Fernet:
        return Fernet(urlsafe_b64encode(self.derive("store credentials")))


def keys(settings: Settings) -> Keys:
    """The installation's keys; the first start makes the secret when the environment has none."""
    if settings.secret_key is not None:
        return Keys(settings.secret_key.get_secret_value().encode())
    path = settings.secret_key_file
    try:
        if not path.exists():
            _make(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(f"The secret key file {path} cannot be used: {error}") from None
    if len(secret) < SHORTEST_SECRET_KEY:
        raise SecretKeyError(
            f"The secret key file {path} is damaged: restore it from a backup. "
            "Without it, stored credentials of your shops cannot be read."
        )
    return Keys(secret.encode())


def _make(path: Path) -> None:
    """Create the file complete and private; of two processes that try at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # its mode is 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The argon2 hash of a person's password.

    Raises:
        WeakPasswordError: It is too short or too long.
    """
    check_strength(password)
    return _hasher().hash(password)


def check_strength(password: str) -> None:
    """See whether people may have that password.

    Raises:
        WeakPasswordError: It is too short or too long.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPasswordError(f"A password needs at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise WeakPasswordError(f"A password may have {LONGEST_PASSWORD} characters at most.")


def check_password(password: str, hashed: str | None) -> bool:
    """Whether the password is the one hashed; takes as long when there is no such person."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        same = _hasher().verify(password, hashed or _nobody())
    except PwdlibError:
        return False
    return same and hashed is not None


def new_connector_password() -> str:
    """A password for the Web Connector: 160 random bits, easy to copy by hand."""
    return secrets.token_hex(CONNECTOR_BITS // 8)


def digest(secret: str) -> str:
    """What is stored of a secret of ours; nobody guesses one, so it needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_digest_of(secret: str, stored: str) -> bool:
    """Whether `stored` is the digest of that secret."""
    return hmac.compare_digest(digest(secret).encode(), stored.encode())
