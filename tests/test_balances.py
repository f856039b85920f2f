"""What payments are applied to, as QuickBooks tells: whatever is owed is kept, what pays is not."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Posting, db
from app.sync.queue import balances
from qbwc.documents import Document
from qbwc.qbxml.response import Record
from tests.flows import Flow, order


def applied(txn_id: str, kind: str, amount: str) -> str:
    return (
        f"<AppliedToTxnRet><TxnID>{txn_id}</TxnID><TxnType>{kind}</TxnType>"
        f"<TxnDate>2026-11-20</TxnDate><BalanceRemaining>0.00</BalanceRemaining>"
        f"<Amount>{amount}</Amount></AppliedToTxnRet>"
    )


def test_what_is_owed_is_learned_whatever_it_is_and_no_credit(flow: Flow) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    flow.post(order("1"))
    told = (
        applied("I-1", "Invoice", "5.00")
        + applied("C-1", "CreditMemo", "3.00")
        + applied("J-1", "JournalEntry", "4.00")
        + applied("K-1", "Check", "6.00")
    )
    record = Record(etree.fromstring(f"<ReceivePaymentRet>{told}</ReceivePaymentRet>"))
    with flow.app.app_context():
        query = select(Posting).where(Posting.kind == "ReceivePayment")
        row = db.session.scalars(query.options(undefer(Posting.payload))).one()
        balances.learn(row.company_id, {row.txn_id: record})
        db.session.commit()
        db.session.expire_all()
        kept = Document.loads(db.session.scalars(query).one().payload).fields["applied"]
    assert [(one["TxnID"], one["PaymentAmount"]) for one in kept] == [
        ("I-1", Decimal("5.00")),
        ("J-1", Decimal("4.00")),
        ("K-1", Decimal("6.00")),
    ]
