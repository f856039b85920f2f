"""The table of sales tax by place, pasted from a spreadsheet: text to table and back."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any, Final

from app.models import Company
from app.rules.releases import content_of, current_release
from app.rules.settling import published_rule
from rules_library.decision import decisions
from rules_library.logic import Table, TableError
from rules_library.logic.table import ANY
from rules_library.rule import canonical

NAME: Final = "sales_tax"
PLACES: Final = {
    "shipping.country": "Country",
    "shipping.region": "State or province",
    "shipping.city": "City",
    "shipping.postal_code": "ZIP or postal code",
}
LOOK_UP: Final[dict[str, Any]] = {"lookup": [NAME, [{"var": path} for path in PLACES]]}
LARGEST: Final = 1_500_000
"""Characters that are taken: 10,000 rows are a fifth of it."""


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The table as a page shows it."""

    text: str
    """The rows as a spreadsheet copies them."""
    otherwise: str
    rows: int
    is_used: bool
    """Whether the rule looks it up where no case fits."""
    decision: str
    """The decision that it answers."""

    @property
    def label(self) -> str:
        """What the last column holds."""
        return decisions()[self.decision].label


def decision_of(company: Company) -> str:
    """In the US a tax item says what is computed; elsewhere a tax code does."""
    return "tax_item" if company.country == "US" else "tax_code"


def tax_table(company: Company) -> TaxTable:
    """The table as it is published."""
    key = decision_of(company)
    used = canonical(published_rule(company, key)["otherwise"]) == canonical(LOOK_UP)
    held = content_of(current_release(company), "tables", NAME)
    if held is None or len(held["keys"]) != len(PLACES):
        return TaxTable("", "", 0, is_used=False, decision=key)
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(held["rows"])
    otherwise = "" if held["otherwise"] is None else str(held["otherwise"])
    return TaxTable(out.getvalue(), otherwise, len(held["rows"]), is_used=used, decision=key)


def read_table(text: str, otherwise: str) -> dict[str, Any] | None:
    """The table that was pasted; None for nothing.

    A row has country, state, city, ZIP and the tax; an empty cell or * stands for any. Columns
    may be left out at the left: two cells are a state and its tax.

    Raises:
        TableError: It cannot be used; the sentence says which row is wrong.
    """
    if len(text) > LARGEST:
        raise TableError("The table is too long; up to 10,000 rows fit.")
    mark = next((one for one in "\t;," if one in text), "\t")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    rows = []
    try:
        for number, cells in enumerate(reader, 1):
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed) and not (number == 1 and _is_head(trimmed)):
                rows.append(_row(trimmed, number))
    except csv.Error as error:
        raise TableError(f"The table cannot be read: {error}.") from None
    if not rows:
        return None
    return Table(list(PLACES), rows, otherwise.strip() or None).to_json()


def _is_head(cells: list[str]) -> bool:
    known = {"country", "state", "province", "region", "city", "zip", "postal code", "county"}
    return any(cell.casefold() in known for cell in cells)


def _row(cells: list[str], number: int) -> list[str]:
    if len(cells) == 2:  # noqa: PLR2004 - a state and its tax
        cells = ["", cells[0], "", "", cells[1]]
    if len(cells) != len(PLACES) + 1:
        raise TableError(
            f"Row {number} has {len(cells)} columns; there are five (country, state, city, ZIP, "
            "tax) or two (state, tax)."
        )
    if not cells[-1]:
        raise TableError(f"Row {number} has no tax in its last column.")
    if any(not cell.isprintable() for cell in cells):
        raise TableError(f"Row {number} has a character that cannot be kept.")
    return [cell or ANY for cell in cells[:-1]] + cells[-1:]
