"""A real server process is killed (SIGKILL) between and inside SOAP calls, at every commit."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.models import Company
from qbwc.practice import Faults, SessionReport, WebConnector
from tests.exchange import PASSWORD
from tests.faults import NIGHTLY
from tests.server_process import Process
from tests.test_exactly_once import World

CALLS = range(1, 40) if NIGHTLY else (4, 7)
EACH = 5
"""The moments of a session are gone through in so many tests, side by side."""
MOMENTS = 20


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    found = Process(tmp_path / "instance", f"sqlite:///{tmp_path / 'server.db'}")
    yield found
    found.kill()


def session(process: Process, world: World, faults: Faults | None = None) -> SessionReport:
    company = world.exchange.only(Company)
    connector = WebConnector(
        process.address,
        "grove",
        PASSWORD,
        world.exchange.quickbooks,
        owner_id=company.owner_id,
        file_id=company.file_id,
        sleep=lambda _seconds: None,
        faults=faults,
    )
    return connector.run()


@pytest.fixture
def world(process: Process, tmp_path: Path) -> Iterator[World]:
    """Orders in the database that the server has made."""
    made = World(process.url, tmp_path)
    yield made
    made.close()


def finish(process: Process, world: World) -> None:
    """A new server, and sessions until nothing is left."""
    process.kill()
    process.start()
    for _ in range(4):
        if session(process, world).status == "none":
            break
    world.check()


def test_the_server_may_be_killed_between_any_two_calls(process: Process, world: World) -> None:
    """It has handed a set out, QuickBooks has it, and the answer finds nobody."""
    world.fill(4)
    finish(process, world)
    reached = 0
    for wanted in range(1, 20):
        world.fill(4)
        sets = 0

        def kill_at_the_wanted_set(_document: str) -> None:
            nonlocal sets
            sets += 1
            if sets == wanted:  # noqa: B023 - called within this round
                process.kill()

        world.exchange.quickbooks.on_request = kill_at_the_wanted_set
        status = session(process, world).status
        world.exchange.quickbooks.on_request = None
        world.check_nothing_twice()
        finish(process, world)
        if status == "done":
            break
        reached += 1
    assert reached >= 4, "lists, entries, search, documents"


def test_the_server_may_be_killed_after_any_call(process: Process, world: World) -> None:
    """Each call of a session was answered, and the next finds nobody."""
    world.fill(4)
    finish(process, world)
    for call in CALLS:
        world.fill(4)
        status = session(process, world, Faults(stop_after_call=call)).status
        process.kill()
        world.check_nothing_twice()
        finish(process, world)
        if status == "done":
            break
        assert status == "aborted"


@pytest.mark.parametrize("seed", range(2))
def test_the_server_may_be_killed_inside_any_call(
    process: Process, world: World, seed: int
) -> None:
    world.fill(4)
    finish(process, world)
    chance = random.Random(seed)
    lost = 0
    for _ in range(4):
        world.fill(30)
        kill = threading.Timer(chance.uniform(0.01, 0.25), process.kill)
        kill.start()
        lost += session(process, world).status != "done"
        kill.cancel()
        kill.join()
        world.check_nothing_twice()
        finish(process, world)
    assert lost >= 1, "the kills came in time"


@pytest.mark.parametrize("first", range(1, EACH + 1))
def test_the_server_may_be_killed_before_or_after_any_commit(
    process: Process, world: World, first: int
) -> None:
    """Its own hand pulls the plug; odd moments are before a commit, even ones after it."""
    world.fill(1)
    finish(process, world)
    for moment_number in range(first, 200, EACH):
        world.fill(3)
        process.arm(moment_number)
        status = session(process, world).status
        survived = process.disarm()
        assert survived == (status == "done")
        world.check_nothing_twice()
        finish(process, world)
        if survived:
            break
    assert moment_number > MOMENTS, "a session has more commits than that"
