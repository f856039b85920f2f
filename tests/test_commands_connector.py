"""`rulebooks connector`: the .QWC file and a new password."""

from __future__ import annotations

import pytest
from lxml import etree

from app.security import digest
from tests.commands import Rulebooks


@pytest.fixture
def company(rulebooks: Rulebooks) -> dict[str, str]:
    added: dict[str, str] = rulebooks("company", "add", "Acme & Sons", "--json").json
    return added


@pytest.mark.parametrize("name", ["1", "Acme & Sons"])
def test_file_is_found_by_id_and_by_name(
    rulebooks: Rulebooks, company: dict[str, str], name: str
) -> None:
    rulebooks.set("URL", "https://books.example.com")
    answer = rulebooks("connector", "file", name)
    root = etree.fromstring(answer.out.encode())
    assert root.findtext("AppURL") == "https://books.example.com/qbwc"
    assert root.findtext("UserName") == company["username"]
    assert company["password"] not in answer.out


def test_file_is_the_same_every_time(rulebooks: Rulebooks, company: dict[str, str]) -> None:
    first, second = (rulebooks("connector", "file", "1").out for _ in range(2))
    assert first == second
    assert company["username"] in first


@pytest.mark.usefixtures("company")
def test_file_goes_where_it_is_told_to(rulebooks: Rulebooks) -> None:
    path = rulebooks.folder / "acme.qwc"
    answer = rulebooks("connector", "file", "1", "-o", str(path), "--url", "https://b.example")
    assert answer.code == 0
    assert b"https://b.example/qbwc" in path.read_bytes()
    told = rulebooks("connector", "file", "1", "--json", "--url", "https://b.example").json
    assert told["url"] == "https://b.example/qbwc"
    assert told["file"].encode() == path.read_bytes()


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["1", "--url", "http://books.example.com"], "QBWC1010"),
        (["1", "--url", "https://192.0.2.1"], "IP address"),
        (["1", "--url", "nonsense"], "RULEBOOKS_URL"),
        (["1", "-o", "/no/such/folder/x.qwc"], "cannot be written"),
        (["2"], "There is no company '2'"),
        (["acme & sons"], "rulebooks company list"),
        (["99999999999999999999"], "There is no company"),
        (["1", "--minutes", "0"], "minutes"),
    ],
)
def test_what_cannot_be_written_is_one_clear_line(
    rulebooks: Rulebooks, arguments: list[str], words: str
) -> None:
    assert words in rulebooks.fails("connector", "file", *arguments)


def test_password_makes_a_new_one_and_ends_the_old(
    rulebooks: Rulebooks, company: dict[str, str]
) -> None:
    new = rulebooks("connector", "password", "1", "--json").json
    assert new["username"] == company["username"]
    assert new["password"] != company["password"]
    stored = (rulebooks.folder / "rulebooks.db").read_bytes()
    assert digest(new["password"]).encode() in stored
    assert digest(company["password"]).encode() not in stored
