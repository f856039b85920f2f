"""Which fact a field of another program is: by name, by label, by what it is usually called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from rules_library.facts import FACTS

LIKENESS: Final = 0.84
"""From 0 to 1; a name less like a fact's than this suggests nothing."""
_LONGEST: Final = 80

ALSO_CALLED: Final[Mapping[str, str]] = {
    "total": "order.total",
    "grand total": "order.total",
    "order amount": "order.total",
    "subtotal": "order.lines_net",
    "created": "order.placed_on",
    "created dt": "order.placed_on",
    "created at": "order.placed_on",
    "date": "order.placed_on",
    "order no": "order.number",
    "order id": "order.id",
    "order source": "store.type",
    "source": "order.channel",
    "channel": "order.channel",
    "selling channel": "order.channel",
    "status": "order.status",
    "currency code": "order.currency",
    "tags": "order.tags",
    "note": "order.note",
    "notes": "order.note",
    "coupon": "order.discount_codes",
    "coupon code": "order.discount_codes",
    "po": "order.po_number",
    "purchase order": "order.po_number",
    "terms": "order.payment_terms",
    "paid": "payment.status",
    "card type": "payment.method",
    "email": "customer.email",
    "email address": "customer.email",
    "company": "customer.company",
    "customer type": "customer.group",
    "customer": "customer.name",
    "country": "shipping.country",
    "state": "shipping.region",
    "region": "shipping.region",
    "province": "shipping.region",
    "city": "shipping.city",
    "zip": "shipping.postal_code",
    "zip code": "shipping.postal_code",
    "postal code": "shipping.postal_code",
    "postcode": "shipping.postal_code",
    "ship to country": "shipping.country",
    "ship to state": "shipping.region",
    "ship to city": "shipping.city",
    "ship to zip": "shipping.postal_code",
    "ship to company": "shipping.company",
    "shipping state": "shipping.region",
    "shipping zip": "shipping.postal_code",
    "bill to country": "billing.country",
    "bill to state": "billing.region",
    "bill to city": "billing.city",
    "bill to zip": "billing.postal_code",
    "billing state": "billing.region",
    "billing zip": "billing.postal_code",
    "ship method": "shipping.method",
    "shipping carrier": "shipping.method",
    "items": "lines",
    "lines": "lines",
    "line items": "lines",
    "qty": "line.quantity",
    "items qty": "line.quantity",
    "items sku": "line.sku",
    "items name": "line.name",
    "item sku": "line.sku",
    "product": "line.name",
    "product name": "line.name",
    "title": "line.name",
    "item title": "line.name",
    "product sku": "line.sku",
    "product category": "line.category",
    "product vendor": "line.vendor",
}
"""What other programs call a fact, in small letters."""


def plain(name: str) -> str:
    """A name in small letters, its words apart: "shippingState" is "shipping state"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:_LONGEST])
    return " ".join(re.findall(r"[^\W_]+", apart.casefold()))


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path in FACTS:
        found[plain(path)] = path
    for path, fact in FACTS.items():
        found.setdefault(plain(fact.label), path)
    for path in FACTS:
        found.setdefault(plain(path.rpartition(".")[2]), path)
    return {**found, **ALSO_CALLED}


@lru_cache(maxsize=1024)
def suggest(name: str) -> str | None:
    """The fact that a field most likely is; paths of facts, custom.* and raw.* are themselves."""
    if name in FACTS or name.startswith(("custom.", "raw.")):
        return name
    wanted = plain(name)
    names = _names()
    if wanted in names or len(wanted) <= 2:  # noqa: PLR2004 - too short to be like anything
        return names.get(wanted)
    scored = ((_likeness(wanted, known), known) for known in names)
    score, best = max(scored, key=lambda pair: (pair[0], pair[1]))
    return names[best] if score >= LIKENESS else None


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < LIKENESS:
        return 0.0
    return matcher.ratio()
