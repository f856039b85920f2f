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


def test_an_answer_that_is_refused_stays_in_its_field_with_near_names(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    given = {"answer": "map_item", "code": "item", "about": "LAMP-X", "name": "Lampe <b>"}
    assert send(client, **given).status_code == 303
    told = client.get(PAGE).text
    field = re.search(r'<input class="form-control form-control-sm is-invalid"[^>]*>', told)
    assert field
    assert 'value="Lampe &lt;b&gt;"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    error = re.search(r'aria-describedby="(\S+-error)', field[0])
    assert error
    assert re.search(
        rf'id="{error[1]}" class="field-error">.*no active item “Lampe &lt;b&gt;”', told
    )
    assert (
        '<button class="btn btn-sm btn-outline-secondary" type="submit" name="name" value="Lamp"'
        in told
    )
    assert "Did you mean" in told
    assert "is-invalid" not in client.get(PAGE).text, "it is said once"


def test_an_answer_on_an_order_that_is_refused_stays_there(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    mine = str(flow.order("1").id)
    given = {"answer": "map_item", "about": "LAMP-X", "name": "Nothing like it", "order": mine}
    answer = send(client, **given, from_order=mine)
    assert answer.location.endswith(f"/orders/{mine}")
    other = str(flow.order("2").id)
    send(client, **given, from_order=mine)
    told = client.get(answer.location).text
    assert 'value="Nothing like it"' in told
    assert "is-invalid" in told
    assert "Did you mean" not in told
    send(client, **given, from_order=mine)
    assert "is-invalid" not in client.get(answer.location.replace(mine, other)).text
    long = {**given, "name": "x" * 100_000, "about": "y" * 100_000}
    assert send(client, **long, from_order=mine).status_code == 303
    assert client.get(answer.location).status_code == 200


def test_a_limit_that_is_refused_is_marked_itself_and_no_other_item_is_offered(flow: Flow) -> None:
    held(flow)
    flow.take(order("3", [line("Lamp", "5.00")], total="5.50"))
    flow.sync()
    client = person(flow, "bookkeeper")
    given = {"answer": "allow_rounding", "code": "sum", "about": "", "name": "Lamp", "limit": "99"}
    assert send(client, **given).status_code == 303
    told = client.get(PAGE).text
    field = re.search(r'<input[^>]*name="limit"[^>]*>', told)
    assert field
    assert 'is-invalid" aria-invalid="true"' in field[0]
    assert 'value="99"' in field[0]
    assert told.count('aria-invalid="true"') == 1
    assert "Did you mean" not in told
