"""Sales tax in Canada, the United Kingdom and Australia: by the code of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from qbwc.practice.books import Books
from qbwc.practice.lines import UNTAXED
from qbwc.practice.list_records import ListRecord
from qbwc.practice.reader import Fields, several
from qbwc.practice.values import ZERO, amount_text, half_up


def tax_of(books: Books, lines: Sequence[Fields], *, included: bool) -> Decimal:
    """The tax of a form's lines; what of an amount is tax is noted on its line as ``_tax``.

    A line that tells its tax keeps it; of the others QuickBooks adds up what has the same code.
    """
    by_code: defaultdict[str, list[Fields]] = defaultdict(list)
    total = ZERO
    for line in lines:
        line.pop("_tax", None)
        code = line.get("SalesTaxCodeRef", "")
        if not code or "Amount" not in line or line.get("_item") in UNTAXED:
            continue
        if line.get("TaxAmount"):
            total += Decimal(line["TaxAmount"])
            line["_tax"] = amount_text(Decimal(line["TaxAmount"])) if included else "0.00"
        else:
            by_code[code].append(line)
    for code, some in by_code.items():
        rates = _rates(books, books.lists[code])
        tax = _tax(_amount(some), rates, included=included)
        total += tax
        if included:
            _divide(some, tax)
    return total


def _rates(books: Books, code: ListRecord) -> list[Decimal]:
    item = books.lists.by_id(code.fields.get("ItemSalesTaxRef") or "")
    if item is None or code.fields.get("IsTaxable") != "true":
        return []
    parts = [item]
    if item.kind == "ItemSalesTaxGroup":
        parts = [books.lists[one] for one in several(item.fields.get("ItemSalesTaxRef"))]
    return [Decimal(part.fields.get("TaxRate") or 0) for part in parts]


def _amount(lines: Sequence[Fields]) -> Decimal:
    return sum((Decimal(line["Amount"]) for line in lines), ZERO)


def _tax(base: Decimal, rates: Sequence[Decimal], *, included: bool) -> Decimal:
    whole = 100 + (sum(rates, ZERO) if included else ZERO)
    return sum((half_up(base * rate / whole) for rate in rates), ZERO)


def _divide(lines: Sequence[Fields], tax: Decimal) -> None:
    """Note each line's share of the tax that is in their amounts."""
    amount, past, given = _amount(lines), ZERO, ZERO
    for line in lines:
        past += Decimal(line["Amount"])
        share = half_up(tax * past / amount) - given if amount else ZERO
        given += share
        line["_tax"] = amount_text(share)
