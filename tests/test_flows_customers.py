"""Customers in QuickBooks: kept up to date, jobs, and what is remembered."""

from __future__ import annotations

from sqlalchemy import select

from app.models import ListEntry, Remembered, db
from app.sync.remembered import forget, lost, remember
from tests.flows import Flow, buyer, order


def customer(flow: Flow, name: str) -> dict[str, object]:
    (found,) = [one for one in flow.quickbooks.lists("Customer") if one.full_name == name]
    return found.fields


def test_a_customers_new_phone_is_written_and_their_notes_stay(flow: Flow) -> None:
    flow.rules(update_customer_contact=True)
    flow.add("Customer", "<Name>Ada Byron</Name><Phone>1</Phone><Notes>Pays late</Notes>")
    flow.post(order("1", customer=buyer("Ada", "Byron", phone="555-0100")))
    assert customer(flow, "Ada Byron")["Phone"] == "555-0100"
    assert customer(flow, "Ada Byron")["Notes"] == "Pays late"
    flow.post(order("2", customer=buyer("Ada", "Byron", phone="555-0199")))
    assert customer(flow, "Ada Byron")["Phone"] == "555-0199"
    assert len(flow.events("addition.changed")) == 2


def test_a_customer_that_a_person_changed_meanwhile_is_changed_all_the_same(flow: Flow) -> None:
    flow.rules(update_customer_contact=True)
    flow.post(order("1", customer=buyer("Ada", "Byron", phone="555-0100")))
    changed: list[str] = []

    def edit(request: str) -> None:
        if "CustomerModRq" in request and not changed:
            changed.append(request)
            held = next(r for r in flow.quickbooks.lists("Customer") if r.full_name == "Ada Byron")
            flow.quickbooks.on_request = None
            answer = flow.quickbooks.process(
                '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
                '<QBXMLMsgsRq onError="stopOnError"><CustomerModRq><CustomerMod>'
                f"<ListID>{held.list_id}</ListID><EditSequence>{held.edit_sequence}</EditSequence>"
                "<Notes>By hand</Notes></CustomerMod></CustomerModRq></QBXMLMsgsRq></QBXML>",
                app="a person",
            )
            assert 'statusCode="0"' in answer

    flow.quickbooks.on_request = edit
    flow.post(order("2", customer=buyer("Ada", "Byron", phone="555-0199")))
    flow.sync()
    assert changed
    assert customer(flow, "Ada Byron")["Phone"] == "555-0199"
    assert customer(flow, "Ada Byron")["Notes"] == "By hand"


def test_customers_are_created_as_jobs_of_a_parent(flow: Flow) -> None:
    flow.rules(parent_customer="Wholesale")
    flow.post(order("1"), order("2", customer=buyer("Grace", "Hopper")))
    assert {"Wholesale", "Wholesale:Ada Byron", "Wholesale:Grace Hopper"} <= flow.names("Customer")
    flow.post(order("3"))
    assert len([name for name in flow.names("Customer") if "Ada" in name]) == 1


def test_what_a_person_says_is_remembered_until_it_is_forgotten(flow: Flow) -> None:
    flow.rules(when_customer_missing="hold")
    flow.add("Customer", "<Name>Countess Lovelace</Name>")
    bought = buyer("Ada", "King") | {"source_id": "77"}
    flow.take(order("1", customer=bought))
    flow.sync()
    assert flow.states() == {"1": "held"}
    with flow.app.app_context():
        company = flow._company()
        entry = db.session.scalars(
            select(ListEntry).where(ListEntry.full_name == "Countess Lovelace")
        ).one()
        remember(company, "Customer", "store_id", "shop 77", entry, who="Ada")
        db.session.commit()
    flow.post(order("1", customer=bought, customer_note="again"))
    assert flow.txn("Invoice").customer == "Countess Lovelace"
    with flow.app.app_context():
        company = flow._company()
        row = db.session.scalars(select(Remembered)).one()
        assert row.who == "Ada"
        row.list_id = "80000000-0"
        db.session.commit()
        assert [one.id for one in lost(company)] == [row.id]
        assert forget(company, row.id)
        assert not forget(company, row.id)


def test_a_buyer_is_known_again_after_they_changed_name_and_address(flow: Flow) -> None:
    flow.rules()
    ada = buyer("Ada", "Byron") | {"source_id": "77"}
    flow.post(order("1", customer=ada))
    king = buyer("Augusta", "King", email="king@buyers.example") | {"source_id": "77"}
    flow.post(order("2", customer=king))
    assert {txn.customer for txn in flow.txns("Invoice")} == {"Ada Byron"}


def test_one_customer_for_all_is_remembered_for_nobody(flow: Flow) -> None:
    flow.rules(when_customer_missing="single")
    flow.post(order("1", customer=buyer("Ada", "Byron") | {"source_id": "77"}))
    assert flow.count(Remembered) == 0
    flow.rules(when_customer_missing="create")
    flow.post(order("2", customer=buyer("Ada", "Byron") | {"source_id": "77"}))
    assert flow.count(Remembered) == 1
