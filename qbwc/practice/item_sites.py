"""How much of each item is at each inventory site, with Advanced Inventory."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from lxml import etree

from qbwc.practice.books import Books
from qbwc.practice.errors import unsupported
from qbwc.practice.iterators import Iterators, Page
from qbwc.practice.links import on_sales_orders_by_site
from qbwc.practice.list_records import ListRecord
from qbwc.practice.reader import Fields, read, several
from qbwc.practice.values import ZERO, quantity_text

_HELD: Final = "_sites"
"""In an item's fields: the ListID of a site -> the ListID of the record and the quantity."""
_ORDER: Final = (
    "ListID", "TimeCreated", "TimeModified", "EditSequence", "ItemInventoryAssemblyRef",
    "ItemInventoryRef", "InventorySiteRef", "QuantityOnHand", "QuantityOnPurchaseOrders",
    "QuantityOnSalesOrders",
)  # fmt: skip


def move(books: Books, item: ListRecord, site: str, quantity: Decimal) -> None:
    """Put some of an item at a site, or take it away; the caller keeps the item."""
    if not site or not books.uses("InventorySites"):
        return
    held = item.fields.setdefault(_HELD, {})
    at = held.setdefault(site, {"ListID": books.clock.list_id(), "OnHand": "0"})
    at["OnHand"] = quantity_text(Decimal(at["OnHand"]) + quantity)


def put(books: Books, item: ListRecord, site: ListRecord, quantity: Decimal) -> None:
    """Let a person place so many more, or fewer, at a site; there are as many in all as before."""
    move(books, item, site.list_id, quantity)
    books.lists.keep(item)


def query_sites(books: Books, request: etree._Element, iterators: Iterators) -> Page:
    """Answer ItemSitesQueryRq.

    Raises:
        Refused: 3250 without Advanced Inventory, 1 nothing found.
    """
    books.need("InventorySites")
    sent = read(request)
    for name in ("ListID", "ItemTypeFilter", "ItemSiteFilter"):
        if name in sent:
            raise unsupported(name)
    only = frozenset(several(sent.get("IncludeRetElement")))
    status = sent.get("ActiveStatus") or "ActiveOnly"
    ordered = on_sales_orders_by_site(books)
    found = {
        f"{item.list_id}/{site}": (item, site)
        for kind in ("ItemInventory", "ItemInventoryAssembly")
        for item in books.lists.of_kind(kind)
        if status == "All" or item.is_active is (status == "ActiveOnly")
        for site in item.fields.get(_HELD, {})
    }
    return iterators.page(
        request,
        sent,
        lambda: list(found),
        lambda keys: "".join(_ret(books, *found[key], ordered, only) for key in keys),
    )


def _ret(
    books: Books,
    item: ListRecord,
    site: str,
    ordered: dict[tuple[str, str], Decimal],
    only: frozenset[str],
) -> str:
    at = item.fields[_HELD][site]
    fields: Fields = {
        "ListID": at["ListID"],
        "TimeCreated": item.created,
        "TimeModified": item.modified,
        "EditSequence": str(item.edit_sequence),
        f"{item.kind}Ref": item.list_id,
        "InventorySiteRef": site,
        "QuantityOnHand": at["OnHand"],
        "QuantityOnPurchaseOrders": "0",
        "QuantityOnSalesOrders": quantity_text(ordered.get((item.list_id, site), ZERO)),
    }
    return books.render.ret("ItemSitesRet", _ORDER, fields, only)
