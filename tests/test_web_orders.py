"""The list of orders: filter, search, pages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from flask import Flask

from app.models import Company, Order, Store, User, db
from app.web.listing import PAGE, asked
from tests.web_rows import HASH, NOON, add_company
from tests.web_site import Site, log_in, make_app, statements

ROW = re.compile(r'class="number" href="/companies/\d+/orders/(\d+)"')
MOST_QUERIES = 12
"""Those of the layout are among them: who it is, their companies, what needs attention."""


def shown(text: str) -> list[int]:
    return [int(number) for number in ROW.findall(text)]


def link(text: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return found[1].replace("&amp;", "&") if found else ""


def test_orders_are_shown_newest_first_with_their_totals(site: Site) -> None:
    text = site.browser("viewer").get(site.orders).text
    with site.app.app_context():
        rows = db.session.query(Order).order_by(Order.placed_at.desc(), Order.id.desc()).all()
        assert shown(text) == [row.id for row in rows[:PAGE]]
    assert "$104.11" in text
    assert "€35.90" in text


def test_a_held_order_says_why_and_a_posted_one_what_quickbooks_holds(site: Site) -> None:
    client = site.browser("viewer")
    held = client.get(f"{site.orders}?state=held").text
    assert "QuickBooks has no item &#34;OAK-DESK-140&#34;" in held
    assert "(+1 more)" in held
    posted = client.get(f"{site.orders}?state=posted").text
    assert "Sales Receipt 5101" in posted
    queued = client.get(f"{site.orders}?state=queued").text
    assert "will be posted" in queued


@pytest.mark.parametrize("state", ["posted", "queued", "held", "waiting", "skipped", "new"])
def test_a_state_in_the_address_shows_those_orders_only(site: Site, state: str) -> None:
    text = site.browser("viewer").get(f"{site.orders}?state={state}").text
    assert sorted(shown(text)) == sorted(site.rows.orders[state])
    assert 'aria-current="page">' + state.capitalize() in text


@pytest.mark.parametrize(
    ("search", "number"),
    [("5116", "5116"), ("#2013", "#2013"), ("2013", "#2013"), ("soraya", "#2013"),
     ("ÉMILIE", "LB3008"), ("émilie o'r", "LB3008"), ("  lb3009 ", "LB3009")],
)  # fmt: skip
def test_search_finds_numbers_and_customers(site: Site, search: str, number: str) -> None:
    text = site.browser("viewer").get(site.orders, query_string={"q": search}).text
    assert len(shown(text)) == 1
    assert f">{number}</a>" in text


@pytest.mark.parametrize("search", ["%", "%_", "nobody at all"])
def test_search_takes_every_character_as_it_is(site: Site, search: str) -> None:
    text = site.browser("viewer").get(site.orders, query_string={"q": search}).text
    assert shown(text) == []
    assert "No order fits" in text
    assert "Show all orders" in text


def test_search_and_state_go_together_and_stay_in_the_links(site: Site) -> None:
    text = site.browser("viewer").get(f"{site.orders}?state=held&q=5116").text
    assert len(shown(text)) == 1
    assert "state=waiting&amp;q=5116" in text


def test_without_orders_the_page_says_how_to_bring_some_in(site: Site) -> None:
    text = site.browser("other").get(f"/companies/{site.rows.other}/orders").text
    assert f"/companies/{site.rows.other}/stores" in text
    assert "Import a CSV file" in text


def fill_many(app: Flask, number: int) -> int:
    """A company with that many orders: some of one moment, some without a date."""
    with app.app_context():
        company = add_company("Many")
        db.session.add(User(email="owner@example.com", password_hash=HASH, is_owner=True))
        store = Store(company_id=company.id, key="s", type="rulebooks", name="S")
        db.session.add(store)
        db.session.flush()
        for place in range(number):
            when = None if place % 10 == 0 else NOON - timedelta(days=place // 5 % 7)
            db.session.add(
                Order(
                    company_id=company.id, store_id=store.id, source_id=str(place),
                    number=str(place), placed_at=when, format="rulebooks", raw="{}",
                    content_hash="", state="held" if place % 2 else "new",
                )
            )  # fmt: skip
        db.session.commit()
        found: int = company.id
        return found


@pytest.mark.parametrize("state", ["", "held", "new"])
def test_older_and_newer_pass_every_order_exactly_once(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, state: str
) -> None:
    app = make_app(database_url, tmp_path_factory.mktemp("many"))
    company = fill_many(app, 3 * PAGE + 7)
    client = app.test_client()
    log_in(client, "owner@example.com")
    address, pages = f"/companies/{company}/orders?state={state}", []
    while address:
        text = client.get(address).text
        pages.append(shown(text))
        last, address = text, link(text, "next")
    back = [pages[-1]]
    while address := link(last, "prev"):
        last = client.get(address).text
        back.append(shown(last))
    everything = [number for page in pages for number in page]
    with app.app_context():
        expected = db.session.query(Order).filter(Order.state == state) if state else (
            db.session.query(Order)
        )  # fmt: skip
        assert sorted(everything) == sorted(row.id for row in expected)
        db.session.remove()
        db.engine.dispose()
    assert len(everything) == len(set(everything))
    assert back == pages[::-1]


def test_a_place_in_the_list_survives_the_way_through_an_address() -> None:
    place = asked({"older": "2026-11-25T12:00:00+00:00~7"})
    assert unquote(place.address(older_than=place.older_than)["older"]) == (
        "2026-11-25T12:00:00+00:00~7"
    )


def test_the_number_of_queries_does_not_grow_with_the_orders(site: Site) -> None:
    client = site.browser("viewer")
    counted = []
    for query in ("", "?state=held", "?q=5116"):
        with statements(site.app) as sent:
            client.get(site.orders + query)
        counted.append(len(sent))
    assert counted[0] == counted[1] == counted[2] <= MOST_QUERIES


def test_dates_are_those_of_the_companys_zone(site: Site) -> None:
    with site.app.app_context():
        row = db.session.get_one(Order, 1)
        row.placed_at = NOON.replace(day=26, hour=3)
        db.session.commit()
    client = site.browser("viewer")
    assert "Nov 25, 2026" in client.get(f"{site.orders}?q={5101}").text
    with site.app.app_context():
        db.session.get_one(Company, site.rows.company).zone = "Asia/Tokyo"
        db.session.commit()
    assert "Nov 26, 2026" in client.get(f"{site.orders}?q={5101}").text
