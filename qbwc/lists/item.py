"""Items of every sort: what a line of a sales form sells, charges, discounts or taxes."""

from qbwc.documents.elements import (
    Amount,
    Choice,
    Date,
    Flag,
    Group,
    Guid,
    Percent,
    Price,
    Quantity,
    RefElement,
    Table,
    Text,
)
from qbwc.lists.list_kind import NESTED_IDENTITY, CustomFieldSearch, ListKind, Search

_SORTS = {
    "ItemService": "Service",
    "ItemNonInventory": "Non-inventory part",
    "ItemOtherCharge": "Other charge",
    "ItemInventory": "Inventory part",
    "ItemInventoryAssembly": "Inventory assembly",
    "ItemFixedAsset": "Fixed asset",
    "ItemSubtotal": "Subtotal",
    "ItemDiscount": "Discount",
    "ItemPayment": "Payment",
    "ItemSalesTax": "Sales tax item",
    "ItemSalesTaxGroup": "Sales tax group",
    "ItemGroup": "Group",
}
"""Variant -> what QuickBooks calls it, in its item list."""

_NAME: Table = (
    Text("Name", 31, "refuse", required=True),
    Group(
        "BarCode",
        (
            Text("BarCodeValue", 50, "refuse"),
            Flag("AssignEvenIfUsed"),
            Flag("AllowOverride"),
        ),
    ),
    Flag("IsActive"),
)
_CLASS = RefElement("ClassRef", 159)
_PARENT = RefElement("ParentRef", 159)
_PART = Text("ManufacturerPartNumber", 31, "refuse")
_UNIT = RefElement("UnitOfMeasureSetRef", 31)
_TAXED: Table = (Flag("IsTaxIncluded"), RefElement("SalesTaxCodeRef", 3))
_SOLD: Table = (
    Text("SalesDesc", 4095, multiline=True),
    Price("SalesPrice"),
    RefElement("IncomeAccountRef", 159),
)
_BOUGHT: Table = (
    Text("PurchaseDesc", 4095, multiline=True),
    Price("PurchaseCost"),
    RefElement("PurchaseTaxCodeRef", 3),
)
_VENDOR = RefElement("PrefVendorRef", 41)
_PRICED = Choice(
    required=True,
    options=(
        Group(
            "SalesOrPurchase",
            (
                Text("Desc", 4095, multiline=True),
                Choice((Price("Price"), Percent("PricePercent"))),
                RefElement("AccountRef", 159),
            ),
        ),
        Group(
            "SalesAndPurchase",
            (*_SOLD, *_BOUGHT, RefElement("ExpenseAccountRef", 159), _VENDOR),
        ),
    ),
)
_DESC = Text("ItemDesc", 4095, multiline=True)
_GUID = Guid("ExternalGUID")

KIND = ListKind(
    name="Item",
    label="Items",
    query="ItemQueryRq",
    ret=tuple(f"{sort}Ret" for sort in _SORTS),
    variants=_SORTS,
    iterator=True,
    nested=True,
    include=(
        *NESTED_IDENTITY,
        "BarCodeValue",
        "ManufacturerPartNumber",
        "UnitOfMeasureSetRef",
        "SalesTaxCodeRef",
        "SalesOrPurchase",
        "SalesAndPurchase",
        "SalesDesc",
        "SalesPrice",
        "IncomeAccountRef",
        "PurchaseCost",
        "PrefVendorRef",
        "QuantityOnHand",
        "QuantityOnOrder",
        "QuantityOnSalesOrder",
        "ItemDesc",
        "DiscountRate",
        "DiscountRatePercent",
        "AccountRef",
        "TaxRate",
        "TaxVendorRef",
        "ItemSalesTaxRef",
        "ItemGroupLine",
        "ItemInventoryAssemblyLine",
        "SpecialItemType",
        "ExternalGUID",
        "DataExtRet",
    ),
    custom_fields=True,
    keys={
        "name": Search(("Name",)),
        "barcode": Search(("BarCodeValue",)),
        "part_number": Search(("ManufacturerPartNumber",)),
        "guid": Search(("ExternalGUID",)),
        "custom_field": CustomFieldSearch(),
    },
    add={
        "ItemService": (*_NAME, _CLASS, _PARENT, _UNIT, *_TAXED, _PRICED, _GUID),
        "ItemNonInventory": (*_NAME, _PARENT, _CLASS, _PART, _UNIT, *_TAXED, _PRICED, _GUID),
        "ItemInventory": (
            *_NAME, _CLASS, _PARENT, _PART, _UNIT, *_TAXED, *_SOLD, *_BOUGHT,
            RefElement("COGSAccountRef", 159),
            _VENDOR,
            RefElement("AssetAccountRef", 159),
            Quantity("ReorderPoint"),
            Quantity("Max"),
            Quantity("QuantityOnHand"),
            Amount("TotalValue"),
            Date("InventoryDate"),
            _GUID,
        ),
        "ItemOtherCharge": (*_NAME, _CLASS, _PARENT, *_TAXED, _PRICED, _GUID),
        "ItemDiscount": (
            *_NAME, _CLASS, _PARENT, _DESC,
            RefElement("SalesTaxCodeRef", 3),
            Choice((Price("DiscountRate"), Percent("DiscountRatePercent"))),
            RefElement("AccountRef", 159),
            _GUID,
        ),
        "ItemSubtotal": (*_NAME, _DESC, _GUID),
        "ItemSalesTax": (
            *_NAME, _CLASS, _DESC, Percent("TaxRate"), RefElement("TaxVendorRef", 41), _GUID,
        ),
    },
    deleted=tuple(_SORTS),
)  # fmt: skip
