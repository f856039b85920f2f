"""`rulebooks serve` and `practice`: a real server, a real socket, a simulated QuickBooks."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.commands.tools import application
from app.jobs.kinds.backtest import start_backtest
from app.jobs.rows import read, result
from app.models import Company, db
from tests.commands import Rulebooks

ROOT = Path(__file__).parents[1]
START = [sys.executable, "-c", "from app.commands import main; main()", "serve", "--port", "0"]


@pytest.fixture
def server(rulebooks: Rulebooks) -> Iterator[str]:
    """The address of a server on a new installation, run as a process of its own."""
    process = subprocess.Popen(START, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, said
    yield found[0]
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    process.stderr.close()


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read().decode()


def test_serve_prints_where_to_create_the_owner_while_there_is_none(rulebooks: Rulebooks) -> None:
    said, listening = [], ""
    for _ in range(2):
        process = subprocess.Popen(START, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stderr is not None
        first = process.stderr.readline()
        listening = listening or first
        said.append(process.stderr.readline() if not said else "")
        process.send_signal(signal.SIGTERM)
        said[-1] += process.communicate(timeout=30)[1]
        rulebooks("user", "add", "owner@example.com", "--password-stdin", stdin=f"{'x' * 20}\n")
    port = re.search(r"127\.0\.0\.1:(\d+), known as", listening)
    assert port
    first_run = rf"http://localhost:{port[1]}/first-run\?code=([A-Z2-7]{{4}}-){{3}}[A-Z2-7]{{4}}\b"
    assert re.search(first_run, said[0])
    assert "first-run" not in said[1]


def test_serve_migrates_then_answers_pages_health_and_soap(server: str) -> None:
    assert get(f"{server}/healthz") == (
        200, json.dumps({"database": "ok", "migrations": "current", "status": "ok"},
                        separators=(",", ":")) + "\n",
    )  # fmt: skip
    assert get(f"{server}/qbwc?wsdl")[0] == 200
    status, page = get(f"{server}/")
    assert (status, "Create the owner" in page) == (200, True)


def test_practice_runs_sessions_against_the_server(
    server: str, rulebooks: Rulebooks, tmp_path: Path
) -> None:
    added = rulebooks("company", "add", "Acme", "--json").json
    arguments = [
        "practice", "--url", f"{server}/qbwc", "--user", added["username"],
        "--company-file", str(tmp_path / "acme.qbpractice"), "--sessions", "2", "--json",
    ]  # fmt: skip
    done = rulebooks(*arguments, "--password", added["password"])
    assert (done.code, done.err) == (0, "")
    assert {session["status"] for session in done.json["sessions"]} <= {"done", "none"}
    assert done.json["sessions"][0]["calls"] >= 4
    refused = rulebooks(*arguments, "--password", "wrong")
    assert refused.code == 1
    assert refused.json["sessions"][-1]["status"] == "nvu"


def test_the_server_runs_jobs(server: str, rulebooks: Rulebooks) -> None:
    rulebooks("company", "add", "Acme")
    with application():
        company = db.session.scalars(select(Company)).one()
        job = start_backtest(company, who="ada")
        until = time.monotonic() + 30
        while read(company, job.id).is_active and time.monotonic() < until:
            time.sleep(0.1)
        assert read(company, job.id).state == "done"
        assert result(company, job.id)["orders"] == 0
    assert get(f"{server}/healthz")[0] == 200


def test_a_port_that_is_taken_is_one_clear_line(server: str) -> None:
    port = server.rpartition(":")[2]
    second = subprocess.run(
        [*START[:-1], port], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"rulebooks: Cannot listen on 127.0.0.1:{port}: ")
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "company_file", "words"),
    [
        ("nonsense", "new.qbpractice", "nonsense"),
        ("http://localhost/qbwc", ".", "cannot be opened"),
    ],
)
def test_practice_that_cannot_start_is_one_clear_line(
    rulebooks: Rulebooks, tmp_path: Path, url: str, company_file: str, words: str
) -> None:
    os.chdir(tmp_path)
    line = rulebooks.fails(
        "practice", "--url", url, "--user", "u", "--password", "p", "--company-file", company_file
    )
    assert words in line or "directory" in line
