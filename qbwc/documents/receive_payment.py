"""The payment received: money from a customer, applied to invoices now or later.

``IsAutoApply`` is only ever sent as false: true would pay the customer's oldest invoices.
"""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import (
    Amount,
    Choice,
    Flag,
    Group,
    Number,
    RefElement,
    Table,
    Text,
    TxnId,
)

_HEADER: Table = (
    sales.AR_ACCOUNT,
    sales.DATE,
    Text("RefNumber", 20, "refuse"),
    Amount("TotalAmount"),
    Number("ExchangeRate"),
    RefElement("PaymentMethodRef", 31),
    sales.MEMO,
    RefElement("DepositToAccountRef", 159),
)
_APPLIED: Table = (
    Amount("PaymentAmount"),
    sales.SET_CREDIT,
    Amount("DiscountAmount"),
    RefElement("DiscountAccountRef", 159),
    RefElement("DiscountClassRef", 159),
)

KIND = DocumentKind(
    name="ReceivePayment",
    called="Payment",
    add=(
        sales.CUSTOMER,
        *_HEADER,
        sales.GUID,
        Choice(
            (
                Flag("IsAutoApply", only=False),
                Group(
                    "applied",
                    (TxnId("TxnID", macro=True, required=True), *_APPLIED),
                    repeated=True,
                    tag="AppliedToTxnAdd",
                ),
            ),
            required=True,
        ),
    ),
    mod=(
        *sales.OWN_ID,
        sales.OPTIONAL_CUSTOMER,
        *_HEADER,
        Group(
            "applied",
            (TxnId("TxnID", required=True), *_APPLIED),
            repeated=True,
            tag="AppliedToTxnMod",
        ),
    ),
    voidable=False,
    returns=(
        *sales.IDENTITY, "TotalAmount", "UnusedPayment", "UnusedCredits", "ExternalGUID",
    ),
    line_returns=("AppliedToTxnRet",),
    applies=True,
    total="TotalAmount",
    balance="UnusedPayment",
    linked=False,
)  # fmt: skip
