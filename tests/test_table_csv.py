"""Look-up tables as CSV: they come back as they went out, and wrong files are refused whole."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_library.decision import Choice
from rules_library.logic import Table
from rules_library.table_csv import TableCsvError, read_csv, unused, write_csv

cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = cells | st.integers(-1000, 1000) | st.sampled_from(["*", "otherwise", "=1+1", 7.25, None])
values = (
    st.none() | cells | st.booleans() | st.integers() | st.just({"clear": []})
    | st.floats(-1e6, 1e6).map(lambda value: round(value, 4))
)  # fmt: skip


def refused(data: bytes | str, **options: object) -> list[str]:
    with pytest.raises(TableCsvError) as raised:
        read_csv(data, **options)  # type: ignore[arg-type]
    return [str(fault) for fault in raised.value.faults]


@given(
    st.lists(st.tuples(keys, keys, values), max_size=8),
    values,
    st.sampled_from([",", ";", "\t"]),
)
def test_every_table_comes_back_as_it_went_out(
    rows: list[tuple[object, object, object]], otherwise: object, delimiter: str
) -> None:
    try:
        table = Table(["region", "size (number)"], rows, otherwise)
    except ValueError:
        return
    assert read_csv(write_csv(table, delimiter=delimiter)).to_json() == table.to_json()


def test_a_table_of_texts_is_written_plainly() -> None:
    table = Table(["region"], [["CA", "CA 7.25"], ["*", None]], "Out of state")
    assert write_csv(table) == "region,value\r\nCA,CA 7.25\r\n*,\r\notherwise,Out of state\r\n"


def test_number_keys_are_written_canonically_and_say_so() -> None:
    table = Table(["weight"], [[5.0, True], [0.5, False]], None)
    written = "weight (number),value (yes/no)\r\n5,yes\r\n0.5,no\r\notherwise,\r\n"
    assert write_csv(table) == written


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found_in_the_header(delimiter: str) -> None:
    text = "state,city,value\nNY,'a;b',Tax\notherwise,,Non\n".replace(",", delimiter)
    text = text.replace("'a;b'", '"a,;\tb"')
    assert read_csv(text).lookup(["ny", "a,;\tb"]) == "Tax"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(encoding: str) -> None:
    table = read_csv("état,value\nQuébec,QST\notherwise,\n".encode(encoding))
    assert table.keys == ("état",)
    assert table.lookup("québec") == "QST"


def test_a_quoted_line_break_stays_in_its_cell_and_rows_are_counted_as_in_a_spreadsheet() -> None:
    text = 'sku,value\r\n"a\r\nb",One\r\n\r\nc\r\n'
    assert refused(text, otherwise=None) == ["Row 4: 2 columns expected, 1 found"]


def test_duplicate_keys_are_told_with_both_rows() -> None:
    text = "sku,value\nA1,x\nB2,y\n a1 ,z\notherwise,\n"
    assert refused(text) == ['Row 4: the same keys as in row 2: " a1 "']


def test_the_otherwise_row_is_required_unless_it_is_given() -> None:
    text = "sku,value\nA,x\n"
    assert "otherwise" in refused(text)[0]
    assert read_csv(text, otherwise="y").lookup("B") == "y"


def test_two_otherwise_rows_are_refused() -> None:
    text = "sku,value\notherwise,x\nOtherwise,y\n"
    assert refused(text) == ['Row 3: "otherwise" stands in row 2 already']


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,yes", 'weight: "x" is not a number'),
        ("1,maybe", 'value: "maybe" is neither yes nor no'),
        (",yes", 'weight: "" is not a number'),
        ('"7,25",yes', 'weight: "7,25" is not a number'),
        ("0.1234567890123456789,yes", "more digits"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_and_column(row: str, said: str) -> None:
    (fault,) = refused(f"weight (number),value (yes/no)\n{row}\n", otherwise=None)
    assert fault.startswith("Row 2: ")
    assert said in fault


def test_a_value_that_the_decision_cannot_use_is_refused() -> None:
    kind = Choice({"hold": "Hold"})
    text = "sku,value\nA,hold\nB,keep\notherwise,hold\n"
    assert refused(text, check=kind.read) == ["Row 3: value: 'keep' is none of hold"]


def test_other_key_columns_than_the_tables_are_refused() -> None:
    assert "should be" in refused("state,value\notherwise,\n", keys=["region"])[0]
    assert read_csv("Region,value\notherwise,\n", keys=["region"]).keys == ("region",)


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b"", "Row 1"),
        (b"only\nA\n", "Row 1"),
        (b",value\notherwise,\n", "Row 1"),
        (b"sku,value\nA,caf\xe9\n", "Row 2"),
        (b'sku,value\nA,"open\n', "Row 2"),
        (b'sku,value\n"A"b,c\n', "Row 2"),
        (b"a,a,value\notherwise,,\n", "Row 1"),
    ],
)
def test_a_broken_file_is_refused_with_the_row(data: bytes, row: str) -> None:
    assert refused(data, otherwise=None)[0].startswith(row)


def test_three_wrong_rows_of_a_hundred_thousand_refuse_the_file_and_all_are_told() -> None:
    rows = [f"SKU-{number},Item {number}" for number in range(100_000)]
    rows[10], rows[500], rows[99_999] = "SKU-1,Twice", "SKU-500", ",No key"
    begun = time.perf_counter()
    faults = refused("\n".join(["sku,value", *rows, "otherwise,"]))
    assert [fault.split(":")[0] for fault in faults] == ["Row 12", "Row 502", "Row 100001"]
    assert time.perf_counter() - begun < 10


def test_only_the_first_hundred_faults_are_told_and_the_rest_counted() -> None:
    with pytest.raises(TableCsvError) as raised:
        read_csv("sku,value\n" + "A\n" * 250, otherwise=None)
    assert (len(raised.value.faults), raised.value.total) == (100, 250)
    assert str(raised.value).endswith("... and 150 more")


def test_rows_that_no_key_finds_are_unused() -> None:
    table = Table(["region", "size"], [["CA", 1, "a"], ["CA", "*", "b"], ["*", 2, "c"]])
    assert unused(table, [["ca ", "1"], ["NY", 2], ["TX", 9]]) == [2]
