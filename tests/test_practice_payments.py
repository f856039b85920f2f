"""Payments, credits and refunds in the practice company."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.practice_helpers import Answer, Desk, add, line, mod, query, ref, sale


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    assert found.company.out_of_balance() == 0


@pytest.fixture
def invoice(desk: Desk) -> Answer:
    return desk.do(hundred("Invoice"))


def hundred(kind: str, customer: str = "Web Store", head: str = "") -> str:
    web = line(kind, "Web Sales", f"<Amount>100.00</Amount>{ref('SalesTaxCodeRef', 'Non')}")
    return sale(kind, web, customer=customer, head=head)


def applied(txn_id: str, amount: str, more: str = "") -> str:
    return (
        f"<AppliedToTxnAdd><TxnID>{txn_id}</TxnID><PaymentAmount>{amount}</PaymentAmount>{more}"
        "</AppliedToTxnAdd>"
    )


def payment(total: str, tail: str, customer: str = "Web Store", method: str = "PayPal") -> str:
    return add(
        "ReceivePayment",
        f"{ref('CustomerRef', customer)}<TotalAmount>{total}</TotalAmount>"
        f"{ref('PaymentMethodRef', method)}{tail}",
    )


def look(desk: Desk, kind: str, txn: Answer) -> Answer:
    inner = f"<TxnID>{txn['TxnID']}</TxnID>"
    if kind in {"Invoice", "CreditMemo"}:
        inner += "<IncludeLinkedTxns>true</IncludeLinkedTxns>"
    return desk.do(query(kind, inner))


def test_a_payment_settles_its_invoice(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    assert paid["UnusedPayment"] == "0.00"
    assert paid["AppliedToTxnRet/BalanceRemaining"] == "0.00"
    found = look(desk, "Invoice", invoice)
    assert (found["IsPaid"], found["AppliedAmount"]) == ("true", "-100.00")
    assert found["LinkedTxn/TxnID"] == paid["TxnID"]
    assert desk.company.balance("Accounts Receivable") == 0
    assert desk.company.balance("Undeposited Funds") == 100


def test_more_than_is_due_is_refused_in_quickbooks_words(desk: Desk, invoice: Answer) -> None:
    answer = desk.ask(payment("129.43", applied(invoice["TxnID"], "129.43")))
    assert answer.code == 3210
    assert answer.severity == "Info"
    assert answer.message == (
        'The "AppliedToTxnAdd payment amount" field has an invalid value "129.43".  QuickBooks '
        "error message: You cannot pay more than the amount due."
    )
    assert desk.company.transactions("ReceivePayment") == []


def test_more_than_was_received_cannot_be_applied(desk: Desk, invoice: Answer) -> None:
    assert desk.ask(payment("50.00", applied(invoice["TxnID"], "60.00"))).code == 3210


def test_a_paid_invoice_cannot_be_found(desk: Desk, invoice: Answer) -> None:
    full = payment("100.00", applied(invoice["TxnID"], "100.00"))
    desk.do(full)
    answer = desk.ask(full)
    assert answer.code == 3120
    assert "cannot be found" in answer.message


def test_another_customers_invoice_is_refused(desk: Desk, invoice: Answer) -> None:
    request = payment("100.00", applied(invoice["TxnID"], "100.00"), customer="Kern Lighting")
    assert desk.ask(request).code == 3210


def test_a_pending_invoice_cannot_be_paid(desk: Desk) -> None:
    pending = desk.do(hundred("Invoice", head="<IsPending>true</IsPending>"))
    assert desk.ask(payment("100.00", applied(pending["TxnID"], "100.00"))).code == 3120


def test_what_is_not_applied_is_unused(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("130.00", applied(invoice["TxnID"], "100.00")))
    assert paid["UnusedPayment"] == "30.00"
    assert desk.company.balance("Accounts Receivable") == -30


def test_a_payment_that_is_not_applied_leaves_invoices_open(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", "<IsAutoApply>false</IsAutoApply>"))
    assert paid["UnusedPayment"] == "100.00"
    assert look(desk, "Invoice", invoice)["BalanceRemaining"] == "100.00"


def test_automatic_application_pays_the_oldest_invoices(desk: Desk, invoice: Answer) -> None:
    second = desk.do(hundred("Invoice"))
    desk.do(payment("150.00", "<IsAutoApply>true</IsAutoApply>"))
    assert look(desk, "Invoice", invoice)["IsPaid"] == "true"
    assert look(desk, "Invoice", second)["BalanceRemaining"] == "50.00"


def test_a_macro_ties_a_payment_to_an_invoice_of_the_same_set(desk: Desk) -> None:
    made = hundred("Invoice").replace("<InvoiceAdd>", '<InvoiceAdd defMacro="TxnID:Inv1">')
    tied = payment("100.00", applied("", "100.00")).replace(
        "<TxnID></TxnID>", '<TxnID useMacro="TxnID:Inv1"/>'
    )
    first, second = desk.ask_all(made, tied)
    assert (first.code, second.code) == (0, 0)
    assert second["AppliedToTxnRet/TxnID"] == first["TxnID"]


def test_a_macro_of_a_request_that_failed_is_not_defined(desk: Desk) -> None:
    failed = hundred("Invoice", customer="Nobody").replace(
        "<InvoiceAdd>", '<InvoiceAdd defMacro="TxnID:Inv1">'
    )
    tied = payment("100.00", applied("", "100.00")).replace(
        "<TxnID></TxnID>", '<TxnID useMacro="TxnID:Inv1"/>'
    )
    assert [answer.code for answer in desk.ask_all(failed, tied)] == [3140, 9100]


def test_a_discount_settles_without_money(desk: Desk, invoice: Answer) -> None:
    more = f"<DiscountAmount>2.00</DiscountAmount>{ref('DiscountAccountRef', 'Sales Discounts')}"
    paid = desk.do(payment("98.00", applied(invoice["TxnID"], "98.00", more)))
    assert paid["DiscountAmount"] == "2.00"
    assert look(desk, "Invoice", invoice)["IsPaid"] == "true"
    assert desk.company.balance("Sales Discounts") == -2
    assert desk.company.balance("Accounts Receivable") == 0


def mod_payment(paid: Answer, inner: str) -> str:
    return mod(
        "ReceivePayment",
        f"<TxnID>{paid['TxnID']}</TxnID><EditSequence>{paid['EditSequence']}</EditSequence>{inner}",
    )


def mod_applied(txn_id: str, amount: str) -> str:
    return applied(txn_id, amount).replace("AppliedToTxnAdd", "AppliedToTxnMod")


def test_a_payment_taken_before_the_invoice_is_applied_later(desk: Desk) -> None:
    paid = desk.do(payment("100.00", "<IsAutoApply>false</IsAutoApply>"))
    invoice = desk.do(hundred("Invoice"))
    request = mod_payment(
        paid, "<TotalAmount>100.00</TotalAmount>" + mod_applied(invoice["TxnID"], "100.00")
    )
    assert desk.do(request)["UnusedPayment"] == "0.00"
    assert look(desk, "Invoice", invoice)["IsPaid"] == "true"
    assert desk.ask(request).code == 3200


def test_a_mod_replaces_all_that_was_applied(desk: Desk, invoice: Answer) -> None:
    second = desk.do(hundred("Invoice"))
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    changed = desk.do(mod_payment(paid, mod_applied(second["TxnID"], "40.00")))
    assert changed["UnusedPayment"] == "60.00"
    assert look(desk, "Invoice", invoice)["BalanceRemaining"] == "100.00"
    assert look(desk, "Invoice", second)["BalanceRemaining"] == "60.00"


def test_a_mod_without_applications_keeps_them(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    changed = desk.do(mod_payment(paid, "<Memo>late</Memo>"))
    assert (changed["Memo"], changed["UnusedPayment"]) == ("late", "0.00")


def test_a_total_below_what_is_applied_is_refused(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    assert desk.ask(mod_payment(paid, "<TotalAmount>50.00</TotalAmount>")).code == 3210


def test_set_credit_uses_a_credit_memo(desk: Desk, invoice: Answer) -> None:
    memo = desk.do(hundred("CreditMemo"))
    credit = (
        f"<SetCredit><CreditTxnID>{memo['TxnID']}</CreditTxnID>"
        "<AppliedAmount>30.00</AppliedAmount></SetCredit>"
    )
    paid = desk.do(payment("70.00", applied(invoice["TxnID"], "70.00", credit)))
    assert paid["UnusedPayment"] == "0.00"
    assert look(desk, "Invoice", invoice)["IsPaid"] == "true"
    assert look(desk, "CreditMemo", memo)["CreditRemaining"] == "70.00"


def test_an_invoice_can_take_a_credit_when_it_is_added(desk: Desk) -> None:
    memo = desk.do(hundred("CreditMemo"))
    credit = (
        f"<SetCredit><CreditTxnID>{memo['TxnID']}</CreditTxnID>"
        "<AppliedAmount>100.00</AppliedAmount></SetCredit>"
    )
    assert desk.do(hundred("Invoice", head=credit))["IsPaid"] == "true"
    assert desk.company.balance("Accounts Receivable") == 0


def test_more_credit_than_there_is_is_refused(desk: Desk, invoice: Answer) -> None:
    memo = desk.do(sale("CreditMemo", line("CreditMemo", "Web Sales", "<Amount>5.00</Amount>")))
    credit = (
        f"<SetCredit><CreditTxnID>{memo['TxnID']}</CreditTxnID>"
        "<AppliedAmount>6.00</AppliedAmount></SetCredit>"
    )
    assert desk.ask(payment("94.00", applied(invoice["TxnID"], "94.00", credit))).code == 3210


def test_a_card_refund_uses_up_a_credit_memo(desk: Desk) -> None:
    memo = desk.do(hundred("CreditMemo"))
    request = add(
        "ARRefundCreditCard",
        f"{ref('CustomerRef', 'Web Store')}{ref('PaymentMethodRef', 'Visa')}"
        f"<RefundAppliedToTxnAdd><TxnID>{memo['TxnID']}</TxnID><RefundAmount>60.00</RefundAmount>"
        "</RefundAppliedToTxnAdd>",
    )
    refund = desk.do(request)
    assert (refund["TotalAmount"], refund["CreditRemaining"]) == ("60.00", "40.00")
    assert desk.ask(request).code == 3210
    assert desk.company.balance("Undeposited Funds") == -60


def test_a_check_can_pay_a_credit_memo_out(desk: Desk) -> None:
    memo = desk.do(hundred("CreditMemo"))
    desk.do(
        add(
            "Check",
            f"{ref('AccountRef', 'Checking')}{ref('PayeeEntityRef', 'Web Store')}"
            f"<ApplyCheckToTxnAdd><TxnID>{memo['TxnID']}</TxnID><Amount>100.00</Amount>"
            f"</ApplyCheckToTxnAdd><ExpenseLineAdd>{ref('AccountRef', 'Accounts Receivable')}"
            "<Amount>100.00</Amount></ExpenseLineAdd>",
        )
    )
    assert look(desk, "CreditMemo", memo)["CreditRemaining"] == "0.00"
    assert desk.company.balance("Accounts Receivable") == 0
    assert desk.company.balance("Checking") == -100


def test_the_customers_balance_is_what_is_open(desk: Desk, invoice: Answer) -> None:
    desk.do(payment("30.00", applied(invoice["TxnID"], "30.00")))
    found = desk.do(query("Customer", "<FullName>Web Store</FullName>"))
    assert found["Balance"] == found["TotalBalance"] == "70.00"


def remove(kind: str, txn: Answer, what: str = "Del") -> str:
    return (
        f"<Txn{what}Rq><Txn{what}Type>{kind}</Txn{what}Type><TxnID>{txn['TxnID']}</TxnID>"
        f"</Txn{what}Rq>"
    )


def test_deleting_a_payment_opens_its_invoices(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    assert desk.do(remove("ReceivePayment", paid))["TxnID"] == paid["TxnID"]
    assert look(desk, "Invoice", invoice)["BalanceRemaining"] == "100.00"
    assert desk.company.balance("Undeposited Funds") == 0
    deleted = desk.do(query("TxnDeleted", "<TxnDelType>ReceivePayment</TxnDelType>"))
    assert deleted["TxnDeletedRet/TxnID"] == paid["TxnID"]


def test_deleting_an_invoice_frees_its_payment(desk: Desk, invoice: Answer) -> None:
    paid = desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    desk.do(remove("Invoice", invoice))
    assert look(desk, "ReceivePayment", paid)["UnusedPayment"] == "100.00"


def test_a_voided_invoice_stays_with_nothing_on_it(desk: Desk, invoice: Answer) -> None:
    desk.do(remove("Invoice", invoice, "Void"))
    found = look(desk, "Invoice", invoice)
    assert (found["Subtotal"], found["BalanceRemaining"], found["Memo"]) == (
        "0.00", "0.00", "VOID:",
    )  # fmt: skip
    assert desk.company.balance("Accounts Receivable") == 0


def test_a_voided_credit_memo_gives_its_invoice_back(desk: Desk, invoice: Answer) -> None:
    memo = desk.do(hundred("CreditMemo"))
    credit = (
        f"<SetCredit><CreditTxnID>{memo['TxnID']}</CreditTxnID>"
        "<AppliedAmount>100.00</AppliedAmount></SetCredit>"
    )
    desk.do(payment("0.00", applied(invoice["TxnID"], "0.00", credit)))
    desk.do(remove("CreditMemo", memo, "Void"))
    assert look(desk, "Invoice", invoice)["BalanceRemaining"] == "100.00"


def test_a_transaction_of_another_kind_cannot_be_found(desk: Desk, invoice: Answer) -> None:
    assert desk.ask(remove("SalesReceipt", invoice)).code == 3120


def test_a_purchase_order_is_priced_by_cost(desk: Desk) -> None:
    order = desk.do(
        add(
            "PurchaseOrder",
            f"{ref('VendorRef', 'Acme Supply')}{ref('ShipToEntityRef', 'Web Store')}"
            f"<PurchaseOrderLineAdd>{ref('ItemRef', 'Desk Lamp')}<Quantity>2</Quantity>"
            "</PurchaseOrderLineAdd>",
        )
    )
    assert (order["TotalAmount"], order["RefNumber"]) == ("43.00", "1")
    assert order["VendorRef/FullName"] == "Acme Supply"
    assert desk.company.transactions("PurchaseOrder")[0].total == Decimal("43.00")


@pytest.mark.parametrize("kind", ["ReceivePayment", "ARRefundCreditCard"])
def test_money_needs_a_customer(desk: Desk, invoice: Answer, kind: str) -> None:
    tail = (
        "<TotalAmount>1.00</TotalAmount><IsAutoApply>false</IsAutoApply>"
        if kind == "ReceivePayment"
        else f"<RefundAppliedToTxnAdd><TxnID>{invoice['TxnID']}</TxnID>"
        "<RefundAmount>1.00</RefundAmount></RefundAppliedToTxnAdd>"
    )
    assert desk.ask(add(kind, f"<CustomerRef/>{tail}")).code == 3150


def test_a_payment_without_total_and_applications_is_refused(desk: Desk) -> None:
    request = add(
        "ReceivePayment", f"{ref('CustomerRef', 'Web Store')}<IsAutoApply>true</IsAutoApply>"
    )
    assert desk.ask(request).code == 3150


def test_a_negative_payment_is_refused(desk: Desk) -> None:
    assert desk.ask(payment("-1.00", "<IsAutoApply>false</IsAutoApply>")).code == 3210


def test_one_invoice_is_named_once(desk: Desk, invoice: Answer) -> None:
    twice = applied(invoice["TxnID"], "1.00") * 2
    assert desk.ask(payment("2.00", twice)).code == 3120


def test_a_payment_of_another_receivables_account_is_refused(desk: Desk, invoice: Answer) -> None:
    other = "<Name>Receivables EU</Name><AccountType>AccountsReceivable</AccountType>"
    desk.do(add("Account", other))
    request = add(
        "ReceivePayment",
        f"{ref('CustomerRef', 'Web Store')}{ref('ARAccountRef', 'Receivables EU')}"
        f"<TotalAmount>1.00</TotalAmount>{applied(invoice['TxnID'], '1.00')}",
    )
    assert desk.ask(request).code == 3210


def test_an_invoice_is_not_changed_below_what_was_paid(desk: Desk, invoice: Answer) -> None:
    desk.do(payment("100.00", applied(invoice["TxnID"], "100.00")))
    fresh = look(desk, "Invoice", invoice)
    request = mod(
        "Invoice",
        f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{fresh['EditSequence']}</EditSequence>"
        f"<InvoiceLineMod><TxnLineID>-1</TxnLineID>{ref('ItemRef', 'LED Bulb')}"
        "<Quantity>1</Quantity></InvoiceLineMod>",
    )
    assert desk.ask(request).code == 3210


def test_a_payment_makes_the_invoices_edit_sequence_stale(desk: Desk, invoice: Answer) -> None:
    desk.do(payment("1.00", applied(invoice["TxnID"], "1.00")))
    request = mod(
        "Invoice",
        f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{invoice['EditSequence']}</EditSequence>",
    )
    assert desk.ask(request).code == 3200


@pytest.mark.parametrize(
    ("head", "code"),
    [("", 3180), (f"<ExpenseLineAdd>{ref('AccountRef', '')}</ExpenseLineAdd>", 3150)],
)
def test_a_check_needs_lines_with_accounts(desk: Desk, head: str, code: int) -> None:
    assert desk.ask(add("Check", ref("AccountRef", "Checking") + head)).code == code


def test_a_check_is_drawn_on_a_bank_account(desk: Desk) -> None:
    expense = f"<ExpenseLineAdd>{ref('AccountRef', 'Sales')}</ExpenseLineAdd>"
    assert desk.ask(add("Check", ref("AccountRef", "Sales") + expense)).code == 3210


def test_a_purchase_order_takes_groups_and_addresses(desk: Desk) -> None:
    order = desk.do(
        add(
            "PurchaseOrder",
            f"{ref('VendorRef', 'Acme Supply')}<VendorAddress><Addr1>Acme</Addr1></VendorAddress>"
            f"<PurchaseOrderLineGroupAdd>{ref('ItemGroupRef', 'Lamp Kit')}"
            "</PurchaseOrderLineGroupAdd>",
        )
    )
    assert order["VendorAddressBlock/Addr1"] == "Acme"
    assert order["TotalAmount"] == "24.80"
