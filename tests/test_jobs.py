"""Jobs in rows: run once whoever claims them, watched, cancelled, and found when a runner died."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.jobs import kinds as registry
from app.jobs.kinds import Progress, kinds
from app.jobs.kinds.backtest import start_backtest
from app.jobs.rows import KEPT, STALE, UnknownJobError, cancel, read, recent, result, start
from app.jobs.worker import Worker
from app.models import Company, Job, db, now
from app.rules import publish
from app.rules.draft_state import open_draft, rule_in
from app.rules.drafts import save_rule
from rules_library.rulebook import RulebookError
from tests.database import open_app
from tests.flows import Flow, order, rule


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


class Counting:
    """Work of three steps; what happens between them is the test's."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.ran: list[Any] = []
        self.between: Any = lambda step: None
        self.closed = False

    def run(self, company: Company, arguments: Any) -> Iterator[Progress]:
        self.ran.append((company.name, arguments))
        try:
            for step in range(4):
                self.between(step)
                self.steps.append(step)
                yield Progress(step, 3, {"seen": step})
        finally:
            self.closed = True


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """The only kind of work there is: counting."""
    counting = Counting()
    monkeypatch.setattr("app.jobs.worker.kinds", lambda: {"count": counting.run})
    return counting


def test_a_job_waits_runs_and_has_a_result(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {"to": 3}, who="ada")
    assert (job.state, job.who, job.is_active, result(company, job.id)) == (
        "waiting", "ada", True, None,
    )  # fmt: skip
    assert Worker(any_app).run_one()
    found = read(company, job.id)
    assert (found.state, found.done, found.total, found.is_active) == ("done", 3, 3, False)
    assert found.finished_at is not None
    assert result(company, job.id) == {"seen": 3}
    assert work.ran == [("Grove", {"to": 3})]
    assert not Worker(any_app).run_one()


def test_a_page_sees_how_far_it_is(any_app: Flask, company: Company, work: Counting) -> None:
    job = start(company, "count", {}, who="ada")
    seen = []
    work.between = lambda _step: seen.append(read(company, job.id))
    Worker(any_app).run_one()
    assert [(one.state, one.done, one.total) for one in seen] == [
        ("running", 0, 0), ("running", 0, 3), ("running", 1, 3), ("running", 2, 3),
    ]  # fmt: skip
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left is not None


def test_the_same_work_is_not_started_twice(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {"to": 3}, who="ada")
    assert start(company, "count", {"to": 3}, who="bob").id == job.id
    assert start(company, "count", {"to": 4}, who="bob").id != job.id
    worker = Worker(any_app)
    assert (worker.run_one(), worker.run_one(), worker.run_one()) == (True, True, False)
    assert start(company, "count", {"to": 3}, who="bob").id != job.id
    assert len(work.ran) == 2


def test_a_job_that_waits_is_cancelled_at_once(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {}, who="ada")
    assert cancel(company, job.id).state == "cancelled"
    assert not Worker(any_app).run_one()
    assert work.ran == []


def test_a_job_that_runs_is_cancelled_before_its_next_step(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {}, who="ada")

    def between(step: int) -> None:
        if step == 1:
            assert cancel(company, job.id).cancelling

    work.between = between
    Worker(any_app).run_one()
    found = read(company, job.id)
    assert (found.state, found.cancelling, found.done) == ("cancelled", False, 1)
    assert work.steps == [0, 1]
    assert cancel(company, job.id).state == "cancelled"


def test_what_fails_is_told_in_a_line_and_the_next_one_runs(
    any_app: Flask, company: Company, work: Counting
) -> None:
    first = start(company, "count", {}, who="ada")
    unknown = start(company, "nothing", {}, who="ada")

    def fail(step: int) -> None:
        if step == 2:
            raise ValueError("no more\nlines")

    work.between = fail
    worker = Worker(any_app)
    assert worker.run_one()
    assert worker.run_one()
    assert read(company, first.id).state == "failed"
    assert read(company, first.id).error == "ValueError: no more"
    assert read(company, unknown.id).state == "failed"


def test_a_job_whose_runner_died_is_lost_and_can_be_started_again(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {}, who="ada")
    dead = now() - STALE - timedelta(seconds=1)
    db.session.execute(update(Job).values(state="running", runner="dead", seen_at=dead))
    db.session.commit()
    assert read(company, job.id).state == "lost"
    again = start(company, "count", {}, who="ada")
    assert again.id != job.id
    Worker(any_app).run_one()
    assert (read(company, job.id).state, read(company, again.id).state) == ("lost", "done")
    assert db.session.scalars(select(Job.state).where(Job.id == job.id)).one() == "lost"
    assert len(work.ran) == 1


def test_a_runner_that_was_taken_for_dead_writes_nothing_more(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {}, who="ada")

    def between(step: int) -> None:
        if step == 2:
            db.session.execute(update(Job).values(state="lost", error="Its server stopped."))
            db.session.commit()

    work.between = between
    Worker(any_app).run_one()
    found = read(company, job.id)
    assert (found.state, found.done, found.error) == ("lost", 1, "Its server stopped.")
    assert work.steps == [0, 1, 2]


def test_a_server_that_stops_lets_another_one_run_the_job(
    any_app: Flask, company: Company, work: Counting
) -> None:
    job = start(company, "count", {}, who="ada")
    worker = Worker(any_app)
    reached = threading.Event()

    def between(step: int) -> None:
        if step == 1:
            reached.set()
            worker._stop.wait(30)

    work.between = between
    worker.start()
    assert reached.wait(30)
    worker.stop()
    assert read(company, job.id).state == "waiting"
    work.between = lambda step: None
    Worker(any_app).run_one()
    assert read(company, job.id).state == "done"


def test_of_many_runners_each_job_is_run_by_one(
    database_url: str, any_app: Flask, company: Company, work: Counting
) -> None:
    del any_app
    ids = [start(company, "count", {"n": number}, who="ada").id for number in range(8)]
    nodes = [open_app(database_url) for _ in range(4)]
    begin = threading.Barrier(len(nodes))

    def run(app: Flask) -> None:
        begin.wait()
        while Worker(app).run_one():
            pass

    threads = [threading.Thread(target=run, args=[app]) for app in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for app in nodes:
        with app.app_context():
            db.engine.dispose()
    assert {read(company, job_id).state for job_id in ids} == {"done"}
    assert sorted(arguments["n"] for _, arguments in work.ran) == list(range(8))


def test_the_jobs_of_another_company_are_not_found(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    job = start(company, "count", {}, who="ada")
    for look in (read, result, cancel):
        for job_id in (job.id, 0, -1, 2**40):
            with pytest.raises(UnknownJobError):
                look(other, job_id)
    assert recent(other, "count") == []
    assert read(company, job.id).state == "waiting"


def test_only_the_newest_finished_jobs_are_kept(
    any_app: Flask, company: Company, work: Counting
) -> None:
    del work
    worker = Worker(any_app)
    for number in range(KEPT + 3):
        start(company, "count", {"n": number}, who="ada")
        worker.run_one()
    found = recent(company, "count")
    assert len(found) == KEPT
    assert len(db.session.scalars(select(Job.id)).all()) == KEPT
    assert found[0].id > found[-1].id


def test_every_module_of_the_kinds_is_one() -> None:
    assert registry.__doc__
    assert "backtest" in kinds()


def test_a_draft_is_backtested_as_it_was_when_somebody_asked(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"), order("1002"))
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        version = rule_in(company, "terms").version
        saved = save_rule(company, "terms", rule("Net 30"), version=version, author="ada")
        asked = open_draft(company).version
        job = start_backtest(company, who="ada")
        save_rule(company, "terms", rule(None), version=saved.version, author="ada")
        publish(company, {"rulebooks": 1, "rules": {}})
        Worker(flow.app).run_one()
        assert read(company, job.id).state == "done"
        report = result(company, job.id)
    assert (report["release"], report["draft"]) == (1, asked)
    assert (report["orders"], report["changed"]) == (2, 2)
    assert list(report["decisions"]) == ["terms"]


def test_a_faulty_file_starts_no_backtest(company: Company) -> None:
    with pytest.raises(RulebookError) as refused:
        start_backtest(company, who="ada", file={"rulebooks": 1, "rules": {"terms": rule(7)}})
    assert refused.value.faults[0][0] == "/rules/terms/otherwise"
    assert recent(company, "backtest") == []
