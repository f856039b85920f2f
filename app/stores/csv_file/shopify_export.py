"""The order export of Shopify's admin: one row a line item, the order's own cells in its first row.

Subtotal is after discounts, taxes are five name-value pairs of the whole order, and prices hold
the tax where Subtotal and Shipping alone are the Total. A refund is told as an amount without a
date: it is dated when the order was cancelled, or else last paid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from app.stores.amounts import settled, zone_of_offset
from app.stores.csv_file.cells import Rows, WrongCell
from app.stores.csv_file.parts import PAID, discounted, payment, refund, split_name
from app.stores.formats import Shop
from app.stores.node import clean, places_of, rounded
from app.stores.shopify.tax import without_tax
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    Customer,
    Discount,
    FulfillmentStatus,
    Line,
    Order,
    PaymentStatus,
    Tax,
)

NEEDED: Final = frozenset({
    "Name", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
})  # fmt: skip
ORDER: Final = "Name"
_PUBLIC: Final = frozenset({
    "Shipping", "Shipping Method", "Billing Country", "Billing Province", "Shipping Country",
    "Shipping Province",
})  # fmt: skip
_PERSONAL: Final = ("Billing ", "Shipping ", "Email", "Phone", "Note", "Device ID")
_RATE: Final = re.compile(r"(\d{1,2}(?:\.\d{1,6})?)\s*%", re.ASCII)
_PAYMENT: Final[dict[str, PaymentStatus]] = {
    "pending": "pending",
    "unpaid": "pending",
    "authorized": "authorized",
    "partially_paid": "partially_paid",
    "paid": "paid",
    "partially_refunded": "partially_refunded",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "voided",
}
_FULFILLMENT: Final[dict[str, FulfillmentStatus]] = {
    "": "unfulfilled",
    "unfulfilled": "unfulfilled",
    "pending": "unfulfilled",
    "partial": "partial",
    "fulfilled": "fulfilled",
    "restocked": "unfulfilled",
    "on_hold": "on_hold",
}
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)$", re.ASCII)


def is_export(columns: tuple[str, ...]) -> bool:
    """Whether a file with these columns is one."""
    return NEEDED.issubset(columns)


def is_personal(column: str) -> bool:
    """Whether the column says who the buyer is."""
    return column.startswith(_PERSONAL) and column not in _PUBLIC


def translate(rows: Rows, raw: Mapping[str, Any], shop: Shop) -> Order:
    """The order that its rows say.

    Raises:
        WrongCell: naming the cell that cannot be read.
    """
    currency = (rows.text("Currency") or shop.currency or "USD").upper()[:3]
    places = places_of(currency)
    placed = rows.moment("Created at")
    total = rows.money("Total", places)
    if placed is None or total is None:
        missing = "Created at" if placed is None else "Total"
        raise WrongCell(
            "the cell is empty; the order's first row is missing from the file", column=missing
        )
    status = _status(rows, "Financial Status", _PAYMENT)
    lines = _lines(rows, places)
    lines, charges = _discounted(rows, lines, _charges(rows, places), total, places)
    taxes = _taxes(rows, places)
    owed = sum((tax.amount for tax in taxes), ZERO)
    plain = _net(lines, charges)
    included = bool(owed) and plain == total
    if included:
        lines, charges = without_tax(lines, charges, owed, places)
    cancelled, paid_at = rows.moment("Cancelled at"), rows.moment("Paid at")
    billing, shipping = _address(rows, "Billing"), _address(rows, "Shipping")
    who = billing if billing.name else shipping
    code = rows.text("Discount Code")
    given = rows.money("Discount Amount", places) or ZERO
    order = Order(
        store=shop.key,
        store_type=shop.type,
        source_id=rows.identifier(ORDER),
        number=rows.text(ORDER),
        currency=currency,
        placed_at=placed,
        total=total,
        status="cancelled" if cancelled else "open",
        payment_status=status,
        fulfillment_status=_status(rows, "Fulfillment Status", _FULFILLMENT),
        zone=shop.zone or _zone(rows.text("Created at")),
        channel=rows.text("Source"),
        paid_at=paid_at,
        cancelled_at=cancelled,
        source_status=", ".join(
            filter(None, (rows.text("Financial Status"), rows.text("Fulfillment Status")))
        ),
        prices_include_tax=included,
        customer=Customer(
            email=rows.text("Email"),
            phone=rows.text("Phone") or billing.phone or shipping.phone,
            first_name=who.first_name,
            last_name=who.last_name,
            company=billing.company or shipping.company,
        ),
        billing=billing,
        shipping=shipping,
        lines=lines,
        charges=charges,
        discounts=(Discount(title=code or "Discount", amount=given, code=code),) if given else (),
        taxes=taxes,
        payment_terms=rows.text("Payment Terms Name"),
        customer_note=rows.text("Notes"),
        tags=tuple(one for tag in rows.text("Tags").split(",") if (one := tag.strip())),
        attributes=_attributes(rows.text("Note Attributes")),
        raw=raw,
    )
    return _with_money(rows, order, places)


def _with_money(rows: Rows, order: Order, places: int) -> Order:
    method = rows.text("Payment Method")
    reference = next(
        filter(None, map(rows.text, ("Payment Reference", "Payment References", "Payment ID"))), ""
    )
    if order.payment_status in PAID:
        due = rows.money("Outstanding Balance", places) or ZERO
        received = order.total - due
        if received > 0:
            money = payment(received, method, reference, order.paid_at or order.placed_at)
            order = replace(order, payments=(money,))
    back = rows.money("Refunded Amount", places) or ZERO
    if back > 0 and order.payments:
        when = order.cancelled_at or order.paid_at or order.placed_at
        order = replace(order, refunds=(refund(order, back, when, method),))
    return order


def _lines(rows: Rows, places: int) -> tuple[Line, ...]:
    found: list[Line] = []
    for place, row in enumerate(rows.rows):
        if not (row.get("Lineitem name") or row.get("Lineitem sku")):
            continue
        quantity = rows.number(place, "Lineitem quantity")
        price = rows.number(place, "Lineitem price")
        if quantity is None or price is None:
            missing = "Lineitem quantity" if quantity is None else "Lineitem price"
            raise WrongCell("the cell is empty", place=place, column=missing)
        sent = row.get("Lineitem fulfillment status", "").casefold() == "fulfilled"
        found.append(
            Line(
                source_id=str(len(found) + 1),
                name=clean(row.get("Lineitem name", "")) or clean(row.get("Lineitem sku", "")),
                quantity=quantity,
                gross=rounded(quantity * price, places),
                discount=rounded(rows.number(place, "Lineitem discount") or ZERO, places),
                sku=clean(row.get("Lineitem sku", "")),
                vendor=clean(row.get("Vendor", "")),
                taxable=row.get("Lineitem taxable", "").casefold() != "false",
                requires_shipping=row.get("Lineitem requires shipping", "").casefold() != "false",
                quantity_fulfilled=quantity if sent else ZERO,
            )
        )
    return tuple(found)


def _charges(rows: Rows, places: int) -> tuple[Charge, ...]:
    found: list[Charge] = []
    shipping, name = rows.money("Shipping", places), rows.text("Shipping Method")
    if shipping or name:
        found.append(
            Charge(
                source_id="shipping", kind="shipping", name=name or "Shipping",
                gross=shipping or ZERO,
            )
        )  # fmt: skip
    if duties := rows.money("Duties", places):
        found.append(Charge(source_id="duties", kind="duty", name="Duties", gross=duties))
    return tuple(found)


def _discounted(
    rows: Rows, lines: tuple[Line, ...], charges: tuple[Charge, ...], total: Decimal, places: int
) -> tuple[tuple[Line, ...], tuple[Charge, ...]]:
    """Discounts where they belong: what Subtotal lacks on the lines, the rest perhaps on shipping.

    A Subtotal that the stated discounts do not explain is not believed, and the order is held.
    """
    subtotal = rows.money("Subtotal", places)
    stated = rows.money("Discount Amount", places) or ZERO
    gross = sum((line.gross for line in lines), ZERO)
    each = sum((line.discount for line in lines), ZERO)
    off = stated + each if subtotal is None else gross - subtotal
    if not 0 <= off <= stated + each:
        off = stated
    if off < each:
        lines = tuple(replace(line, discount=ZERO) for line in lines)
        each = ZERO
    rest = stated - off
    lines = discounted(lines, off - each, places)
    taxes = rows.money("Taxes", places) or ZERO
    owed = _net(lines, charges)
    first = charges[0] if charges else None
    if first and 0 < rest <= first.gross and owed - rest in {total, total - taxes}:
        charges = (replace(first, discount=rest), *charges[1:])
    return lines, charges


def _net(lines: tuple[Line, ...], charges: tuple[Charge, ...]) -> Decimal:
    return sum((line.net for line in lines), sum((one.net for one in charges), ZERO))


def _taxes(rows: Rows, places: int) -> tuple[Tax, ...]:
    found: list[Tax] = []
    for number in range(1, 6):
        amount = rows.money(f"Tax {number} Value", places)
        if amount:
            name = rows.text(f"Tax {number} Name") or "Tax"
            rate = _RATE.search(name)
            found.append(Tax(name=name, amount=amount, rate=Decimal(rate[1]) if rate else None))
    return settled(found, rows.money("Taxes", places), places)


def _address(rows: Rows, which: str) -> Address:
    first, last = split_name(rows.text(f"{which} Name"))
    return Address(
        first_name=first,
        last_name=last,
        company=rows.text(f"{which} Company"),
        line1=rows.text(f"{which} Address1") or rows.text(f"{which} Street"),
        line2=rows.text(f"{which} Address2"),
        city=rows.text(f"{which} City"),
        region=rows.text(f"{which} Province"),
        postal_code=rows.text(f"{which} Zip").lstrip("'"),
        country=rows.text(f"{which} Country").upper()[:2],
        phone=rows.text(f"{which} Phone").lstrip("'"),
    )


def _status(rows: Rows, column: str, known: Mapping[str, Any]) -> Any:
    place, said = rows.first(column)
    word = said.casefold().replace(" ", "_")
    if not word:
        return known.get("", "pending")
    if word not in known:
        words = ", ".join(filter(None, known))
        raise WrongCell(f"it is none of {words}", place=place, column=column, value=said)
    return known[word]


def _attributes(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon and key.strip()}


def _zone(text: str) -> str:
    read = _OFFSET.search(text)
    if read is None:
        return "UTC"
    ahead = timedelta(hours=int(read[2]), minutes=int(read[3]))
    return zone_of_offset(-ahead if read[1] == "-" else ahead)
