"""Sales tax codes: taxable or not, and outside the United States the rate."""

from qbwc.documents.elements import Flag, RefElement, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="SalesTaxCode",
    label="Sales tax codes",
    query="SalesTaxCodeQueryRq",
    ret=("SalesTaxCodeRet",),
    include=(*IDENTITY, "IsTaxable", "Desc", "ItemPurchaseTaxRef", "ItemSalesTaxRef"),
    add={
        "SalesTaxCode": (
            Text("Name", 3, "refuse", required=True),
            Flag("IsActive"),
            Flag("IsTaxable", required=True),
            Text("Desc", 31),
            RefElement("ItemPurchaseTaxRef", 31),
            RefElement("ItemSalesTaxRef", 31),
        ),
    },
    deleted=("SalesTaxCode",),
)
