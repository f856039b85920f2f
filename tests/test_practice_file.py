"""The company file: crashes, what a new one holds, and how fast it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qbwc.practice import Crashed, PracticeCompany
from tests.practice_helpers import Desk, add, document, line, query, ref, sale

ROOT = Path(__file__).parents[1]
WORKER = """
import sys
from pathlib import Path
from qbwc.practice import PracticeCompany
company = PracticeCompany.open(Path(sys.argv[1]))
number = int(sys.argv[3])
while True:
    company.process(sys.argv[2].replace("NUMBER", str(number)))
    print(number, flush=True)
    number += 1
"""
FIVE_INVOICES = document(
    *[sale("Invoice", line("Invoice", "Desk Lamp"))] * 5,
    attributes='newMessageSetID="set-NUMBER" onError="continueOnError"',
)


def sets(company: PracticeCompany) -> int:
    return sum(company.message_sets.knows("Rulebooks", f"set-{n}") for n in range(1, 2000))


def test_a_killed_process_leaves_whole_message_sets(tmp_path: Path) -> None:
    path = tmp_path / "practice.qbw"
    PracticeCompany.open(path).close()
    for wanted in (1, 4, 7):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, path, FIVE_INVOICES, str(wanted * 100)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert worker.stdout is not None
        for _ in range(wanted):
            worker.stdout.readline()
        worker.kill()
        worker.wait()
        worker.stdout.close()
        company = PracticeCompany.open(path)
        assert company.out_of_balance() == 0
        assert len(company.transactions("Invoice")) == 5 * sets(company)
        assert sets(company) >= wanted
        company.close()


@pytest.mark.parametrize(("point", "done"), [("before", 0), ("during", 0), ("after", 1)])
def test_a_crash_keeps_the_record_and_the_work_together(
    tmp_path: Path, point: str, done: int
) -> None:
    path = tmp_path / "practice.qbw"
    company = PracticeCompany.open(path)
    request = document(
        sale("Invoice", line("Invoice", "Desk Lamp")),
        attributes='newMessageSetID="set-1" onError="stopOnError"',
    )
    company.crash = point  # type: ignore[assignment]
    with pytest.raises(Crashed):
        company.process(request)
    company.close()
    again = PracticeCompany.open(path)
    assert len(again.transactions("Invoice")) == done
    assert again.message_sets.knows("Rulebooks", "set-1") == bool(done)
    again.process(request)
    assert len(again.transactions("Invoice")) == 1
    again.close()


def test_a_file_keeps_what_was_done(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.customer("Anna")
    first.company.close()
    again = Desk(tmp_path)
    assert "Anna" in [one.name for one in again.company.lists("Customer")]


def test_a_file_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PracticeCompany.open(tmp_path / "none.qbw", create=False)


def test_a_bare_company_has_only_what_quickbooks_needs(tmp_path: Path) -> None:
    company = PracticeCompany.open(tmp_path / "bare.qbw", seed="bare", name="Bare", country="CA")
    assert company.lists("Customer") == []
    assert [one.name for one in company.lists("ItemSalesTax")] == ["Out of State"]
    assert "<Country>CA</Country>" in company.host_response()
    assert "<CompanyName>Bare</CompanyName>" in company.host_response()
    company.close()


def test_a_new_company_is_in_balance(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    company = desk.company
    assert company.out_of_balance() == 0
    assert sum(company.totals().values()) == 0
    assert company.balance("Inventory Asset") > 0


def test_transactions_tell_what_the_demo_prints(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.do(
        sale(
            "Invoice",
            line("Invoice", "Desk Lamp", "<Quantity>2</Quantity>"),
            head="<RefNumber>7</RefNumber><PONumber>P</PONumber><Memo>m</Memo>",
        )
    )
    (txn,) = desk.company.transactions()
    assert (txn.kind, txn.ref_number, txn.customer) == ("Invoice", "7", "Web Store")
    assert (txn.po_number, txn.memo) == ("P", "m")
    assert str(txn.total) == str(txn.balance) == "99.90"
    assert txn.lines[0]["item"] == "Desk Lamp"


def test_two_hundred_invoices_take_well_under_a_second(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.company.on_request = None
    lamp = line("Invoice", "Desk Lamp", "<Quantity>1</Quantity>")
    request = document(*[sale("Invoice", lamp, lamp, lamp) for _ in range(200)])
    began = time.process_time()
    desk.company.process(request)
    assert time.process_time() - began < 2


def steps(desk: Desk, *requests: str) -> int:
    """How much work the company file does for a message set, in hundreds of machine steps."""
    count = [0]

    def tick() -> int:
        count[0] += 1
        return 0

    desk.company.books.file.db.set_progress_handler(tick, 100)
    assert all(answer.code == 0 for answer in desk.ask_all(*requests))
    desk.company.books.file.db.set_progress_handler(None, 0)
    return count[0]


def test_work_does_not_grow_with_the_length_of_the_lists(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.company.on_request = None
    invoice = sale("Invoice", line("Invoice", "LED Bulb"), head=ref("ClassRef", "Online"))
    page = query("Customer", "<MaxReturned>10</MaxReturned>", 'iterator="Start"')
    wanted = query("Invoice", "<RefNumber>1</RefNumber>")

    def work(number: int) -> list[int]:
        return [
            steps(desk, add("Customer", f"<Name>Probe {number}</Name>")),
            steps(desk, invoice),
            steps(desk, wanted),
            steps(desk, page) - steps(desk, query("Customer", "<MaxReturned>1</MaxReturned>")),
        ]

    few = work(1)
    desk.ask_all(*[add("Customer", f"<Name>C {n}</Name>") for n in range(1500)])
    desk.ask_all(*[invoice] * 300)
    many = work(2)
    assert all(later < 3 * before + 10 for before, later in zip(few, many, strict=True)), (
        few,
        many,
    )
