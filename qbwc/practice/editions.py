"""Elements of the schema that QuickBooks Desktop of a country does not take."""

from __future__ import annotations

from typing import Final

from lxml import etree

from qbwc.practice.errors import unsupported

_ONLINE: Final = "DiscountLineAdd SalesTaxLineAdd ShippingLineAdd"
_PERSON: Final = (
    "Suffix PrintAs Mobile Pager IsStatementWithParent DeliveryMethod TaxRegistrationNumber"
)
_FORMS: Final = "Invoice SalesReceipt SalesOrder Estimate CreditMemo"


def _lines(action: str) -> str:
    return " ".join(f"{form}Line{action}" for form in _FORMS.split())


_NOWHERE: Final = {
    parent: frozenset(names.split())
    for parents, names in {
        "InvoiceAdd SalesReceiptAdd CreditMemoAdd": _ONLINE,
        "InvoiceLineAdd SalesReceiptLineAdd CreditMemoLineAdd": "IsTaxable",
        "InvoiceLineGroupAdd SalesReceiptLineGroupAdd CreditMemoLineGroupAdd "
        "SalesOrderLineGroupAdd EstimateLineGroupAdd PurchaseOrderLineGroupAdd": (
            "Desc ServiceDate"
        ),
        "AppliedToTxnAdd": "TxnLineDetail",
        "SetCredit": "TxnLineID",
    }.items()
    for parent in parents.split()
}
"""By element: its children that belong to QuickBooks Online."""
_NOT_IN_THE_US: Final = {
    parent: frozenset(names.split())
    for parents, names in {
        "CustomerAdd CustomerMod": _PERSON,
        "VendorAdd": (
            "Suffix Mobile Pager TaxRegistrationNumber SalesTaxCodeRef SalesTaxReturnRef "
            "IsSalesTaxAgency ReportingPeriod IsTaxTrackedOnPurchases TaxOnPurchasesAccountRef "
            "IsTaxTrackedOnSales TaxOnSalesAccountRef IsTaxOnTax"
        ),
        "AccountAdd CheckAdd ExpenseLineAdd PurchaseOrderAdd PurchaseOrderLineAdd": (
            "SalesTaxCodeRef"
        ),
        "ItemInventoryAdd SalesAndPurchase": "PurchaseTaxCodeRef",
        "ItemSalesTaxAdd": "SalesTaxReturnLineRef",
        "SalesTaxCodeAdd": "ItemPurchaseTaxRef ItemSalesTaxRef",
    }.items()
    for parent in parents.split()
}
_ONLY_IN_AUSTRALIA: Final = {
    parent: frozenset({"TaxAmount"}) for parent in f"{_lines('Add')} {_lines('Mod')}".split()
}
_NOT_IN_CANADA_OR_THE_UK: Final = {
    **_ONLY_IN_AUSTRALIA,
    "CustomerAdd": frozenset({"ItemSalesTaxRef"}),
    "CustomerMod": frozenset({"ItemSalesTaxRef"}),
}
_LACKS: Final = {
    "US": _NOT_IN_THE_US,
    "CA": _NOT_IN_CANADA_OR_THE_UK,
    "UK": _NOT_IN_CANADA_OR_THE_UK,
    "AU": {},
}
"""By country: what its edition lacks besides what only QuickBooks Online has."""


def refuse_other_editions(request: etree._Element, country: str) -> None:
    """Refuse elements that only other editions of QuickBooks take.

    Raises:
        Refused: 530.
    """
    lacks = _LACKS[country]
    for element in request.iter():
        tag = str(element.tag)
        names = _NOWHERE.get(tag, frozenset()) | lacks.get(tag, frozenset())
        for child in element if names else ():
            if child.tag in names:
                raise unsupported(str(child.tag))
