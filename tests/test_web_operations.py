"""Bulk acts, one order's acts, reconciliation, QuickBooks' lists and syncing by hand, as pages."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.jobs.worker import Worker
from app.models import Event, Job, Mirror, Order, Posting, Remembered, db
from app.sync.summary import searchable
from app.web.orders import ACTS
from tests.flows import Flow, line, order, rule
from tests.test_web_attention import LAMP, held, person
from tests.test_web_orders import shown
from tests.web_site import Site, statements

MOST_QUERIES = 30
ROOT = "/companies/1"


@pytest.fixture
def client(site: Site) -> FlaskClient:
    site.app.config["WTF_CSRF_ENABLED"] = False
    return site.session("bookkeeper")


def reviewed(flow: Flow) -> None:
    flow.rules(hold_for_review=True)
    flow.add("ItemService", LAMP.replace("Lamp", "LAMP"))
    flow.take(order("771"), order("772"))
    flow.sync()


def first_id(flow: Flow, number: str) -> int:
    with flow.app.app_context():
        return db.session.scalars(select(Order.id).where(Order.number == number)).one()


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"q": "OAK-DESK"}, lambda row: "oak-desk" in row.search),
        ({"q": "$104.11"}, lambda row: "104.11" in row.search),
        ({"method": "paypal"}, lambda row: "paypal" in row.method.lower()),
        ({"low": "100", "high": "150"}, lambda row: 100 <= row.total <= 150),
        ({"store": "2"}, lambda row: row.store_id == 2),
        ({"store": "2", "state": "posted"}, lambda row: (row.store_id, row.state) == (2, "posted")),
        ({"from": "2026-10-01", "to": "2026-10-31"}, lambda row: row.placed_at.month == 10),
    ],
)
def test_orders_are_filtered(any_site: Site, query: dict[str, str], fits: Any) -> None:
    text = any_site.browser("viewer").get(any_site.orders, query_string=query).text
    with any_site.app.app_context():
        rows = db.session.query(Order).filter_by(company_id=any_site.rows.company)
        assert set(shown(text)) == {row.id for row in rows if fits(row)}


def test_filters_stay_in_the_links_of_the_page(site: Site) -> None:
    text = site.browser("viewer").get(f"{site.orders}?method=visa&low=1.50").text
    assert "state=held&amp;method=visa&amp;low=1.50" in text


@pytest.mark.parametrize(
    "query",
    ["store=x", "store=999999999999", "low=NaN", "high=1e99", "from=x", "to=9999-12-31",
     "method=%00", "cause=nonsense", "q=%23", "state=%27", "older=~"],
)  # fmt: skip
def test_nonsense_in_the_address_of_the_list_is_as_if_it_were_not_there(
    site: Site, query: str
) -> None:
    assert site.session("viewer").get(f"{site.orders}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("text", "kept"),
    [("#1001", "1001"), ("$1,234.50", "1234.50"), ("€10", "10"), ("Ann LEE", "ann lee"), ("#", "")],
)
def test_a_search_compares_numbers_and_amounts_bare(text: str, kept: str) -> None:
    assert searchable(text) == kept


def test_orders_are_a_file_with_the_filters(site: Site) -> None:
    text = site.browser("viewer").get(f"{site.orders}.csv?state=held").text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["state"] for row in rows} == {"held"}
    assert len(rows) == len(site.rows.orders["held"])


def test_held_orders_are_approved_together_with_a_comment(flow: Flow) -> None:
    reviewed(flow)
    client = person(flow, "bookkeeper")
    page = client.get(f"{ROOT}/orders?cause=review").text
    ids = shown(page)
    assert len(ids) == 2
    answer = client.post(
        f"{ROOT}/orders/decide",
        data={"act": "let_go", "order": ids, "comment": "Looked at", "query": "state=held&q=77"},
    )
    assert answer.location.endswith("/orders?state=held&q=77")
    flow.sync()
    assert set(flow.states().values()) == {"posted"}
    with flow.app.app_context():
        texts = list(db.session.scalars(select(Event.text).where(Event.kind == "order.approved")))
        assert len(texts) == 2
        assert all("Looked at" in text for text in texts)


def test_holding_together_says_how_many_and_which_could_not(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(order("2"), order("3"))
    client = person(flow, "bookkeeper")
    ids = [first_id(flow, number) for number in "123"]
    page = client.get(f"{ROOT}/orders").text
    assert [f'name="act" value="{act}"' in page for act in ("post", "hold")] == [True, True]
    client.post(f"{ROOT}/orders/decide", data={"act": "hold", "order": ids})
    page = client.get(f"{ROOT}/orders").text
    assert "Held for a person: 2 orders." in page
    assert "Documents of 1 are in QuickBooks" in page
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "held", "3": "held"}
    client.post(f"{ROOT}/orders/decide", data={"act": "hold", "order": ids[:1]})
    assert "Held for a person" not in client.get(f"{ROOT}/orders").text
    client.post(f"{ROOT}/orders/decide", data={"act": "post", "order": ids})
    flow.sync()
    assert set(flow.states().values()) == {"posted"}


def test_all_orders_that_fit_are_meant_when_that_is_ticked(flow: Flow) -> None:
    reviewed(flow)
    client = person(flow, "bookkeeper")
    data = {"act": "skip", "all": "1", "query": "state=held&q=772", "comment": "test"}
    assert client.post(f"{ROOT}/orders/decide", data=data).status_code == 303
    flow.sync()
    assert flow.states() == {"771": "held", "772": "skipped"}
    data = {"act": "take_back", "order": [first_id(flow, "772")]}
    client.post(f"{ROOT}/orders/decide", data=data)
    flow.sync()
    assert flow.states() == {"771": "held", "772": "held"}


def test_acts_are_for_those_who_may_decide_and_for_the_companys_own_orders(
    site: Site, client: FlaskClient
) -> None:
    mine = site.rows.orders["held"][0]
    viewer = site.session("viewer")
    for act in ACTS:
        data = {"act": act, "order": [mine]}
        assert viewer.post(f"{site.orders}/decide", data=data).status_code == 403
    assert 'id="bulk"' not in viewer.get(site.orders).text
    assert client.post(f"{site.orders}/decide", data={"act": "drop"}).status_code == 422
    owner = site.session("owner")
    elsewhere = f"/companies/{site.rows.other}/orders"
    owner.post(f"{elsewhere}/decide", data={"act": "retry", "order": [mine]})
    with site.app.app_context():
        assert not db.session.get_one(Order, mine).due
    assert owner.get(f"{elsewhere}/{mine}/why").status_code == 404
    assert owner.post(f"{elsewhere}/{mine}/correct").status_code == 404


def test_without_a_tick_nothing_is_done(site: Site, client: FlaskClient) -> None:
    client.post(f"{site.orders}/decide", data={"act": "retry", "order": ["x", "99999999999"]})
    assert "Tick the orders" in client.get(site.orders).text
    with site.app.app_context():
        assert not db.session.query(Order).filter_by(due=True).count()


def test_a_held_order_offers_the_answers_to_its_cause(flow: Flow) -> None:
    held(flow)
    client, first = person(flow, "bookkeeper"), first_id(flow, "1")
    page = client.get(f"{ROOT}/orders/{first}").text
    assert "“LAMP-X” is, from now on" in page
    data = {"answer": "map_item", "about": "LAMP-X", "name": "Lamp", "order": [first]}
    answer = client.post(f"{ROOT}/attention/answer", data=data | {"from_order": first})
    assert answer.location.endswith(f"/orders/{first}")
    client.post(f"{ROOT}/orders/decide", data={"act": "retry", "order": [first_id(flow, "2")]})
    flow.sync()
    assert set(flow.states().values()) == {"posted"}


def test_every_case_that_was_tried_is_shown_with_its_marks(flow: Flow) -> None:
    flow.rules(
        terms=rule("Net 30", ({">": [{"var": "order.total"}, 100]}, "Net 10"), (True, "Due"))
    )
    flow.add("ItemService", LAMP.replace("Lamp", "LAMP"))
    flow.take(order("1"))
    flow.sync()
    before = flow.states()
    page = person(flow, "viewer").get(f"{ROOT}/orders/{first_id(flow, '1')}/why").text
    assert "does not hold:" in page
    assert "holds:" in page
    assert "release" in page
    assert flow.states() == before


def test_what_the_store_changed_is_corrected_as_chosen(flow: Flow) -> None:
    flow.rules(transaction_type="sales_receipt")
    flow.add("ItemService", LAMP.replace("Lamp", "LAMP"))
    flow.take(order("1"))
    flow.sync()
    flow.take(order("1", [line("LAMP", "25.00")], updated_at="2026-11-25T12:00:00Z"))
    flow.sync()
    client, first = person(flow, "bookkeeper"), first_id(flow, "1")
    page = client.get(f"{ROOT}/orders/{first}").text
    assert "The store has changed it since" in page
    fields = [
        dict(re.findall(r'name="(kind|part|choice|mark)" value="([^"]*)"', form))
        for form in re.findall(r"/correct\".*?</form>", page, re.DOTALL)
    ]
    chosen = next(one for one in fields if one["choice"] != "keep")
    answer = client.post(f"{ROOT}/orders/{first}/correct", data=chosen | {"mark": "old"})
    assert answer.status_code == 303
    assert "The order has changed since" in client.get(f"{ROOT}/orders/{first}").text
    client.post(f"{ROOT}/orders/{first}/correct", data=chosen)
    flow.sync()
    with flow.app.app_context():
        totals = db.session.scalars(select(Posting.total).where(Posting.ended == "")).all()
        assert sum(total or 0 for total in totals) == 25


def test_reconciliation_adds_up_and_leads_to_the_orders(flow: Flow) -> None:
    held(flow)
    client = person(flow, "viewer")
    with flow.app.app_context():
        day = db.session.scalars(select(Order.placed_on)).first()
    assert isinstance(day, date)
    for by in ("day", "store", "method", "currency", "nonsense"):
        page = client.get(f"{ROOT}/reconciliation?from={day}&to={day}&by={by}").text
        assert "12.00" in page
        assert "LAMP-X" in page
        further = re.search(r'href="([^"]+uneven=1)"', page)
        assert further, by
        drilled = client.get(further[1].replace("&amp;", "&")).text
        assert "/orders/1" in drilled
        assert "/orders/2" in drilled
    empty = client.get(f"{ROOT}/reconciliation?from=2020-01-01&to=2020-01-07&by=store").text
    newest = re.search(r'href="([^"]+)">The week to', empty)
    assert newest
    assert "12.00" in client.get(newest[1].replace("&amp;", "&")).text
    for path in ("", "/orders", ".csv"):
        assert client.get(f"{ROOT}/reconciliation{path}?by=tax&rate=x&key=y").status_code == 200
    nothing = f"{ROOT}/reconciliation/orders?from=2020-01-01&to=2020-01-07&by=day&key=2020-01-01"
    assert "No orders here" in client.get(nothing).text
    assert "No order differs" in client.get(f"{nothing}&uneven=1").text
    text = client.get(f"{ROOT}/reconciliation.csv?from={day}&to={day}").text.lstrip("\ufeff")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


def test_equal_sales_are_not_ticked_while_something_else_differs(flow: Flow) -> None:
    flow.rules(mark_invoice_unpaid=True)
    flow.post(order("1"))
    with flow.app.app_context():
        day = db.session.scalars(select(Order.placed_on)).first()
    page = f"{ROOT}/reconciliation?from={day}&to={day}"
    differing = person(flow, "viewer").get(page).text
    assert "not the same: received" in differing
    assert 'class="tick"' not in differing


@pytest.mark.parametrize("query", ["from=x&to=y", "from=9999-01-01", "from=1901-01-01", "by=%00"])
def test_nonsense_days_of_the_reconciliation_are_mended(site: Site, query: str) -> None:
    page = f"{ROOT}/reconciliation"
    for path in (page, f"{page}/orders", f"{page}.csv"):
        assert site.session("viewer").get(f"{path}?{query}").status_code == 200


def test_lists_say_what_is_in_them_and_are_read_again_on_demand(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    assert "Up to date" in client.get(f"{ROOT}/lists").text
    page = client.get(f"{ROOT}/lists/Item").text
    assert "Lamp" in page
    assert '<td data-label="Kind">Inventory part</td>' in page
    assert "Lamp" in client.get(f"{ROOT}/lists/Item?q=lam").text
    assert "Nothing fits" in client.get(f"{ROOT}/lists/Item?q=zebra").text
    assert client.get(f"{ROOT}/lists/Nonsense").status_code == 404
    assert client.post(f"{ROOT}/lists/refresh", data={"kind": "Nonsense"}).status_code == 404
    client.post(f"{ROOT}/lists/refresh", data={"kind": "Item"})
    assert "To be read" in client.get(f"{ROOT}/lists").text
    flow.sync()
    with flow.app.app_context():
        assert not db.session.query(Mirror).filter_by(stale=True).count()


def test_what_is_remembered_can_be_forgotten(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    data = {"answer": "map_item", "code": "item", "about": "LAMP-X", "name": "Lamp"}
    client.post(f"{ROOT}/attention/answer", data=data)
    page = client.get(f"{ROOT}/remembered").text
    assert "lamp-x" in page
    assert "said by bookkeeper@grove.example" in page
    assert "lamp-x" in client.get(f"{ROOT}/remembered?q=LAMP-X").text
    with flow.app.app_context():
        found = db.session.query(Remembered).filter_by(by="alias").one().id
    for wrong in ("x", "99999999999", "77"):
        assert client.post(f"{ROOT}/remembered/forget", data={"id": wrong}).status_code == 404
    assert client.post(f"{ROOT}/remembered/forget", data={"id": found}).status_code == 303
    with flow.app.app_context():
        assert not db.session.query(Remembered).filter_by(by="alias").count()


def test_one_order_is_synced_by_its_number(flow: Flow) -> None:
    held(flow)
    client = person(flow, "bookkeeper")
    page = client.get(f"{ROOT}/sync?numbers=%231,+77").text
    assert "1 order is decided again" in page
    assert "Not here: 77" in page
    answer = client.post(f"{ROOT}/sync", data={"numbers": "1"})
    assert answer.status_code == 303
    assert "Waiting to begin" in client.get(answer.location).text
    assert Worker(flow.app).run_one()
    done = client.get(answer.location).text
    assert "Done" in done
    assert "Orders to be decided again</span><span>1" in done
    with flow.app.app_context():
        job = db.session.query(Job).one()
        assert (job.state, job.result["marked"]) == ("done", 1)


def test_an_empty_sync_is_refused_and_other_jobs_are_not_found(
    site: Site, client: FlaskClient
) -> None:
    root = f"/companies/{site.rows.company}/sync"
    client.post(root, data={})
    assert "Say which orders" in client.get(root).text
    assert client.get(f"{root}/5").status_code == 404
    with site.app.app_context():
        assert not db.session.query(Job).count()
        db.session.add(Job(company_id=site.rows.company, kind="backtest", arguments={}))
        db.session.commit()
    assert client.get(f"{root}/1").status_code == 404


@pytest.mark.parametrize(
    "query", ["numbers=%00,,;", "from=x", "store=99", "store=x", "state=x&state=held", "read=2"]
)
def test_nonsense_in_the_address_of_a_sync_is_as_if_it_were_not_there(
    site: Site, query: str
) -> None:
    assert site.session("viewer").get(f"{ROOT}/sync?{query}").status_code == 200


@pytest.mark.parametrize(
    "page", ["orders?q=x", "orders/1", "orders/8/why", "reconciliation", "lists", "lists/Customer",
             "remembered", "sync?state=held", "attention", "log/1"],
)  # fmt: skip
def test_a_page_asks_the_database_few_questions(site: Site, page: str) -> None:
    client = site.session("bookkeeper")
    with statements(site.app) as sent:
        assert client.get(f"{ROOT}/{page}").status_code == 200
    assert len(sent) <= MOST_QUERIES
