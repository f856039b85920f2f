"""Elements of the schema that QuickBooks Desktop in the United States does not take."""

from __future__ import annotations

from typing import Final

from lxml import etree

from qbwc.practice.errors import unsupported

_ONLINE: Final = "DiscountLineAdd SalesTaxLineAdd ShippingLineAdd"
_PERSON: Final = (
    "Suffix PrintAs Mobile Pager IsStatementWithParent DeliveryMethod TaxRegistrationNumber"
)
_ELSEWHERE: Final = {
    parent: frozenset(names.split())
    for parents, names in {
        "InvoiceAdd SalesReceiptAdd CreditMemoAdd": _ONLINE,
        "InvoiceLineAdd SalesReceiptLineAdd CreditMemoLineAdd": "IsTaxable",
        "InvoiceLineGroupAdd SalesReceiptLineGroupAdd CreditMemoLineGroupAdd "
        "SalesOrderLineGroupAdd EstimateLineGroupAdd PurchaseOrderLineGroupAdd": (
            "Desc ServiceDate"
        ),
        "CustomerAdd CustomerMod": _PERSON,
        "VendorAdd": (
            "Suffix Mobile Pager TaxRegistrationNumber SalesTaxCodeRef SalesTaxReturnRef "
            "IsSalesTaxAgency ReportingPeriod IsTaxTrackedOnPurchases TaxOnPurchasesAccountRef "
            "IsTaxTrackedOnSales TaxOnSalesAccountRef IsTaxOnTax"
        ),
        "AppliedToTxnAdd": "TxnLineDetail",
        "SetCredit": "TxnLineID",
        "AccountAdd CheckAdd ExpenseLineAdd PurchaseOrderAdd PurchaseOrderLineAdd": (
            "SalesTaxCodeRef"
        ),
        "ItemInventoryAdd SalesAndPurchase": "PurchaseTaxCodeRef",
        "ItemSalesTaxAdd": "SalesTaxReturnLineRef",
        "SalesTaxCodeAdd": "ItemPurchaseTaxRef ItemSalesTaxRef",
    }.items()
    for parent in parents.split()
}
"""By element: its children that belong to QuickBooks Online or to other countries."""


def refuse_other_editions(request: etree._Element) -> None:
    """Refuse elements that only other editions of QuickBooks take.

    Raises:
        Refused: 530.
    """
    for element in request.iter():
        names = _ELSEWHERE.get(str(element.tag))
        if names:
            for child in element:
                if child.tag in names:
                    raise unsupported(str(child.tag))
