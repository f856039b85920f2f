"""Whatever is done to the practice company, its books stay in balance and agree with its forms."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from qbwc.practice import Txn
from tests.practice_helpers import Desk, add, line, mod, query, ref, sale

CUSTOMERS = ("Web Store", "Kern Lighting")
ITEMS = ("Desk Lamp", "Web Sales", "Shipping", "LED Bulb")
TAXES = ("CA 7.25", "Seattle", "Out of State")


class Chaos:
    """Does things at random; what QuickBooks refuses is refused."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.dice = random.Random(seed)
        self.codes: list[int] = []

    def pick(self, kind: str) -> Txn | None:
        found = self.desk.company.transactions(kind)
        return self.dice.choice(found) if found else None

    def money(self) -> str:
        return f"{self.dice.randint(1, 20000) / 100:.2f}"

    def lines(self, kind: str) -> list[str]:
        made = [
            line(
                kind,
                self.dice.choice(ITEMS),
                self.dice.choice(
                    [
                        f"<Quantity>{self.dice.randint(1, 4)}</Quantity>",
                        f"<Amount>{self.money()}</Amount>",
                    ]
                ),
            )
            for _ in range(self.dice.randint(1, 3))
        ]
        if self.dice.random() < 0.4:
            made += [line(kind, "Subtotal"), line(kind, "10% off")]
        return made

    def form(self) -> str:
        kind = self.dice.choice(["Invoice", "Invoice", "SalesReceipt", "SalesOrder", "CreditMemo"])
        return sale(
            kind,
            *self.lines(kind),
            customer=self.dice.choice(CUSTOMERS),
            head=ref("ItemSalesTaxRef", self.dice.choice(TAXES)),
        )

    def from_order(self) -> str | None:
        order = self.pick("SalesOrder")
        if order is None:
            return None
        link = f"<LinkToTxnID>{order.txn_id}</LinkToTxnID>"
        return sale("Invoice", customer=order.customer, head=link)

    def payment(self) -> str | None:
        invoice, memo = self.pick("Invoice"), self.pick("CreditMemo")
        if invoice is None:
            return None
        credit = ""
        if memo is not None and self.dice.random() < 0.5:
            credit = (
                f"<SetCredit><CreditTxnID>{memo.txn_id}</CreditTxnID>"
                f"<AppliedAmount>{min(memo.balance, Decimal(5)):.2f}</AppliedAmount></SetCredit>"
            )
        amount = min(invoice.balance, Decimal(self.money()))
        return add(
            "ReceivePayment",
            f"{ref('CustomerRef', invoice.customer)}<TotalAmount>{amount + 1:.2f}</TotalAmount>"
            f"<AppliedToTxnAdd><TxnID>{invoice.txn_id}</TxnID><PaymentAmount>{amount:.2f}"
            f"</PaymentAmount>{credit}<DiscountAmount>0.10</DiscountAmount></AppliedToTxnAdd>",
        )

    def automatic(self) -> str:
        return add(
            "ReceivePayment",
            f"{ref('CustomerRef', self.dice.choice(CUSTOMERS))}"
            f"<TotalAmount>{self.money()}</TotalAmount><IsAutoApply>true</IsAutoApply>",
        )

    def refund(self) -> str | None:
        memo = self.pick("CreditMemo")
        if memo is None:
            return None
        return add(
            "ARRefundCreditCard",
            f"{ref('CustomerRef', memo.customer)}{ref('PaymentMethodRef', 'Visa')}"
            f"<RefundAppliedToTxnAdd><TxnID>{memo.txn_id}</TxnID><RefundAmount>{memo.balance:.2f}"
            "</RefundAmount></RefundAppliedToTxnAdd>",
        )

    def change(self) -> str | None:
        invoice = self.pick("Invoice")
        if invoice is None:
            return None
        kept = "".join(
            f"<InvoiceLineMod><TxnLineID>{one['TxnLineID']}</TxnLineID></InvoiceLineMod>"
            for one in invoice.lines[: self.dice.randint(1, len(invoice.lines))]
        )
        return mod(
            "Invoice",
            f"<TxnID>{invoice.txn_id}</TxnID><EditSequence>{invoice.edit_sequence}</EditSequence>"
            + kept,
        )

    def remove(self) -> str | None:
        kind = self.dice.choice(["Invoice", "ReceivePayment", "CreditMemo", "ARRefundCreditCard"])
        txn = self.pick(kind)
        if txn is None:
            return None
        what = "Del" if kind == "ReceivePayment" else self.dice.choice(["Del", "Void"])
        return (
            f"<Txn{what}Rq><Txn{what}Type>{kind}</Txn{what}Type><TxnID>{txn.txn_id}</TxnID>"
            f"</Txn{what}Rq>"
        )

    def act(self) -> None:
        actions = (
            self.form, self.form, self.from_order, self.payment, self.payment, self.automatic,
            self.refund, self.change, self.remove,
        )  # fmt: skip
        request = self.dice.choice(actions)()
        if request is not None:
            self.codes.append(self.desk.ask(request).code)


@pytest.mark.parametrize("seed", range(6))
def test_the_books_stay_in_balance_and_agree_with_the_forms(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path)
    chaos = Chaos(desk, seed)
    stock_value = desk.company.balance("Inventory Asset")
    for _ in range(60):
        chaos.act()
        assert desk.company.out_of_balance() == 0
        assert desk.company.balance("Accounts Receivable") == open_amounts(desk)
    assert chaos.codes.count(0) > 15
    bulbs = desk.do(query("ItemInventory", "<FullName>LED Bulb</FullName>"))
    lamps = desk.do(query("ItemInventory", "<FullName>Desk Lamp</FullName>"))
    moved = (2400 - Decimal(bulbs["QuantityOnHand"])) * Decimal("1.65")
    moved += (120 - Decimal(lamps["QuantityOnHand"])) * Decimal("21.50")
    assert stock_value - desk.company.balance("Inventory Asset") == moved


def open_amounts(desk: Desk) -> Decimal:
    signs = {"Invoice": 1, "ARRefundCreditCard": 1, "ReceivePayment": -1, "CreditMemo": -1}
    return sum(
        (signs[txn.kind] * txn.balance for txn in desk.company.transactions() if txn.kind in signs),
        Decimal(0),
    )
