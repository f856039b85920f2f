"""The schedule: what is due is done once, what fails is told and put off, and people may steer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app import scheduler as running
from app.models import Company, Event, Order, Store, Task, db, now
from app.schedule import Entry, UnknownEntryError, entries, pause, resume, rows, run_now, screen
from app.schedule import kinds as registry
from app.schedule.kinds import Kind, daily, decide, every, kinds
from app.schedule.rows import LEASE, LONGEST_PAUSE
from app.scheduler import Scheduler
from app.sync.intake import pull
from app.sync.intake.pull import BeingRead, Interrupted
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow, order

MORNING = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Work:
    """A kind of task of three steps; what happens in them is the test's."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.step: Any = lambda number: None

    def run(self, company: Company, moment: datetime) -> Iterator[str]:
        self.ran.append(company.name)
        for number in (1, 2, 3):
            self.step(number)
            yield f"step {number}"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The only kind of task there is, every hour."""
    made = Work()
    found = {"work": Kind("Work", "Works.", every(timedelta(hours=1)), made.run)}
    for module in (registry, rows, running, screen):
        monkeypatch.setattr(module, "kinds", lambda: found)
    return made


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    """The clock, in the test's hand."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


def the_task() -> Task:
    found: Task = db.session.scalars(select(Task).execution_options(populate_existing=True)).one()
    return found


def entry(company: Company, key: str = "work") -> Entry:
    return next(one for one in entries(company) if one.key == key)


def test_a_task_is_done_when_its_time_comes_and_not_before(
    any_app: Flask, company: Company, work: Work, at: time_machine.Traveller
) -> None:
    node = Scheduler(any_app)
    assert node.run_due() == 0
    assert (entry(company).next_at, entry(company).ended_at) == (
        MORNING + timedelta(hours=1), None,
    )  # fmt: skip
    at.shift(3600)
    assert (node.run_due(), node.run_due()) == (1, 0)
    found = entry(company)
    assert (found.said, found.failures, found.ended_at) == ("step 3", 0, now())
    assert found.next_at == now() + timedelta(hours=1)
    assert work.ran == ["Grove"]


def test_what_fails_is_told_once_and_put_off_for_longer_each_time(
    any_app: Flask, company: Company, work: Work, at: time_machine.Traveller
) -> None:
    node = Scheduler(any_app)
    run_now(company, "work")

    def fail(_number: int) -> None:
        raise OSError("the disk is full\nand more")

    work.step = fail
    pauses = []
    for _ in range(12):
        assert node.run_due() == 1
        found = entry(company)
        assert found.next_at
        pauses.append(found.next_at - now())
        at.move_to(found.next_at)
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert pauses[-1] == LONGEST_PAUSE
    assert (found.said, found.failures) == ("OSError: the disk is full", 12)
    told = db.session.scalars(select(Event.text).where(Event.kind == "task.failed")).all()
    assert told == ["Work failed: OSError: the disk is full"]
    work.step = lambda number: None
    assert node.run_due() == 1
    assert (entry(company).said, entry(company).failures) == ("step 3", 0)


def test_a_person_pauses_a_task_lets_it_go_on_and_runs_it_now(
    any_app: Flask, company: Company, work: Work, at: time_machine.Traveller
) -> None:
    node = Scheduler(any_app)
    entries(company)
    assert pause(company, "work").paused
    at.shift(7200)
    assert node.run_due() == 0
    assert run_now(company, "work").paused
    assert (node.run_due(), len(work.ran)) == (1, 1)
    at.shift(7200)
    assert node.run_due() == 0
    assert not resume(company, "work").paused
    assert (node.run_due(), len(work.ran)) == (1, 2)


def test_a_task_whose_server_died_is_done_by_another_when_its_lease_runs_out(
    any_app: Flask, company: Company, work: Work, at: time_machine.Traveller
) -> None:
    run_now(company, "work")
    dead = rows.claim(now())
    assert dead
    assert rows.claim(now()) is None
    assert entry(company).running
    at.shift(LEASE + timedelta(seconds=1))
    assert not entry(company).running
    assert Scheduler(any_app).run_due() == 1
    assert not rows.finish(dead, "too late", now())
    assert not rows.renew(dead, "too late")
    rows.fail(dead, "too late")
    assert (entry(company).said, entry(company).failures) == ("step 3", 0)


def test_a_server_that_was_overtaken_does_no_further_step(
    any_app: Flask, company: Company, work: Work, at: time_machine.Traveller
) -> None:
    run_now(company, "work")
    steps = []

    def overtaken(number: int) -> None:
        steps.append(number)
        with db.engine.begin() as connection:
            connection.execute(update(Task).values(lease="another"))

    work.step = overtaken
    Scheduler(any_app).run_due()
    assert steps == [1]
    assert the_task().lease == "another"


def test_a_server_that_stops_leaves_the_task_due_for_another(
    any_app: Flask, company: Company, work: Work
) -> None:
    run_now(company, "work")
    node, reached = Scheduler(any_app), threading.Event()

    def wait(number: int) -> None:
        if number == 2:
            reached.set()
            node._stop.wait(30)

    work.step = wait
    node.start()
    assert reached.wait(30)
    node.stop()
    found = the_task()
    assert (found.lease, found.ended_at, found.next_at <= now()) == ("", None, True)


def test_the_schedule_of_another_company_is_out_of_reach(company: Company, work: Work) -> None:
    other = Company(name="Other", username="other", password_digest="")
    shop = Store(company=other, key="shop", type="woocommerce", name="Shop", settings={})
    db.session.add_all([other, shop])
    db.session.commit()
    for act in (pause, resume, run_now):
        for key in (f"store-{shop.id}", "store-", "store-x", f"store-{10**30}", "nothing", ""):
            with pytest.raises(UnknownEntryError):
                act(company, key)
    assert shop.active
    assert [one.key for one in entries(other)] == [f"store-{shop.id}", "work"]
    assert [one.key for one in entries(company)] == ["work"]


def test_a_store_is_paused_and_asked_again(company: Company, work: Work) -> None:
    shop = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={},
                 stopped=True, next_pull_at=now() + timedelta(hours=3))  # fmt: skip
    db.session.add(shop)
    db.session.commit()
    key = f"store-{shop.id}"
    assert entry(company, key).paused
    assert not resume(company, key).paused
    assert pause(company, key).paused
    found = run_now(company, key)
    assert (found.paused, found.next_at) == (False, None)


def test_a_store_that_another_server_has_pulled_meanwhile_is_left_alone(company: Company) -> None:
    fake = FakeWooCommerce()
    fake.add(3)
    shop = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={})
    db.session.add(shop)
    db.session.commit()
    assert pull(shop, client=fake.client(), if_due=True).received.new == 3
    with pytest.raises(BeingRead):
        pull(shop, client=fake.client(), if_due=True)
    assert pull(shop, client=fake.client()).error == ""


def test_a_store_that_is_left_in_the_middle_is_due_at_once_and_read_on(company: Company) -> None:
    fake = FakeWooCommerce()
    fake.add(230)
    shop = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={})
    db.session.add(shop)
    db.session.commit()
    with pytest.raises(Interrupted):
        pull(shop, client=fake.client(), if_due=True, stopping=lambda: True)
    assert (db.session.query(Order).count(), shop.lease, shop.error) == (100, "", "")
    pull(shop, client=fake.client(), if_due=True)
    assert db.session.query(Order).count() == 230


def test_a_store_whose_settings_cannot_be_used_keeps_no_other_from_being_read(
    any_app: Flask, company: Company
) -> None:
    shop = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={})
    db.session.add(shop)
    db.session.commit()
    assert Scheduler(any_app)._read_a_store()
    db.session.refresh(shop)
    assert shop.error
    assert (shop.failures, shop.lease) == (1, "")
    assert "store.failed" in db.session.scalars(select(Event.kind)).all()
    assert not Scheduler(any_app)._read_a_store(), "it is put off"


@pytest.mark.parametrize(
    ("zone", "seen", "next_one"),
    [
        ("America/New_York", "2026-11-25T11:59:00Z", "2026-11-25T12:00:00Z"),
        ("America/New_York", "2026-11-25T12:00:00Z", "2026-11-26T12:00:00Z"),
        ("America/New_York", "2027-03-13T13:00:00Z", "2027-03-14T11:00:00Z"),
        ("Australia/Sydney", "2026-11-25T12:00:00Z", "2026-11-25T20:00:00Z"),
        ("UTC", "2026-11-25T07:00:00.5Z", "2026-11-26T07:00:00Z"),
    ],
)
def test_a_daily_task_follows_the_companys_clock_summer_and_winter(
    zone: str, seen: str, next_one: str
) -> None:
    found = daily(7)(Company(zone=zone), datetime.fromisoformat(seen))
    assert found == datetime.fromisoformat(next_one)


def test_every_kind_says_what_it_does() -> None:
    assert {"decide", "retention"} <= set(kinds())
    for name, kind in kinds().items():
        assert kind.label[0].isupper(), name
        assert kind.help.endswith("."), name


def test_orders_are_decided_between_the_web_connectors_visits(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    flow.take(order("1002"), order("1003"))
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        seen = company.last_seen_at
        run_now(company, "decide")
        Scheduler(flow.app).run_due()
        assert entry(company, "decide").said == "Decided 2 orders."
        assert flow.states() == {"1001": "posted", "1002": "queued", "1003": "queued"}
        db.session.expire_all()
        assert company.last_seen_at == seen
    flow.sync()
    assert set(flow.states().values()) == {"posted"}


def test_nothing_is_decided_before_the_lists_are_read(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        assert list(decide.run(company, now())) == [
            "Waits for the first reading of QuickBooks' lists."
        ]
    assert flow.states() == {"1001": "new"}


def test_while_the_web_connector_is_here_it_decides_itself(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    flow.take(order("1002"))
    steps = flow.connector().steps()
    next(steps)
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        (said,) = decide.run(company, now())
        assert "The Web Connector is here" in said
        assert list(decide.run(company, now() + timedelta(minutes=3)))[-1].startswith("Decided")
    steps.close()
