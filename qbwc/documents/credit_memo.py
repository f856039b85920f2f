"""The credit memo: what is owed back to a customer, such as a refund or a return."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Flag

KIND = DocumentKind(
    name="CreditMemo",
    add=(
        sales.CUSTOMER,
        sales.CLASS,
        sales.AR_ACCOUNT,
        sales.TEMPLATE,
        sales.DATE,
        sales.REF_NUMBER,
        AddressElement("BillAddress"),
        AddressElement("ShipAddress"),
        Flag("IsPending"),
        *sales.TERMS,
        *sales.SHIPPING,
        sales.SALES_TAX,
        sales.MEMO,
        sales.MESSAGE,
        sales.TO_PRINT,
        sales.TO_EMAIL,
        *sales.TAX_CODES,
        *sales.OTHER,
        sales.GUID,
        sales.CUSTOM_FIELDS,
        sales.add_lines("CreditMemo", sales.CREDIT_LINE),
    ),
    returns=(*sales.IDENTITY, *sales.SUMS, "CreditRemaining", "ExternalGUID"),
    line_returns=("CreditMemoLineRet", "CreditMemoLineGroupRet"),
    subtotal="Subtotal",
    tax="SalesTaxTotal",
    total="TotalAmount",
    balance="CreditRemaining",
)
