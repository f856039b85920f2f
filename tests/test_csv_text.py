"""CSV for a spreadsheet: no text is a formula, numbers and dates stay what they are."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.csv_text import cell, lines


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_text_that_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    assert str(cell(text)).startswith("'")


@pytest.mark.parametrize(("value", "written"), [
    (Decimal("-1.50"), "-1.50"), (Decimal("1E+2"), "100"), (None, ""), (3, 3), (True, True),
    (date(2026, 11, 25), "2026-11-25"), ("a\x00b", "ab"), ("plain", "plain"),
])  # fmt: skip
def test_a_value_is_written_as_it_is(value: Any, written: Any) -> None:
    assert cell(value) == written


def test_rows_come_back_as_they_were() -> None:
    rows = [{"a": 'with "quotes", commas\nand lines', "b": Decimal("1.00")}, {"a": "x"}]
    text = "".join(lines(["a", "b"], rows))
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b"], ['with "quotes", commas\nand lines', "1.00"], ["x", ""],
    ]  # fmt: skip
