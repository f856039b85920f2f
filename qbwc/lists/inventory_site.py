"""Inventory sites: the warehouses of QuickBooks Enterprise with Advanced Inventory."""

from qbwc.documents.elements import Flag, RefElement, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="InventorySite",
    label="Inventory sites",
    query="InventorySiteQueryRq",
    ret=("InventorySiteRet",),
    include=(*IDENTITY, "ParentSiteRef", "IsDefaultSite", "SiteDesc"),
    add={
        "InventorySite": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            RefElement("ParentSiteRef", 31),
            Text("SiteDesc", 100),
        ),
    },
    deleted=("InventorySite",),
)
