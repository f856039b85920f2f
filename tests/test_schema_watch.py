"""The watch on every request of the test run: it knows right from wrong, and it is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbwc.practice import HResult, PracticeCompany
from tests.conftest import COMPLAINTS, complaint, shared
from tests.practice_helpers import document, query

RIGHT = document(query("Customer", "<MaxReturned>1</MaxReturned><ActiveStatus>All</ActiveStatus>"))
WRONG = document(query("Customer", "<ActiveStatus>All</ActiveStatus><MaxReturned>1</MaxReturned>"))


def test_the_schema_tells_right_from_wrong() -> None:
    shared("qbxml/schema")
    assert complaint(RIGHT) == ""
    assert "MaxReturned" in complaint(WRONG)
    assert complaint("<?xml version='1.0'?><QBXML>")


@pytest.mark.wrong_requests
def test_the_watch_sees_what_reaches_a_practice_company(tmp_path: Path) -> None:
    shared("qbxml/schema")
    company = PracticeCompany.open(tmp_path / "practice.qbw", seed="bare")
    company.process(RIGHT)
    assert COMPLAINTS == []
    with pytest.raises(HResult):
        company.process(WRONG)
    assert "MaxReturned" in COMPLAINTS[0]
    company.close()
