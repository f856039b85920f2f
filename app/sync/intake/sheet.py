"""Orders in from a CSV file: right orders go in, a wrong row keeps its order out and is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from app.models import Company, Store, db
from app.stores.csv_file import (
    FORMAT,
    Found,
    NotASheet,
    Profile,
    RowError,
    Sheet,
    is_export,
    read_orders,
)
from app.stores.errors import SettingsRefused
from app.stores.formats import RawOrder
from app.sync.intake.receive import BATCH, Received, add
from app.sync.stores import shop_of

TYPE: Final = FORMAT.key
MOST_ERRORS: Final = 200
"""So many wrong rows are told; the rest are counted."""
MOST_PROFILES: Final = 50


@dataclass(slots=True)
class Imported:
    """What became of a file's orders so far."""

    orders: int = 0
    """How many orders were looked at."""
    received: Received = field(default_factory=Received)
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The counts and the wrong rows, for machines and for a job's result."""
        got = self.received
        return {
            "new": got.new, "changed": got.changed, "unchanged": got.same, "older": got.older,
            "refused": self.refused,
            "errors": [
                {"row": one.row, "order": one.order, "column": one.column, "value": one.value,
                 "what": one.what}
                for one in self.errors
            ],
        }  # fmt: skip


def csv_store(company: Company, key: str, name: str = "") -> Store:
    """The company's store for CSV files with that key, made if there is none; not committed.

    Raises:
        SettingsRefused: if the key is another kind of store's.
    """
    key = key.strip()
    if not key or len(key) > 40 or not key.isprintable():  # noqa: PLR2004 - as the form says
        raise SettingsRefused("A store's key has 1 to 40 characters.", advice="Choose another.")
    store = db.session.scalar(select(Store).where(Store.company_id == company.id, Store.key == key))
    if store is None:
        store = Store(company=company, key=key, type=TYPE, name=name or key, zone=company.zone)
        db.session.add(store)
        db.session.flush()
    if store.type != TYPE:
        raise SettingsRefused(
            f"The store {key!r} takes no CSV files: its orders come in another way.",
            advice="Choose another key, so that no order is there twice.",
        )
    return store


def csv_stores(company: Company) -> list[Store]:
    """The company's stores whose orders come from CSV files."""
    query = select(Store).where(Store.company_id == company.id, Store.type == TYPE)
    return list(db.session.scalars(query.order_by(Store.name, Store.id)))


def profiles(company: Company) -> dict[str, Profile]:
    """The saved profiles of all the company's CSV stores, by name."""
    found: dict[str, Profile] = {}
    for store in csv_stores(company):
        for name, plain in ((store.settings or {}).get("profiles") or {}).items():
            found[name] = Profile.read(plain)
    return dict(sorted(found.items(), key=lambda one: one[0].casefold()))


def save_profile(store: Store, name: str, profile: Profile) -> None:
    """Keep a profile under a name; one of the same name is replaced. Not committed.

    Raises:
        SettingsRefused: if the name cannot be one, or there are too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > 60 or not name.isprintable():  # noqa: PLR2004 - as the form says
        raise SettingsRefused("A profile's name has 1 to 60 characters.", advice="")
    kept = dict((store.settings or {}).get("profiles") or {})
    kept[name] = profile.plain()
    if len(kept) > MOST_PROFILES:
        raise SettingsRefused(f"There are {MOST_PROFILES} profiles already.", advice="")
    store.settings = {**(store.settings or {}), "profiles": kept}


def delete_profile(company: Company, name: str) -> bool:
    """Forget a saved profile; says whether there was one. Not committed."""
    found = False
    for store in csv_stores(company):
        kept = dict((store.settings or {}).get("profiles") or {})
        if kept.pop(name, None) is not None:
            store.settings, found = {**(store.settings or {}), "profiles": kept}, True
    return found


def must_fit(sheet: Sheet, profile: Profile | None) -> None:
    """Whether the file has what the profile (None: Shopify's export) reads.

    Raises:
        NotASheet: naming the columns that are missing.
    """
    if profile is None:
        if not is_export(sheet.columns):
            raise NotASheet(
                "the header is not that of Shopify's order export; say with a profile which "
                "column is which field"
            )
        return
    missing = sorted({one for one in profile.columns.values() if one} - set(sheet.columns))
    if missing:
        raise NotASheet(
            f"the file has no column {', '.join(missing[:10])}, which the profile names"
        )


def importing(store: Store, sheet: Sheet, profile: Profile | None) -> Iterator[Imported]:
    """Take the file's orders in, committed and told 500 at a time.

    Args:
        store: Whose orders they are.
        sheet: The file.
        profile: How it is read; None for Shopify's export.

    Raises:
        NotASheet: if the file does not fit the profile or cannot be read to its end; then nothing
            of it is imported.
    """
    must_fit(sheet, profile)
    told = Imported()
    batch: list[RawOrder] = []
    for one in read_orders(sheet, profile, shop_of(store)):
        told.orders += 1
        if isinstance(one, Found):
            batch.append(one.raw)
        else:
            _refuse(told, one)
        if len(batch) == BATCH:
            _take(store, batch, told)
            batch = []
            yield told
    _take(store, batch, told)
    yield told


def import_sheet(store: Store, sheet: Sheet, profile: Profile | None) -> Imported:
    """The same to its end at once."""
    *_, told = importing(store, sheet, profile)
    return told


def _take(store: Store, batch: list[RawOrder], told: Imported) -> None:
    got = add(store.company_id, store, FORMAT, batch)
    for order, why in got.bad:
        _refuse(told, RowError(0, order, "", "", why))
    told.received += got
    db.session.commit()


def _refuse(told: Imported, error: RowError) -> None:
    told.refused += 1
    if len(told.errors) < MOST_ERRORS:
        told.errors.append(error)
