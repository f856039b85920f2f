"""The company file is restored from an older backup: what it lacks is found, told, never resent."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from app.models import Company, db
from app.sync.again import post_again
from app.sync.queue import refresh
from qbwc.practice import PracticeCompany
from tests.days import today
from tests.flows import Flow, order

START = datetime(2026, 11, 25, 14, tzinfo=UTC)


def backup(flow: Flow, path: Path) -> None:
    """Close the company file, copy it, and open it again."""
    flow.quickbooks.close()
    shutil.copy(flow.quickbooks.path, path)
    reopen(flow)


def restore(flow: Flow, path: Path) -> None:
    """Put a backup in the company file's place."""
    flow.quickbooks.close()
    for each in flow.quickbooks.path.parent.glob(f"{flow.quickbooks.path.name}-*"):
        each.unlink()
    shutil.copy(path, flow.quickbooks.path)
    reopen(flow)


def reopen(flow: Flow) -> None:
    flow.quickbooks = PracticeCompany.open(flow.quickbooks.path, today=today)


def numbers(flow: Flow) -> list[str]:
    return [txn.ref_number for txn in flow.txns("Invoice")]


def test_what_a_restored_file_lacks_is_found_and_posted_again_only_when_told(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "AROUND", 2)
    with time_machine.travel(START) as clock:
        flow.rules(transaction_type="invoice")
        flow.post(*[order(f"10{n:02}") for n in range(1, 5)])
        backup(flow, tmp_path / "backup.qbw")
        flow.post(*[order(f"10{n:02}") for n in range(5, 11)])
        restore(flow, tmp_path / "backup.qbw")
        assert numbers(flow) == ["1001", "1002", "1003", "1004"]

        clock.shift(timedelta(hours=2))
        flow.sync()
        flow.sync()
        assert numbers(flow) == ["1001", "1002", "1003", "1004"], "nothing is sent again blindly"
        states = flow.states()
        assert [number for number in sorted(states) if states[number] == "posted"] == [
            "1001", "1002", "1003", "1004",
        ]  # fmt: skip
        assert {states[f"10{n:02}"] for n in range(5, 11)} == {"held"}
        assert "invoice 1010 was deleted in QuickBooks" in flow.state("1010")[1][0]
        assert "restored from an older backup" in flow.events("company.older")[0]

        with flow.app.app_context():
            company = db.session.scalars(select(Company)).one()
            post_again(company, [flow.order(f"10{n:02}").id for n in range(5, 11)], who="Ada")
        flow.sync()
        assert sorted(numbers(flow)) == [f"10{n:02}" for n in range(1, 11)]
        assert set(flow.states().values()) == {"posted"}
