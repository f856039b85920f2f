"""Reading strHCPResponse, as a real QuickBooks sent it and broken."""

from __future__ import annotations

import codecs

import pytest

from qbwc import host
from qbwc.lists.company import Company
from tests.conftest import shared


@pytest.fixture
def captured() -> host.Host:
    text = shared("qbxml/captures/strHCPResponse__qbwc_QuickBooksPro2014.txt").read_text()
    quoted = text[text.index('"') + 1 : text.rindex('"')]
    return host.read(codecs.decode(quoted, "unicode_escape"))


def test_a_real_file_tells_product_and_version(captured: host.Host) -> None:
    assert captured.company.product == "QuickBooks Pro 2014"
    assert captured.version == "13.0"
    assert captured.company.name == "myCompany"


def test_file_ids_compare_without_case_and_braces() -> None:
    told = host.Host(Company(file_ids=(("{ABC-1}", "{DEF-2}"),)))
    assert told.file_id("abc-1") == "def-2"
    assert told.file_id("{abc-2}") == ""


@pytest.mark.parametrize("text", ["", "  ", "broken <", "<QBXML><QBXMLMsgsRs>"])
def test_what_is_broken_tells_nothing(text: str) -> None:
    assert host.read(text) == host.Host()
