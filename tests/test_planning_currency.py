"""Orders in another currency than the company's: what QuickBooks can keep, and what is held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Document
from qbwc.lists import Entry
from tests.planning import FILE, D, File, an, only, order, planned, shipping


def account(name: str, kind: str, currency: str = "") -> Entry:
    data: dict[str, str] = {"AccountType": kind}
    if currency:
        data["CurrencyRef.FullName"] = currency
    return an("Account", name, **data)


RECEIVABLE = account("Receivable EUR", "AccountsReceivable", "Euro")
SEVERAL = (
    replace(FILE, multi_currency=True)
    .without("Jane Doe")
    .with_(
        an("Currency", "US Dollar", CurrencyCode="USD"),
        an("Currency", "Euro", CurrencyCode="EUR"),
        an("Currency", "Japanese Yen", CurrencyCode="JPY"),
        an("Currency", "Pound", CurrencyCode="GBP", active=False),
        account("Bank EUR", "Bank", "Euro"),
        account("Bank JPY", "Bank", "Japanese Yen"),
    )
)
FILE_EUR = SEVERAL.with_(RECEIVABLE)


def invoice(file: File = FILE_EUR, currency: str = "EUR", **rules: Any) -> Document:
    return only(planned(order(currency=currency), file, **rules), "Invoice")


def held(file: File = FILE_EUR, currency: str = "EUR", **rules: Any) -> tuple[str, str]:
    made = planned(order(currency=currency), file, **rules)
    assert made.verdict == "hold"
    return made.causes[0][0], made.reasons[0]


def test_the_only_receivables_account_of_the_currency_is_taken() -> None:
    assert invoice().fields["ARAccountRef"].full_name == "Receivable EUR"
    assert "ExchangeRate" not in invoice().fields


def test_the_home_currency_needs_no_account_to_be_named_and_sends_no_rate() -> None:
    fields = invoice(currency="USD", exchange_rate="1.1").fields
    assert "ARAccountRef" not in fields
    assert "ExchangeRate" not in fields


def test_every_document_has_the_rate_of_the_store() -> None:
    foreign = replace(order(currency="EUR"), exchange_rate=D("1.0837"))
    made = planned(foreign, FILE_EUR)
    assert {one.kind: one.fields["ExchangeRate"] for one in made.documents} == {
        "Invoice": D("1.0837"),
        "ReceivePayment": D("1.0837"),
    }


@pytest.mark.parametrize(
    ("currency", "reason"),
    [
        ("JPY", "Accounts receivable account: none is chosen, and QuickBooks has none in JPY"),
        ("GBP", "the order is in GBP, and QuickBooks has an inactive currency of that code"),
        ("CHF", "the order is in CHF, and QuickBooks has no currency of that code"),
    ],
)
def test_a_currency_that_quickbooks_cannot_keep_is_held(currency: str, reason: str) -> None:
    assert held(currency=currency) == ("currency", reason)


def test_several_receivables_accounts_of_the_currency_need_a_choice() -> None:
    file = FILE_EUR.with_(account("Other EUR", "AccountsReceivable", "Euro"))
    assert "QuickBooks has several in EUR" in held(file)[1]
    made = invoice(file, receivables_account="Other EUR")
    assert made.fields["ARAccountRef"].full_name == "Other EUR"


def test_a_receivables_account_of_another_currency_is_held() -> None:
    said = "is kept in USD, and the order is in EUR"
    assert said in held(receivables_account="Accounts Receivable")[1]
    said = "is kept in EUR, and the order is in USD"
    assert said in held(currency="USD", receivables_account="Receivable EUR")[1]


@pytest.mark.parametrize("name", ["Bank EUR", "Undeposited Funds"])
def test_money_goes_to_an_account_of_its_own_or_of_the_home_currency(name: str) -> None:
    payment = only(planned(order(currency="EUR"), FILE_EUR, deposit_account=name), "ReceivePayment")
    assert payment.fields["DepositToAccountRef"].full_name == name


def test_money_for_an_account_of_a_third_currency_is_held() -> None:
    said = "the account 'Bank JPY' is kept in JPY, and the order is in EUR"
    assert held(deposit_account="Bank JPY") == ("currency", said)


def test_a_currency_without_decimals_posts_whole_amounts() -> None:
    file = SEVERAL.with_(account("Receivable JPY", "AccountsReceivable", "Japanese Yen"))
    made = invoice(file, "JPY")
    assert made.totals
    assert made.totals.total == D(45)


def test_a_total_of_three_decimals_is_held() -> None:
    dinars = order(charges=(shipping("5.005"),), currency="USD")
    made = planned(dinars, FILE_EUR)
    assert made.reasons[0] == (
        f"QuickBooks keeps amounts with two decimals, and the total is {dinars.total} USD"
    )
