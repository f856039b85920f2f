"""The books against the shops: by hand from what the shops have, never by the product's sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from sqlalchemy import select

from app.models import Order, Store, db
from tests.soak.kinds import Own
from tests.soak.month import Books, Month
from tests.soak.shops import ZERO, Sold

Documents = Counter[tuple[str, Decimal]]


class Ledger:
    """Debits less credits by account, and the documents that count, of one company."""

    def __init__(self, kind: str, money_back: str) -> None:
        self.kind = kind
        self.money_back = money_back
        """Kind of the document that gives a refund's money back; "" = it stays a credit."""
        self.accounts: dict[str, Decimal] = {}
        self.documents: Documents = Counter()

    def book(self, account: str, amount: Decimal) -> None:
        self.accounts[account] = self.accounts.get(account, ZERO) + amount

    def document(self, kind: str, total: Decimal) -> None:
        self.documents[kind, total] += 1

    def take(self, order: Sold, posted: set[str]) -> None:
        """What an order has to have left in the books.

        Args:
            order: As the shop has it.
            posted: The kinds of documents that QuickBooks got of it, if it was called off since.
        """
        receipts = self.kind == "sales_receipt"
        on_orders = self.kind == "sales_order_invoice_and_payment"
        if order.is_cancelled and on_orders:
            self._before_it_was_sold(order, posted)
            return
        if order.is_cancelled and not posted:
            return
        if on_orders:
            self.document("SalesOrder", ZERO)
            is_sold = order.is_shipped
        else:
            is_sold = order.is_paid or (order.is_shipped and not receipts)
        if order.is_paid:
            self.book("Undeposited Funds", order.total)
            if not receipts:
                self.document("ReceivePayment", order.total)
                self.book("Accounts Receivable", -order.total)
        if is_sold:
            self.document("SalesReceipt" if receipts else "Invoice", order.total)
            if not receipts:
                self.book("Accounts Receivable", order.total)
            self.book("Sales", -order.goods)
            self.book("Shipping Income", -order.shipping)
            self.book("Sales Tax Payable", -order.tax)
        for back in order.refunds:
            self.document("CreditMemo", back.total)
            self.book("Sales", back.goods)
            self.book("Shipping Income", back.shipping)
            self.book("Sales Tax Payable", back.tax)
            self.book("Accounts Receivable", -back.total)
            if self.money_back:
                self.document(self.money_back, back.total)
                self.book("Accounts Receivable", back.total)
                account = "Checking" if self.money_back == "Check" else "Undeposited Funds"
                self.book(account, -back.total)

    def _before_it_was_sold(self, order: Sold, posted: set[str]) -> None:
        """Called off: what was received went back out of the payment, without a credit."""
        if "ReceivePayment" in posted:
            self.document("ReceivePayment", order.total)
            self.book("Undeposited Funds", order.total)
            for back in order.refunds:
                self.document(self.money_back, back.total)
                self.book("Checking", -back.total)


def wrong(month: Month) -> list[str]:
    """Everything in which the books differ from the shops; nothing when all is well."""
    return [f"company {n}: {one}" for n, books in enumerate(month.companies) for one in _of(books)]


def _of(books: Books) -> list[str]:
    ways = {"card_refund": "ARRefundCreditCard", "cheque": "Check"}
    ledger = Ledger(books.rules["transaction_type"], ways.get(books.rules.get("refund_as", ""), ""))
    sold = [shop.sold(row) for shop in books.shops for row in shop.rows]
    posted: defaultdict[str, set[str]] = defaultdict(set)
    for txn in books.quickbooks.transactions():
        for number in str(txn.fields.get("Memo", "")).split()[1:2]:
            posted[number.lstrip("#")].add(txn.kind)
    for order in sold:
        ledger.take(order, posted[order.number])
    said = []
    now = books.quickbooks.totals()
    held = {
        name: moved
        for name in {*now, *books.at_first}
        if (moved := now.get(name, ZERO) - books.at_first.get(name, ZERO))
    }
    want = {name: amount for name, amount in ledger.accounts.items() if amount}
    if held != want:
        said.append(f"accounts are {held}, not {want}")
    if books.quickbooks.out_of_balance():
        said.append("debits and credits differ")
    there: Documents = Counter(
        # A sales order whose invoice was corrected keeps its own total: it books nothing.
        (txn.kind, ZERO if txn.kind == "SalesOrder" else txn.total)
        for txn in books.quickbooks.transactions()
        if txn.total and not (txn.kind == "SalesOrder" and txn.is_manually_closed)
    )
    for (kind, total), count in (there - ledger.documents).items():
        said.append(f"{count} x {kind} of {total} too many")
    for (kind, total), count in (ledger.documents - there).items():
        said.append(f"{count} x {kind} of {total} are missing")
    return said + _rows(books, sold)


def _rows(books: Books, sold: list[Sold]) -> list[str]:
    """Orders and stores as the product keeps them."""
    said = []
    of = Order.company_id == books.company_id
    orders = db.session.execute(
        select(Order.number, Order.state, Order.reasons).where(of)
    ).all()  # fmt: skip
    known = Counter(row.number.lstrip("#") for row in orders)
    if known != Counter(one.number for one in sold):
        said.append("the orders are not those of the shops, each once")
    said += [
        f"order {row.number} is {row.state}: {row.reasons}"
        for row in orders
        if row.state not in {"posted", "waiting", "skipped"}
    ]
    stores = select(Store).where(Store.company_id == books.company_id, Store.error != "")
    said += [f"store {one.key}: {one.error}" for one in db.session.scalars(stores)]
    states = {row.number: row.state for row in orders}
    for shop in books.shops:
        if isinstance(shop, Own) and shop.told != {key: states[key] for key in shop.told}:
            said.append(f"{shop.key} was told other states than the orders have")
    return said
