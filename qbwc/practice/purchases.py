"""Purchase orders, and money that goes back: card refunds and checks."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from qbwc.practice import currencies, postings
from qbwc.practice.books import Books
from qbwc.practice.credits import check_settles
from qbwc.practice.errors import Refused, bad_value, missing, not_found, too_much
from qbwc.practice.lines import LineMaker, counted
from qbwc.practice.list_requests import check_edit_sequence
from qbwc.practice.reader import Fields, Macros, read, several
from qbwc.practice.render import address_block
from qbwc.practice.sales import due_date, header, line_elements
from qbwc.practice.txn_records import Application, TxnRecord
from qbwc.practice.values import ZERO, amount_text

_ADDRESSES = ("Address", "VendorAddress", "ShipAddress")


def _started(books: Books, kind: str, sent: Fields, entity: str) -> TxnRecord:
    books.refuse_features_off(sent)
    books.check_address(sent)
    books.lists.resolve_all(sent, kind)
    txn = TxnRecord(
        kind,
        sent.pop(entity, ""),
        sent.pop("TxnDate", "") or books.clock.today().isoformat(),
        sent.pop("RefNumber", ""),
        fields={name: value for name, value in sent.items() if value not in ("", {})},
    )
    books.check_closing_date(kind, txn.date)
    for name in _ADDRESSES:
        if txn.fields.get(name):
            txn.fields[f"{name}Block"] = address_block(txn.fields[name])
    return txn


def add_purchase_order(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Add the purchase order of a PurchaseOrderAddRq.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    sent = header(request[0], macros)
    txn = _started(books, "PurchaseOrder", sent, "VendorRef")
    txn.ref_number = txn.ref_number or books.next_ref_number("PurchaseOrder")
    maker = LineMaker(books, "PurchaseOrder", bought=True)
    for element in line_elements(request[0]):
        line = read(element)
        if str(element.tag).endswith("GroupAdd"):
            maker.add_group(line)
        else:
            maker.add(line)
    for line in maker.lines:
        if line.get("Quantity"):
            line |= {"ReceivedQuantity": "0", "UnbilledQuantity": line["Quantity"]}
        line |= {"IsBilled": "false", "IsManuallyClosed": "false"}
    txn.lines = maker.lines
    txn.total = counted(txn.flat_lines())
    txn.fields.setdefault("DueDate", due_date(books, txn))
    txn.fields.setdefault("ExpectedDate", txn.date)
    txn.fields |= {"IsManuallyClosed": "false", "IsFullyReceived": "false"}
    books.used_ref_number("PurchaseOrder", txn.ref_number)
    books.txns.add(txn)
    return txn


def modify_purchase_order(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Change the head of a purchase order; its lines stay.

    Raises:
        Refused: 3120 no such order, 3200 stale EditSequence, 3171 closed period.
    """
    sent = header(request[0], macros)
    txn = books.txns.get(sent.pop("TxnID"), "PurchaseOrder")
    check_edit_sequence(sent.pop("EditSequence"), txn.edit_sequence)
    books.refuse_features_off(sent)
    books.check_address(sent)
    books.check_closing_date("PurchaseOrder", txn.date)
    books.lists.resolve_all(sent, "PurchaseOrder")
    txn.entity_id = sent.pop("VendorRef", "") or txn.entity_id
    txn.date = sent.pop("TxnDate", "") or txn.date
    books.check_closing_date("PurchaseOrder", txn.date)
    txn.ref_number = sent.pop("RefNumber", txn.ref_number)
    for name, value in sent.items():
        txn.fields.pop(name, None)
        txn.fields.pop(f"{name}Block", None)
        if value not in ("", {}):
            txn.fields[name] = value
            if name in _ADDRESSES:
                txn.fields[f"{name}Block"] = address_block(value)
    books.txns.save(txn)
    return books.txns.get(txn.txn_id)


def add_card_refund(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Add the refund of an ARRefundCreditCardAddRq: it uses up credit memos or payments.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    sent = read(request[0], macros)
    applied = several(sent.pop("RefundAppliedToTxnAdd"))
    refund = _started(books, "ARRefundCreditCard", sent, "CustomerRef")
    if not refund.entity_id:
        raise missing("CustomerRef")
    if not refund.fields.get("PaymentMethodRef"):
        raise missing("PaymentMethodRef")
    refund.ref_number = refund.ref_number or books.next_ref_number("ARRefundCreditCard")
    books.used_ref_number("ARRefundCreditCard", refund.ref_number)
    refund.fields.setdefault("ARAccountRef", books.account("Accounts Receivable").list_id)
    refund.fields.setdefault("RefundFromAccountRef", books.account("Undeposited Funds").list_id)
    currencies.settle(books, refund)
    refund.total = sum((Decimal(one["RefundAmount"] or 0) for one in applied), ZERO)
    books.txns.add(refund)
    for one in applied:
        _use_credit(books, refund, one["TxnID"], one["RefundAmount"], "RefundAmount")
    postings.post(books, refund)
    return books.txns.get(refund.txn_id)


def _use_credit(books: Books, txn: TxnRecord, credit_id: str, text: str, field: str) -> None:
    credit = books.txns.get(credit_id, "CreditMemo", "ReceivePayment")
    amount = Decimal(text or 0)
    check_settles(credit, txn.entity_id, field, amount)
    if amount > credit.open_amount:
        raise too_much(field, text)
    books.txns.apply(Application(credit_id, txn.txn_id, txn.txn_id, amount))


def add_check(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Add the check of a CheckAddRq; ApplyCheckToTxnAdd ties it to a credit memo.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    sent = read(request[0], macros)
    applied = several(sent.pop("ApplyCheckToTxnAdd", None))
    lines = several(sent.pop("ExpenseLineAdd", None))
    check = _started(books, "Check", sent, "PayeeEntityRef")
    account = books.lists.by_id(check.fields.get("AccountRef", ""))
    if account is None:
        raise missing("AccountRef")
    if account.fields["AccountType"] != "Bank":
        raise bad_value("AccountRef", account.full_name, "A check is drawn on a bank account.")
    if check.fields.get("IsToBePrinted") != "true":
        check.ref_number = check.ref_number or books.next_ref_number("Check")
        books.used_ref_number("Check", check.ref_number)
    for line in lines:
        check.lines.append(_expense(books, check, line))
    check.total = sum((Decimal(line["Amount"]) for line in check.lines), ZERO)
    if not check.lines:
        raise Refused(3180, "There was an error when saving a Check.  It has no lines.")
    books.txns.add(check)
    for one in applied:
        text = one.get("Amount") or amount_text(check.total)
        _use_credit(books, check, one["TxnID"], text, "ApplyCheckToTxnAdd Amount")
    postings.post(books, check)
    return books.txns.get(check.txn_id)


def _expense(books: Books, check: TxnRecord, sent: Fields) -> Fields:
    books.refuse_features_off(sent)
    books.lists.resolve_all(sent, "Check line")
    account = books.lists.by_id(sent.get("AccountRef") or "")
    if account is None:
        raise missing("AccountRef")
    customer = sent.get("CustomerRef") or check.entity_id
    if account.fields["AccountType"] == "AccountsReceivable" and not customer:
        raise not_found("")
    line = {name: value for name, value in sent.items() if value not in ("", {})}
    return line | {
        "TxnLineID": books.clock.txn_id(),
        "Amount": amount_text(Decimal(sent.get("Amount") or 0)),
    }
