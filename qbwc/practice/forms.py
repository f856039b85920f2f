"""The sales forms: what each is made of and in which order it is returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_CORE = "TxnID TimeCreated TimeModified EditSequence TxnNumber"
_ADDRESSES = "TxnDate RefNumber BillAddress BillAddressBlock ShipAddress ShipAddressBlock"
_TERMS = "PONumber TermsRef DueDate SalesRepRef FOB"
_TOTALS = "Subtotal ItemSalesTaxRef SalesTaxPercentage SalesTaxTotal CurrencyRef ExchangeRate"
_MESSAGE = "CustomerMsgRef IsToBePrinted IsToBeEmailed IsTaxIncluded CustomerSalesTaxCodeRef"
_PRICE = "Quantity UnitOfMeasure Rate RatePercent ClassRef Amount TaxAmount InventorySiteRef"
_SALES_LINE = f"TxnLineID ItemRef Desc {_PRICE} ServiceDate SalesTaxCodeRef Other1 Other2"
_APPLIED = (
    "TxnID TxnType TxnDate RefNumber BalanceRemaining Amount DiscountAmount DiscountAccountRef"
)


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of transaction.

    Attributes:
        order: The elements of its Ret, in order.
        line_order: The elements of its lines, in order.
        template: The form's template when a request names none.
        posts: Whether it changes the accounts.
    """

    order: tuple[str, ...]
    line_order: tuple[str, ...] = ()
    template: str = ""
    posts: bool = True


def _form(order: str, line_order: str = "", template: str = "", *, posts: bool = True) -> Form:
    return Form(tuple(order.split()), tuple(line_order.split()), template, posts)


FORMS: Final = {
    "Invoice": _form(
        f"{_CORE} CustomerRef ClassRef ARAccountRef TemplateRef {_ADDRESSES} IsPending "
        f"IsFinanceCharge {_TERMS} ShipDate ShipMethodRef {_TOTALS} AppliedAmount "
        f"BalanceRemaining Memo IsPaid {_MESSAGE} Other ExternalGUID LinkedTxn InvoiceLineRet",
        _SALES_LINE,
        "Intuit Product Invoice",
    ),
    "SalesReceipt": _form(
        f"{_CORE} CustomerRef ClassRef TemplateRef {_ADDRESSES} IsPending CheckNumber "
        f"PaymentMethodRef DueDate SalesRepRef ShipDate ShipMethodRef FOB {_TOTALS} TotalAmount "
        f"Memo {_MESSAGE} DepositToAccountRef Other ExternalGUID SalesReceiptLineRet",
        _SALES_LINE,
        "Custom Sales Receipt",
    ),
    "SalesOrder": _form(
        f"{_CORE} CustomerRef ClassRef TemplateRef {_ADDRESSES} {_TERMS} ShipDate ShipMethodRef "
        f"{_TOTALS} TotalAmount IsManuallyClosed IsFullyInvoiced Memo {_MESSAGE} Other "
        "ExternalGUID LinkedTxn SalesOrderLineRet",
        f"TxnLineID ItemRef Desc {_PRICE} SalesTaxCodeRef Invoiced IsManuallyClosed Other1 Other2",
        "Custom Sales Order",
        posts=False,
    ),
    "Estimate": _form(
        f"{_CORE} CustomerRef ClassRef TemplateRef {_ADDRESSES} IsActive {_TERMS} {_TOTALS} "
        "TotalAmount Memo CustomerMsgRef IsToBeEmailed IsTaxIncluded CustomerSalesTaxCodeRef Other "
        "ExternalGUID LinkedTxn EstimateLineRet",
        f"TxnLineID ItemRef Desc {_PRICE} SalesTaxCodeRef Other1 Other2",
        "Custom Estimate",
        posts=False,
    ),
    "CreditMemo": _form(
        f"{_CORE} CustomerRef ClassRef ARAccountRef TemplateRef {_ADDRESSES} IsPending {_TERMS} "
        f"ShipDate ShipMethodRef {_TOTALS} TotalAmount CreditRemaining Memo {_MESSAGE} Other "
        "ExternalGUID LinkedTxn CreditMemoLineRet",
        _SALES_LINE,
        "Custom Credit Memo",
    ),
    "ReceivePayment": _form(
        f"{_CORE} CustomerRef ARAccountRef TxnDate RefNumber TotalAmount CurrencyRef "
        "ExchangeRate PaymentMethodRef Memo DepositToAccountRef UnusedPayment UnusedCredits "
        "ExternalGUID AppliedToTxnRet",
        _APPLIED,
    ),
    "ARRefundCreditCard": _form(
        f"{_CORE} CustomerRef RefundFromAccountRef ARAccountRef TxnDate RefNumber TotalAmount "
        "Address AddressBlock PaymentMethodRef Memo ExternalGUID RefundAppliedToTxnRet",
        "TxnID TxnType TxnDate RefNumber CreditRemaining RefundAmount",
    ),
    "Check": _form(
        f"{_CORE} AccountRef PayeeEntityRef RefNumber TxnDate Amount Memo Address AddressBlock "
        "IsToBePrinted ExternalGUID LinkedTxn ExpenseLineRet",
        "TxnLineID AccountRef Amount Memo CustomerRef ClassRef SalesTaxCodeRef BillableStatus",
    ),
    "PurchaseOrder": _form(
        f"{_CORE} VendorRef ClassRef ShipToEntityRef TemplateRef TxnDate RefNumber VendorAddress "
        "VendorAddressBlock ShipAddress ShipAddressBlock TermsRef DueDate ExpectedDate "
        "ShipMethodRef FOB TotalAmount IsManuallyClosed IsFullyReceived Memo VendorMsg "
        "IsToBePrinted IsToBeEmailed Other1 Other2 ExternalGUID LinkedTxn PurchaseOrderLineRet",
        "TxnLineID ItemRef ManufacturerPartNumber Desc Quantity Rate ClassRef Amount CustomerRef "
        "ServiceDate ReceivedQuantity UnbilledQuantity IsBilled IsManuallyClosed Other1 Other2",
        "Custom Purchase Order",
        posts=False,
    ),
}
SALES_FORMS: Final = ("Invoice", "SalesReceipt", "SalesOrder", "Estimate", "CreditMemo")
