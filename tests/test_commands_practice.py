"""`rulebooks practice`: the Web Connector simulated against a server, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows import PASSWORD, Flow, Ran, order, run


def practice(flow: Flow, folder: Path, *more: str, **other: str) -> Ran:
    """Run it as a shell would, outside of the server's context."""
    given = {
        "url": f"{flow.url}/qbwc",
        "user": "grove",
        "password": PASSWORD,
        "company-file": str(folder / "mine.qbw"),
    } | {name.replace("_", "-"): value for name, value in other.items()}
    options = [text for name, value in given.items() for text in (f"--{name}", value)]
    return run("practice", *options, *more)


def test_orders_are_posted_into_a_new_company_file(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.take(order("1001"))
    ran = practice(flow, tmp_path, "--json")
    assert (ran.code, ran.err) == (0, "")
    (session,) = ran.json["sessions"]
    assert session["status"] == "done"
    assert session["calls"] >= session["sets"] * 2
    totals = ran.json["totals"]
    assert (totals["Undeposited Funds"], totals["Sales"]) == ("20.00", "-20.00")
    assert (tmp_path / "mine.qbw").exists()
    assert flow.state("1001") == ("posted", [])


def test_people_read_how_each_session_ended(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.take(order("1001"))
    ran = practice(flow, tmp_path, "--sessions", "2")
    assert ran.code == 0
    assert ran.out.startswith("Session 1: done, ")
    assert "\nSession 2: none, " in ran.out
    assert "Undeposited Funds" in ran.out


def test_nothing_to_do_is_no_error(flow: Flow, tmp_path: Path) -> None:
    practice(flow, tmp_path)
    ran = practice(flow, tmp_path, "--json")
    assert ran.code == 0
    assert ran.json["sessions"][0]["status"] == "none"


def test_orders_that_come_to_nothing_are_no_error(flow: Flow, tmp_path: Path) -> None:
    flow.rules(transaction_type="none")
    practice(flow, tmp_path)
    flow.take(order("1001"))
    ran = practice(flow, tmp_path)
    assert (ran.code, ran.err) == (0, "")


def test_a_wrong_password_ends_with_code_1(flow: Flow, tmp_path: Path) -> None:
    ran = practice(flow, tmp_path, password="wrong")
    assert ran.code == 1
    assert ran.err == "rulebooks: The last session ended with nvu: OK\n"


def test_another_companys_file_is_refused_and_nothing_is_sent(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.post(order("1001"))
    flow.take(order("1002"))
    ran = practice(flow, tmp_path)
    assert ran.code == 1
    assert "mark (FileID)" in ran.err
    assert flow.order("1002").state == "new"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/qbwc", "ftp://example.test/qbwc", "x"])
def test_a_server_that_is_not_there_is_one_line(flow: Flow, tmp_path: Path, address: str) -> None:
    ran = practice(flow, tmp_path, url=address)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "Failed" not in ran.err.split(":")[1]


def test_an_address_that_is_no_endpoint_is_an_error(flow: Flow, tmp_path: Path) -> None:
    ran = practice(flow, tmp_path, url=f"{flow.url}/nowhere")
    assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_a_file_that_is_no_company_file_is_an_error(flow: Flow, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 100)
    ran = practice(flow, tmp_path, company_file=str(path))
    assert ran.code == 1
    assert f"{path} cannot be opened" in ran.err
    assert path.read_text() == "Dear customer, " * 100


def test_a_missing_option_is_an_error(flow: Flow) -> None:
    ran = run("practice", "--url", f"{flow.url}/qbwc", "--user", "grove")
    assert ran.code == 1
    assert "--password" in ran.err
