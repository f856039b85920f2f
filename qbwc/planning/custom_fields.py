"""The company's own custom fields at the head of a document, as far as QuickBooks has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from qbwc.documents.base import CLEAR
from qbwc.documents.encoding import cut, printable
from qbwc.lists import Entry
from qbwc.planning.work import Work
from qbwc.planning.world import lookup
from rules_library.decision import decisions
from rules_library.logic import CLEAR as EMPTY

ON_FORMS: Final = frozenset({"Customer"})
"""What else a field may be assigned to that stands on sales forms: the customer's fields do."""
_LONGEST: Final = {"STR255TYPE": 255, "STR1024TYPE": 1024}


def custom_fields(work: Work, kind: str) -> dict[str, Any] | None:
    """Field name, as QuickBooks has it, to text or CLEAR; of several texts the first."""
    label = decisions()["custom_fields"].label
    found: dict[str, Any] = {}
    for given in work.decided["custom_fields"] or ():
        asked = lookup("CustomField", "full_name", given.name)
        known = work.lists.find(asked)
        if not known and work.lists.verified:
            reason = f"{label}: QuickBooks has no custom field {given.name!r}"
            work.hold(reason, "entry", f"CustomField {given.name}")
            continue
        name = known[0].full_name if known else given.name
        if known and not _is_for(known[0], kind):
            reason = f"{label}: the custom field {name!r} is not one of sales forms"
            work.hold(reason, "entry", f"CustomField {name}")
        elif given.value == EMPTY:
            found.setdefault(name, CLEAR)
        else:
            text = _fitted(work, known[0] if known else None, given)
            if text:
                found.setdefault(name, text)
    return found or None


def _is_for(entry: Entry, kind: str) -> bool:
    assigned = {text for path, text in entry.data.items() if path.startswith("AssignToObject")}
    return not assigned or bool(assigned & {kind, *ON_FORMS})


def _fitted(work: Work, entry: Entry | None, given: Any) -> str:
    """The text as its field takes it; a number or a date that is none is held."""
    sort = entry.data.get("DataExtType", "") if entry else ""
    text = printable(given.value)
    if sort in _LONGEST or not sort:
        return cut(text, _LONGEST.get(sort, 255))
    reads, said = _READERS.get(sort, (str, "texts"))
    try:
        reads(text)
    except (ValueError, InvalidOperation):
        label = decisions()["custom_fields"].label
        work.hold(f"{label}: {given.name!r} takes {said}, not {text!r:.60}", "rule")
        return ""
    return text


def _number(text: str) -> None:
    if not Decimal(text).is_finite():
        raise ValueError(text)


_READERS: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "INTTYPE": (int, "whole numbers"),
    "AMTTYPE": (_number, "amounts"),
    "PRICETYPE": (_number, "prices"),
    "QUANTYPE": (_number, "numbers"),
    "PERCENTTYPE": (_number, "numbers"),
    "DATETIMETYPE": (lambda text: date.fromisoformat(text[:10]), "dates (year-month-day)"),
}
