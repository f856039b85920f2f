"""The invoice: what a customer owes; its lines may take over lines of a sales order."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Flag, Table, TxnId

_TOP: Table = (
    sales.CLASS,
    sales.AR_ACCOUNT,
    sales.TEMPLATE,
    sales.DATE,
    sales.REF_NUMBER,
    AddressElement("BillAddress"),
    AddressElement("ShipAddress"),
    Flag("IsPending"),
)
_REST: Table = (
    *sales.TERMS,
    *sales.SHIPPING,
    sales.SALES_TAX,
    sales.MEMO,
    sales.MESSAGE,
    sales.TO_PRINT,
    sales.TO_EMAIL,
    *sales.TAX_CODES,
    *sales.OTHER,
)

KIND = DocumentKind(
    name="Invoice",
    add=(
        sales.CUSTOMER,
        *_TOP,
        Flag("IsFinanceCharge"),
        *_REST,
        sales.GUID,
        TxnId("LinkToTxnID", repeated=True),
        sales.SET_CREDIT,
        sales.CUSTOM_FIELDS,
        sales.add_lines("Invoice", sales.INVOICE_LINE, linked=True, required=False),
    ),
    mod=(
        *sales.OWN_ID,
        sales.OPTIONAL_CUSTOMER,
        *_TOP,
        *_REST,
        sales.SET_CREDIT,
        sales.mod_lines("Invoice", sales.INVOICE_LINE),
    ),
    returns=(
        *sales.IDENTITY, "Subtotal", "SalesTaxTotal", "AppliedAmount", "BalanceRemaining",
        "IsPaid", "ExternalGUID",
    ),
    line_returns=("InvoiceLineRet", "InvoiceLineGroupRet"),
    subtotal="Subtotal",
    tax="SalesTaxTotal",
    balance="BalanceRemaining",
)  # fmt: skip
