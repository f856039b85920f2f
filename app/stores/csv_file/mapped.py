"""A mapped file's rows as an order: each field from the column that the profile names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.stores.amounts import settled
from app.stores.csv_file.cells import Rows, WrongCell
from app.stores.csv_file.parts import PAID, discounted, payment, refund, split_name
from app.stores.csv_file.profile import FULFILLMENTS, PAYMENTS, STATUSES, TARGETS, Profile
from app.stores.formats import Shop
from app.stores.node import clean, places_of, rounded
from app.stores.shopify.tax import without_tax
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    ChargeKind,
    Customer,
    Discount,
    Line,
    Order,
    Tax,
)

_LINE = ("sku", "name", "price", "amount")
_CHARGES: tuple[tuple[ChargeKind, str], ...] = (("fee", "Fee"), ("tip", "Tip"))


def translate(rows: Rows, profile: Profile, raw: Mapping[str, Any], shop: Shop) -> Order:
    """The order that its rows say.

    Raises:
        WrongCell: naming the cell that cannot be read.
    """
    return _Mapped(rows, profile, shop).order(raw)


class _Mapped:
    """One order's rows under a profile."""

    def __init__(self, rows: Rows, profile: Profile, shop: Shop) -> None:
        self.rows, self.profile, self.shop = rows, profile, shop
        currency = self.text("currency") or shop.currency or "USD"
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):  # noqa: PLR2004
            raise self.wrong("currency", "it is no currency's code of three letters, such as USD")
        self.currency = currency.upper()
        self.places = places_of(self.currency)

    def column(self, key: str) -> str:
        """The column of a field; empty if none was chosen."""
        return self.profile.columns.get(key, "")

    def text(self, key: str) -> str:
        """The order's text in a field, or what holds for all orders."""
        return self.rows.text(self.column(key)) or self.profile.defaults.get(key, "")

    def money(self, key: str) -> Decimal | None:
        """The order's amount in a field."""
        column = self.column(key)
        return self.rows.money(column, self.places) if column else None

    def wrong(self, key: str, what: str) -> WrongCell:
        """What is wrong with the order's cell of a field."""
        place, value = self.rows.first(self.column(key))
        return WrongCell(what, place=place, column=self.column(key), value=value)

    def status(self, key: str, known: Mapping[str, Any], own: Mapping[str, Any], none: Any) -> Any:
        """Our word for the file's."""
        said = self.text(key).casefold()
        words = {**known, **{word.casefold(): state for word, state in own.items()}}
        if not said:
            return none
        if said not in words:
            raise self.wrong(
                key, f"the {TARGETS[key].label.lower()} is not known; say what the word means"
            )
        return words[said]

    def order(self, raw: Mapping[str, Any]) -> Order:
        """The order."""
        placed = self.rows.moment(self.column("placed_at"))
        if placed is None:
            raise self.wrong("placed_at", "the cell is empty; an order needs its date")
        lines, charges = self.lines(), self.charges()
        given = abs(self.money("discount") or ZERO)
        lines = discounted(lines, given, self.places)
        taxes = self.taxes(lines, charges)
        if self.profile.taxes_included:
            owed = sum((tax.amount for tax in taxes), ZERO)
            lines, charges = without_tax(lines, charges, owed, self.places)
        billing, shipping = self.address("billing"), self.address("shipping")
        first, last = split_name(self.text("customer_name"))
        who = billing if billing.name else shipping
        code = self.text("discount_code")
        profile = self.profile
        status = self.status("status", STATUSES, profile.statuses, "open")
        fulfilled = self.status(
            "fulfillment_status", FULFILLMENTS, profile.fulfillment_statuses, "unfulfilled"
        )
        order = Order(
            store=self.shop.key,
            store_type=self.shop.type,
            source_id=self.rows.identifier(self.column("order")),
            number=self.text("order"),
            currency=self.currency,
            placed_at=placed,
            total=ZERO,
            status=status,
            payment_status=self.status(
                "payment_status", PAYMENTS, profile.payment_statuses, "pending"
            ),
            fulfillment_status=fulfilled,
            zone=self.shop.zone or "UTC",
            channel=self.text("channel"),
            updated_at=self.rows.moment(self.column("updated_at")),
            paid_at=self.rows.moment(self.column("paid_at")),
            source_status=self.rows.text(self.column("status")),
            prices_include_tax=profile.taxes_included,
            customer=Customer(
                source_id=self.text("customer_id"),
                email=self.text("email"),
                phone=self.text("phone") or billing.phone or shipping.phone,
                first_name=first or who.first_name,
                last_name=last if first else who.last_name,
                company=billing.company or shipping.company,
            ),
            billing=billing,
            shipping=shipping,
            lines=_shipped(lines) if fulfilled == "fulfilled" else lines,
            charges=charges,
            discounts=(Discount(title=code or "Discount", amount=given, code=code),)
            if given
            else (),
            taxes=taxes,
            po_number=self.text("po_number"),
            customer_note=self.text("note"),
            raw=raw,
        )
        stated = self.money("total")
        order = replace(order, total=order.computed_total if stated is None else stated)
        return self.with_money(order)

    def with_money(self, order: Order) -> Order:
        """What was paid and given back."""
        method, paid = self.text("payment_method"), self.money("paid")
        if paid is None and order.payment_status in PAID - {"partially_paid"}:
            paid = order.total
        if paid and paid > 0:
            when = order.paid_at or order.placed_at
            money = payment(paid, method, self.text("payment_reference"), when)
            order = replace(order, payments=(money,))
            if order.payment_status == "pending":
                whole = paid >= order.total
                order = replace(order, payment_status="paid" if whole else "partially_paid")
        back = abs(self.money("refunded") or ZERO)
        if back:
            when = self.rows.moment(self.column("refunded_at")) or order.paid_at or order.placed_at
            order = replace(order, refunds=(refund(order, back, when, method),))
        return order

    def lines(self) -> tuple[Line, ...]:
        """One line a row; a row without anything of a line is none."""
        found: list[Line] = []
        for place, row in enumerate(self.rows.rows):
            if not any(row.get(self.column(key)) for key in _LINE):
                continue
            price = self.rows.number(place, self.column("price"))
            amount = self.rows.number(place, self.column("amount"))
            quantity = self.rows.number(place, self.column("quantity"))
            quantity = Decimal(1) if quantity is None else quantity
            if amount is None and price is None:
                column = self.column("price") or self.column("amount")
                raise WrongCell("the cell is empty; a line needs it", place=place, column=column)
            gross = quantity * (price or ZERO) if amount is None else amount
            tax = self.rows.number(place, self.column("line_tax"))
            off = self.rows.number(place, self.column("line_discount")) or ZERO
            sku, name = clean(row.get(self.column("sku"), "")), row.get(self.column("name"), "")
            found.append(
                Line(
                    source_id=str(len(found) + 1),
                    name=clean(name) or sku or "Item",
                    quantity=quantity,
                    gross=rounded(gross, self.places),
                    discount=rounded(abs(off), self.places),
                    sku=sku,
                    taxes=self.own_tax(tax),
                )
            )
        if not found:
            raise WrongCell("the order has no row with an item", column=self.column("order"))
        return tuple(found)

    def charges(self) -> tuple[Charge, ...]:
        """Shipping, fee and tip."""
        own, tax = self.sum_of("line_shipping"), self.sum_of("line_shipping_tax")
        shipping = (self.money("shipping") or ZERO) + own
        method = self.text("shipping_method")
        found: list[Charge] = []
        if shipping or tax or method:
            found.append(
                Charge(
                    source_id="shipping", kind="shipping", name=method or "Shipping",
                    gross=shipping, taxes=self.own_tax(tax),
                )
            )  # fmt: skip
        for kind, name in _CHARGES:
            amount = self.money(kind)
            if amount:
                taxable = kind != "tip"
                found.append(
                    Charge(source_id=kind, kind=kind, name=name, gross=amount, taxable=taxable)
                )
        return tuple(found)

    def sum_of(self, key: str) -> Decimal:
        """A field of lines that belongs to the whole order."""
        column = self.column(key)
        each = (self.rows.number(place, column) for place in range(len(self.rows.rows)))
        return rounded(sum((one for one in each if one), ZERO), self.places)

    def own_tax(self, amount: Decimal | None) -> tuple[Tax, ...]:
        """The tax of a line or charge."""
        if not amount:
            return ()
        name = self.text("tax_name") or "Tax"
        return (Tax(name=name, amount=rounded(amount, self.places)),)

    def taxes(self, lines: tuple[Line, ...], charges: tuple[Charge, ...]) -> tuple[Tax, ...]:
        """The order's taxes: its own statement, or what its lines and shipping say."""
        inside = sum((one.tax for one in charges), sum((line.tax for line in lines), ZERO))
        stated = self.money("tax")
        return settled(self.own_tax(inside if stated is None else stated), stated, self.places)

    def address(self, which: str) -> Address:
        """An address; a name in one cell is divided."""
        first, last = split_name(self.text(f"{which}_name"))
        country = self.text(f"{which}_country")
        code = len(country) == 2  # noqa: PLR2004 - ISO 3166
        return Address(
            first_name=self.text(f"{which}_first_name") or first,
            last_name=self.text(f"{which}_last_name") or last,
            company=self.text(f"{which}_company"),
            line1=self.text(f"{which}_line1"),
            line2=self.text(f"{which}_line2"),
            city=self.text(f"{which}_city"),
            region=self.text(f"{which}_region"),
            postal_code=self.text(f"{which}_postal_code"),
            country=country.upper() if code else "",
            country_name="" if code else country,
            phone=self.text(f"{which}_phone"),
        )


def _shipped(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(replace(line, quantity_fulfilled=line.quantity) for line in lines)
