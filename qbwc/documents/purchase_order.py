"""The purchase order: what is bought of one vendor, perhaps shipped straight to the customer."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import (
    AddressElement,
    Amount,
    Choice,
    Date,
    Flag,
    Lines,
    Number,
    Price,
    Quantity,
    RefElement,
    Table,
    Text,
)

_TOP: Table = (
    RefElement("VendorRef", 41, by_name=False),
    sales.CLASS,
    Choice(
        (
            RefElement("InventorySiteRef", 31),
            RefElement("ShipToEntityRef", 209, by_name=False),
        )
    ),
    sales.TEMPLATE,
    sales.DATE,
    sales.REF_NUMBER,
    AddressElement("VendorAddress"),
    AddressElement("ShipAddress"),
    RefElement("TermsRef", 31),
    Date("DueDate"),
    Date("ExpectedDate"),
    RefElement("ShipMethodRef", 15),
    Text("FOB", 13),
)
_REST: Table = (
    sales.MEMO,
    Text("VendorMsg", 99),
    sales.TO_PRINT,
    sales.TO_EMAIL,
    Text("Other1", 25),
    Text("Other2", 29),
    Number("ExchangeRate"),
)
_LINE: Table = (
    RefElement("ItemRef", 159, by_name=False),
    Text("ManufacturerPartNumber", 31),
    Text("Desc", 4095, multiline=True),
    Quantity("Quantity"),
    Text("UnitOfMeasure", 31, "refuse"),
    Price("Rate"),
    sales.CLASS,
    Amount("Amount"),
    RefElement("InventorySiteLocationRef", 31),
    RefElement("CustomerRef", 209, by_name=False),
    Date("ServiceDate"),
    RefElement("OverrideItemAccountRef", 159),
    Text("Other1", 29),
    Text("Other2", 29),
    sales.DATA_EXT,
)

KIND = DocumentKind(
    name="PurchaseOrder",
    entity="VendorRef",
    add=(
        *_TOP,
        *_REST,
        sales.GUID,
        Lines("lines", "PurchaseOrderLineAdd", _LINE, required=True),
    ),
    mod=(*sales.OWN_ID, *_TOP, Flag("IsManuallyClosed"), *_REST),
    posting=False,
    voidable=False,
    returns=(
        *sales.ID, "VendorRef", *sales.NAMED, "TotalAmount", "IsManuallyClosed",
        "IsFullyReceived", "ExternalGUID",
    ),
    line_returns=("PurchaseOrderLineRet", "PurchaseOrderLineGroupRet"),
    total="TotalAmount",
)  # fmt: skip
