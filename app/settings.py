"""What an installation is told by its environment: RULEBOOKS_* variables, or a .env file."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.stores.addresses import networks

PREFIX = "RULEBOOKS_"
SHORTEST_SECRET_KEY = 32


class SettingsError(Exception):
    """A setting has a value that cannot be used."""


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be an address such as https://books.example.com")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("it must be an address without a path")
    if parts.username or parts.password:
        raise ValueError("it must not contain a user name or password")
    return f"{parts.scheme}://{parts.netloc}"


def _networks(text: str) -> str:
    try:
        networks(text)
    except ValueError as error:
        raise ValueError(f"{error}; it must be networks such as 192.168.1.0/24") from None
    return text


def _sender(text: str) -> str:
    if text and ("@" not in parseaddr(text)[1] or not text.isprintable()):
        raise ValueError("it must be an e-mail address such as books@example.com")
    return text


class Settings(BaseSettings):
    """The settings; a keyword argument is stronger than the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    instance: Path = Path("instance")
    """The folder of the embedded database and the secret key."""
    database_url: str = Field(default="", repr=False)
    """Where the database is; by default the file rulebooks.db in the instance folder."""
    secret_key: SecretStr | None = None
    """What every key is derived from; by default a file in the instance folder."""
    url: Annotated[str, AfterValidator(_address)] = "http://localhost:8000"
    """The public address; `rulebooks serve` takes its own port unless one is given."""
    log: Literal["debug", "info", "warning", "error"] = "info"
    """The least level that is logged."""
    proxies: int = Field(default=0, ge=0, le=5)
    """How many reverse proxies stand before the server and set X-Forwarded-For and -Proto."""
    session_lease: int = Field(default=120, ge=0)
    """Seconds for which an unanswered message set keeps a second Web Connector out."""
    store_networks: Annotated[str, AfterValidator(_networks)] = "127.0.0.0/8 ::1/128"
    """Networks, beside the public internet, in which stores may be; by default this computer."""
    login_failures: int = Field(default=10, ge=1)
    """Failed log-ins a user name and address may have in fifteen minutes."""
    api_requests: int = Field(default=600, ge=1)
    """Requests that a token of the API may make in a minute, to each server process."""
    keep_messages: int = Field(default=90, ge=7)
    """Days for which the exact messages to and from QuickBooks are kept."""
    keep_events: int = Field(default=730, ge=30)
    """Days for which the transaction log is kept."""

    smtp_host: str = ""
    """The mail server that notices are sent by; without one none are sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    mail_from: Annotated[str, AfterValidator(_sender)] = ""
    """The sender of notices: books@example.com, or Books <books@example.com>."""
    notice_hosts: str = ""
    """Hosts (with spaces between; host or host:port) of services that notices may be sent to,
    besides those that are public: your own ntfy, Mattermost, Gotify, Rocket.Chat or webhook."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (
            self.secret_key is not None
            and len(self.secret_key.get_secret_value()) < SHORTEST_SECRET_KEY
        ):
            raise ValueError(
                f"RULEBOOKS_SECRET_KEY must have at least {SHORTEST_SECRET_KEY} characters"
            )
        return self

    @property
    def folder(self) -> Path:
        """The instance folder, absolute."""
        return self.instance.absolute()

    @property
    def secret_key_file(self) -> Path:
        """Where the secret key is kept when the environment gives none."""
        return self.folder / "secret.key"

    @property
    def database(self) -> str:
        """The database's address as SQLAlchemy wants it."""
        if not self.database_url:
            return f"sqlite:///{self.folder / 'rulebooks.db'}"
        scheme, mark, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        return scheme + mark + rest

    def at(self, port: int) -> Settings:
        """The settings of a server at this port, whose address nobody gave."""
        if "url" in self.model_fields_set:
            return self
        found = self.model_copy(update={"url": f"http://localhost:{port}"})
        found.model_fields_set.discard("url")  # it is still a guess
        return found

    @property
    def is_https(self) -> bool:
        """Whether people reach this installation by https."""
        return self.url.startswith("https://")


def load(**given: object) -> Settings:
    """The settings of this process, or a `SettingsError` that names the variable.

    Args:
        given: Settings that are stronger than the environment.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        name = f"{PREFIX}{str(first['loc'][0]).upper()}"
        raise SettingsError(f"{name} cannot be used: {message}") from None
