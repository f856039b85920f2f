"""The estimate: an offer, which posts to no account."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Flag

KIND = DocumentKind(
    name="Estimate",
    add=(
        sales.CUSTOMER,
        sales.CLASS,
        sales.TEMPLATE,
        sales.DATE,
        sales.REF_NUMBER,
        AddressElement("BillAddress"),
        AddressElement("ShipAddress"),
        Flag("IsActive"),
        *sales.TERMS,
        sales.SALES_TAX,
        sales.MEMO,
        sales.MESSAGE,
        sales.TO_EMAIL,
        *sales.TAX_CODES,
        *sales.OTHER,
        sales.GUID,
        sales.CUSTOM_FIELDS,
        sales.add_lines("Estimate", sales.ESTIMATE_LINE),
    ),
    posting=False,
    voidable=False,
    returns=(*sales.IDENTITY, *sales.SUMS, "ExternalGUID"),
    line_returns=("EstimateLineRet", "EstimateLineGroupRet"),
    subtotal="Subtotal",
    tax="SalesTaxTotal",
    total="TotalAmount",
)
