"""The sales order (Premier and Enterprise): what is promised; it posts to no account."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Flag, Table

_HEADER: Table = (
    sales.CLASS,
    sales.TEMPLATE,
    sales.DATE,
    sales.REF_NUMBER,
    AddressElement("BillAddress"),
    AddressElement("ShipAddress"),
    *sales.TERMS,
    *sales.SHIPPING,
    sales.SALES_TAX,
    Flag("IsManuallyClosed"),
    sales.MEMO,
    sales.MESSAGE,
    sales.TO_PRINT,
    sales.TO_EMAIL,
    *sales.TAX_CODES,
    *sales.OTHER,
)

KIND = DocumentKind(
    name="SalesOrder",
    add=(
        sales.CUSTOMER,
        *_HEADER,
        sales.GUID,
        sales.CUSTOM_FIELDS,
        sales.add_lines("SalesOrder", sales.ORDER_LINE),
    ),
    mod=(
        *sales.OWN_ID,
        sales.OPTIONAL_CUSTOMER,
        *_HEADER,
        sales.mod_lines("SalesOrder", sales.ORDER_LINE),
    ),
    posting=False,
    voidable=False,
    returns=(*sales.IDENTITY, *sales.SUMS, "IsManuallyClosed", "IsFullyInvoiced", "ExternalGUID"),
    returns_lines=True,
    line_returns=("SalesOrderLineRet", "SalesOrderLineGroupRet"),
    subtotal="Subtotal",
    tax="SalesTaxTotal",
    total="TotalAmount",
)
