"""Whether a company has a store that takes something: for lines of the navigation."""

from __future__ import annotations

from collections.abc import Callable

from flask import g
from sqlalchemy import select

from app.models import Company, Store, db
from app.stores.base import Capability, clients_with


def has_taker(capability: Capability) -> Callable[[Company], bool]:
    """Whether a connected store of a company has that capability; asked once a request."""
    return lambda company: not _types(company).isdisjoint(clients_with(capability))


def _types(company: Company) -> set[str]:
    """The types of the company's connected stores."""
    held: dict[int, set[str]] = g.setdefault("connected_types", {})
    if company.id not in held:
        query = select(Store.type).where(
            Store.company_id == company.id, Store.settings.is_not(None)
        )
        held[company.id] = set(db.session.scalars(query.distinct()))
    return held[company.id]
