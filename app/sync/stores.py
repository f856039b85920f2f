"""Stores as rows: adding one, its settings at rest, and the client that they make."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from flask import current_app
from sqlalchemy import select

from app.models import Company, Store, db, now
from app.security import Keys, UnreadableSecretError
from app.stores.addresses import networks
from app.stores.base import Checked, StoreClient, client_named
from app.stores.errors import (
    AddressRefused,
    NotOffered,
    SettingsRefused,
    StoreAnsweredOddly,
    StoreError,
)
from app.stores.formats import Shop
from app.stores.settings import StoreSettings

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def shop_of(store: Store) -> Shop:
    """The store as translators see it."""
    return Shop(key=store.key, type=store.type, zone=store.zone, currency=store.currency)


def add_store(
    company: Company,
    kind: str,
    given: Mapping[str, Any],
    *,
    key: str = "",
    name: str = "",
    since: datetime | None = None,
) -> Store:
    """A new store of the company, or a connection for one whose orders came from files.

    Args:
        company: Whose.
        kind: The type, e.g. ``woocommerce``.
        given: The settings as they were entered.
        key: What rules call it; by default the type.
        name: What people call it; by default the key.
        since: Orders that last changed before are never fetched.

    Raises:
        UnknownStore: if there is no such type.
        SettingsRefused: if the settings or the key cannot be used; nothing is changed.
    """
    client_named(kind)
    store, key = free_key(company, kind, key)
    if store is None:
        store = Store(company=company, key=key, type=kind, name=(name or key).strip(), since=since)
    save_settings(store, given)
    if store.since is None:
        store.since = since
    db.session.add(store)
    db.session.flush()
    return store


def free_key(company: Company, kind: str, key: str) -> tuple[Store | None, str]:
    """The key of a new store as it is kept, and the store of files that would be connected.

    Raises:
        SettingsRefused: if no store can have it.
    """
    key = (key or kind).strip().lower()
    if not _KEY.fullmatch(key):
        raise SettingsRefused(
            "A store's key is made of small letters, digits, - and _, at most 40.", advice=""
        )
    store = db.session.scalar(select(Store).where(Store.company_id == company.id, Store.key == key))
    if store is not None and (store.settings is not None or store.type != kind):
        raise SettingsRefused(f"There is a store {key!r} already.", advice="Choose another key.")
    return store, key


def save_settings(store: Store, given: Mapping[str, Any]) -> None:
    """Change the settings; a secret that is left out stays as it is. The store is asked anew.

    Raises:
        SettingsRefused: naming what cannot be used; nothing is changed.
    """
    client = client_named(store.type)
    kept = _secrets(store) if store.secrets else {}
    merged = {**kept, **{key: value for key, value in given.items() if value not in ("", None)}}
    read = client.settings_model.read(merged)
    try:
        client.connect(read, allowed=_allowed()).close()
    except SettingsRefused:
        raise
    except StoreError as error:
        about = client.settings_model.address if isinstance(error, AddressRefused) else ""
        fields = {about: str(error)} if about else None
        raise SettingsRefused(error.what, advice=error.next_step, fields=fields) from None
    store.settings = read.plain()
    store.secrets = _keys().encrypt(json.dumps(read.secrets()))
    store.stopped, store.error, store.failures, store.next_pull_at = False, "", 0, None


def settings_of(store: Store) -> StoreSettings:
    """The store's settings, secrets included.

    Raises:
        NotOffered: if its orders come from files only.
        SettingsRefused: if they cannot be used (any more).
    """
    if store.settings is None or store.from_files:
        raise NotOffered(
            f"{store.name} has no connection: its orders come from files.",
            advice="Add one with `rulebooks stores add`, or go on importing files.",
        )
    return client_named(store.type).settings_model.read({**store.settings, **_secrets(store)})


def client_of(store: Store, *, transport: httpx.BaseTransport | None = None) -> StoreClient[Any]:
    """What reads and writes the store; close its ``http``.

    Raises:
        StoreError: if its settings cannot be used.
    """
    client = client_named(store.type)
    settings = settings_of(store)
    http = client.connect(settings, allowed=_allowed(), transport=transport)
    return client(settings, shop_of(store), http)


def probe(store: Store, *, client: StoreClient[Any] | None = None) -> Checked:
    """Test the connection; a store that was stopped goes on when the test is passed.

    The shop's zone and currency are taken over where none are known. Nothing is committed.

    Raises:
        StoreError: saying what is wrong and what to do.
    """
    reader = client or client_of(store)
    try:
        found = reader.check()
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreAnsweredOddly(f"{store.name} answers, but not as {reader.label} does.") from None
    finally:
        if client is None:
            reader.http.close()
    store.zone = store.zone or _zone(found.zone)
    store.currency = store.currency or found.currency
    store.error, store.stopped, store.failures, store.next_pull_at = "", False, 0, None
    return found


def _zone(name: str) -> str:
    """The zone, if it is one that is known here."""
    try:
        return ZoneInfo(name).key if name else ""
    except (LookupError, ValueError, OSError):
        return ""


def check_store(store: Store, *, client: StoreClient[Any] | None = None) -> Checked:
    """The same, and what came of it is kept on the store's row.

    Raises:
        StoreError: saying what is wrong and what to do.
    """
    try:
        return probe(store, client=client)
    except StoreError as error:
        store.error, store.tried_at = str(error), now()
        raise
    finally:
        db.session.commit()


def _secrets(store: Store) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_keys().decrypt(store.secrets))
    except UnreadableSecretError as error:
        raise SettingsRefused(str(error), advice="Enter the store's keys again.") from None
    return found


def _keys() -> Keys:
    found: Keys = current_app.extensions["keys"]
    return found


def _allowed() -> Any:
    return networks(current_app.config["SETTINGS"].store_networks)
