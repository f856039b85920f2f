"""Customers: found by what is remembered, kept up to date, named when their name is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Ref
from qbwc.lists import Addition, Entry
from rules_library.order import Address, Customer, Order
from tests.planning import FILE, File, an, order, planned

NOBODY = FILE.without("Jane Doe")
HOME = order().billing
KNOWN: dict[str, str] = {
    "Email": "jane@example.test",
    "Phone": "+1 212 555 0100",
    **{
        f"{side}.{part}": text
        for side in ("BillAddress", "ShipAddress")
        for part, text in {
            "Addr1": "Jane Doe", "Addr2": "5 Canal St", "City": "New York", "State": "NY",
            "PostalCode": "10013", "Country": "US",
        }.items()
    },
}  # fmt: skip


def known(**other: str) -> File:
    """The file with Jane Doe as QuickBooks has her."""
    return NOBODY.with_(an("Customer", "Jane Doe", **(KNOWN | other)))


def buyer(of: Order) -> str:
    (found,) = {d.fields["CustomerRef"].full_name for d in of.documents}  # type: ignore[attr-defined]
    return str(found)


def changes(file: File, of: Order | None = None, **rules: Any) -> dict[str, Any]:
    made = planned(of or order(), file, update_customer_contact=True, **rules)
    assert made.verdict == "post", made.reasons
    return dict(made.additions[0].fields) if made.additions else {}


def with_key(entry: Entry, by: str, value: str) -> Entry:
    return replace(entry, keys={**entry.keys, by: (value,)})


# What is found.


def test_a_remembered_customer_is_found_whatever_their_name_and_address_are_now() -> None:
    remembered = with_key(an("Customer", "Old Name"), "store_id", "shop 42")
    made = planned(order(), NOBODY.with_(remembered))
    assert made.documents[0].fields["CustomerRef"].full_name == "Old Name"


def test_a_guest_is_not_remembered_by_an_empty_id() -> None:
    stranger = with_key(an("Customer", "Stranger"), "store_id", "shop")
    guest = order(customer=Customer(email="new@example.test", first_name="Jane", last_name="Doe"))
    made = planned(guest, NOBODY.with_(stranger))
    assert made.documents[0].fields["CustomerRef"].full_name == "Jane Doe"


@pytest.mark.parametrize(
    ("attempt", "entry"),
    [
        ("account_number", an("Customer", "Found", AccountNumber="42")),
        (
            "address",
            an("Customer", "Found", **{
                "BillAddress.Addr1": "J. Doe", "BillAddress.Addr2": "5, canal st.",
                "BillAddress.PostalCode": "10013",
            }),
        ),
    ],
)  # fmt: skip
def test_an_attempt_finds_a_customer_of_another_name(attempt: str, entry: Entry) -> None:
    made = planned(order(), NOBODY.with_(entry), customer_match=[attempt])
    assert made.documents[0].fields["CustomerRef"].full_name == "Found"


def test_the_same_street_in_another_town_is_another_customer() -> None:
    other = an("Customer", "Other", **{
        "BillAddress.Addr1": "5 Canal St", "BillAddress.PostalCode": "70130",
    })  # fmt: skip
    made = planned(order(), NOBODY.with_(other), customer_match=["address"])
    assert made.documents[0].fields["CustomerRef"].full_name == "Jane Doe"


@pytest.mark.parametrize("name", ["Jane Q Doe", "Jane Q. Doe", "Jane Quinn Doe"])
def test_a_middle_name_may_be_a_letter_in_quickbooks(name: str) -> None:
    quinn = order(customer=Customer(first_name="Jane Quinn", last_name="Doe"))
    made = planned(quinn, NOBODY.with_(an("Customer", name)), customer_match=["first_middle_last"])
    assert made.documents[0].fields["CustomerRef"].full_name == name


# What is created.


def test_a_name_that_a_vendor_has_gets_the_suffix() -> None:
    file = NOBODY.with_(an("Vendor", "Jane Doe"))
    assert planned(order(), file).verdict == "hold"
    (added,) = planned(order(), file, customer_name_suffix="(web)").additions
    assert added.full_name == "Jane Doe (web)"


@pytest.mark.parametrize("kind", ["Employee", "OtherName"])
def test_a_name_that_an_employee_or_another_name_has_is_taken(kind: str) -> None:
    made = planned(order(), NOBODY.with_(an(kind, "Jane Doe")))
    assert made.verdict == "hold"
    assert "QuickBooks has each name only once" in made.reasons[0]


def test_a_suffix_that_is_taken_too_holds_the_order() -> None:
    file = NOBODY.with_(an("Vendor", "Jane Doe"), an("Vendor", "Jane Doe (web)"))
    assert planned(order(), file, customer_name_suffix="(web)").verdict == "hold"


def test_a_long_name_keeps_the_suffix_whole() -> None:
    long = order(customer=Customer(first_name="J" * 30, last_name="D" * 30))
    name = f"{'J' * 30} {'D' * 10}"
    (added,) = planned(long, FILE.with_(an("Vendor", name)), customer_name_suffix="(web)").additions
    assert added.full_name == f"{'J' * 30} DDDD (web)"
    assert len(added.full_name) == 41


def test_a_job_is_created_under_its_parent_and_found_there_the_next_time() -> None:
    made = planned(order(), NOBODY, parent_customer="Wholesale")
    assert [one.full_name for one in made.additions] == ["Wholesale", "Wholesale:Jane Doe"]
    assert made.additions[1].elements()["ParentRef"] == Ref("Customer", "Wholesale")
    there = NOBODY.with_(an("Customer", "Wholesale"), an("Customer", "Wholesale:Jane Doe"))
    rules: dict[str, Any] = {"customer_match": ["first_last"], "parent_customer": "Wholesale"}
    again = planned(order(), there, **rules)
    assert again.additions == ()
    assert again.documents[0].fields["CustomerRef"].full_name == "Wholesale:Jane Doe"


def test_a_parent_that_is_inactive_holds_the_order() -> None:
    file = NOBODY.with_(an("Customer", "Wholesale", active=False))
    made = planned(order(), file, parent_customer="Wholesale")
    assert made.verdict == "hold"
    assert "'Wholesale' is inactive" in made.reasons[0]


# What is kept up to date.


def test_nothing_is_sent_when_quickbooks_says_the_same() -> None:
    assert changes(known()) == {}


def test_only_what_differs_is_sent() -> None:
    assert changes(known(Phone="555-0000")) == {"Phone": "+1 212 555 0100"}
    moved = changes(known(**{"BillAddress.Addr2": "9 Elm St"}))
    assert list(moved) == ["BillAddress"]


def test_an_order_that_leaves_something_empty_wipes_nothing() -> None:
    bare = order(
        billing=replace(HOME, phone="", line1="", city="", region="", postal_code="", country=""),
        shipping=Address(),
    )
    assert "ShipAddress" not in changes(known(), bare)
    assert "Phone" not in changes(known(), bare)


def test_a_text_that_quickbooks_had_cut_is_not_sent_again_and_again() -> None:
    long = "5 Canal St at the corner of Church St on the left"
    of = order(billing=replace(HOME, city=long))
    assert "BillAddress" not in changes(known(**{"BillAddress.City": long[:31]}), of)


def test_one_customer_for_many_buyers_is_left_alone() -> None:
    channel = an("Customer", "amazon")
    of = order(channel="amazon")
    assert changes(NOBODY.with_(channel), of, customer_match=["channel"]) == {}


def test_a_change_names_the_entry_and_not_its_name() -> None:
    made = planned(order(), known(Phone="1"), update_customer_contact=True)
    (change,) = made.additions
    assert (change.list_id, change.key) == (made.documents[0].fields["CustomerRef"].list_id,) * 2
    assert Addition.loads(change.dumps()) == change
