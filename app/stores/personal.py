"""Who the buyer is, taken out of a raw payload; what was bought and paid stays as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHO = frozenset({
    "account_number", "billing", "billing_address", "browser_ip", "client_details", "client_ip",
    "contact_email", "custom_attributes", "customer", "customer_ip_address", "customer_note",
    "customer_user_agent", "default_address", "email", "gift_message", "meta_data", "note",
    "note_attributes", "order_status_url", "payment_details", "payment_url", "phone", "properties",
    "purchasing_entity", "shipping", "shipping_address", "staff_note", "status_page_url",
    "attributes", "order_key", "token", "cart_token", "checkout_token", "recipient", "buyer",
    "shipping_addresses", "last4", "user_agent",
})  # fmt: skip
"""Keys below which every text is about the buyer, whatever store writes them."""
_KEPT = frozenset({
    "id", "key", "country", "country_code", "country_code_v2", "country_codev2", "state",
    "province", "province_code", "region", "region_code", "currency", "currency_code",
    "legacy_resource_id", "admin_graphql_api_id", "customer_id",
})  # fmt: skip
"""Of these, what taxes and reports need."""


def without_personal(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The payload without names, addresses, contacts, notes and custom fields.

    Numbers stay, also those that are written as text, so the order adds up as before.
    """
    return {key: _cleared(key, value, within=False) for key, value in raw.items()}


def _cleared(key: str, value: Any, *, within: bool) -> Any:
    name = _CAMEL.sub("_", key).lower()
    within = within or name in _WHO
    if isinstance(value, Mapping):
        return {inner: _cleared(inner, one, within=within) for inner, one in value.items()}
    if isinstance(value, list):
        return [_cleared(key, one, within=within) for one in value]
    if name == "reason" and isinstance(value, str) and len(value.split()) > 1:
        return ""
    if within and isinstance(value, str) and name not in _KEPT and not _is_plain(name, value):
        return ""
    return value


def _is_plain(name: str, value: str) -> bool:
    """Amounts and quantities, but no phone numbers and postal codes."""
    numbers = {"amount", "value", "quantity", "qty", "total", "item_id", "rate"}
    return name in numbers and bool(re.fullmatch(r"-?\d{1,12}(\.\d+)?", value))
