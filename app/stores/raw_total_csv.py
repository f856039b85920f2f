"""The second opinion on an order of a CSV file: its kept cells added up, straight from the text.

Nothing here is shared with what translates CSV files, as in raw_total.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from babel.numbers import get_currency_precision

ZERO: Final = Decimal(0)
_EXPORT: Final = {"total": "Total", "refunded": "Refunded Amount"}
"""What Shopify's own export calls them."""


@dataclass(frozen=True, slots=True)
class _Cells:
    rows: list[dict[str, str]]
    columns: Mapping[str, str]
    """What a cell is for -> the name of its column."""
    decimal_comma: bool = False

    def each(self, what: str) -> Iterator[Decimal | None]:
        """The amount in each row; None where the cell is empty."""
        for row in self.rows:
            text = row.get(self.columns.get(what, ""), "").strip()
            yield _amount(text, decimal_comma=self.decimal_comma) if text else None

    def first(self, what: str) -> Decimal | None:
        """The order's amount: the first that there is."""
        return next((one for one in self.each(what) if one is not None), None)

    def added(self, *whats: str) -> Decimal:
        """The order's amounts, added up."""
        return sum((self.first(what) or ZERO for what in whats), ZERO)

    def in_rows(self, what: str) -> Decimal:
        """The amounts of all rows, added up."""
        return sum((one or ZERO for one in self.each(what)), ZERO)


def csv_total(raw: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """What was sold and what of it was given back, as the cells state them.

    A file without a column for the total is added up: lines, discounts, charges and tax.
    """
    rows = [dict(row["cells"]) | dict(row["buyer"]) for row in raw["rows"]]
    if raw["profile"] == "shopify":
        cells = _Cells(rows, _EXPORT)
        return cells.added("total"), abs(cells.added("refunded"))
    how = json.loads(raw["profile"])
    cells = _Cells(rows, how["columns"], bool(how.get("decimal_comma")))
    stated = cells.first("total")
    total = _added_up(cells, how) if stated is None else stated
    return total, abs(cells.added("refunded"))


def _added_up(cells: _Cells, how: Mapping[str, Any]) -> Decimal:
    unit = Decimal(1).scaleb(-get_currency_precision(_currency(cells, how)))
    total = ZERO
    for amount, price, quantity, off in zip(
        *(cells.each(what) for what in ("amount", "price", "quantity", "line_discount")),
        strict=True,
    ):
        gross = amount
        if gross is None and price is not None:
            gross = price * (Decimal(1) if quantity is None else quantity)
        if gross is not None:
            total += gross.quantize(unit, ROUND_HALF_UP) - abs(off or ZERO)
    total += cells.added("shipping", "fee", "tip") + cells.in_rows("line_shipping")
    total -= abs(cells.added("discount"))
    if how.get("taxes_included"):
        return total
    tax = cells.first("tax")
    if tax is None:
        tax = cells.in_rows("line_tax") + cells.in_rows("line_shipping_tax")
    return total + tax


def _currency(cells: _Cells, how: Mapping[str, Any]) -> str:
    column = cells.columns.get("currency", "")
    told = next((row[column] for row in cells.rows if row.get(column)), "")
    return (told or how.get("defaults", {}).get("currency") or "USD").strip().upper()[:3]


def _amount(text: str, *, decimal_comma: bool) -> Decimal:
    """``1,234.50``, ``$5``, ``(5.00)``, ``5.00-``; with a decimal comma the two signs change."""
    whole, point = (".", ",") if decimal_comma else (",", ".")
    bare = re.search(r"[.,]?\d[\d.,]*", re.sub(r"[^\d.,]", "", re.sub(r"[A-Za-z$]+\.?", "", text)))
    digits = bare[0].rstrip(".,") if bare else "0"
    found = Decimal(digits.replace(whole, "").replace(point, "."))
    return -found if re.search(r"[-\u2212(]", text) else found
