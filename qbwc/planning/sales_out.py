"""Sales of QuickBooks to a store: what QuickBooks answered -> a sale, and whether it is sent; pure.

A form's address is a block of lines as it is printed: the name, perhaps a company, the street.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from babel import Locale

from qbwc.documents.base import Document
from rules_library.compiled import Outcome
from rules_library.order import Address
from rules_library.rulebook import Rulebook
from rules_library.sale import ZERO, Sale, SaleLine, sale_facts

DECISION: Final = "send_sale_to_store"
BACK: Final = "shipment_back_as"
TELL: Final = "tell_shipment"
TRACKING: Final = "tracking_number"
KINDS: Final = {
    "SalesOrder": "sales_order", "Invoice": "invoice", "SalesReceipt": "sales_receipt",
}  # fmt: skip
ASKED: Final = (
    "TxnID", "TimeModified", "EditSequence", "CustomerRef", "ClassRef", "TxnDate", "RefNumber",
    "BillAddress", "ShipAddress", "IsPending", "PONumber", "TermsRef", "SalesRepRef", "FOB",
    "ShipDate", "ShipMethodRef", "Memo", "Other", "SalesTaxTotal", "Subtotal", "TotalAmount",
    "AppliedAmount", "CurrencyRef", "IsManuallyClosed", "IsFullyInvoiced",
)  # fmt: skip
"""What is asked for of each; the lines come beside it."""
_GOODS: Final = {"ItemInventory", "ItemInventoryAssembly", "ItemNonInventory"}
_LINE: Final = re.compile(
    r"((?:[A-Za-z]+LineGroupRet(?:\.\d+)?\.)?[A-Za-z]+LineRet(?:\.\d+)?)\.(.+)"
)


def line_elements(kind: str) -> tuple[str, str]:
    """The elements that hold a kind's lines."""
    return f"{kind}LineRet", f"{kind}LineGroupRet"


def decide(rulebook: Rulebook, sale: Sale, store_key: str, store_type: str) -> Outcome:
    """Whether a sale goes to a store: a value of true, and which case says so."""
    return rulebook.decide("sale", sale_facts(sale, store_key, store_type))[DECISION]


def written_back(
    rulebook: Rulebook, sale: Sale, store_key: str, store_type: str
) -> tuple[str, str]:
    """What of a shipment is written to the sale, and what is wrong with the rule if it fails."""
    outcome = rulebook.decide("sale", sale_facts(sale, store_key, store_type))[BACK]
    if outcome.error:
        return "none", f"The rule cannot be used: {outcome.error}"
    return outcome.value, ""


def told_to_shop(
    rulebook: Rulebook, sale: Sale, store_key: str, store_type: str
) -> tuple[str | None, str]:
    """The tracking number of which the sale's own shop is told, and what is wrong with the rules.

    None: the shop is told of no shipment of this sale; empty: of none as yet.
    """
    found = rulebook.decide("sale", sale_facts(sale, store_key, store_type))
    tell, number = found[TELL], found[TRACKING]
    if error := tell.error or (number.error if tell.value else ""):
        return None, f"The rule cannot be used: {error}"
    if not tell.value:
        return None, ""
    return number.value.strip() if isinstance(number.value, str) else "", ""


def shipped(
    kind: str, data: Mapping[str, str], shipped_on: date, tracking: str, into: str
) -> Document:
    """The change of a sale that was shipped; lines that a mod does not name are left alone.

    A tracking number that the memo has already is not written again.
    """
    fields: dict[str, Any] = {"ShipDate": shipped_on}
    if into == "other" and tracking:
        fields["Other"] = tracking
    memo = data.get("Memo", "")
    if into == "memo" and tracking and tracking not in memo.split():
        fields["Memo"] = f"{memo} {tracking}".strip()
    return Document(kind=kind, action="mod", fields=fields)


def item_names(data: Mapping[str, str]) -> Iterator[str]:
    """The full names of the items in an answer's lines."""
    for path, text in data.items():
        found = _LINE.fullmatch(path)
        if found and found[2] == "ItemRef.FullName":
            yield text


def sale(
    kind: str,
    data: Mapping[str, str],
    *,
    variants: Mapping[str, str],
    customer: Mapping[str, str] | None = None,
) -> Sale:
    """A sale as QuickBooks answered it.

    Args:
        kind: SalesOrder, Invoice or SalesReceipt.
        data: Every text of the answer by its dotted path.
        variants: Full name of an item -> its sort, such as ItemInventory.
        customer: The customer's own record, for what the form does not say.

    Raises:
        ValueError: it has no date.
    """
    customer = customer or {}
    total = _number(data.get("TotalAmount"))
    if kind == "Invoice":
        total = _number(data.get("Subtotal")) + _number(data.get("SalesTaxTotal"))
    return Sale(
        kind=KINDS[kind],
        txn_id=data["TxnID"],
        edit_sequence=data.get("EditSequence", ""),
        number=data.get("RefNumber", ""),
        sold_on=date.fromisoformat(data.get("TxnDate", "")[:10]),
        customer=data.get("CustomerRef.FullName", ""),
        customer_class=data.get("ClassRef.FullName", ""),
        ship_date=_day(data.get("ShipDate", "")),
        ship_method=data.get("ShipMethodRef.FullName", ""),
        terms=data.get("TermsRef.FullName", ""),
        sales_rep=data.get("SalesRepRef.FullName", ""),
        po_number=data.get("PONumber", ""),
        memo=data.get("Memo", ""),
        fob=data.get("FOB", ""),
        other=data.get("Other", ""),
        email=customer.get("Email", ""),
        phone=customer.get("Phone", ""),
        currency=data.get("CurrencyRef.FullName", ""),
        tax=_number(data.get("SalesTaxTotal")),
        total=total,
        paid=total if kind == "SalesReceipt" else abs(_number(data.get("AppliedAmount"))),
        is_pending=data.get("IsPending") == "true",
        is_closed="true" in {data.get("IsManuallyClosed"), data.get("IsFullyInvoiced")},
        billing=_address(data, "BillAddress"),
        shipping=_address(data, "ShipAddress"),
        lines=tuple(_lines(data, variants)),
    )


def _lines(data: Mapping[str, str], variants: Mapping[str, str]) -> Iterator[SaleLine]:
    rows: dict[str, dict[str, str]] = {}
    for path, text in data.items():
        if found := _LINE.fullmatch(path):
            rows.setdefault(found[1], {})[found[2]] = text
    for row in rows.values():
        item = row.get("ItemRef.FullName", "")
        variant = variants.get(item, "")
        if not item or variant in {"ItemSubtotal", "ItemPayment"}:
            continue
        sort = "goods" if variant in _GOODS else "service" if variant == "ItemService" else "other"
        yield SaleLine(
            line_id=row.get("TxnLineID", ""),
            kind=sort,
            item=item,
            description=row.get("Desc", ""),
            quantity=_number(row["Quantity"]) if row.get("Quantity") else None,
            rate=_number(row["Rate"]) if row.get("Rate") else None,
            amount=_number(row.get("Amount")),
        )


def _address(data: Mapping[str, str], element: str) -> Address:
    lines = [text for n in range(1, 6) if (text := data.get(f"{element}.Addr{n}", "").strip())]
    name = lines.pop(0).split() if len(lines) > 1 and not _has_digit(lines[0]) else []
    company = lines.pop(0) if len(lines) > 1 and not _has_digit(lines[0]) else ""
    street = [*lines[:2], ", ".join(lines[2:])]
    country = data.get(f"{element}.Country", "").strip()
    return Address(
        first_name=" ".join(name[:-1]) if len(name) > 1 else "".join(name),
        last_name=name[-1] if len(name) > 1 else "",
        company=company,
        line1=street[0] if lines else "",
        line2=street[1] if len(lines) > 1 else "",
        line3=street[-1] if len(lines) > 2 else "",  # noqa: PLR2004
        city=data.get(f"{element}.City", ""),
        region=data.get(f"{element}.State", ""),
        postal_code=data.get(f"{element}.PostalCode", ""),
        country=_countries().get(country.casefold(), ""),
        country_name=country,
    )


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


@cache
def _countries() -> Mapping[str, str]:
    """Code of a country by its English name, by itself, and as people shorten it."""
    names: Mapping[str, str] = Locale("en").territories
    codes = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha()}  # noqa: PLR2004
    found = {name.casefold(): code for code, name in codes.items()}
    return found | {code.casefold(): code for code in codes} | {
        "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "uk": "GB",
        "great britain": "GB", "england": "GB",
    }  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: Any) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return ZERO
