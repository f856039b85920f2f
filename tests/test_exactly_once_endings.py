"""Refunds, purchases, voids and deletions under faults: each is done once, and we know it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.models import MessageSet, Order
from qbwc.documents import Document, Ref, TxnRef
from tests.days import TODAY
from tests.exchange import invoice, payment, receipt, sale, sure
from tests.faults import NIGHTLY
from tests.test_exactly_once import World, die_at_every_commit, survive_random_faults
from tests.test_queue_posting import change

SCHEDULES = 6
CHUNKS = 40 if NIGHTLY else 5
AMOUNT = "26.64"
CUSTOMER = Ref("Customer", "Web Store")
TOTALS = sure(AMOUNT)


def document(kind: str, number: str, part: str = "", **fields: Any) -> Document:
    """A document with our memo and of the one amount."""
    head = {"TxnDate": TODAY, "Memo": f"Shop {number}"}
    return Document(kind=kind, part=part, fields=head | fields, totals=TOTALS)


def memo(number: str) -> Document:
    """A credit memo."""
    return sale("CreditMemo", number, part="r1")


def card_refund(number: str) -> Document:
    """What pays a credit memo out to a card."""
    given = {"TxnID": TxnRef("CreditMemo", "r1"), "RefundAmount": TOTALS.total}
    return document(
        "ARRefundCreditCard", number, "r1", CustomerRef=CUSTOMER, RefNumber=number,
        PaymentMethodRef=Ref("PaymentMethod", "Visa"), refunded=[given],
    )  # fmt: skip


def cheque(number: str) -> Document:
    """What pays a credit memo out by cheque, without a number."""
    receivable = {
        "AccountRef": Ref("Account", "Accounts Receivable"), "Amount": TOTALS.total,
        "CustomerRef": CUSTOMER,
    }  # fmt: skip
    return document(
        "Check", number, "r1", AccountRef=Ref("Account", "Checking"), PayeeEntityRef=CUSTOMER,
        IsToBePrinted=True, lines=[receivable],
        refunded=[{"TxnID": TxnRef("CreditMemo", "r1"), "Amount": TOTALS.total}],
    )  # fmt: skip


def purchase(number: str, *, numbered: bool = True) -> Document:
    """A purchase order of one item."""
    row = {
        "ItemRef": Ref("Item", "Web Sales"), "Quantity": Decimal(1),
        "Rate": TOTALS.total, "CustomerRef": CUSTOMER,
    }  # fmt: skip
    own = {"RefNumber": f"{number}-P1"} if numbered else {}
    vendor = Ref("Vendor", "Acme Supply")
    return document("PurchaseOrder", number, "V-1", VendorRef=vendor, lines=[row], **own)


class Endings(World):
    """Orders that are refunded, bought for, voided and deleted."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.last = 0
        self.passing: Counter[tuple[str, str, str]] = Counter()

    def fill(self, orders: int) -> None:
        first = 1001 + self.orders
        self.orders += orders
        for number in range(first, first + orders):
            text, mark = str(number), f"Shop {number}"
            match number % 4:
                case 0:
                    self._order(text, memo(text), card_refund(text))
                case 1:
                    self._order(text, memo(text), cheque(text), purchase(text))
                case 2:
                    self._order(text, invoice(text), purchase(text, numbered=False), keep=(1,))
                    self.later(Document(kind="Invoice", action="void"))
                    self.expected["Invoice", f"VOID: {mark}", "0.00"] += 1
                case _:
                    self._order(text, receipt(text), keep=())
                    self.later(Document(kind="SalesReceipt", action="delete"))

    def _order(
        self, number: str, *documents: Document, keep: tuple[int, ...] | None = None
    ) -> None:
        self.last = self.exchange.order(*documents, number=number)
        for place, one in enumerate(documents):
            stays = keep is None or place in keep
            (self.expected if stays else self.passing)[one.kind, f"Shop {number}", AMOUNT] += 1

    def later(self, ending: Document) -> None:
        """Void or delete a document of the last order."""
        change(self.exchange, self.last, ending)

    def check_nothing_twice(self) -> None:
        txns = self.exchange.quickbooks.transactions()
        found = Counter((txn.kind, txn.memo, str(txn.total)) for txn in txns)
        assert not found - (self.expected + self.passing)

    def check(self) -> None:
        quickbooks = self.exchange.quickbooks
        txns = {txn.txn_id: txn for txn in quickbooks.transactions()}
        found = Counter((txn.kind, txn.memo, str(txn.total)) for txn in txns.values())
        assert found == self.expected
        for txn_id, posting in self.exchange.postings().items():
            assert not posting.stale
            if posting.ended == "delete":
                assert txn_id not in txns
            else:
                assert (posting.ended == "void") == (txns[txn_id].total == 0)
                assert posting.total == txns.pop(txn_id).total
        assert not txns
        assert {row.state for row in self.exchange.all(Order)} == {"posted"}
        states = {row.state for row in self.exchange.all(MessageSet)}
        assert states <= {"settled", "lost", "refused"}
        assert quickbooks.out_of_balance() == 0
        for txn in quickbooks.transactions("CreditMemo"):
            assert txn.balance == 0, "its money went back"


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[Endings]:
    made = Endings(sqlite_url, tmp_path)
    yield made
    made.close()


def test_the_server_may_die_before_or_after_any_commit(database_url: str, tmp_path: Path) -> None:
    die_at_every_commit(Endings(database_url, tmp_path), first=4, each=4, least=10)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_faults_do_nothing_twice_and_lose_nothing(world: Endings, chunk: int) -> None:
    seeds = range(chunk * SCHEDULES, (chunk + 1) * SCHEDULES)
    survive_random_faults(world, seeds, settle_each=3)


def test_a_payment_of_an_invoice_that_is_deleted_is_free_again(world: Endings) -> None:
    order = world.exchange.order(invoice("1"), payment("1"), number="1")
    world.exchange.session()
    world.last = order
    world.later(Document(kind="Invoice", action="delete"))
    world.exchange.session()
    kept = {row.kind: (row.ended, row.balance) for row in world.exchange.postings().values()}
    assert kept == {"Invoice": ("delete", 0), "ReceivePayment": ("", TOTALS.total)}
