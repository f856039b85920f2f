"""Every story under random faults: lost calls, crashes, locks, late answers; the same books."""

from __future__ import annotations

import contextlib
import random
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import exists, select

from app.models import Addition, Company, CustomValue, Order, Outbox, SaleShipment, db, now
from app.sync import answers
from qbwc.practice import Crashed, Faults, HResult, WebConnector
from qbwc.practice.faults import Fault
from tests.faults import NIGHTLY
from tests.flows import Flow
from tests.scenario import Scenario, scenarios

ALL = scenarios()
PLAYED = ALL if NIGHTLY else ALL[:: len(ALL) // 10 + 1]
SEEDS = 3 if NIGHTLY else 1
COULD_NOT_SAVE = "(status 3180)"
START = datetime(2026, 11, 25, 14, tzinfo=UTC)
MOST_SESSIONS = 12


class Storm:
    """Sessions that go wrong, then as many good ones as are needed until nothing is left."""

    def __init__(self, seed: int, clock: time_machine.Coordinates) -> None:
        self.chance = random.Random(seed)
        self.clock = clock

    def __call__(self, flow: Flow) -> None:
        """What a step of a story has for its session."""
        late: list[WebConnector] = []
        for _ in range(self.chance.randint(1, 3)):
            connector = flow.connector(self._faults(), sleep=self.clock.shift)
            if self.chance.random() < 0.2:
                connector.hold_reply()
            with contextlib.suppress(Crashed):
                if connector.run().status == "held":
                    late.append(connector)
            if self.chance.random() < 0.2:
                flow.quickbooks._file.run("DELETE FROM message_set")
            if late and self.chance.random() < 0.5:
                late.pop().answer_held()
            self.clock.shift(timedelta(seconds=self.chance.choice((1, 20, 4000))))
        for _ in range(MOST_SESSIONS):
            _try_again(flow)
            self.clock.shift(timedelta(hours=1, seconds=1))
            flow.connector(sleep=self.clock.shift).run()
            status = flow.connector(sleep=self.clock.shift).run().status
            if status == "none" and not _is_put_off(flow) and not _try_again(flow):
                break
        else:
            raise AssertionError(flow.states())
        for connector in late:
            connector.answer_held()

    def _faults(self) -> Faults:
        """One or two things that go wrong, somewhere in the session."""
        found = Faults(process_before_hresult=self.chance.random() < 0.5)
        for _ in range(self.chance.randint(1, 2)):
            match self.chance.randrange(5):
                case 0:
                    place = self.chance.randint(3, 20)
                    lost: list[Fault] = ["lose request", "lose answer", "crash"]
                    found.at_call[place] = self.chance.choice(lost)
                case 1:
                    broken: list[Fault] = ["crash before processing", "crash after processing"]
                    found.at_send[self.chance.randint(1, 8)] = self.chance.choice(broken)
                case 2:
                    code = self.chance.choice(("0x80040401", "0x80040408", "0x80040410"))
                    found.at_send[self.chance.randint(1, 8)] = HResult(code, "it went wrong")
                case 3:
                    found.locked = (self.chance.choice((3175, 3176, 3180)), 2)
                case _:
                    lost = ["lose request", "lose answer"]
                    found.at_receive[self.chance.randint(1, 8)] = self.chance.choice(lost)
        return found


def _is_put_off(flow: Flow) -> bool:
    """Whether something is to be tried again later, such as a record that was locked."""
    with flow.app.app_context():
        return any(
            db.session.scalar(select(exists().where(row.state == "ready", row.not_before > now())))
            for row in (Outbox, Addition, CustomValue, SaleShipment)
        )


def _try_again(flow: Flow) -> bool:
    """A person asks for another try of what QuickBooks could not save three times (3180)."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        orders = db.session.scalars(select(Order).where(Order.state == "held")).all()
        stopped = [
            one.id for one in orders if any(COULD_NOT_SAVE in said for said in one.reasons or ())
        ]
        if stopped:
            answers.retry(company, stopped, who="Ada")
            db.session.commit()
        return bool(stopped)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("scenario", PLAYED, ids=lambda one: one.name)
def test_the_books_come_out_the_same_under_faults(
    flow: Flow, scenario: Scenario, seed: int
) -> None:
    with time_machine.travel(START) as clock:
        scenario.run(flow, Storm(zlib.crc32(scenario.name.encode()) + seed, clock))
