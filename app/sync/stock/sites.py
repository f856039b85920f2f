"""What is at each inventory site of an item, as QuickBooks told it last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from app.models import Company, ListEntry, Mirror, SiteStock, db
from app.sync.mirror import LEFT_OUT
from qbwc.planning import stock
from rules_library.stock import ZERO, Held

KIND: Final = "ItemSites"


def names(company: Company) -> dict[str, str]:
    """The inventory sites by ListID, in the order of their names; none while nothing is known.

    Nothing is known without Advanced Inventory, before the first load, and when QuickBooks
    refuses to tell.
    """
    mirror = db.session.get(Mirror, (company.id, KIND))
    if mirror is None or not mirror.loaded_at or mirror.problem:
        return {}
    if (mirror.facts or {}).get(LEFT_OUT):
        return {}
    rows = db.session.execute(
        select(ListEntry.list_id, ListEntry.full_name)
        .where(ListEntry.company_id == company.id, ListEntry.kind == "InventorySite")
        .order_by(ListEntry.full_name)
    )
    return {list_id: name for list_id, name in rows}  # noqa: C416 - rows are no tuples to mypy


def held(company: Company, items: Sequence[str]) -> dict[str, Mapping[str, Held]]:
    """What each item has at every site, by ListID and by the site's name.

    A site of which QuickBooks tells nothing for an item has none of it. Where it tells the bins of
    a site, the site's own record is its sum; without one, the bins are added up.
    """
    known = names(company)
    if not known:
        return {}
    query = select(SiteStock).where(
        SiteStock.company_id == company.id, SiteStock.item_id.in_(items)
    )
    rows: defaultdict[tuple[str, str], list[SiteStock]] = defaultdict(list)
    for row in db.session.scalars(query):
        rows[row.item_id, row.site_id].append(row)
    return {
        item: {name: _sum(rows.get((item, site), ())) for site, name in known.items()}
        for item in items
    }


def _sum(rows: Sequence[SiteStock]) -> Held:
    parts = [
        stock.at_site(row.data) for row in [one for one in rows if not one.location_id] or rows
    ]
    return Held(
        on_hand=sum((one.on_hand for one in parts), ZERO),
        on_sales_orders=sum((one.on_sales_orders for one in parts), ZERO),
        on_order=sum((one.on_order for one in parts), ZERO),
    )
