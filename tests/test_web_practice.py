"""The practice session's page: started, watched, run again; and in a browser from the start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.jobs.kinds.practice import KIND, PracticeError, company_file, run, start_practice
from app.jobs.rows import cancel, read, recent, result
from app.jobs.worker import Worker
from app.models import Company, Event, Order, Posting, db
from app.rules import current_release, file_of, publish
from app.samples.company import add_practice_company
from tests.browser import NARROW, Live, assert_accessible, assert_fits
from tests.web_site import Site, token


@pytest.fixture
def practice(site: Site) -> Site:
    """The site with a practice company as its third."""
    with site.app.app_context():
        assert add_practice_company().id == 3
    return site


def _session(app: Flask, company_id: int = 3) -> int:
    """Ask for a session and let it run; returns the job's id."""
    with app.app_context():
        job = start_practice(db.session.get_one(Company, company_id), who="ann")
    assert Worker(app).run_one()
    return job.id


def test_a_session_posts_the_orders_and_the_page_lists_the_documents(practice: Site) -> None:
    client = practice.session("owner")
    before = client.get("/companies/3/practice").text
    assert "Run a practice session" in before
    form = {"csrf_token": token(client, "/companies/3/practice")}
    assert client.post("/companies/3/practice", data=form).status_code == 303
    assert 'hx-trigger="every 1s"' in client.get("/companies/3/practice").text
    assert Worker(practice.app).run_one()
    page = client.get("/companies/3/practice").text
    assert "The session is over" in page
    assert "Run again" in page
    assert 'hx-trigger="every 1s"' not in page
    with practice.app.app_context():
        company = db.session.get_one(Company, 3)
        (job,) = recent(company, KIND)
        assert (job.state, job.done, job.who) == ("done", job.total, "owner@example.com")
        posted = db.session.scalars(select(Posting).where(Posting.company_id == 3)).all()
        assert len(posted) > 50
        assert company_file(company).exists()
        assert db.session.scalar(select(Event.who).where(Event.kind == "practice.started"))
        assert posted[-1].ref_number in page
        assert {one.customer_list_id for one in posted if not one.order.customer}
    # An order of nobody goes to a customer all the same, and the page names that.
    assert '<td data-label="Customer"></td>' not in page
    assert '<td data-label="Customer">lantern-bikes customer</td>' in page


def test_after_other_rules_a_second_session_posts_what_was_skipped(practice: Site) -> None:
    _session(practice.app)
    with practice.app.app_context():
        company = db.session.get_one(Company, 3)
        skipped = _count("skipped")
        assert skipped
        file = file_of(current_release(company))
        file["rules"]["sync_order"] = {"otherwise": True}
        publish(company, file)
        first = result(company, recent(company, KIND)[0].id)
    job_id = _session(practice.app)
    with practice.app.app_context():
        company = db.session.get_one(Company, 3)
        assert _count("skipped") < skipped
        assert result(company, job_id)["after"] > first["after"]


def test_a_session_that_is_stopped_ends_before_its_next_set(practice: Site) -> None:
    with practice.app.app_context():
        company = db.session.get_one(Company, 3)
        job = start_practice(company, who="ann")
        steps = run(company, {})
        next(steps)
        steps.close()
        cancel(company, job.id)
        assert read(company, job.id).state == "cancelled"
        assert _count("posted") == 0
        assert db.session.scalar(
            select(func.count()).select_from(Event).where(Event.kind == "session.ended")
        )
    _session(practice.app)
    with practice.app.app_context():
        assert _count("posted") > 30


def test_a_company_with_quickbooks_has_no_practice_session(practice: Site) -> None:
    client = practice.session("owner")
    assert client.get("/companies/1/practice").status_code == 404
    assert "Practice session" not in client.get("/companies/1/orders").text
    form = {"csrf_token": token(client, "/companies/3/practice")}
    assert client.post("/companies/1/practice", data=form).status_code == 404
    with practice.app.app_context(), pytest.raises(PracticeError, match="posts into QuickBooks"):
        start_practice(db.session.get_one(Company, 1), who="ann")


def test_a_session_of_another_company_cannot_be_stopped(practice: Site) -> None:
    with practice.app.app_context():
        job = start_practice(db.session.get_one(Company, 3), who="ann")
        other = add_practice_company().id
    client = practice.session("owner")
    form = {"csrf_token": token(client, "/companies/3/practice")}
    answer = client.post(f"/companies/{other}/practice/{job.id}/stop", data=form)
    assert answer.status_code == 404
    assert client.post(f"/companies/3/practice/{job.id}/stop", data=form).status_code == 303
    assert "You stopped the session" in client.get("/companies/3/practice").text


@pytest.fixture
def working(fresh: Live) -> Iterator[Live]:
    """A new installation whose jobs are run."""
    worker = Worker(fresh.app)
    worker.start()
    yield fresh
    worker.stop()


def test_from_the_first_run_to_posted_orders(working: Live) -> None:
    page = working.create_owner()
    page.get_by_role("button", name="Try the practice company").click()
    page.wait_for_url("**/companies/1/practice")
    assert_accessible(page)
    page.get_by_role("button", name="Run a practice session").click()
    expect(page.get_by_text("The session is over.")).to_be_visible(timeout=60_000)
    assert_accessible(page)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert_fits(page)
    page.locator("#session").get_by_role("link", name="posted").click()
    page.wait_for_url("**/orders?state=posted")
    expect(page.locator("main")).to_contain_text("Invoice")


def _count(state: str) -> int:
    query = select(func.count()).where(Order.company_id == 3, Order.state == state)
    return db.session.scalar(query) or 0
