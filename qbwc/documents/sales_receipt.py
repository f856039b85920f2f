"""The sales receipt: a sale paid in full at once, which suits most web orders."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Date, Flag, RefElement, Table, Text

_HEADER: Table = (
    sales.CLASS,
    sales.TEMPLATE,
    sales.DATE,
    sales.REF_NUMBER,
    AddressElement("BillAddress"),
    AddressElement("ShipAddress"),
    Flag("IsPending"),
    Text("CheckNumber", 25),
    RefElement("PaymentMethodRef", 31),
    Date("DueDate"),
    RefElement("SalesRepRef", 5),
    *sales.SHIPPING,
    Text("FOB", 13),
    sales.SALES_TAX,
    sales.MEMO,
    sales.MESSAGE,
    sales.TO_PRINT,
    sales.TO_EMAIL,
    *sales.TAX_CODES,
    RefElement("DepositToAccountRef", 159),
    *sales.OTHER,
)

KIND = DocumentKind(
    name="SalesReceipt",
    add=(
        sales.OPTIONAL_CUSTOMER,
        *_HEADER,
        sales.GUID,
        sales.CUSTOM_FIELDS,
        sales.add_lines("SalesReceipt", sales.INVOICE_LINE),
    ),
    mod=(
        *sales.OWN_ID,
        sales.OPTIONAL_CUSTOMER,
        *_HEADER,
        sales.mod_lines("SalesReceipt", sales.INVOICE_LINE),
    ),
    returns=(*sales.IDENTITY, *sales.SUMS, "ExternalGUID"),
    line_returns=("SalesReceiptLineRet", "SalesReceiptLineGroupRet"),
    subtotal="Subtotal",
    tax="SalesTaxTotal",
    total="TotalAmount",
    linked=False,
)
