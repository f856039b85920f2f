"""ReceivePayment: received, applied to invoices, changed."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from qbwc.practice import currencies, postings
from qbwc.practice.books import Books
from qbwc.practice.credits import check_settles, set_credits
from qbwc.practice.errors import bad_value, missing, not_found, too_much
from qbwc.practice.list_requests import check_edit_sequence
from qbwc.practice.reader import Fields, Macros, read, several
from qbwc.practice.txn_records import Application, TxnRecord
from qbwc.practice.values import ZERO, amount_text

_ADD_AMOUNT = "AppliedToTxnAdd payment amount"
_MOD_AMOUNT = "AppliedToTxnMod payment amount"


def add_payment(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Add the payment of a ReceivePaymentAddRq.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    sent = read(request[0], macros)
    books.refuse_features_off(sent)
    applied = several(sent.pop("AppliedToTxnAdd", None))
    automatic = sent.pop("IsAutoApply", "false") == "true"
    books.lists.resolve_all(sent, "ReceivePayment")
    stated = sent.pop("TotalAmount", "")
    if not stated and not applied:
        raise missing("TotalAmount")
    total = Decimal(stated) if stated else _sum(applied)
    if total < ZERO:
        raise bad_value("TotalAmount", stated, "Transaction amount must be positive.")
    payment = TxnRecord(
        "ReceivePayment",
        sent.pop("CustomerRef"),
        sent.pop("TxnDate", "") or books.clock.today().isoformat(),
        sent.pop("RefNumber", ""),
        total,
        fields={name: value for name, value in sent.items() if value not in ("", {})},
    )
    if not payment.entity_id:
        raise missing("CustomerRef")
    books.check_closing_date("ReceivePayment", payment.date)
    receivable = payment.fields.setdefault("ARAccountRef", postings.receivable_account(
        books, payment))  # fmt: skip
    payment.fields.setdefault("DepositToAccountRef", books.account("Undeposited Funds").list_id)
    currencies.settle(books, payment)
    if not total and applied and not _sum(applied):
        return _only_credits(books, payment, applied)
    books.txns.add(payment)
    if automatic:
        applied = _oldest_first(books, payment, receivable)
    _apply(books, payment, applied, _ADD_AMOUNT)
    postings.post(books, payment)
    return books.txns.get(payment.txn_id)


def _only_credits(books: Books, payment: TxnRecord, applied: list[Fields]) -> TxnRecord:
    """Set credits on invoices; of a payment of nothing there is no transaction, and no TxnID."""
    for one in applied:
        check_settles(books.txns.get(one["TxnID"], "Invoice"), payment.entity_id, _ADD_AMOUNT, ZERO)
        wanted = several(one.get("SetCredit"))
        set_credits(books, payment.entity_id, one["TxnID"], wanted, one["TxnID"])
    return payment


def modify_payment(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Change a payment; if any AppliedToTxnMod is sent, they replace what was applied.

    Raises:
        Refused: 3120 no such payment, 3200 stale EditSequence, 3210 too much, ...
    """
    sent = read(request[0], macros)
    payment = books.txns.get(sent.pop("TxnID"), "ReceivePayment")
    check_edit_sequence(sent.pop("EditSequence"), payment.edit_sequence)
    books.refuse_features_off(sent)
    books.check_closing_date("ReceivePayment", payment.date)
    applied = several(sent.pop("AppliedToTxnMod", None))
    books.lists.resolve_all(sent, "ReceivePayment")
    customer = sent.pop("CustomerRef", "")
    if customer and customer != payment.entity_id and payment.applied:
        raise bad_value("CustomerRef", customer, "An applied payment keeps its customer.")
    payment.entity_id = customer or payment.entity_id
    payment.date = sent.pop("TxnDate", "") or payment.date
    books.check_closing_date("ReceivePayment", payment.date)
    payment.ref_number = sent.pop("RefNumber", payment.ref_number)
    stated = sent.pop("TotalAmount", "")
    payment.total = Decimal(stated) if stated else payment.total
    for name, value in sent.items():
        if value in ("", {}):
            payment.fields.pop(name, None)
        else:
            payment.fields[name] = value
    if applied:
        books.txns.unapply("via", payment.txn_id)
        payment.applied = ZERO
    elif payment.applied > payment.total:
        raise bad_value("TotalAmount", stated, "More than this amount is applied.")
    currencies.settle(books, payment)
    books.txns.save(payment)
    _apply(books, payment, applied, _MOD_AMOUNT)
    postings.post(books, payment)
    return books.txns.get(payment.txn_id)


def _sum(applied: list[Fields]) -> Decimal:
    return sum((Decimal(one.get("PaymentAmount") or 0) for one in applied), ZERO)


def _apply(books: Books, payment: TxnRecord, applied: list[Fields], field: str) -> None:
    if _sum(applied) > payment.total:
        raise bad_value(
            field, amount_text(_sum(applied)), "You cannot apply more than the amount received."
        )
    seen: set[str] = set()
    for one in applied:
        invoice = books.txns.by_id(one["TxnID"])
        if invoice is None or invoice.kind != "Invoice" or one["TxnID"] in seen:
            raise not_found(one["TxnID"])
        seen.add(one["TxnID"])
        amount = Decimal(one.get("PaymentAmount") or 0)
        discount = Decimal(one.get("DiscountAmount") or 0)
        check_settles(invoice, payment.entity_id, field, amount)
        if invoice.fields["ARAccountRef"] != payment.fields["ARAccountRef"]:
            raise bad_value("ARAccountRef", one["TxnID"], "The receivables accounts differ.")
        credits_wanted = several(one.get("SetCredit"))
        credited = sum((Decimal(each["AppliedAmount"] or 0) for each in credits_wanted), ZERO)
        if amount + discount + credited > invoice.open_amount:
            raise too_much(field, one.get("PaymentAmount") or "0.00")
        books.lists.resolve_all(one, "ReceivePayment")
        account = one.get("DiscountAccountRef") or ""
        if discount and not account:
            account = books.account("Sales Discounts").list_id
        if amount or discount:
            books.txns.apply(Application(
                payment.txn_id, invoice.txn_id, payment.txn_id, amount, discount, account
            ))  # fmt: skip
        set_credits(books, payment.entity_id, invoice.txn_id, credits_wanted, payment.txn_id)


def _oldest_first(books: Books, payment: TxnRecord, receivable: str) -> list[Fields]:
    left = payment.total
    applied: list[Fields] = []
    invoices = books.txns.select(
        "entity_id = ? AND kind = 'Invoice' AND is_pending = 0 AND applied < total "
        "AND json_extract(fields, '$.ARAccountRef') = ?",
        payment.entity_id,
        receivable,
    )
    for invoice in sorted(invoices, key=lambda one: (one.fields["DueDate"], one.number)):
        amount = min(left, invoice.open_amount)
        if amount > ZERO:
            applied.append({"TxnID": invoice.txn_id, "PaymentAmount": amount_text(amount)})
            left -= amount
    return applied
