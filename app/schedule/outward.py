"""Telling a company's stores something, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, Protocol

from app.models import Company, Store, db
from app.sync.outward import What, due

_NONE: Final[Mapping[What, str]] = {
    "stock": "sends stock to a store",
    "sales": "sends sales to a store",
    "fulfilment": "tells a shop of shipments",
}


class Told(Protocol):
    """How far telling one store is."""

    @property
    def words(self) -> str:
        """The same in words."""


def store_by_store(
    company: Company,
    moment: datetime,
    what: What,
    *,
    refresh: Callable[[Company, datetime], bool],
    tell: Callable[[Company, Store], Iterable[Told]],
) -> Iterator[str]:
    """Tell each store that is due; one that does not answer keeps no other waiting.

    Args:
        company: Whose stores.
        moment: Now.
        what: What they are told.
        refresh: Asks QuickBooks for it; False where no rule sends any.
        tell: Tells one store, and commits.
    """
    company_id = company.id
    said: list[str] = []
    sends = refresh(company, moment)
    ids = [store.id for store in due(company, what, moment)] if sends else []
    db.session.commit()
    if not ids:
        yield "No store is due." if sends else f"No rule {_NONE[what]}."
        return
    for store_id in ids:
        store = db.session.get_one(Store, store_id)
        words = store.name
        for told in tell(db.session.get_one(Company, company_id), store):
            words = f"{store.name}: {told.words}"
            yield "; ".join([*said, words])
        failed = getattr(store, f"{what}_error")
        db.session.rollback()
        said.append(f"{words} (it failed: {failed})" if failed else words)
        yield "; ".join(said)
