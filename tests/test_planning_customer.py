"""Whose order it is: attempts in order, then create, hold or one customer for all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Address, Ref
from qbwc.lists import Entry
from qbwc.planning import Ledger, Lists, NotWantedError, lookup
from qbwc.planning.currency import customer_currency
from qbwc.planning.work import Work
from rules_library.decision import decisions
from rules_library.order import Address as OrderAddress
from rules_library.order import Customer
from tests.planning import FILE, File, an, decided, only, order, planned, posted, rulebook, sample

CUSTOMERS = FILE.without("Jane Doe")
JANE = Customer(
    source_id="42",
    email="jane@example.test",
    first_name="Jane",
    last_name="Doe",
    company="Doe Tools",
)


def whose(file: File, of: Any = None, **rules: Any) -> str | None:
    """The customer of the invoice, or None if the order is held."""
    made = planned(of or order(customer=JANE), file, **rules)
    if made.verdict == "hold":
        return None
    found: str = only(made, "Invoice").fields["CustomerRef"].full_name
    return found


STREET = {"BillAddress.Addr2": "5 Canal St.", "BillAddress.PostalCode": "10013"}
ATTEMPTS = {
    "email": an("Customer", "By mail", Email="JANE@example.test; other@example.test"),
    "company": an("Customer", "By company", CompanyName="doe  tools"),
    "first_last": an("Customer", "Jane Doe"),
    "last_first": an("Customer", "Doe, Jane"),
    "company_or_name": an("Customer", "Doe Tools"),
    "shipping_company": an("Customer", "By receiver", CompanyName="Receiver Inc"),
    "shipping_name": an("Customer", "Rick Receiver"),
    "phone": an("Customer", "By phone", Phone="(1) 212-555-0100"),
    "store_id": replace(an("Customer", "Remembered"), keys={"store_id": ("shop 42",)}),
    "first_middle_last": an("Customer", "Jane Q. Doe"),
    "account_number": an("Customer", "By number", AccountNumber="42"),
    "address": an("Customer", "By street", **STREET),
    "channel": an("Customer", "amazon"),
    "order_number": an("Customer", "#1001"),
}
RECEIVER = OrderAddress(first_name="Rick", last_name="Receiver", company="Receiver Inc")


def test_every_attempt_is_tried_here() -> None:
    assert set(ATTEMPTS) == set(decisions()["customer_match"].kind.options)  # type: ignore[attr-defined]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_finds_its_customer(attempt: str) -> None:
    named = replace(JANE, first_name="Jane Quinn") if "middle" in attempt else JANE
    of = order(customer=named, shipping=RECEIVER, channel="Amazon")
    everybody = CUSTOMERS.with_(*ATTEMPTS.values())
    assert whose(everybody, of, customer_match=[attempt]) == ATTEMPTS[attempt].full_name


def test_the_first_attempt_that_finds_a_customer_wins() -> None:
    file = CUSTOMERS.with_(ATTEMPTS["phone"], ATTEMPTS["first_last"])
    assert whose(file, customer_match=["email", "phone", "first_last"]) == "By phone"
    assert whose(file, customer_match=["email", "first_last", "phone"]) == "Jane Doe"


def test_several_matches_are_held_with_their_names() -> None:
    file = CUSTOMERS.with_(
        an("Customer", "One", Email="jane@example.test"),
        an("Customer", "Two", Email="jane@example.test"),
    )
    made = planned(order(customer=JANE), file)
    assert made.reasons == ("2 customers match by email: One, Two",)


def test_of_several_matches_the_one_with_the_orders_name_is_meant() -> None:
    file = CUSTOMERS.with_(
        an("Customer", "One", Email="jane@example.test"),
        an("Customer", "Doe Tools", Email="jane@example.test"),
    )
    assert whose(file) == "Doe Tools"


def test_an_inactive_customer_does_not_match() -> None:
    file = CUSTOMERS.with_(
        an("Customer", "Old Jane", Email="jane@example.test", active=False),
        an("Customer", "Doe Tools"),
    )
    assert whose(file) == "Doe Tools"


def test_a_missing_customer_is_created_with_the_orders_details() -> None:
    made = planned(order(customer=JANE), CUSTOMERS)
    (created,) = made.additions
    assert (created.kind, created.full_name) == ("Customer", "Doe Tools")
    assert created.fields["CompanyName"] == "Doe Tools"
    assert created.fields["Email"] == "jane@example.test"
    assert created.fields["Phone"] == "+1 212 555 0100"
    assert isinstance(created.fields["BillAddress"], Address)
    assert only(made, "Invoice").fields["CustomerRef"] == created.ref


def test_a_missing_customer_can_be_held() -> None:
    made = planned(order(customer=JANE), CUSTOMERS, when_customer_missing="hold")
    assert made.reasons == ("no customer in QuickBooks matches 'Doe Tools'",)


def test_one_customer_for_all_is_found_or_created_bare() -> None:
    rules = {"when_customer_missing": "single", "single_customer_name": "Web Store"}
    made = planned(order(customer=JANE), CUSTOMERS, None, None, **rules)
    (created,) = made.additions
    assert (created.full_name, created.fields) == ("Web Store", {})
    file = CUSTOMERS.with_(an("Customer", "Web Store"))
    assert whose(file, None, **rules) == "Web Store"


def test_an_inactive_customer_of_that_name_is_held_not_created_again() -> None:
    file = CUSTOMERS.with_(an("Customer", "Doe Tools", active=False))
    assert planned(order(customer=JANE), file).reasons == (
        "an inactive customer 'Doe Tools' exists, but the attempts did not match it",
    )


def test_a_customer_of_that_name_that_did_not_match_is_held() -> None:
    file = CUSTOMERS.with_(an("Customer", "Doe Tools", Email="other@example.test"))
    assert planned(order(customer=JANE), file, customer_match=["email"]).reasons == (
        "an active customer 'Doe Tools' exists, but the attempts did not match it",
    )


def test_a_vendors_name_is_held() -> None:
    file = CUSTOMERS.with_(an("Vendor", "Doe Tools"))
    assert planned(order(customer=JANE), file).reasons == (
        "'Doe Tools' is a vendor's name; QuickBooks has each name only once",
    )


@pytest.mark.parametrize(
    ("given", "created"),
    [
        ("Muster & Söhne Import-Export Gesellschaft für Holzwaren mbH", 41),
        ("Acme: West", "Acme West"),
        ("  Two   spaces ", "Two spaces"),
        ("Łódź 東京", "Lódz DongJing"),
    ],
)
def test_a_new_name_is_one_that_quickbooks_takes(given: str, created: str | int) -> None:
    made = planned(order(customer=replace(JANE, company=given)), CUSTOMERS)
    (addition,) = made.additions
    if isinstance(created, int):
        assert given.startswith(addition.full_name)
        assert len(addition.full_name) <= created
    else:
        assert addition.full_name == created


@pytest.mark.parametrize("company", ["x" * 60, "Acme: West", "🎉 Party"])
def test_a_customer_that_was_created_is_found_by_its_name_the_next_time(company: str) -> None:
    of = order(customer=replace(JANE, company=company, email=""))
    (created,) = planned(of, CUSTOMERS).additions
    file = CUSTOMERS.with_(an("Customer", created.full_name))
    assert whose(file, of) == created.full_name


def test_an_order_without_any_name_belongs_to_the_store() -> None:
    nobody = order(customer=Customer(), billing=OrderAddress(), shipping=OrderAddress())
    (created,) = planned(nobody, CUSTOMERS).additions
    assert created.full_name == "shop customer"


@pytest.mark.parametrize("name", [None, "", {"clear": []}])
def test_a_rule_that_names_nobody_is_held(name: Any) -> None:
    made = planned(order(customer=JANE), CUSTOMERS, customer_name=name)
    assert made.reasons == ("no customer matches, and there is no name to create one with",)


def test_a_sample_without_customer_is_planned() -> None:
    assert planned(sample("#2012"), when_item_missing="create_service").verdict == "post"


def test_a_posted_order_stays_with_its_customer() -> None:
    of = order()
    ledger = posted(*planned(of).documents)
    moved = replace(of, customer=Customer(email="new@example.test", first_name="New"))
    made = planned(moved, FILE, ledger)
    assert made.additions == ()
    assert ledger.customer == Ref("Customer", "Jane Doe", "80000001-C")


def test_a_customer_that_got_the_suffix_is_found_by_its_name_the_next_time() -> None:
    nameless = order(customer=replace(JANE, email=""))
    rules = {"customer_name_suffix": "(web)", "customer_match": ["company"]}
    file = CUSTOMERS.with_(an("Vendor", "Doe Tools"))
    assert whose(file, nameless, **rules) == "Doe Tools (web)"
    file = file.with_(an("Customer", "Doe Tools (web)"))
    assert whose(file, nameless, **rules) == "Doe Tools (web)"
    assert planned(nameless, file, None, None, **rules).additions == ()
    rules["customer_match"] = ["phone"]
    assert whose(file, nameless, **rules) is None


DOLLARS = an("Currency", "US Dollar", CurrencyCode="USD")
EUROS = an("Currency", "Euro", CurrencyCode="EUR")


def kept_in(currency: str, name: str = "Doe Tools", **data: str) -> Entry:
    held: dict[str, Any] = {"CurrencyRef.FullName": currency, **data}
    return an("Customer", name, **held)


def test_a_customer_in_another_currency_is_not_the_orders() -> None:
    file = CUSTOMERS.with_(
        DOLLARS, EUROS, kept_in("Euro", "Doe EU", Email=JANE.email), kept_in("US Dollar")
    )
    assert whose(file) == "Doe Tools"


@pytest.mark.parametrize("currency", ["US Dollar", "Pound that QuickBooks did not tell"])
def test_a_customer_in_the_orders_currency_or_an_unknown_one_is(currency: str) -> None:
    assert whose(CUSTOMERS.with_(DOLLARS, EUROS, kept_in(currency))) == "Doe Tools"


def test_a_name_that_a_customer_in_another_currency_has_is_held_or_gets_the_suffix() -> None:
    file = CUSTOMERS.with_(DOLLARS, EUROS, kept_in("Euro"))
    made = planned(order(customer=JANE), file)
    (reason,) = made.reasons
    assert reason == (
        "the customer 'Doe Tools' is kept in Euro, and the order is in USD; "
        "QuickBooks keeps one currency a customer: give those that are created a suffix, "
        "such as (USD)"
    )
    assert whose(file, customer_name_suffix="(USD)") == "Doe Tools (USD)"


def test_one_customer_for_all_in_another_currency_is_held() -> None:
    file = CUSTOMERS.with_(DOLLARS, EUROS, kept_in("Euro", "Web Store"))
    rules = {"when_customer_missing": "single", "single_customer_name": "Web Store"}
    assert whose(file, None, **rules) is None


@pytest.mark.parametrize("given", ["USD", "usd", "US Dollar", None])
def test_a_customer_in_the_home_currency_is_created_without_naming_it(given: str | None) -> None:
    made = planned(order(customer=JANE), CUSTOMERS.with_(DOLLARS), customer_currency=given)
    (created,) = made.additions
    assert "CurrencyRef" not in created.fields


@pytest.mark.parametrize("given", ["EUR", "eur", "Euro"])
def test_a_customer_is_created_in_the_currency_that_is_decided(given: str) -> None:
    euros = replace(order(customer=JANE), currency="EUR")
    work = Work(
        euros,
        decided(euros, rulebook(customer_currency=given)),
        Ledger(),
        CUSTOMERS.with_(DOLLARS, EUROS).answering([]),
    )
    made = customer_currency(work)
    assert made is not None
    assert (made.kind, made.full_name) == ("Currency", "Euro")


@pytest.mark.parametrize("given", ["EUR", "Euro"])
def test_a_customer_in_another_currency_than_the_orders_is_not_created(given: str) -> None:
    file = CUSTOMERS.with_(DOLLARS, EUROS)
    made = planned(order(customer=JANE), file, customer_currency=given)
    assert made.reasons == (
        "Currency of a new customer: the customer would be kept in EUR, and the order is in USD",
    )


def test_a_currency_that_quickbooks_lacks_is_held() -> None:
    made = planned(order(customer=JANE), CUSTOMERS, customer_currency="EUR")
    assert made.reasons == ("Currency of a new customer: QuickBooks has no Currency 'EUR'",)


def test_nothing_posted_is_nobodys() -> None:
    assert Ledger().customer is None


def test_what_was_not_wanted_is_never_answered() -> None:
    with pytest.raises(NotWantedError, match="Customer by full_name was not loaded: 'jane doe'"):
        Lists().find(lookup("Customer", "full_name", "Jane Doe"))
    with pytest.raises(NotWantedError):
        Lists().is_used(lookup("Item", "full_name", "HAM-16"))
