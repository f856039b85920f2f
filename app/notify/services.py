"""Notices by other services than e-mail (Slack, Teams, Discord, ntfy, ...), sent by Apprise.

An Apprise address holds a key, so it is kept encrypted and shown by a name. Only services whose
hosts are their own, on the public internet, may be used; for the others the host must be one that
the installation names: an address must not reach what stands behind the firewall, nor any file.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode
from flask import current_app
from sqlalchemy import delete, select

from app.models import Channel, Company, Subscription, db
from app.people import PersonError
from app.security import UnreadableSecretError
from app.settings import Settings

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines repeat parts of addresses

LONGEST: Final = 1000
FIXED: Final = frozenset(
    {
        "NotifyDiscord", "NotifyGoogleChat", "NotifyOpsgenie", "NotifyPagerDuty",
        "NotifyPushBullet", "NotifyPushover", "NotifySlack", "NotifyTelegram", "NotifyWebexTeams",
    }
)  # fmt: skip
"""Apprise's services whose host no address can choose."""
HOSTED: Final = frozenset(
    {
        "NotifyGotify", "NotifyJSON", "NotifyMattermost", "NotifyNtfy", "NotifyRocketChat",
        "NotifyWorkflows",
    }
)  # fmt: skip
"""Those whose address names the host."""
PUBLIC: Final[Mapping[str, Callable[[Any], bool]]] = {
    "NotifyNtfy": lambda one: bool(str(one.mode) == "cloud" and one.topics),
    "NotifyWorkflows": lambda one: bool(
        re.fullmatch(r"[a-z0-9.-]+\.(logic\.azure|api\.powerplatform)\.com", one.host.lower())
    ),
}
"""Which of them are at the service's own host after all."""
PARAMETERS: Final = frozenset(
    {
        "api-version", "sp", "sv", "sig", "key", "token", "threadkey", "channel", "priority",
        "format", "region", "topic", "to",
    }
)  # fmt: skip
"""What an address may say after its question mark; others name files, hosts or unsafe ways."""


class ServiceError(Exception):
    """The service did not take the notice."""


def is_service(address: str) -> bool:
    """Whether that is the name of a service's address, or one as it is typed, and no e-mail."""
    return "://" in address or "@" not in address


def add(company: Company, typed: str) -> str:
    """Keep a service's address, encrypted; returns the name under which it is shown.

    Raises:
        PersonError: It is no address that may be used; the sentence says why.
    """
    typed = typed.strip()
    service = _service(typed)
    label = re.sub(r"\s*\(.*?\)|.*/ ", "", str(service.service_name))
    name = f"{label} {hashlib.sha256(typed.encode()).hexdigest()[:6]}"
    if find(company, name) is None:
        secret = current_app.extensions["keys"].encrypt(typed)
        db.session.add(Channel(company_id=company.id, name=name, secret=secret))
        db.session.flush()
    return name


def find(company: Company, name: str) -> Channel | None:
    """The company's address of that name."""
    found: Channel | None = db.session.scalar(
        select(Channel).where(Channel.company_id == company.id, Channel.name == name)
    )
    return found


def forget_unused(company: Company) -> None:
    """Remove the addresses that hear of nothing."""
    used = select(Subscription.email).where(Subscription.company_id == company.id)
    db.session.execute(
        delete(Channel).where(Channel.company_id == company.id, Channel.name.not_in(used))
    )


def send(company_id: int, name: str, subject: str, text: str) -> None:
    """Send a notice now; some seconds.

    Raises:
        ServiceError: It was not taken; the sentence holds nothing secret.
    """
    channel = db.session.scalar(
        select(Channel).where(Channel.company_id == company_id, Channel.name == name)
    )
    if channel is None:
        raise ServiceError(f"The address {name} was removed.")
    try:
        service = _service(current_app.extensions["keys"].decrypt(channel.secret))
        took = service.notify(body=text, title=subject, body_format=NotifyFormat.TEXT)
    except (PersonError, UnreadableSecretError) as error:
        raise ServiceError(str(error)) from None
    except Exception as error:  # noqa: BLE001 - more than a hundred authors' code
        raise ServiceError(f"{name} failed ({type(error).__name__}).") from None
    if not took:
        raise ServiceError(f"{name} did not take it. Look whether its address still holds.")


def _service(typed: str) -> Any:
    """Apprise's object of an address that may be used."""
    wrong = "That is neither an e-mail address nor a service's address that Apprise knows."
    if len(typed) > LONGEST or not typed.isprintable() or len(typed.split()) != 1:
        raise PersonError(wrong)
    try:
        sent = parse_qsl(urlsplit(typed).query, keep_blank_values=True)
    except ValueError:
        raise PersonError(wrong) from None
    if refused := sorted({name.casefold() for name, _ in sent} - PARAMETERS):
        raise PersonError(f"The address must not say {refused[0][:40]!r} after its question mark.")
    # Nothing is written to disk, no plugin is read from it, and no answer leads elsewhere.
    asset = AppriseAsset(
        storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[], http_redirects=False
    )
    made: Any = Apprise.instantiate(typed, asset=asset, suppress_exceptions=True)
    if made is None:
        raise PersonError(wrong)
    kind = type(made).__name__
    if kind in FIXED or (kind in PUBLIC and PUBLIC[kind](made)):
        return made
    settings: Settings = current_app.config["SETTINGS"]
    host = str(made.host or "").casefold()
    places = {host, f"{host}:{made.port}"}
    if kind in HOSTED and host and places & set(settings.notice_hosts.casefold().split()):
        return made
    if kind in HOSTED and not host:
        raise PersonError(wrong)
    if kind in HOSTED:
        raise PersonError(
            f"Notices may not be sent to {host[:100]}: RULEBOOKS_NOTICE_HOSTS has to name the host."
        )
    raise PersonError(f"Notices by {made.service_name} are not offered.")
