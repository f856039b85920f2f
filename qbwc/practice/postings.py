"""The double entry of each kind of transaction, and the stock that sales move."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qbwc.practice import item_sites
from qbwc.practice.books import Books
from qbwc.practice.currencies import at_home
from qbwc.practice.errors import Refused
from qbwc.practice.forms import FORMS
from qbwc.practice.lines import STOCKED, base_units
from qbwc.practice.list_records import ListRecord
from qbwc.practice.reader import Fields
from qbwc.practice.txn_records import Posting, TxnRecord
from qbwc.practice.values import ZERO, half_up, quantity_text


def post(books: Books, txn: TxnRecord) -> None:
    """Write the double entry of a transaction as it stands now.

    Raises:
        Refused: 3270, an item has no account to post to.
    """
    if not FORMS[txn.kind].posts or txn.is_pending:
        books.txns.post(txn, ())
    elif txn.kind == "ReceivePayment":
        books.txns.post(txn, at_home(txn, _payment(books, txn)))
    elif txn.kind == "ARRefundCreditCard":
        books.txns.post(txn, at_home(txn, _refund(txn)))
    elif txn.kind == "Check":
        books.txns.post(txn, _check(books, txn))
    else:
        books.txns.post(txn, [*at_home(txn, _sale(books, txn)), *_cost(books, txn)])


def receivable_account(books: Books, txn: TxnRecord) -> str:
    """The receivables account of a transaction."""
    own = txn.fields.get("ARAccountRef")
    return str(own) if own else books.account("Accounts Receivable").list_id


def _sale(books: Books, txn: TxnRecord) -> Iterator[Posting]:
    sign = Decimal(-1) if txn.kind == "CreditMemo" else Decimal(1)
    if txn.kind == "SalesReceipt":
        yield Posting(txn.fields["DepositToAccountRef"], txn.total * sign)
    else:
        yield Posting(receivable_account(books, txn), txn.total * sign, txn.entity_id)
    tax = Decimal(txn.fields.get("SalesTaxTotal", "0"))
    if tax:
        yield Posting(books.account("Sales Tax Payable").list_id, -tax * sign)
    for line in txn.flat_lines():
        if "Amount" not in line or line["_item"] == "ItemSubtotal":
            continue
        item = books.lists[line["ItemRef"]]
        earned = Decimal(line["Amount"]) - Decimal(line.get("_tax", "0"))
        yield Posting(sales_account(books, line, item), -earned * sign)


def _cost(books: Books, txn: TxnRecord) -> Iterator[Posting]:
    """What the goods cost, which is kept in the home currency."""
    sign = Decimal(-1) if txn.kind == "CreditMemo" else Decimal(1)
    for line in txn.flat_lines():
        if line.get("_item") in STOCKED and line.get("Quantity"):
            item = books.lists[line["ItemRef"]]
            cost = half_up(Decimal(line["_cost"]) * base_units(line)) * sign
            yield Posting(item.fields["COGSAccountRef"], cost)
            yield Posting(item.fields["AssetAccountRef"], -cost)


def sales_account(books: Books, line: Fields, item: ListRecord) -> str:
    """The account that a sales line posts to.

    Raises:
        Refused: 3270, the item has none.
    """
    fields = item.fields
    account = (
        line.get("OverrideItemAccountRef")
        or (fields.get("SalesOrPurchase") or {}).get("AccountRef")
        or (fields.get("SalesAndPurchase") or {}).get("IncomeAccountRef")
        or fields.get("IncomeAccountRef")
        or fields.get("AccountRef")
    )
    if not account and item.kind == "ItemSalesTax":
        account = books.account("Sales Tax Payable").list_id
    if not account and item.kind == "ItemPayment":
        account = fields.get("DepositToAccountRef") or books.account("Undeposited Funds").list_id
    if not account:
        raise Refused(3270, f'Missing posting account for the item "{item.full_name}".')
    return str(account)


def _payment(books: Books, txn: TxnRecord) -> Iterator[Posting]:
    receivable = receivable_account(books, txn)
    yield Posting(txn.fields["DepositToAccountRef"], txn.total)
    yield Posting(receivable, -txn.total, txn.entity_id)
    for part in books.txns.applications("via", txn.txn_id):
        if part.discount:
            yield Posting(part.discount_account, part.discount)
            yield Posting(receivable, -part.discount, txn.entity_id)


def _refund(txn: TxnRecord) -> Iterator[Posting]:
    yield Posting(txn.fields["ARAccountRef"], txn.total, txn.entity_id)
    yield Posting(txn.fields["RefundFromAccountRef"], -txn.total)


def _check(books: Books, txn: TxnRecord) -> Iterator[Posting]:
    yield Posting(txn.fields["AccountRef"], -txn.total)
    for line in txn.lines:
        account = books.lists[line["AccountRef"]]
        owed = account.fields["AccountType"] == "AccountsReceivable"
        entity = line.get("CustomerRef") or txn.entity_id
        yield Posting(account.list_id, Decimal(line["Amount"]), entity if owed else "")


def move_stock(books: Books, txn: TxnRecord, direction: int) -> None:
    """Take a sale's goods from stock (1) or put them back (-1)."""
    if not FORMS[txn.kind].posts or txn.is_pending:
        return
    sign = direction * (-1 if txn.kind == "CreditMemo" else 1)
    for line in txn.flat_lines():
        if line.get("_item") not in STOCKED or not line.get("Quantity"):
            continue
        item = books.lists[line["ItemRef"]]
        line.setdefault("_cost", item.fields.get("AverageCost", "0"))
        on_hand = Decimal(item.fields.get("QuantityOnHand", "0"))
        moved = -sign * base_units(line)
        item.fields["QuantityOnHand"] = quantity_text(on_hand + moved)
        item_sites.move(books, item, line.get("InventorySiteRef", ""), moved)
        books.lists.keep(item)


def trial_balance(books: Books) -> Decimal:
    """Debits less credits of the whole file; anything but zero is a fault."""
    row = books.file.row("SELECT coalesce(sum(amount), 0) AS cents FROM posting")
    return Decimal(row["cents"]) / 100 if row else ZERO
