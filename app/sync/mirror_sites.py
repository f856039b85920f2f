"""What QuickBooks has at each inventory site, taken in; it is always told whole, in pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.models import SiteStock, db
from qbwc import qbxml

_QUANTITIES = ("QuantityOnHand", "QuantityOnPurchaseOrders", "QuantityOnSalesOrders")


def take_in(company_id: int, records: Iterable[qbxml.Record], load: int) -> None:
    """Write what is new or changed, and that the rest was seen in this load."""
    found = {row["list_id"]: row for row in map(_row, records)}
    held = {
        row.list_id: row
        for row in db.session.execute(
            select(
                SiteStock.id, SiteStock.list_id, SiteStock.item_id, SiteStock.site_id,
                SiteStock.location_id, SiteStock.data,
            ).where(SiteStock.company_id == company_id, SiteStock.list_id.in_(found))
        )
    }  # fmt: skip
    new = [
        {"company_id": company_id, "load": load, **row}
        for list_id, row in found.items()
        if list_id not in held
    ]
    if new:
        db.session.execute(insert(SiteStock), new)
    changed = [
        {"id": held[list_id].id, **row}
        for list_id, row in found.items()
        if list_id in held and any(getattr(held[list_id], name) != row[name] for name in row)
    ]
    if changed:
        db.session.execute(update(SiteStock), changed)
    seen = [row.id for row in held.values()]
    db.session.execute(
        update(SiteStock).where(SiteStock.id.in_(seen)).values(load=load),
        execution_options={"synchronize_session": False},
    )


def forget(company_id: int, *, but: int | None = None) -> None:
    """Forget what a load did not see, or everything."""
    gone = delete(SiteStock).where(SiteStock.company_id == company_id)
    if but is not None:
        gone = gone.where(SiteStock.load != but)
    db.session.execute(gone, execution_options={"synchronize_session": False})


def _row(record: qbxml.Record) -> dict[str, Any]:
    item = record.text("ItemInventoryRef/ListID") or record.text("ItemInventoryAssemblyRef/ListID")
    site = record.text("InventorySiteRef/ListID")
    location = record.text("InventorySiteLocationRef/ListID")
    return {
        "list_id": record.text("ListID") or f"{item}/{site}/{location}",
        "item_id": item,
        "site_id": site,
        "location_id": location,
        "data": {name: text for name in _QUANTITIES if (text := record.text(name))},
    }
