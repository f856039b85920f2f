"""Credits set on invoices: SetCredit takes a part of a credit memo or unused payment."""

from __future__ import annotations

from decimal import Decimal

from qbwc.practice.books import Books
from qbwc.practice.errors import bad_value, not_found, too_much
from qbwc.practice.reader import Fields
from qbwc.practice.txn_records import Application, TxnRecord


def set_credits(
    books: Books, customer_id: str, invoice_id: str, wanted: list[Fields], via: str
) -> None:
    """Apply credits to an invoice.

    Args:
        books: The books.
        customer_id: Whose credits they must be.
        invoice_id: The invoice.
        wanted: The SetCredit elements.
        via: The transaction whose request carries them; its deletion takes them back.

    Raises:
        Refused: 3120 no such credit, 3210 too much or another customer's.
    """
    for one in wanted:
        credit_id, amount = one["CreditTxnID"], Decimal(one["AppliedAmount"] or 0)
        credit = books.txns.get(credit_id, "CreditMemo")
        invoice = books.txns.get(invoice_id, "Invoice")
        check_settles(credit, customer_id, "SetCredit", amount)
        if amount > credit.open_amount or amount > invoice.open_amount:
            raise too_much("SetCredit AppliedAmount", one["AppliedAmount"])
        books.txns.apply(Application(credit_id, invoice_id, via, amount))


def check_settles(txn: TxnRecord, customer_id: str, field: str, amount: Decimal) -> None:
    """Refuse what cannot be settled: another customer's, pending or used up already.

    Raises:
        Refused: 3120 or 3210.
    """
    if txn.entity_id != customer_id:
        raise bad_value(field, txn.txn_id, "The transaction is of a different customer.")
    if txn.is_pending or not txn.open_amount:
        raise not_found(txn.txn_id)
    if amount < 0:
        raise bad_value(field, str(amount), "The amount cannot be negative.")
