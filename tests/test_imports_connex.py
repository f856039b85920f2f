"""Connex's rules from CSV: understood whole, or refused with every row that is at fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_library import logic
from rules_library.decision import decisions
from rules_library.imports.connex import ConnexError, import_connex
from rules_library.imports.connex_actions import ACTIONS, find_action
from rules_library.rulebook import Rulebook

HEADER = "name,action,field,map from,comparison,conjunction,map to\n"


def rules(*rows: str) -> dict[str, Any]:
    file = import_connex(HEADER + "\n".join(rows))
    Rulebook.from_file(file)
    found: dict[str, Any] = file["rules"]
    return found


def faults(*rows: str, header: str = HEADER) -> list[tuple[int, str]]:
    with pytest.raises(ConnexError) as caught:
        import_connex(header + "\n".join(rows))
    return [(fault.row, fault.sentence) for fault in caught.value.faults]


def when(row: str) -> Any:
    (rule,) = rules(row).values()
    return rule["cases"][0]["when"]


def test_the_rule_of_the_manual_marks_paypal_as_unpaid() -> None:
    found = rules("Mark as unpaid,Mark invoice as unpaid,Payment Method,PayPal,equals,,true")
    assert found == {
        "mark_invoice_unpaid": {
            "cases": [
                {
                    "title": "Mark as unpaid", "note": "", "enabled": True,
                    "when": {"is": [{"var": "payment.method"}, "PayPal"]}, "then": True,
                }
            ]
        }
    }  # fmt: skip


def test_rows_of_one_name_are_one_rule_joined_by_its_conjunction() -> None:
    found = rules(
        "CA wholesale,Map Order Class,Shipping State,CA,equals,AND,West",
        'ca Wholesale,map order class,Order Total,"1,000",greater,,West',
    )
    assert found["class"]["cases"][0]["when"] == {
        "and": [{"is": [{"var": "shipping.region"}, "CA"]}, {">": [{"var": "order.total"}, 1000]}]
    }
    assert len(found["class"]["cases"]) == 1


def test_a_rule_that_mixes_and_with_or_is_refused_with_the_row() -> None:
    row = "X,Map Order Class,Shipping State,{},equals,{},West"
    ((number, sentence),) = faults(
        row.format("CA", "AND"), row.format("NV", "and"), row.format("OR", "OR")
    )
    assert number == 4
    assert "mixes AND with OR" in sentence


def test_rows_that_map_to_different_values_are_cases_in_order() -> None:
    found = rules(
        "Class,Map Order Class,Store,shopify,equals,OR,Web",
        "Class,Map Order Class,Store,amazon,equals,OR,Amazon",
        "Class,Map Order Class,Store,ebay,equals,,Web",
    )
    assert [case["then"] for case in found["class"]["cases"]] == ["Web", "Amazon"]
    assert len(found["class"]["cases"][0]["when"]["or"]) == 2


def test_several_conditions_need_a_conjunction() -> None:
    row = "X,Map Order Class,Shipping State,{},equals,,West"
    assert "say AND or OR" in faults(row.format("CA"), row.format("NV"))[0][1]
    joined = "X,Map Order Class,Shipping State,{},equals,AND,{}"
    told = faults(joined.format("CA", "A"), joined.format("NV", "B"))
    assert "different values" in told[0][1]


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("equals", {"is": [{"var": "customer.company"}, "Doe"]}),
        ("Not Equals", {"!": {"is": [{"var": "customer.company"}, "Doe"]}}),
        ("contains", {"contains": [{"var": "customer.company"}, "Doe"]}),
        ("Starts With", {"starts_with": [{"var": "customer.company"}, "Doe"]}),
        ("ends with", {"ends_with": [{"var": "customer.company"}, "Doe"]}),
        ("does not contain", {"!": {"contains": [{"var": "customer.company"}, "Doe"]}}),
        ("=", {"is": [{"var": "customer.company"}, "Doe"]}),
        ("", {"is": [{"var": "customer.company"}, "Doe"]}),
    ],
)
def test_comparisons_of_text(comparison: str, expected: Any) -> None:
    assert when(f"X,Terms,Company,Doe,{comparison},,Net 30") == expected


def test_comparisons_of_numbers_dates_and_nothing() -> None:
    assert when("X,Terms,Order total,9.50,less,,N") == {"<": [{"var": "order.total"}, 9.5]}
    day = {"var": "order.placed_on"}
    assert when("X,Terms,Order date,2026-11-01,greater,,N") == {"after": [day, "2026-11-01"]}
    company = {"is_empty": {"var": "customer.company"}}
    assert when("X,Terms,Company,,is empty,,N") == company
    assert when("X,Terms,Company,,is not empty,,N") == {"!": company}


def test_map_all_copies_the_field_where_it_is_not_empty() -> None:
    (case,) = rules("PO,Map PO Number,Customer note,Map All,,,")["po_number"]["cases"]
    assert case["then"] == {"var": "order.note"}
    assert case["when"] == {"!": {"is_empty": {"var": "order.note"}}}


def test_a_rule_without_a_field_holds_for_every_order() -> None:
    assert when("X,Add Order Prefix,,,,,WEB-") is True


def test_a_field_of_a_line_means_any_line_where_the_order_is_decided() -> None:
    any_line = {"some": [{"var": "lines"}, {"is": [{"var": "sku"}, "A"]}]}
    assert when("X,Map Order Class,SKU,A,equals,,C") == any_line
    no_line = {"none": [{"var": "lines"}, {"is": [{"var": "sku"}, "A"]}]}
    assert when("X,Map Order Class,SKU,A,not equals,,C") == no_line
    assert when("X,Map Class on Line Items,SKU,A,equals,,C") == {"is": [{"var": "line.sku"}, "A"]}


def test_conditions_on_a_line_joined_by_and_are_about_the_same_line() -> None:
    found = rules(
        "X,Map Order Class,SKU,A,equals,AND,C", "X,Map Order Class,Quantity,2,greater,AND,C"
    )
    both = {"and": [{"is": [{"var": "sku"}, "A"]}, {">": [{"var": "quantity"}, 2]}]}
    assert found["class"]["cases"][0]["when"] == {"some": [{"var": "lines"}, both]}


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_is_imported_or_refused_by_name_with_the_reason(name: str) -> None:
    action = ACTIONS[name]
    values = {"transaction type": "Invoices", "order date": "2026-11-01", "ship date": "2026-11-01",
              "mark invoice as unpaid": "true", "do not import order": "", "remove tax": "",
              "exclude from inventory": "", "multiply quantity": "12",
              "shipping surcharge": "Fees; 1.25", "custom fields": "Lot; 7"}  # fmt: skip
    of = "Store" if name == "exclude from inventory" else "Payment method"
    row = f"X,Map {name},{of},Visa,equals,,{values.get(name, 'Net 30')}"
    if name == "split sku":
        row = row.replace("Net 30", "-")
    if action.decision in decisions():
        assert action.decision in rules(row)
    else:
        ((number, sentence),) = faults(row)
        assert number == 2
        assert f"does not have the decision {action.decision} yet" in sentence


def test_the_actions_are_all_of_connex_however_they_are_spelled() -> None:
    named = (
        "Map Transaction Type, Do Not Import Order, Mark invoice as unpaid, Map Order Class, "
        "Map Class on Line Items, Map order number, Add Order Prefix, Map PO Number, "
        "Map Order Date, ship date, order template, terms, sales rep, Order Other, FOB, "
        "A/R account, currency code, Map Order Deposit Account, payment method, "
        "payment reference, shipping method, shipping surcharge, override shipping, "
        "Map discount, item tax code, shipping tax code, discount tax code, sales tax code, "
        "remove tax, company, Selling Channel, customer type, custom fields, Map SKU/Product, "
        "split SKU, trim SKU, inventory site, unit of measure, multiply quantity, price level, "
        "title to item name, exclude from inventory, mark invoice unpaid"
    )
    assert [name for name in named.split(", ") if find_action(name) is None] == []


@pytest.mark.parametrize(
    ("action", "map_to", "sku", "item"),
    [
        ("split SKU", "-", "HAM-16-XL", "HAM"),
        ("split SKU", "--", "HAM-16--XL", "HAM-16"),
        ("split SKU", "-", "HAM", "HAM"),
        ("trim SKU", "3", "HAM-16", "HAM"),
        ("trim SKU", "-3", "HAM-16", "HAM"),
        ("trim SKU", "ham-", "HAM-16", "16"),
        ("trim SKU", "-FBA", "HAM-FBA", "HAM"),
        ("title to item name", "", "HAM", "Hammer"),
    ],
)
def test_skus_are_split_and_trimmed(action: str, map_to: str, sku: str, item: str) -> None:
    (case,) = rules(f"X,{action},,,,,{map_to}")["item"]["cases"]
    facts = {"line": {"sku": sku, "name": "Hammer"}}
    assert logic.compile_rule(case["then"]).evaluate(facts) == item


def test_every_fault_is_told_with_its_row_and_nothing_is_imported() -> None:
    told = dict(
        faults(
            "A,Map Order Clas,Store,x,equals,,Y",
            "B,Map Order Class,Nonsense field,x,equals,,Y",
            "",
            "C,Map Order Class,Store,x,equalz,,Y",
            "D,Map Order Class,Store,,equals,,Y",
            "E,Map Order Class,Store,x,equals,XOR,Y",
            "F,Transaction type,Store,x,equals,,Invoicing",
            "G,Map Order Date,Store,x,equals,,soon",
            "H,Terms,Order total,much,greater,,Y",
            "I,Terms,Store,x,equals,,",
            "J,Terms,Store,x,equals,,Net 30",
        )
    )
    assert sorted(told) == [2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert "Did you mean" in told[2]
    assert "Did you mean equal" in told[5]
    assert told[11] == "map to is empty"


def test_a_rule_has_one_action() -> None:
    ((number, sentence),) = faults(
        "A,Terms,Store,x,equals,OR,Net 30", "A,FOB,Store,y,equals,OR,Net 30"
    )
    assert number == 3
    assert "another action in row 2" in sentence


def test_headers_are_read_in_any_case_and_order_and_other_separators() -> None:
    file = import_connex(b"\xef\xbb\xbfMap To;MAP_FROM;Name;Action;Field;Comparison;Conjunction\r\n"
                         b"Net 30;x;A;Terms;Store;equals;\r\n")  # fmt: skip
    assert file["rules"]["terms"]["cases"][0]["then"] == "Net 30"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("name,action\n", "no column 'field'"),
        (HEADER.replace("name", "name,name"), "twice"),
        (HEADER.replace("name", "name,colour"), "'colour' is not known"),
        (HEADER + 'A,"unclosed', "not a CSV"),
        (HEADER + "A,Terms,,,,,N,more", "more than 7 cells"),
        (HEADER + ",Terms,,,,,N", "no name"),
        (HEADER + "A,,,,,,N", "no action"),
        (HEADER + "A,Terms,,,,," + "x" * 5000, "longer than"),
        (HEADER + "A,Terms,,,,,N\n" * 20_001, "more than 20000 rows"),
        ("x" * (9 << 20), "larger than"),
    ],
)
def test_what_is_no_such_file_is_refused(data: str | bytes, said: str) -> None:
    with pytest.raises(ConnexError, match=said):
        import_connex(data)


def test_a_line_field_cannot_be_copied_to_an_order() -> None:
    assert "many lines" in faults("A,Map Order Class,SKU,map all,,,")[0][1]


def test_an_empty_list_of_rules_is_an_empty_rulebook() -> None:
    assert import_connex(HEADER) == {"rulebooks": 1, "rules": {}, "tables": {}}


CELLS = st.one_of(
    st.sampled_from(
        ["A", "B", "Terms", "trim sku", "Map Order Date", "SKU", "Order total", "1e999", "NaN",
         "equals", "greater", "AND", "OR", "", "map all", "-5", "\x00", "custom.", "raw.x", '"']
    ),
    st.text(max_size=5),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(CELLS, max_size=8), max_size=4))
def test_whatever_the_rows_hold_they_are_a_rulebook_or_named_faults(rows: list[list[str]]) -> None:
    told: list[Any] = []
    file: Any = {"rulebooks": 1}
    try:
        file = import_connex(HEADER + "\n".join(",".join(row) for row in rows))
    except ConnexError as error:
        told = error.faults
    assert told or "rules" in file
    Rulebook.from_file(file)
