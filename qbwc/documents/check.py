"""The check: a refund by cheque, drawn on a bank account and applied to the credit memo."""

from qbwc.documents import sales
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import (
    AddressElement,
    Amount,
    Enum,
    Group,
    Lines,
    Number,
    RefElement,
    Table,
    TxnId,
)

_LINE: Table = (
    RefElement("AccountRef", 159),
    Amount("Amount"),
    sales.MEMO,
    RefElement("CustomerRef", 209, by_name=False),
    sales.CLASS,
    Enum("BillableStatus", ("Billable", "NotBillable", "HasBeenBilled")),
    RefElement("SalesRepRef", 5),
    sales.DATA_EXT,
)

KIND = DocumentKind(
    name="Check",
    entity="PayeeEntityRef",
    add=(
        RefElement("AccountRef", 159, required=True),
        RefElement("PayeeEntityRef", 209, by_name=False),
        sales.REF_NUMBER,
        sales.DATE,
        sales.MEMO,
        AddressElement("Address"),
        sales.TO_PRINT,
        Number("ExchangeRate"),
        sales.GUID,
        Group(
            "refunded",
            (TxnId("TxnID", macro=True, required=True), Amount("Amount")),
            repeated=True,
            tag="ApplyCheckToTxnAdd",
        ),
        Lines("lines", "ExpenseLineAdd", _LINE),
    ),
    returns=(*sales.ID, "PayeeEntityRef", *sales.NAMED, "Amount", "ExternalGUID"),
    line_returns=("ExpenseLineRet", "ItemLineRet", "ItemGroupLineRet"),
    total="Amount",
)
