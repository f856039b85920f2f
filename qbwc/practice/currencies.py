"""Several currencies: which one a transaction is in, its rate, and what it is at home."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from qbwc.practice.books import Books, same
from qbwc.practice.errors import bad_value
from qbwc.practice.list_records import ListRecord
from qbwc.practice.txn_records import Posting, TxnRecord
from qbwc.practice.values import ZERO, half_up

ONE = Decimal(1)
_RECEIVABLE = ("ARAccountRef",)
_MONEY = ("DepositToAccountRef", "RefundFromAccountRef")


def settle(books: Books, txn: TxnRecord) -> None:
    """Give a customer's transaction the customer's currency and a rate.

    Raises:
        Refused: 3210, an account is kept in a currency that the transaction cannot have.
    """
    if not books.uses("MultiCurrency"):
        return
    currency = _currency(books, books.lists.by_id(txn.entity_id))
    for name in (*_RECEIVABLE, *_MONEY):
        account = books.lists.by_id(txn.fields.get(name) or "")
        kept = _currency(books, account)
        home = kept is None and name in _MONEY
        if account is not None and not home and _id(kept) != _id(currency):
            raise bad_value(name, account.full_name, "The account is of another currency.")
    txn.fields.pop("CurrencyRef", None)
    if currency is None:
        txn.fields.pop("ExchangeRate", None)
        return
    txn.fields["CurrencyRef"] = currency.list_id
    txn.fields.setdefault("ExchangeRate", currency.fields.get("ExchangeRate") or "1")


def download_rate(books: Books, currency: ListRecord) -> None:
    """Give a new currency the rate of the setting ExchangeRates, such as "EUR 1.10 JPY 0.0068"."""
    words = books.setting("ExchangeRates").split()
    rates = dict(zip(words[::2], words[1::2], strict=True))
    currency.fields["ExchangeRate"] = rates.get(currency.fields["CurrencyCode"], "1")
    books.lists.keep(currency)


def at_home(txn: TxnRecord, postings: Iterable[Posting]) -> list[Posting]:
    """The postings of a transaction in the home currency; they still add up to nothing."""
    found = list(postings)
    rate = Decimal(txn.fields.get("ExchangeRate") or 1) if "CurrencyRef" in txn.fields else ONE
    if rate == ONE or not found:
        return found
    made = [Posting(one.account_id, half_up(one.amount * rate), one.entity_id) for one in found]
    left = sum((one.amount for one in made), ZERO)
    last = made[-1]
    return [*made[:-1], Posting(last.account_id, last.amount - left, last.entity_id)]


def _currency(books: Books, record: ListRecord | None) -> ListRecord | None:
    """The currency that a customer or account is kept in; None = the home currency."""
    named = books.lists.by_id(record.fields.get("CurrencyRef") or "") if record else None
    return None if named is None or same(named.name, books.setting("HomeCurrency")) else named


def _id(currency: ListRecord | None) -> str:
    return currency.list_id if currency else ""
