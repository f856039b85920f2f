"""Near misses: customers and items that an order may mean, suggested with their likeness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.models import Company, EntryKey, ListEntry, db
from app.sync.suggest import MOST_READ, Suggestion, customer_suggestions, item_suggestions
from qbwc import lists
from rules_library.order import Address, Customer
from tests.planning import line, order


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    with any_app.app_context():
        found = Company(name="Acme", username="u1", password_digest="")
        db.session.add(found)
        db.session.commit()
        yield found


class Ret:
    """A record as QuickBooks returns it."""

    def __init__(self, name: str, data: dict[str, str]) -> None:
        self.name = name
        self._data = data

    def leaves(self) -> Any:
        return self._data.items()


def known(company: Company, kind: str, *entries: dict[str, str]) -> None:
    """Mirror some entries, with the keys that the mirror gives them."""
    for number, data in enumerate(entries):
        held = {"ListID": f"{kind}-{data['FullName']}-{number}", "EditSequence": "1", **data}
        entry = lists.entry(lists.kind(kind), Ret(f"{kind}Ret", held))
        row = ListEntry(
            company_id=company.id, kind=kind, list_id=entry.list_id, full_name=entry.full_name,
            is_active=entry.is_active, data=entry.data,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        db.session.add_all(
            EntryKey(company_id=company.id, kind=kind, by=by, value=value, entry_id=row.id)
            for by, values in entry.keys.items()
            for value in values
        )
    db.session.commit()


def customers(company: Company, *names: str) -> None:
    known(company, "Customer", *({"Name": name, "FullName": name} for name in names))


def told(found: list[Suggestion]) -> list[tuple[str, str]]:
    return [(one.entry.full_name, one.why) for one in found]


def of(first: str, last: str, **given: Any) -> Any:
    buyer = Customer(first_name=first, last_name=last, **given)
    return order(customer=buyer, billing=Address(), shipping=Address())


@pytest.mark.parametrize(
    "name",
    ["Jane M. Doe", "Doe, Jane", "Jane Dow", "jane  doe", "Janet Doe", "JaneDoe"],
)
def test_a_customer_of_a_like_name_is_suggested(company: Company, name: str) -> None:
    customers(company, name, "Ada Byron", "Grace Hopper", "Janus Milk")
    (found,) = customer_suggestions(company, of("Jane", "Doe"))
    assert (found.entry.full_name, found.why) == (name, "a like name")
    assert 70 <= found.score <= 100


def test_the_likeliest_comes_first_and_what_is_unlike_not_at_all(company: Company) -> None:
    customers(company, "Jane Dohnson", "Jane Doe-Smith", "Jane Doh", "Zoe Jane")
    found = customer_suggestions(company, of("Jane", "Doe"))
    assert found[0].entry.full_name == "Jane Doh"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert "Zoe Jane" not in {one.entry.full_name for one in found}


def test_a_customer_is_suggested_by_what_is_the_same_whatever_the_name(company: Company) -> None:
    known(
        company,
        "Customer",
        {"Name": "A", "FullName": "A", "Email": "jane@example.test"},
        {"Name": "B", "FullName": "B", "CompanyName": "Doe Tools"},
        {"Name": "C", "FullName": "C", "Phone": "212-555-0100"},
        {
            "Name": "D", "FullName": "D", "BillAddress.Addr1": "5 Canal St.",
            "BillAddress.PostalCode": "10013",
        },
    )  # fmt: skip
    given = Customer(email="JANE@example.test", company="Doe tools", phone="2125550100")
    where = Address(line1="5 Canal St", postal_code="10013")
    buyer = order(customer=given, billing=where, shipping=Address())
    assert told(customer_suggestions(company, buyer)) == [
        ("A", "the same e-mail address"),
        ("B", "the same company"),
        ("C", "the same phone number"),
        ("D", "the same street and postal code"),
    ]


def test_every_reason_is_told(company: Company) -> None:
    named = {"Name": "Jane Doh", "FullName": "Jane Doh", "Email": "jane@example.test"}
    known(company, "Customer", named)
    (found,) = customer_suggestions(company, of("Jane", "Doe", email="jane@example.test"))
    assert found.why == "the same e-mail address, a like name"
    assert found.score == 98


def test_an_inactive_customer_is_not_suggested(company: Company) -> None:
    known(company, "Customer", {"Name": "Jane Do", "FullName": "Jane Do", "IsActive": "false"})
    assert customer_suggestions(company, of("Jane", "Doe")) == []


def test_another_companys_customers_are_not_suggested(company: Company) -> None:
    other = Company(name="Other", username="u2", password_digest="")
    db.session.add(other)
    db.session.commit()
    customers(other, "Jane Doe")
    assert customer_suggestions(company, of("Jane", "Doe")) == []


def test_a_buyer_without_a_name_is_like_nobody(company: Company) -> None:
    customers(company, "Jane Doe")
    nobody = order(customer=Customer(), billing=Address(), shipping=Address())
    assert customer_suggestions(company, nobody) == []


@pytest.mark.parametrize(
    ("sku", "name"),
    [
        ("HAM16", "HAM-16"),
        ("HAM-016", "HAM-16"),
        ("ham 16", "Tools:HAM-16"),
        ("HAM-16-R", "HAM-16"),
    ],
)
def test_an_item_of_a_like_sku_is_suggested(company: Company, sku: str, name: str) -> None:
    rows = [{"Name": one.rpartition(":")[2], "FullName": one} for one in (name, "SAW-1", "LAMP")]
    known(company, "Item", *rows)
    found = item_suggestions(company, line(sku=sku, name="Something"))
    assert [one.entry.full_name for one in found] == [name]


def test_an_item_is_suggested_by_its_barcode_and_part_number(company: Company) -> None:
    known(
        company,
        "Item",
        {"Name": "A", "FullName": "A", "BarCodeValue": "0123456789012"},
        {"Name": "B", "FullName": "B", "ManufacturerPartNumber": "X-9"},
        {"Name": "X-9", "FullName": "Old:X-9"},
    )
    found = item_suggestions(company, line(sku="X-9", name="", barcode="0123456789012"))
    assert told(found) == [
        ("Old:X-9", "the same name below another item, a like name"),
        ("A", "the same barcode"),
        ("B", "the same manufacturer's part number"),
    ]


def test_so_much_as_is_read_is_bounded(company: Company) -> None:
    customers(company, *(f"Jane {number:05}" for number in range(2 * MOST_READ)))
    read: list[str] = []

    def note(*given: Any) -> None:
        if "entry_keys" in given[2]:
            read.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    found = customer_suggestions(company, of("Jane", "00799"))
    assert found[0].entry.full_name == "Jane 00799"
    assert len(read) <= 10
    assert all("LIMIT" in statement for statement in read)
