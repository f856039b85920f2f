"""Needs attention in the browser: what is held, and the answers that settle it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Company, Membership, User, db
from app.web import access
from tests.flows import Flow, line, order, tax

PAGE = "/companies/1/attention"
LAMP = (
    "<Name>Lamp</Name><SalesOrPurchase><AccountRef><FullName>Sales</FullName></AccountRef>"
    "</SalesOrPurchase>"
)


def person(flow: Flow, role: str) -> FlaskClient:
    """A browser of somebody with that role."""
    flow.app.config["WTF_CSRF_ENABLED"] = False
    with flow.app.app_context():
        user = User(email=f"{role}@grove.example", password_hash="x")
        db.session.add(user)
        db.session.flush()
        company = db.session.scalars(select(Company)).one()
        db.session.add(Membership(user_id=user.id, company_id=company.id, role=role))
        db.session.commit()
        client = flow.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session[access.STAMP] = str(user.id), access.stamp(user)
    return client


def held(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.add("ItemService", LAMP)
    flow.take(order("1", [line("LAMP-X", "5.00")]), order("2", [line("LAMP-X", "7.00")]))
    flow.sync()


def send(client: FlaskClient, **form: Any) -> Any:
    return client.post(f"{PAGE}/answer", data=form)


def test_a_group_shows_its_orders_its_money_and_what_may_be_meant(flow: Flow) -> None:
    held(flow)
    page = person(flow, "bookkeeper").get(PAGE).text
    assert "QuickBooks does not have the item: LAMP-X" in page
    assert "2 orders · $12.00" in page
    assert 'name="name" value="Lamp"' in page
    assert "Create</button>" not in page, "creating publishes a rule, which a bookkeeper may not"
    assert "Create</button>" in person(flow, "admin").get(PAGE).text


def test_mapping_a_sku_settles_the_group(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    answer = send(client, answer="map_item", code="item", about="LAMP-X", name="Lamp")
    assert answer.status_code == 303
    told = client.get(PAGE).text
    assert "2 orders will be decided again" in told
    assert re.search(r"at the Web Connector(&#39;|')s next run, about \w+ \d", told)
    flow.sync()
    assert set(flow.states().values()) == {"posted"}
    assert "Nothing needs you" in client.get(PAGE).text


def test_a_bookkeeper_may_not_publish_a_rule_by_creating_an_item(flow: Flow) -> None:
    held(flow)
    given = {"answer": "create_item", "code": "item", "about": "LAMP-X", "what": "create_service"}
    assert send(person(flow, "bookkeeper"), **given).status_code == 403
    assert send(person(flow, "admin"), **given).status_code == 303
    flow.sync()
    assert set(flow.states().values()) == {"posted"}


def test_a_viewer_sees_but_cannot_answer(flow: Flow) -> None:
    held(flow)
    viewer = person(flow, "viewer")
    page = viewer.get(PAGE).text
    assert "LAMP-X" in page
    assert '<form class="answer"' not in page
    answer = send(viewer, answer="map_item", code="item", about="LAMP-X", name="Lamp")
    assert answer.status_code == 403


def test_names_are_completed_from_what_is_typed(flow: Flow) -> None:
    held(flow)
    client = person(flow, "viewer")
    assert '<option value="Lamp">' in client.get(f"{PAGE}/entries/Item?name=LA").text
    assert "<option" not in client.get(f"{PAGE}/entries/Item?name=").text
    assert client.get(f"{PAGE}/entries/Account?name=a").status_code == 404


@pytest.mark.parametrize("form", [
    {"answer": "drop_tables"},
    {},
    {"answer": "map_item", "code": "item", "about": "NO-SUCH", "name": "Lamp"},
    {"answer": "map_item", "code": "item", "about": "LAMP-X", "name": "x" * 5000},
    {"answer": "bind", "order": "999999999999", "document": "9" * 30, "txn_id": "<script>"},
    {"answer": "send_again", "document": "-1", "order": "1"},
    {"answer": "add_suffix", "order": ["x", "1"], "suffix": "\x00"},
    {"answer": "allow_rounding", "order": "1", "name": "Rounding", "limit": "9" * 40},
    {"answer": "allow_rounding", "order": "1", "name": "Rounding", "limit": "Infinity"},
    {"answer": "skip", "code": "item", "about": "LAMP-X", "from_order": "//evil.example"},
])  # fmt: skip
def test_hostile_answers_end_in_words(flow: Flow, form: dict[str, Any]) -> None:
    held(flow)
    answer = send(person(flow, "bookkeeper"), **form)
    assert answer.status_code in {303, 422}
    assert answer.headers.get("Location", PAGE).startswith("/companies/1/")


def test_a_cancelled_order_is_taken_back_and_a_deleted_one_posted_again(flow: Flow) -> None:
    flow.rules(transaction_type="invoice", create_invoice="whole")
    placed = [order(number, paid=None) for number in ("1", "2")]
    flow.post(*placed)
    second = flow.txns("Invoice")[1].txn_id
    flow.ask(f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{second}</TxnID></TxnDelRq>")
    shipped = {"fulfillment_status": "fulfilled"}
    flow.take(placed[0] | {"status": "cancelled"}, placed[1] | shipped)
    flow.sync()
    client = person(flow, "bookkeeper")
    page = client.get(PAGE).text
    assert "Void the unpaid invoice</option>" in page
    assert "Post again</button>" in page
    send(client, answer="cancel_as", code="cancelled", about="", how="hold")
    assert "is not taken back like that" in client.get(PAGE).text
    send(client, answer="cancel_as", code="cancelled", about="", how="void")
    send(client, answer="post_again", code="gone", about="")
    flow.sync()
    assert set(flow.states().values()) == {"posted"}
    assert [str(one.total) for one in flow.txns("Invoice")] == ["0.00", "20.00"]


def test_a_cent_of_tax_is_allowed_for_the_orders_of_a_group(flow: Flow) -> None:
    codes = {"tax_mode": "codes", "tax_item": "CA 7.25", "line_tax_code": "Tax"}
    flow.rules(transaction_type="invoice", create_invoice="whole", **codes)
    flow.take(order("1", [line("LAMP", "3.33", 5)], taxes=[tax("1.20")], paid=None))
    flow.sync()
    client = person(flow, "bookkeeper")
    for page in (PAGE, "/companies/1/orders/1"):
        assert 'value="allow_rounding"' in client.get(page).text
    answer = send(client, answer="allow_rounding", order="1", name="Rounding", limit="0.01")
    assert answer.status_code == 303
    flow.sync()
    assert flow.state("1") == ("posted", [])
    assert flow.txn("Invoice").total == Decimal("17.85")


def test_a_payment_that_is_there_already_is_answered_on_the_orders_page(flow: Flow) -> None:
    flow.rules(create_invoice="whole")
    flow.post(order("1", [line("LAMP", "20.00")], paid=None))
    flow.ask(
        "<ReceivePaymentAddRq><ReceivePaymentAdd><CustomerRef><FullName>Ada Byron</FullName>"
        "</CustomerRef><TotalAmount>20.00</TotalAmount><IsAutoApply>true</IsAutoApply>"
        "</ReceivePaymentAdd></ReceivePaymentAddRq>"
    )
    flow.take(order("1", [line("LAMP", "20.00")]))
    flow.sync()
    client = person(flow, "bookkeeper")
    page = client.get("/companies/1/orders/1").text
    assert "leave ours out" in page
    assert "Paid in QuickBooks already" in client.get(PAGE).text
