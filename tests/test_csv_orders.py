"""Orders from CSV files: Shopify's export, mapped files, wrong rows, hostile files, the command."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.stores.csv_file import (
    FORMAT,
    Found,
    NotASheet,
    Profile,
    RowError,
    guessed,
    is_export,
    open_sheet,
    read_orders,
)
from app.stores.csv_file.cells import Rows, WrongCell
from app.stores.errors import SettingsRefused
from app.stores.formats import Shop, formats
from app.stores.payload import dump_raw, load_raw
from app.stores.personal import without_personal
from app.stores.raw_total import raw_total
from rules_library.order import Order
from tests.conftest import shared
from tests.csv_files import MAPPED, PROFILE, SHOPIFY, mapped_rows, shopify_order, text
from tests.flows import Flow, Ran, line, order

SHOP = Shop(key="csv", type="csv", zone="America/New_York", currency="USD")


def found(
    rows: list[dict[str, Any]], profile: dict[str, Any] | None = None, **changed: Any
) -> list[Found | RowError]:
    """What a file of these rows holds; mapped when there is a profile."""
    chosen = Profile.read(profile | changed) if profile else None
    columns = dict.fromkeys(
        [*(MAPPED if profile else SHOPIFY), *(key for row in rows for key in row)]
    )
    return [*read_orders(open_sheet(text(columns, rows).encode()), chosen, SHOP)]


def one(rows: list[dict[str, Any]], profile: dict[str, Any] | None = None, **changed: Any) -> Order:
    """The only order of such a file."""
    (only,) = found(rows, profile, **changed)
    assert isinstance(only, Found), only
    return only.order


def wrong(
    rows: list[dict[str, Any]], profile: dict[str, Any] | None = None, **changed: Any
) -> RowError:
    """Why the only order of such a file is refused."""
    (only,) = found(rows, profile, **changed)
    assert isinstance(only, RowError), only
    return only


def test_shopifys_export_is_an_order_that_adds_up() -> None:
    order = one(shopify_order())
    assert order.arithmetic == "lines 45.00 + shipping 6.00 + tax 3.06 = 54.06"
    assert order.difference == 0
    assert [(line.sku, line.quantity, line.gross, line.discount) for line in order.lines] == [
        ("MUG", Decimal(2), Decimal("30.00"), Decimal("3.00")),
        ("PLATE", Decimal(1), Decimal("20.00"), Decimal("2.00")),
    ]
    assert [(tax.name, tax.rate, tax.amount) for tax in order.taxes] == [
        ("NY State Tax 4%", Decimal(4), Decimal("2.04")),
        ("County Tax 2%", Decimal(2), Decimal("1.02")),
    ]  # fmt: skip
    assert order.placed_at == datetime(2026, 11, 5, 15, 0, tzinfo=UTC)
    assert (order.customer.first_name, order.customer.last_name) == ("Ada King", "Lovelace")
    assert (order.billing.postal_code, order.billing.country) == ("02139", "US")
    assert order.customer_note == "Leave at\nthe door"
    assert order.attributes == {"gift": "yes"}
    assert order.tags == ("vip", "fall")
    (paid,) = order.payments
    assert (paid.amount, paid.method, paid.reference) == (
        Decimal("54.06"), "Visa + Gift Card", "c1.1",
    )  # fmt: skip


def test_prices_with_tax_in_them_are_told_by_the_total() -> None:
    order = one(shopify_order(Total="51.00", Taxes="3.06"))
    assert order.prices_include_tax
    assert (order.tax_total, order.difference) == (Decimal("3.06"), Decimal(0))


def test_a_shipping_discount_is_on_the_shipping() -> None:
    rows = shopify_order(
        **{"Subtotal": "50.00", "Total": "54.06", "Shipping": "6.00", "Discount Amount": "5.00"}
    )
    order = one(rows)
    assert order.difference == 0
    assert order.charges[0].discount == 5
    assert all(not line.discount for line in order.lines)


def test_an_export_that_does_not_add_up_is_imported_to_be_held() -> None:
    order = one(shopify_order(Total="60.00"))
    assert order.difference == Decimal("5.94")


@pytest.mark.parametrize(
    ("amount", "status", "lines", "net", "tax"),
    [("54.06", "refunded", 2, "51.00", "3.06"), ("10.00", "partially_refunded", 0, "10.00", "0")],
)
def test_a_refund_is_whole_or_an_amount(
    amount: str, status: str, lines: int, net: str, tax: str
) -> None:
    rows = shopify_order(**{"Refunded Amount": amount, "Financial Status": status})
    (back,) = one(rows).refunds
    assert (back.total, back.net, back.tax) == (Decimal(amount), Decimal(net), Decimal(tax))
    assert len(back.lines) == lines
    assert back.difference == 0
    assert back.payments[0].kind == "refund"


def test_what_is_not_paid_has_no_payment() -> None:
    order = one(shopify_order(**{"Financial Status": "pending", "Outstanding Balance": "54.06"}))
    assert (order.payments, order.payment_status) == ((), "pending")
    part = one(
        shopify_order(**{"Financial Status": "partially_paid", "Outstanding Balance": "20.00"})
    )
    assert part.captured == Decimal("34.06")


def test_a_mapped_file_is_an_order() -> None:
    order = one(mapped_rows(), PROFILE)
    assert order.difference == 0
    assert order.total == Decimal("31.90")
    assert order.placed_at == datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
    assert [(line.sku, line.gross) for line in order.lines] == [
        ("MUG", Decimal(20)),
        ("PLATE", Decimal(5)),
    ]
    assert (order.payments[0].method, order.captured) == ("PayPal", Decimal("31.90"))
    assert (order.customer.first_name, order.customer.last_name) == ("Ada", "Lovelace")


def test_a_name_of_one_word_is_kept() -> None:
    customer = one(mapped_rows(Buyer="Cher"), PROFILE).customer
    assert (customer.first_name, customer.last_name) == ("Cher", "")


def test_rows_of_an_order_need_not_be_together() -> None:
    first, second = mapped_rows()
    both = found([first, *mapped_rows("A2"), second], PROFILE)
    assert [len(each.order.lines) for each in both if isinstance(each, Found)] == [2, 2]


def test_decimal_commas_semicolons_and_the_old_code_page() -> None:
    rows = mapped_rows(Buyer="Jürgen Groß")
    for row in rows:
        for key in ("Unit Price", "Postage", "VAT", "Total"):
            row[key] = f"{row[key].replace('.', ',')} €"
        row["Date"] = "5.11.26 14:30"
    data = text(MAPPED, rows, ";").encode("cp1252")
    profile = Profile.read({**PROFILE, "decimal_comma": True})
    (only,) = read_orders(open_sheet(data), profile, SHOP)
    assert isinstance(only, Found), only
    assert only.order.total == Decimal("31.90")
    assert only.order.customer.last_name == "Groß"
    assert only.order.placed_at == datetime(2026, 11, 5, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found_out(coding: str, separator: str) -> None:
    sheet = open_sheet(text(MAPPED, mapped_rows(Buyer="Zoë, Ray"), separator).encode(coding))
    assert sheet.columns == MAPPED
    assert next(iter(sheet.rows())).cells["Buyer"] == "Zoë, Ray"


@pytest.mark.parametrize(
    ("text_", "comma", "value"),
    [
        ("1,234.50", False, "1234.50"), ("$5", False, "5"), ("(5.00)", False, "-5.00"),
        ("-$5.00", False, "-5.00"), ("5.00-", False, "-5.00"), ("USD 7.1", False, "7.1"),
        (".5", False, "0.5"), ("1.234,50 €", True, "1234.50"), ("1 234,5", True, "1234.5"),
        ("€-3,20", True, "-3.20"), ("CA$12.00", False, "12.00"), ("0", False, "0"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text_: str, comma: bool, value: str) -> None:
    assert Rows([], decimal_comma=comma).number_in(text_, "Total", 0) == Decimal(value)


@pytest.mark.parametrize(
    "text_",
    ["12,5", "1.2.3", "=1+1", "abc", "1e5", "--5", "1,23,4", "", "NaN", "∞", "٣", "9" * 13, "5 5"],
)
def test_what_is_no_amount_is_named(text_: str) -> None:
    with pytest.raises(WrongCell):
        Rows([]).number_in(text_, "Total", 0)


@given(st.text(max_size=60))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    named: set[str] = set()
    for comma in (False, True):
        try:
            assert Rows([], decimal_comma=comma).number_in(cell, "Total", 0).is_finite()
        except WrongCell as error:
            named.add(error.column)
    for dates in ("iso", "mdy", "dmy", "%d %b %Y"):
        try:
            assert Rows([], dates=dates).moment_in(cell, "Date", 0).tzinfo is not None
        except WrongCell as error:
            named.add(error.column)
    assert named <= {"Total", "Date"}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(NotASheet):
        assert all(row.number > 1 for row in open_sheet(data).rows())


def test_a_wrong_row_names_itself_and_keeps_its_order_out() -> None:
    first, second = mapped_rows()
    second["Unit Price"] = "five"
    refused, kept = found([first, second, *mapped_rows("A2")], PROFILE)
    assert isinstance(refused, RowError)
    assert (refused.row, refused.order, refused.column, refused.value) == (
        3, "A1", "Unit Price", "five",
    )  # fmt: skip
    assert "no amount" in refused.what
    assert isinstance(kept, Found)


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"Date": "2026-11-05"}, "Date", "choose how the file writes dates"),
        ({"Date": "31/02/2026"}, "Date", "no date"),
        ({"Total": "31,90"}, "Total", "no amount; if the file has a decimal comma, say so"),
        ({"Total": "40.00"}, "Total", "another row of the order says"),
        ({"Qty": "=2*3"}, "Qty", "no amount"),
        ({"Unit Price": ""}, "Unit Price", "empty"),
    ],
)
def test_wrong_cells_say_what_to_do(changed: dict[str, str], column: str, said: str) -> None:
    rows = mapped_rows(**changed)
    refused = wrong(rows if said.startswith("another") else rows[:1], PROFILE)
    assert refused.column == column
    assert said in refused.what, refused.what


def test_shopifys_wrong_cells_are_named() -> None:
    assert wrong(shopify_order(Total="abc")).column == "Total"
    assert wrong(shopify_order(**{"Financial Status": "weird"})).column == "Financial Status"
    assert wrong(shopify_order()[1:]).what.startswith("the cell is empty; the order's first row")


def test_numbers_that_a_spreadsheet_cut_are_refused() -> None:
    assert "spreadsheet has cut" in wrong(mapped_rows("5.2E+12"), PROFILE).what


def test_a_row_without_a_number_or_with_too_many_cells_is_named() -> None:
    (nameless,) = found([mapped_rows("")[0]], PROFILE)
    assert isinstance(nameless, RowError)
    assert (nameless.row, nameless.column) == (2, "Order No")
    head, row, _ = text(MAPPED, mapped_rows()).splitlines()
    (crowded,) = read_orders(
        open_sheet(f"{head}\n{row},more\n".encode()), Profile.read(PROFILE), SHOP
    )
    assert isinstance(crowded, RowError)
    assert "more cells" in crowded.what


def test_formulas_are_only_text() -> None:
    order = one(
        mapped_rows(Item='=HYPERLINK("http://x")', SKU='="00123"', Buyer="@SUM(A1)"), PROFILE
    )
    assert order.lines[0].name == '=HYPERLINK("http://x")'
    assert order.lines[0].sku == "00123"


def test_columns_of_the_same_name_are_told_apart() -> None:
    assert open_sheet(b"Order,Total,Total,total\n1,2,3,4\n").columns == (
        "Order", "Total", "Total (2)", "total",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf  \n", "empty"), (b"<!DOCTYPE html><p>a,b", "web page"),
        (b"  <html>", "web page"), (b"PK\x03\x04rest", "Excel"), (b"\x89PNG\x00\x00", "bytes"),
        (b"a,b\x00,c\n1,2,3", "bytes"), (b'{"orders": []}', "JSON"),
        (b"hello\nworld", "no columns"),
        (b"a,b\n" + b'1,"' + b"x" * 200_000, "quotation mark"),
        (b"x" * (50 * 2**20), "larger than"),
        (",".join(f"c{at}" for at in range(301)).encode(), "300 columns"),
    ],
)  # fmt: skip
def test_what_is_no_csv_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(NotASheet, match=said):
        list(open_sheet(data).rows())


def test_a_hundred_thousand_rows_with_three_wrong_ones() -> None:
    head = ",".join(MAPPED)
    lines = [head]
    for at in range(100_000):
        price = "x" if at in {10, 50_000, 99_999} else "10.00"
        lines.append(f"N{at},05/11/2026,Mug,MUG,1,{price},,,10.00,Ada Lovelace")
    sheet = open_sheet("\n".join(lines).encode())
    errors = right = 0
    rows = []
    for each in read_orders(sheet, Profile.read(PROFILE), SHOP):
        if isinstance(each, Found):
            right += 1
        else:
            errors += 1
            rows.append(each.row)
    assert (right, errors, rows) == (99_997, 3, [12, 50_002, 100_001])


def test_too_many_rows_are_refused() -> None:
    sheet = open_sheet(b"a,b\n" + b"1,2\n" * 200_001)
    with pytest.raises(NotASheet, match="200,000 rows"):
        list(sheet.rows())


def test_what_is_kept_translates_to_the_same_order() -> None:
    for rows, profile in ((shopify_order(), None), (mapped_rows(), PROFILE)):
        (each,) = found(rows, profile)
        assert isinstance(each, Found)
        assert FORMAT.translate(load_raw(dump_raw(each.raw.raw)), SHOP) == each.order


def test_the_buyer_can_be_taken_out_and_it_still_adds_up() -> None:
    for rows, profile in (
        (shopify_order(), None),
        ([row | {"Remarks": "call Ada"} for row in mapped_rows()], PROFILE),
    ):
        (each,) = found(rows, profile)
        assert isinstance(each, Found)
        left = without_personal(each.raw.raw)
        assert "Ada" not in json.dumps(left)
        order = FORMAT.translate(left, SHOP)
        assert (order.total, order.difference) == (each.order.total, Decimal(0))


def test_the_header_suggests_a_mapping() -> None:
    made = guessed(MAPPED, {"Date": ["13/11/2026"], "Total": ["31.90"]})
    assert made["dates"] == "dmy"
    assert made["columns"] == PROFILE["columns"]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"columns": {}}, "choose a column for: Order number; Ordered on; Price of one"),
        ({**PROFILE, "columns": {**PROFILE["columns"], "evil": "x"}}, "no field 'evil'"),
        ({**PROFILE, "dates": "%q"}, "Dates|pattern"), ({**PROFILE, "dates": "%d"}, "year"),
        ({**PROFILE, "defaults": {"payment_status": "maybe"}}, "no payment status"),
        ({**PROFILE, "more": 1}, "Extra"), ([], "valid"),
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_used_says_why(given_: Any, said: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"(?i){said}"):
        Profile.read(given_)


def test_the_header_of_a_real_export_is_known() -> None:
    data = shared("orders/shopify/csv_admin_orders_export_HEADER.csv").read_bytes()
    assert is_export(open_sheet(data).columns)


# The second opinion

EVERY = {
    "order": "Order No", "placed_at": "Date", "name": "Item", "quantity": "Qty",
    "price": "Unit Price", "shipping": "Postage", "tax": "VAT", "amount": "Amount",
    "line_discount": "Off", "line_tax": "Line VAT", "line_shipping": "Line postage",
    "line_shipping_tax": "VAT on postage", "discount": "Discount", "fee": "Fee", "tip": "Tip",
    "refunded": "Refunded", "total": "Total",
}  # fmt: skip
cents = st.integers(0, 2_000_000).map(lambda number: Decimal(number) / 100)


def opinion(rows: list[dict[str, Any]], profile: Any = None, **changed: Any) -> tuple[Any, ...]:
    """What the cells say was sold and given back, then what the order says."""
    (each,) = found(rows, profile, **changed)
    assert isinstance(each, Found), each
    kept = load_raw(dump_raw(each.raw.raw))
    return *raw_total("csv", kept), each.order.total, each.order.refunded


@pytest.mark.parametrize("changed", [
    {}, {"Total": "51.00"}, {"Total": "60.00"}, {"Refunded Amount": "10.00"},
    {"Refunded Amount": "54.06", "Financial Status": "refunded"},
])  # fmt: skip
def test_a_second_opinion_on_shopifys_export_agrees(changed: dict[str, str]) -> None:
    sold, back, total, refunded = opinion(shopify_order(**changed))
    assert (sold, back) == (total, refunded)
    assert sold == Decimal(changed.get("Total", "54.06"))


def written(amount: Decimal | None, *, comma: bool, style: int) -> str:
    """An amount as people write it."""
    if amount is None:
        return ""
    text_ = f"{amount:,.2f}"
    if comma:
        text_ = text_.translate(str.maketrans(",.", ".,"))
    return (text_, f"${text_}", f"{text_} EUR", f"kr. {text_}")[style]


@settings(deadline=None)
@given(st.data(), st.booleans(), st.booleans(), st.booleans())
def test_a_second_opinion_on_a_mapped_file_agrees(
    data: st.DataObject, comma: bool, included: bool, stated: bool
) -> None:
    style = data.draw(st.integers(0, 3))

    def cell(most: Decimal | None = None) -> str:
        amounts = cents if most is None else cents.filter(lambda amount: amount <= most)
        return written(data.draw(st.none() | amounts), comma=comma, style=style)

    own = data.draw(st.booleans())
    whole = {name: cell() for name in ("Postage", "Fee", "Tip")}
    whole |= {"VAT": "" if own or included else cell(), "Refunded": ""}
    rows = []
    for quantity in data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)):
        price = data.draw(cents.filter(lambda amount: amount >= 1))
        row = {"Order No": "A1", "Date": "05/11/2026", "Item": "Mug", "Qty": str(quantity)}
        row |= {"Unit Price": written(price, comma=comma, style=style), "Off": "0"}
        if data.draw(st.booleans()):
            row["Amount"] = written(price * quantity, comma=comma, style=style)
        if own and not included:
            row |= {"Line VAT": cell(), "Line postage": cell(), "VAT on postage": cell()}
        rows.append(row | whole)
    if stated:
        rows[0]["Total"] = written(data.draw(cents), comma=comma, style=style)
    sold, back, total, refunded = opinion(
        rows, PROFILE | {"columns": EVERY}, decimal_comma=comma, taxes_included=included
    )
    assert (sold, back) == (total, refunded)


def test_a_second_opinion_takes_discounts_and_refunds_off() -> None:
    first, second = mapped_rows(Total="", Discount="-3.00", Refunded="(5.00)", Off="1.50")
    rows = [first, second | {"Total": "", "Discount": "-3.00", "Refunded": "(5.00)"}]
    profile = PROFILE | {"columns": EVERY}
    assert opinion(rows, profile) == (*(Decimal("27.40"), Decimal("5.00")) * 2,)


def test_every_format_has_a_second_opinion() -> None:
    for key in formats():
        with pytest.raises((KeyError, TypeError)) as refused:
            raw_total(key, {})
        assert str(refused.value) != repr(key), key


# The command


def take(flow: Flow, folder: Path, content: str, *more: str) -> Ran:
    file = folder / "orders.csv"
    file.write_text(content, encoding="utf-8")
    return flow.run("orders", "import-csv", flow.company_name, *more, file)


def test_the_command_imports_once_and_updates(flow: Flow, tmp_path: Path) -> None:
    first = text(SHOPIFY, [*shopify_order("#1"), *shopify_order("#2")])
    assert take(flow, tmp_path, first).out == "2 new, 0 changed, 0 unchanged, 0 refused.\n"
    assert take(flow, tmp_path, first).out == "0 new, 0 changed, 2 unchanged, 0 refused.\n"
    later = text(
        SHOPIFY,
        [*shopify_order("#2", **{"Fulfillment Status": "fulfilled"}), *shopify_order("#3")],
    )
    ran = take(flow, tmp_path, later, "--json")
    assert {key: ran.json[key] for key in ("new", "changed", "unchanged", "refused")} == {
        "new": 1, "changed": 1, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    assert flow.order("#2").revision == 2


def test_a_file_with_a_wrong_row_fails_the_command_and_imports_the_rest(
    flow: Flow, tmp_path: Path
) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps(PROFILE), encoding="utf-8")
    content = text(MAPPED, [*mapped_rows("A1"), *mapped_rows("A2", Date="soon")])
    ran = take(flow, tmp_path, content, "--profile", str(profile))
    assert ran.code == 1
    assert "1 new, 0 changed, 0 unchanged, 1 refused." in ran.out
    assert "Row 4, column Date (order A2): 'soon' is no date" in ran.out
    assert set(flow.states()) == {"A1"}


def test_an_order_that_does_not_add_up_is_held(flow: Flow, tmp_path: Path) -> None:
    take(flow, tmp_path, text(SHOPIFY, shopify_order("#1", Total="60.00")))
    flow.sync()
    state, reasons = flow.state("#1")
    assert state == "held"
    assert "60.00" in " ".join(reasons)


def test_the_command_says_what_is_wrong(flow: Flow, tmp_path: Path) -> None:
    ran = take(flow, tmp_path, text(MAPPED, mapped_rows()))
    assert (ran.code, "not that of Shopify's order export" in ran.err) == (1, True)
    ran = take(flow, tmp_path, text(MAPPED, mapped_rows()), "--profile", "none such")
    assert "no profile and no JSON file" in ran.err
    flow.take(order("9", [line("MUG", "1.00")]))
    ran = take(flow, tmp_path, text(SHOPIFY, shopify_order()), "--store", flow.store)
    assert "takes no CSV files" in ran.err
    ran = take(flow, tmp_path, "<html>")
    assert "web page" in ran.err
