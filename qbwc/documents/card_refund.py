"""The refund to a card or another way of payment: the money of credit memos goes back."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import AddressElement, Amount, Group, Number, RefElement, TxnId

KIND = DocumentKind(
    name="ARRefundCreditCard",
    called="Credit Card Refund",
    add=(
        sales.CUSTOMER,
        RefElement("RefundFromAccountRef", 159),
        sales.AR_ACCOUNT,
        sales.DATE,
        sales.REF_NUMBER,
        AddressElement("Address"),
        RefElement("PaymentMethodRef", 31),
        sales.MEMO,
        Number("ExchangeRate"),
        sales.GUID,
        Group(
            "refunded",
            (TxnId("TxnID", macro=True, required=True), Amount("RefundAmount", required=True)),
            required=True,
            repeated=True,
            tag="RefundAppliedToTxnAdd",
        ),
    ),
    returns=(*sales.IDENTITY, "TotalAmount", "ExternalGUID"),
    line_returns=("RefundAppliedToTxnRet",),
    total="TotalAmount",
    linked=False,
)
