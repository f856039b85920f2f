"""Connex's fields and comparisons, made into conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final

from rules_library.decision import APART, BadValueError, Decision
from rules_library.facts import FACTS, Fact

from .connex_rows import Row
from .fields import plain, suggest

COMPARISONS: Final = {
    "equals": "is", "equal": "is", "equal to": "is", "is": "is", "is equal to": "is",
    "not equals": "!is", "not equal": "!is", "not equal to": "!is", "does not equal": "!is",
    "is not": "!is", "is not equal to": "!is",
    "contains": "contains", "does not contain": "!contains", "not contains": "!contains",
    "starts with": "starts_with", "begins with": "starts_with",
    "does not start with": "!starts_with", "not starts with": "!starts_with",
    "ends with": "ends_with", "does not end with": "!ends_with", "not ends with": "!ends_with",
    "greater": ">", "greater than": ">", "is greater than": ">",
    "greater or equal": ">=", "greater than or equal": ">=", "greater than or equal to": ">=",
    "less": "<", "less than": "<", "is less than": "<",
    "less or equal": "<=", "less than or equal": "<=", "less than or equal to": "<=",
    "is empty": "is_empty", "empty": "is_empty", "is blank": "is_empty",
    "is not empty": "!is_empty", "not empty": "!is_empty", "is not blank": "!is_empty",
}  # fmt: skip
"""A leading ! means: not."""

_SIGNS: Final = {
    "=": "is", "==": "is", "!=": "!is", "<>": "!is", ">": ">", ">=": ">=", "<": "<", "<=": "<=",
}  # fmt: skip
_DATES: Final = {
    "is": "on", ">": "after", ">=": "on_or_after", "<": "before", "<=": "on_or_before",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One condition; `always` holds for every order. The fact is None when there is no field."""

    fact: str | None
    operator: str = "is_empty"
    value: Any = None
    negated: bool = False
    always: bool = False

    def logic(self, path: str) -> Any:
        """The condition without its not."""
        if self.operator == "is_empty":
            return {"is_empty": {"var": path}}
        return {self.operator: [{"var": path}, self.value]}


def test_of(row: Row, decision: Decision) -> Test:
    """The condition of a row; raises BadValueError with what is wrong."""
    if row.is_map_all:
        if not row.field:
            return Test(None, always=True)
        return Test(_fact(row.field, decision), negated=True)
    if not row.field:
        if row.map_from or row.comparison:
            raise BadValueError("The condition has no field.")
        return Test(None, always=True)
    fact = _fact(row.field, decision)
    written = row.comparison.strip()
    name = _SIGNS.get(written) or COMPARISONS.get(plain(written)) if written else "is"
    if name is None:
        near = get_close_matches(plain(written), COMPARISONS, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadValueError(f"There is no comparison {written!r:.60}.{hint}")
    operator = name.removeprefix("!")
    negated = name.startswith("!")
    if operator == "is_empty":
        if row.map_from:
            raise BadValueError(f"{written!r:.60} takes no map from.")
        return Test(fact, operator, None, negated)
    if not row.map_from:
        raise BadValueError("map from is empty; to find empty fields, compare with is empty")
    return _compared(fact, FACTS.get(fact), operator, row.map_from, negated=negated)


def _compared(path: str, fact: Fact | None, operator: str, written: str, *, negated: bool) -> Test:
    kind = fact.type if fact else "text"
    if kind == "date" and operator in _DATES:
        return Test(path, _DATES[operator], _day(written), negated)
    if kind == "list" and operator == "is":
        return Test(path, "contains", written, negated)
    if operator in {">", ">=", "<", "<="}:
        return Test(path, operator, _number(written), negated)
    if kind in {"number", "money"} and operator == "is":
        return Test(path, operator, _number(written), negated)
    return Test(path, operator, written, negated)


def _number(written: str) -> Any:
    plain_number = written.removeprefix("$").replace(",", "")
    try:
        number = Decimal(plain_number)
    except InvalidOperation:
        raise BadValueError(f"{written!r:.60} is not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 15:  # noqa: PLR2004 - a plain number
        raise BadValueError(f"{written!r:.60} is not a usable number")
    return int(number) if number == number.to_integral_value() else float(number)


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise BadValueError(f"{written!r:.60} is not a date (year-month-day)") from None


_OF_AN_ITEM: Final = {
    "line.sku": "item.name",
    "line.name": "item.description",
    "line.barcode": "item.barcode",
}
"""What a field of a line is where an item is decided about."""


def _fact(field: str, decision: Decision) -> str:
    path = suggest(field)
    if path is None or (path not in FACTS and not path.startswith(("custom.", "raw."))):
        near = get_close_matches(plain(field), [plain(f.label) for f in FACTS.values()], 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadValueError(f"There is no field {field!r:.60}.{hint}")
    if decision.scope == "item":
        path = _OF_AN_ITEM.get(path, path)
    group = path.partition(".")[0]
    known = FACTS.get(path)
    refund = known is not None and known.scope == "refund"
    charge = group == "charge" and "charge" not in decision.scopes
    apart = (group if group in APART else "", decision.scope if decision.scope in APART else "")
    other = apart[0] != apart[1] and group != "store"
    if refund or charge or other:
        raise BadValueError(f"{field!r:.60} is not known where {decision.label!r} is decided.")
    return path


def joined(tests: list[Test], conjunction: str, decision: Decision) -> Any:
    """The tests as one condition.

    Where the decision is not made for each line, a condition on a line means: any line; its
    negation means: no line. Conditions on lines joined by AND are about the same line.
    """
    if any(test.always for test in tests):
        tests = [test for test in tests if not test.always]
        if conjunction == "or" or not tests:
            return True
    single = [test for test in tests if not _through_lines(test, decision)]
    through = [test for test in tests if _through_lines(test, decision)]
    conditions = [_not(test.logic(str(test.fact)), negated=test.negated) for test in single]
    some = [_inside(test) for test in through if not test.negated]
    if some and conjunction == "and":
        conditions.append({"some": [{"var": "lines"}, _all(some)]})
    else:
        conditions += [{"some": [{"var": "lines"}, condition]} for condition in some]
    conditions += [{"none": [{"var": "lines"}, _inside(test)]} for test in through if test.negated]
    return conditions[0] if len(conditions) == 1 else {conjunction: conditions}


def _through_lines(test: Test, decision: Decision) -> bool:
    return str(test.fact).startswith("line.") and "line" not in decision.scopes


def _inside(test: Test) -> Any:
    return test.logic(str(test.fact).removeprefix("line."))


def _all(conditions: list[Any]) -> Any:
    return conditions[0] if len(conditions) == 1 else {"and": conditions}


def _not(condition: Any, *, negated: bool) -> Any:
    return {"!": condition} if negated else condition
