"""How much of each item is at each inventory site; only with Advanced Inventory, since qbXML 10.

Its query has no filter by date, so it is always told whole, in pages. A site whose bins are told
apart has a record for each bin besides its own.
"""

from qbwc.lists.list_kind import ListKind

KIND = ListKind(
    name="ItemSites",
    label="Stock at inventory sites",
    query="ItemSitesQueryRq",
    ret=("ItemSitesRet",),
    iterator=True,
    modified=False,
    seldom=True,
    entries=False,
    needs="multi_location",
    include=(
        "ListID",
        "ItemInventoryAssemblyRef",
        "ItemInventoryRef",
        "InventorySiteRef",
        "InventorySiteLocationRef",
        "QuantityOnHand",
        "QuantityOnPurchaseOrders",
        "QuantityOnSalesOrders",
    ),
)
