"""Payment methods: the name that people see and the kind, from what a store calls them."""

from __future__ import annotations

import html
import re

from rules_library.order import PaymentMethodKind

_NAMES = {
    "paypal": "PayPal",
    "paypal_express": "PayPal",
    "ppcp": "PayPal",
    "ppcp-gateway": "PayPal",
    "ppec_paypal": "PayPal",
    "bacs": "Direct Bank Transfer",
    "cheque": "Check",
    "cod": "Cash on Delivery",
    "amex": "American Express",
    "american_express": "American Express",
    "mastercard": "Mastercard",
    "master": "Mastercard",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "diners_club": "Diners Club",
    "authorize_net": "Authorize.Net",
    "shop_cash": "Shop Cash",
    "ebay": "eBay",
    "klarna_payments": "Klarna",
    "woocommerce_payments": "WooPayments",
}
_CARDS = (
    "visa", "mastercard", "american express", "amex", "discover", "jcb", "diners", "maestro",
    "unionpay", "card", "stripe", "square", "authorize.net", "authorize_net", "authorize net",
    "braintree", "shopify payments", "shopify_payments", "woopayments", "woocommerce_payments",
    "apple pay", "google pay", "worldpay", "adyen", "cybersource", "elavon", "moneris", "bogus",
)  # fmt: skip
_KINDS: tuple[tuple[PaymentMethodKind, tuple[str, ...]], ...] = (
    ("other", ("cash app", "cash_app", "shop cash", "shop_cash", "amazon pay", "amazon_pay")),
    ("gift_card", ("gift card", "gift_card", "giftcard", "gift certificate")),
    ("store_credit", ("store credit", "store_credit")),
    ("paypal", ("paypal", "ppcp", "venmo")),
    ("cash_on_delivery", ("cash on delivery", "cash_on_delivery", "cod")),
    ("bank_transfer", ("bank", "bacs", "wire", "ach", "sepa", "iban")),
    ("check", ("check", "cheque", "money order")),
    ("cash", ("cash",)),
    ("marketplace", ("amazon", "ebay", "etsy", "walmart", "marketplace")),
    ("card", _CARDS),
)
_SMALL = {"on", "of", "and", "by", "in"}


def shown(title: str) -> str:
    """A title without the HTML that shops put into it."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", title)).split())


def method_name(name: str) -> str:
    """What people call it: ``shopify_payments`` -> ``Shopify Payments``; prose stays as it is."""
    name = shown(name)
    known = _NAMES.get(re.sub(r"[\s_]+", "_", name.casefold()))
    if known:
        return known
    if "_" not in name and any(letter.isupper() for letter in name):
        return name
    words = re.sub(r"[_\s]+", " ", name.lower()).strip().split(" ")
    return " ".join(
        word if place and word in _SMALL else word[:1].upper() + word[1:]
        for place, word in enumerate(words)
    )


def method_kind(*names: str) -> PaymentMethodKind:
    """The kind of the first name that tells it."""
    for name in names:
        text = name.casefold()
        words = set(re.split(r"[^a-z]+", text))
        for kind, signs in _KINDS:
            if any(sign in words if len(sign) <= 5 else sign in text for sign in signs):  # noqa: PLR2004
                return kind
    return "other"
