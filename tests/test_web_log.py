"""The transaction log: filters, pages, the newest page's own refresh, and what an answer means."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from app.models import Event, MessageSet, Order, Outbox, Session, db, now
from app.web import events
from tests.web_rows import NOON
from tests.web_site import Site, statements

MOST_QUERIES = 30
LINE = re.compile(r"/log/(\d+)\" hx-get")
PART = {"HX-Request": "true"}


@pytest.fixture
def page(site: Site) -> str:
    return f"/companies/{site.rows.company}/log"


def add(site: Site, count: int = 1, company: int | None = None, **given: object) -> None:
    values = {"kind": "test.line", "text": "A line"} | given
    with site.app.app_context():
        for number in range(count):
            moment = NOON + timedelta(minutes=number)
            db.session.add(
                Event(**{"company_id": company or site.rows.company, "at": moment} | values)
            )
        db.session.commit()


def lines(text: str) -> list[int]:
    return [int(number) for number in LINE.findall(text)]


def held_order(site: Site) -> Order:
    found = db.session.get(Order, site.rows.orders["held"][0])
    assert found is not None
    return found


def test_the_newest_line_is_first_and_pages_hold_every_line_once(site: Site, page: str) -> None:
    add(site, 230)
    client, seen, address = site.browser("viewer"), [], page
    while address:
        text = client.get(address).text
        seen += lines(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1].replace("&amp;", "&") if older else ""
    with site.app.app_context():
        rows = (
            db.session.query(Event.id)
            .filter_by(company_id=site.rows.company)
            .order_by(Event.at.desc(), Event.id.desc())
        )
        assert seen == [row.id for row in rows]


def test_another_companys_lines_are_not_there(site: Site, page: str) -> None:
    add(site, company=site.rows.other, text="Not yours")
    client = site.browser("bookkeeper")
    assert "Not yours" not in client.get(page).text
    with site.app.app_context():
        other = db.session.query(Event).filter_by(text="Not yours").one().id
    assert client.get(f"{page}/{other}").status_code == 404


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("level=error", "It failed", "A warning"),
        ("level=trouble", "A warning", "All is well"),
        ("kind=document.held", "It failed", "All is well"),
        ("q=ALL+IS+wELL", "All is well", "It failed"),
        ("from=2026-11-25", "It failed", "Long ago"),
        ("to=2026-11-01", "Long ago", "It failed"),
    ],
)
def test_filters_leave_what_fits(
    site: Site, page: str, query: str, shown: str, hidden: str
) -> None:
    add(site, level="error", kind="document.held", text="It failed")
    add(site, level="warning", text="A warning")
    add(site, text="All is well")
    add(site, text="Long ago", at=NOON - timedelta(days=60))
    text = site.browser("viewer").get(f"{page}?{query}").text
    assert shown in text
    assert hidden not in text


def test_lines_of_an_order_are_found_by_its_number_and_by_its_documents(
    site: Site, page: str
) -> None:
    client = site.browser("viewer")
    with site.app.app_context():
        order = db.session.get_one(Order, site.rows.orders["posted"][0])
        number, document = order.number, order.number.lstrip("#")[-11:]
        mine = {row.id for row in db.session.query(Event).filter_by(order_id=order.id)}
    assert set(lines(client.get(page, query_string={"number": number}).text)) == mine
    assert set(lines(client.get(page, query_string={"number": document}).text)) == mine
    assert not lines(client.get(page, query_string={"number": "no such"}).text)


def test_a_search_looks_at_a_span_of_lines_and_goes_on_from_there(
    site: Site, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SPAN", 20)
    add(site, text="Needle", at=NOON - timedelta(days=9))
    add(site, 50)
    client = site.browser("viewer")
    text = client.get(f"{page}?q=needle").text
    assert "Nothing that fits since" in text
    for _ in range(20):
        further = re.search(r'rel="next" href="([^"]+)"', text)
        if further is None:
            break
        text = client.get(further[1].replace("&amp;", "&")).text
        if "Needle" in text:
            return
    pytest.fail("the search never came to the line")


def test_the_newest_page_answers_only_when_there_is_something_new(site: Site, page: str) -> None:
    client = site.browser("viewer")
    newest = max(lines(client.get(page).text))
    assert client.get(f"{page}?seen={newest}", headers=PART).status_code == 204
    add(site, text="Just now", at=now())
    answer = client.get(f"{page}?seen={newest}", headers=PART)
    assert answer.status_code == 200
    assert "Just now" in answer.text
    assert "<html" not in answer.text


def test_a_paused_log_does_not_ask_again(site: Site, page: str) -> None:
    client = site.browser("viewer")
    assert 'hx-trigger="every 3s"' in client.get(page).text
    paused = client.get(f"{page}?paused=1").text
    assert "every 3s" not in paused
    assert "Go on" in paused


def test_a_refused_document_is_explained_with_its_fix(site: Site, page: str) -> None:
    with site.app.app_context():
        order = held_order(site)
        db.session.add(
            Outbox(
                company_id=order.company_id, order_id=order.id, kind="Invoice", state="held",
                ref_number="77", payload="", status_code=3180, request="<InvoiceAddRq/>",
                response="<InvoiceAddRs statusCode='3180'/>", advice="Said QuickBooks.",
            )
        )  # fmt: skip
        db.session.add(
            Event(
                company_id=order.company_id, order_id=order.id, level="error", at=NOON,
                kind="document.held", text="Invoice refused", detail={"code": 3180},
            )
        )  # fmt: skip
        db.session.commit()
        event = db.session.query(Event).filter_by(text="Invoice refused").one().id
    text = site.browser("viewer").get(f"{page}/{event}").text
    assert "What to do" in text
    assert "status 3180" in text
    assert "InvoiceAddRs" in text
    assert "Needs attention" in text


def test_a_refused_message_set_is_explained(site: Site, page: str) -> None:
    with site.app.app_context():
        session = Session(company_id=site.rows.company, ticket_digest="t")
        db.session.add(session)
        db.session.flush()
        db.session.add(
            MessageSet(
                company_id=site.rows.company, session_id=session.id, set_id="set-1", writes=True,
                purpose="documents", state="refused", request="", contents={},
                hresult="0x80040400", message="error when parsing",
            )
        )  # fmt: skip
        db.session.commit()
    add(site, kind="set.refused", text="A set refused", detail={"set": "set-1"})
    with site.app.app_context():
        event = db.session.query(Event).filter_by(kind="set.refused").one().id
    text = site.browser("viewer").get(f"{page}/{event}").text
    assert "QuickBooks could not read the message set." in text
    assert "error when parsing" in text


def test_the_file_has_what_the_filters_leave(site: Site, page: str) -> None:
    add(site, level="error", text="=cmd()")
    text = site.browser("viewer").get(f"{page}.csv?level=error").text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["level"] for row in rows] == ["error"]
    assert not rows[0]["text"].startswith("=")


@pytest.mark.parametrize(
    "query",
    [
        "level=nonsense", "kind=%00", "kind=' OR 1=1 --", "number=%23%23%00x", "q=%25%5F%5C",
        "from=2026-13-40", "to=0001-01-01", "to=9999-12-31", "older=x~y",
        "older=-~5", "older=9999-12-31T23:59:59~99999999999999999999", "older=2026-01-01T00:00~1",
        "seen=%00", "q=" + "x" * 5000,
    ],
)  # fmt: skip
def test_what_makes_no_sense_in_the_address_is_as_if_it_were_not_there(
    site: Site, page: str, query: str
) -> None:
    assert site.session("viewer").get(f"{page}?{query}").status_code == 200


def test_filters_work_on_both_databases(any_site: Site) -> None:
    address = f"/companies/{any_site.rows.company}/log"
    client = any_site.browser("viewer")
    for query in ("", "?level=trouble", "?kind=order.received", "?q=received", "?number=5101"):
        text = client.get(address + query).text
        assert "Transaction log" in text
    everything = lines(client.get(address).text)
    assert everything
    some = lines(client.get(f"{address}?kind=order.received").text)
    assert 0 < len(some) < len(everything)


def test_the_log_asks_the_database_few_questions(site: Site, page: str) -> None:
    client = site.browser("viewer")
    with statements(site.app) as sent:
        client.get(page)
    assert len(sent) <= MOST_QUERIES
