"""The dashboard: is it running, what was posted, what needs me."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.jobs.worker import Worker
from app.models import Company, Job, Order, Posting, Session, Task, db, now
from app.schedule.rows import complete
from app.sync import overview
from tests.web_site import Site, statements

MOST_QUERIES = 30


@pytest.fixture
def page(site: Site) -> str:
    return f"/companies/{site.rows.company}/dashboard"


def seen(site: Site, ago: timedelta, **session: object) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        company.last_seen_at = now() - ago
        if session:
            db.session.add(Session(company_id=company.id, ticket_digest="t", **session))
        db.session.commit()


def test_a_company_opens_on_its_dashboard(site: Site, page: str) -> None:
    answer = site.browser("viewer").get(f"/companies/{site.rows.company}")
    assert answer.location == page


def test_it_says_that_the_web_connector_was_never_here(site: Site, page: str) -> None:
    assert "Never connected" in site.browser("viewer").get(page).text


@pytest.mark.parametrize(
    ("ago", "title"),
    [(5, "Running"), (45, "Late"), (60 * 30, "Silent")],
)
def test_it_says_how_the_web_connector_is_doing(
    site: Site, page: str, ago: int, title: str
) -> None:
    seen(site, timedelta(minutes=ago))
    text = site.browser("viewer").get(page).text
    assert f'">{title}</span>' in text


def test_a_session_that_is_at_work_is_posting_now(site: Site, page: str) -> None:
    seen(site, timedelta(seconds=5), called_at=now(), last_error="QuickBooks is not open.")
    text = site.browser("viewer").get(page).text
    assert "Posting now" in text
    assert "QuickBooks is not open." in text


def test_what_needs_a_person_is_named_with_its_money(site: Site, page: str) -> None:
    text = site.browser("viewer").get(page).text
    assert 'id="needs"' in text
    assert f"{len(site.rows.orders['held'])} orders" in text


def test_posted_money_is_added_exactly_by_day_of_the_companys_zone(any_site: Site) -> None:
    with any_site.app.app_context():
        company = db.session.get_one(Company, any_site.rows.company)
        company.zone = "Asia/Kathmandu"
        db.session.query(Posting).delete()
        order = db.session.query(Order).filter_by(currency="USD").first()
        assert order is not None
        today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        before_midnight = today.replace(hour=18, minute=14) - timedelta(days=3)
        for place, moment in enumerate((before_midnight, before_midnight + timedelta(minutes=2))):
            for number in range(3):
                db.session.add(
                    Posting(
                        company_id=company.id, order_id=order.id, kind="Invoice", posted_at=moment,
                        part=f"{place}-{number}", txn_id=f"{place}-{number}",
                        total=Decimal("0.10"),
                    )
                )  # fmt: skip
        db.session.commit()
        days = {day.day: day for day in overview.posted_by_day(company, 7) if day.orders}
        first = before_midnight.date()
        assert {day: (one.orders, one.money) for day, one in days.items()} == {
            first: (3, {"USD": Decimal("0.30")}),
            first + timedelta(days=1): (3, {"USD": Decimal("0.30")}),
        }


def test_what_was_taken_back_is_not_counted_as_posted(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        db.session.query(Posting).update({"posted_at": now()})
        assert sum(day.orders for day in overview.posted_by_day(company, 30)) > 0
        db.session.query(Posting).update({"ended": "void"})
        assert sum(day.orders for day in overview.posted_by_day(company, 30)) == 0


def test_currencies_are_not_added_and_the_largest_is_first(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        db.session.query(Posting).update({"posted_at": now()})
        days = overview.posted_by_day(company, 30)
        held = [
            (posting.order.currency, posting.total)
            for posting in db.session.query(Posting)
            if posting.total is not None
        ]
        sums = {
            currency: sum((total for mine, total in held if mine == currency), Decimal(0))
            for currency, _ in held
        }
        assert len(sums) > 1
        assert days[-1].money == sums
        first, *_ = overview.currencies(days)
        assert sums[first] == max(sums.values())


def test_sync_now_starts_a_job_that_the_page_shows(site: Site, page: str) -> None:
    site.app.config["WTF_CSRF_ENABLED"] = False
    client = site.session("bookkeeper")
    assert client.post(f"{page}/sync").status_code == 303
    assert "Reading the stores and deciding" in client.get(page).text
    assert Worker(site.app).run_one()
    with site.app.app_context():
        job = db.session.query(Job).one()
        assert (job.state, job.error) == ("done", "")
    assert "Reading the stores and deciding" not in client.get(page).text


def test_a_viewer_cannot_sync_and_sees_no_button(site: Site, page: str) -> None:
    site.app.config["WTF_CSRF_ENABLED"] = False
    client = site.session("viewer")
    assert client.post(f"{page}/sync").status_code == 403
    assert "Sync now" not in client.get(page).text


def test_a_sync_can_be_stopped_but_not_another_companys(site: Site, page: str) -> None:
    site.app.config["WTF_CSRF_ENABLED"] = False
    site.session("owner").post(f"{page}/sync")
    elsewhere = f"/companies/{site.rows.other}/dashboard/sync/1/stop"
    assert site.session("owner").post(elsewhere).status_code == 404
    assert site.session("bookkeeper").post(f"{page}/sync/1/stop").status_code == 303
    with site.app.app_context():
        assert db.session.query(Job).one().state == "cancelled"


def test_the_dashboard_asks_the_database_few_questions(site: Site, page: str) -> None:
    client = site.browser("viewer")
    with statements(site.app) as sent:
        assert client.get(page).status_code == 200
    assert len(sent) <= MOST_QUERIES


def test_the_live_part_is_answered_alone(site: Site, page: str) -> None:
    client = site.browser("viewer")
    part = client.get(f"{page}/live", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="live"')
    assert "<html" not in part


def test_what_does_not_run_stands_on_it(site: Site, page: str) -> None:
    assert "as it should" not in site.session("viewer").get(page).text
    with site.app.app_context():
        complete(now())
        task = db.session.query(Task).filter_by(company_id=site.rows.company, kind="sales").one()
        task.failures, task.result = 3, "OSError: <b>no route</b>"
        db.session.commit()
    text = site.session("viewer").get(page).text
    assert "Send sales: failed 3 times." in text
    assert "OSError: &lt;b&gt;no route" in text
