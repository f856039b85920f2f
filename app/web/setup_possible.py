"""What is not possible yet: what a choice of the set-up needs of QuickBooks or of the stores.

A step's ``needs`` in setup_steps.json names a row of NEEDS for an option, or for the whole field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from app.models import Company, Mirror, Store, db
from app.stores.base import Capability, clients
from qbwc.lists.company import Company as CompanyFile

WHOLE: Final = "*"
"""Among needs: the field as a whole."""


@dataclass(frozen=True, slots=True)
class There:
    """What there is: what the company file said of itself, and what the stores can do."""

    file: CompanyFile
    stores: frozenset[Capability]


class Need(NamedTuple):
    """A thing that a choice needs."""

    is_there: Callable[[There], bool | None]
    """None: QuickBooks has not said yet, so nothing speaks against it."""
    lacking: str
    """Why it is not possible yet, and what to do."""


def _preference(name: str, said: str) -> Need:
    return Need(lambda there: getattr(there.file, name), said)


def _store(capability: Capability, said: str) -> Need:
    return Need(lambda there: capability in there.stores, said)


NEEDS: Final[Mapping[str, Need]] = {
    "sales_orders": _preference(
        "sales_orders",
        "This edition of QuickBooks has no sales orders: Premier, Accountant and Enterprise do.",
    ),
    "estimates": _preference(
        "estimates",
        "Estimates are off in QuickBooks: Edit > Preferences > Jobs & Estimates.",
    ),
    "class_tracking": _preference(
        "class_tracking",
        "Class tracking is off in QuickBooks: Edit > Preferences > Accounting.",
    ),
    "inventory": _preference(
        "inventory",
        "Inventory is off in QuickBooks: Edit > Preferences > Items & Inventory.",
    ),
    "sales_tax": _preference(
        "sales_tax",
        "Sales tax is off in QuickBooks: Edit > Preferences > Sales Tax.",
    ),
    "stock": _store("stock", "No store that takes stock is connected yet: add one under Stores."),
    "sales": _store(
        "sales",
        "No store that takes sales is connected yet: add ShipStation or a shop of your own under "
        "Stores.",
    ),
}


def lacking(company: Company, needs: Mapping[str, str]) -> dict[str, str]:
    """Option -> why it is not possible yet; under WHOLE for the field.

    Args:
        company: Whose set-up it is.
        needs: Option -> what it needs.
    """
    if not needs:
        return {}
    there = _there(company)
    return {
        option: NEEDS[need].lacking
        for option, need in needs.items()
        if NEEDS[need].is_there(there) is False
    }


def _there(company: Company) -> There:
    told = db.session.get(Mirror, (company.id, "Company"))
    facts: Mapping[str, Any] = (told.facts if told else None) or {}
    names = {*CompanyFile.__dataclass_fields__} - {"closing_date"}
    connected = select(Store.type).where(
        Store.company_id == company.id, Store.settings.is_not(None), Store.active
    )
    types = {*db.session.scalars(connected)}
    offered = (client.capabilities for key, client in clients().items() if key in types)
    return There(
        CompanyFile(**{name: facts[name] for name in names & facts.keys()}),
        frozenset().union(*offered),
    )
