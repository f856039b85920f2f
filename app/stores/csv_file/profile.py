"""How a file's columns become an order's fields: chosen by a person or suggested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.stores.errors import SettingsRefused
from rules_library.order import FulfillmentStatus, OrderStatus, PaymentStatus

Group = Literal["Order", "Lines", "Charges and tax", "Payment", "Buyer", "Billing", "Shipping"]


@dataclass(frozen=True, slots=True)
class Target:
    """One field of an order that a column can fill."""

    key: str
    label: str
    group: Group
    guesses: tuple[str, ...] = ()
    """Names of columns that mean it, in small letters and without signs."""
    personal: bool = False


_ADDRESS: Final = (
    ("name", "name", ("name", "fullname", "recipient", "recipientname")),
    ("first_name", "first name", ("firstname",)),
    ("last_name", "last name", ("lastname",)),
    ("company", "company", ("company",)),
    ("line1", "address", ("address1", "street", "street1", "address", "addressline1", "line1")),
    ("line2", "address, second line", ("address2", "street2", "addressline2", "line2")),
    ("city", "city", ("city", "town")),
    ("region", "state or province", ("state", "province", "region", "stateprovince")),
    ("postal_code", "postal code", ("zip", "zipcode", "postcode", "postalcode")),
    ("country", "country (two letters)", ("country", "countrycode")),
    ("phone", "phone", ("phone", "phonenumber")),
)
_BEFORE: Final[dict[Group, tuple[str, ...]]] = {
    "Billing": ("billing", "billto", "buyer"),
    "Shipping": ("shipping", "shipto", "ship", "delivery", "recipient", ""),
}


def _address(group: Group) -> tuple[Target, ...]:
    return tuple(
        Target(
            f"{group.lower()}_{key}",
            f"{group} {label}",
            group,
            tuple(before + guess for before in _BEFORE[group] for guess in guesses),
            personal=key not in {"region", "country"},
        )
        for key, label, guesses in _ADDRESS
    )


_SIMPLE: Final = (
    Target("order", "Order number", "Order", (
        "ordernumber", "orderid", "orderno", "order", "amazonorderid", "ponumber", "receipt",
        "salesrecordnumber",
    )),
    Target("placed_at", "Ordered on", "Order", (
        "orderdate", "date", "createdat", "purchasedate", "saledate", "ordered", "datecreated",
        "placedat", "created",
    )),
    Target("updated_at", "Last changed", "Order", ("updatedat", "modified", "lastupdated")),
    Target("total", "Total", "Order", (
        "total", "ordertotal", "grandtotal", "totalprice", "amountpaid",
    )),
    Target("currency", "Currency", "Order", ("currency", "currencycode")),
    Target("status", "Order status", "Order", ("status", "orderstatus")),
    Target("fulfillment_status", "Shipping status", "Order", (
        "fulfillmentstatus", "shippingstatus", "shipmentstatus",
    )),
    Target("channel", "Channel", "Order", ("channel", "saleschannel", "source", "marketplace")),
    Target("po_number", "Customer's purchase order", "Order", ("customerpo", "purchaseorder")),
    Target("note", "Customer's note", "Order", (
        "note", "notes", "customernote", "comments", "buyernote",
    ), personal=True),
    Target("sku", "SKU", "Lines", ("sku", "itemsku", "lineitemsku", "productsku", "sellersku")),
    Target("name", "Item name", "Lines", (
        "itemname", "productname", "lineitemname", "item", "product", "title", "itemtitle",
    )),
    Target("quantity", "Quantity", "Lines", (
        "quantity", "qty", "lineitemquantity", "quantitypurchased", "itemquantity",
    )),
    Target("price", "Price of one", "Lines", (
        "price", "unitprice", "lineitemprice", "itemcost", "soldfor",
    )),
    Target("amount", "Amount of the line", "Lines", (
        "itemprice", "linetotal", "itemtotal", "lineamount", "subtotal",
    )),
    Target("line_discount", "Discount of the line", "Lines", (
        "itemdiscount", "linediscount", "lineitemdiscount", "itempromotiondiscount",
    )),
    Target("line_tax", "Tax of the line", "Lines", ("itemtax", "linetax", "lineitemtax")),
    Target("line_shipping", "Shipping of the line", "Lines", ("shippingprice", "itemshipping")),
    Target("line_shipping_tax", "Tax on shipping of the line", "Lines", ("shippingtax",)),
    Target("discount", "Discount of the order", "Charges and tax", (
        "discount", "discountamount", "orderdiscount", "totaldiscount",
    )),
    Target("discount_code", "Discount code", "Charges and tax", (
        "discountcode", "couponcode", "coupon",
    )),
    Target("shipping", "Shipping", "Charges and tax", (
        "shipping", "shippingcost", "shippingtotal", "ordershipping", "shippingamount", "postage",
        "shippingandhandling",
    )),
    Target("shipping_method", "Shipping method", "Charges and tax", (
        "shippingmethod", "shippingservice", "shipservicelevel", "deliverymethod",
    )),
    Target("fee", "Fee", "Charges and tax", ("fee", "handling", "surcharge")),
    Target("tip", "Tip", "Charges and tax", ("tip", "gratuity")),
    Target("tax", "Tax of the order", "Charges and tax", (
        "tax", "taxes", "ordertax", "taxtotal", "totaltax", "salestax", "vat",
    )),
    Target("tax_name", "Name of the tax", "Charges and tax", ("taxname",)),
    Target("payment_status", "Payment status", "Payment", ("paymentstatus", "financialstatus")),
    Target("payment_method", "Payment method", "Payment", (
        "paymentmethod", "paymenttype", "gateway", "payment", "paymentmethodtitle",
    )),
    Target("payment_reference", "Payment reference", "Payment", (
        "transactionid", "paymentreference", "paymentid", "paypaltransactionid",
    )),
    Target("paid", "Amount paid", "Payment", ("paid", "paidamount")),
    Target("paid_at", "Paid on", "Payment", ("paidat", "datepaid", "paymentdate", "paymentsdate",
                                             "paidondate")),
    Target("refunded", "Amount refunded", "Payment", ("refunded", "refundedamount", "refund")),
    Target("refunded_at", "Refunded on", "Payment", ("refundedat", "refunddate")),
    Target("customer_id", "Customer number", "Buyer", ("customerid", "buyerid", "buyeruserid"),
           personal=True),
    Target("customer_name", "Customer name", "Buyer", (
        "customername", "customer", "buyername", "buyer", "fullname",
    ), personal=True),
    Target("email", "E-mail", "Buyer", (
        "email", "emailaddress", "customeremail", "buyeremail", "billingemail",
    ), personal=True),
    Target("phone", "Phone", "Buyer", ("phone", "customerphone", "buyerphonenumber"),
           personal=True),
)  # fmt: skip
TARGETS: Final = {one.key: one for one in (*_SIMPLE, *_address("Billing"), *_address("Shipping"))}
NEEDED: Final = ("order", "placed_at")
DEFAULTS: Final = ("currency", "payment_method", "payment_status", "channel", "shipping_method",
                   "tax_name")  # fmt: skip
"""The fields that hold for all orders where no column tells them."""
LONGEST_NAME: Final = 60

STATUSES: Final[dict[str, OrderStatus]] = {
    "open": "open", "new": "open", "pending": "open", "processing": "open", "unshipped": "open",
    "awaiting shipment": "open", "paid": "open", "on hold": "open", "shipped": "completed",
    "completed": "completed", "complete": "completed", "delivered": "completed",
    "closed": "completed", "fulfilled": "completed", "cancelled": "cancelled",
    "canceled": "cancelled", "void": "cancelled", "refunded": "completed", "draft": "draft",
    "failed": "failed",
}  # fmt: skip
PAYMENTS: Final[dict[str, PaymentStatus]] = {
    "pending": "pending", "unpaid": "pending", "awaiting payment": "pending", "paid": "paid",
    "completed": "paid", "yes": "paid", "captured": "paid", "authorized": "authorized",
    "authorised": "authorized", "partially paid": "partially_paid", "refunded": "refunded",
    "partially refunded": "partially_refunded", "voided": "voided", "void": "voided",
    "no": "pending", "failed": "failed", "partially_paid": "partially_paid",
    "partially_refunded": "partially_refunded",
}  # fmt: skip
FULFILLMENTS: Final[dict[str, FulfillmentStatus]] = {
    "unfulfilled": "unfulfilled", "unshipped": "unfulfilled", "pending": "unfulfilled",
    "not shipped": "unfulfilled", "partial": "partial", "partially shipped": "partial",
    "shipped": "fulfilled", "fulfilled": "fulfilled", "delivered": "fulfilled",
    "completed": "fulfilled", "on hold": "on_hold", "not required": "not_required",
    "on_hold": "on_hold", "not_required": "not_required",
}  # fmt: skip


class Profile(BaseModel):
    """A mapping with a name of its own: which column fills which field, how cells are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    columns: dict[str, str] = Field(description="Field -> column.")
    dates: str = Field(default="iso", max_length=40, description="iso, mdy, dmy or strptime's.")
    decimal_comma: bool = False
    taxes_included: bool = False
    statuses: dict[str, OrderStatus] = Field(default_factory=dict)
    payment_statuses: dict[str, PaymentStatus] = Field(default_factory=dict)
    fulfillment_statuses: dict[str, FulfillmentStatus] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        unknown = [key for key in self.columns if key not in TARGETS]
        unknown += [key for key in self.defaults if key not in DEFAULTS]
        if unknown:
            raise ValueError(f"there is no field {unknown[0][:40]!r}")
        missing = [TARGETS[key].label for key in NEEDED if not self.columns.get(key)]
        if not (self.columns.get("price") or self.columns.get("amount")):
            missing.append(f"{TARGETS['price'].label} or {TARGETS['amount'].label}")
        if missing:
            raise ValueError(f"choose a column for: {'; '.join(missing)}")
        if self.dates not in {"iso", "mdy", "dmy"}:
            try:
                written = datetime(2026, 11, 25, tzinfo=UTC).strftime(self.dates)
                datetime.strptime(written, self.dates)  # noqa: DTZ007 - only whether it can be
            except ValueError:
                raise ValueError("the pattern of the dates is none") from None
            if not re.search("%[YyxcGs]", self.dates):
                raise ValueError("the pattern of the dates has no year (%Y)")
        payment = self.defaults.get("payment_status", "").casefold()
        if payment and payment not in PAYMENTS:
            raise ValueError(f"there is no payment status {payment[:40]!r}")
        return self

    @classmethod
    def read(cls, given: object) -> Self:
        """A profile as a form or a file gives it.

        Raises:
            SettingsRefused: saying what is missing or wrong.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            said = first["msg"].removeprefix("Value error, ")
            text = f"{where}: {said}" if where else said
            raise SettingsRefused(f"{text[:1].upper()}{text[1:]}.", advice="") from None

    def plain(self) -> dict[str, object]:
        """What is kept of it: what differs from the defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def is_public(self, column: str) -> bool:
        """Whether the column is mapped and says nothing about who the buyer is."""
        return any(
            column == chosen and not TARGETS[key].personal for key, chosen in self.columns.items()
        )


def guessed(columns: Iterable[str], samples: Mapping[str, Iterable[str]]) -> dict[str, object]:
    """What the header and the first rows suggest; a person looks at it before it is used."""
    known = {re.sub("[^a-z0-9]", "", column.casefold()): column for column in reversed([*columns])}
    found: dict[str, str] = {}
    used: set[str] = set()
    for target in TARGETS.values():
        column = next((known[one] for one in target.guesses if one in known), "")
        if column and column not in used:
            found[target.key] = column
            used.add(column)
    dates = [text for text in samples.get(found.get("placed_at", ""), ()) if text]
    amounts = [
        text for key in ("total", "price", "amount") for text in samples.get(found.get(key, ""), ())
    ]
    comma = [bool(re.search(r",\d{1,2}\D*$", text)) for text in amounts]
    return {
        "columns": found,
        "dates": _dates(dates),
        "decimal_comma": any(comma)
        and not any(re.search(r"\.\d{1,2}\D*$", one) for one in amounts),
    }


def _dates(samples: list[str]) -> str:
    if not samples or any(re.match(r"\d{4}-", one) for one in samples):
        return "iso"
    firsts = [int(read[1]) for one in samples if (read := re.match(r"(\d{1,2})[./-]", one))]
    german = any(re.match(r"\d{1,2}\.", one) for one in samples)
    return "dmy" if german or any(one > 12 for one in firsts) else "mdy"  # noqa: PLR2004 - months
