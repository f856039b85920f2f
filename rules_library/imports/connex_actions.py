"""Connex's rule actions: the decision that each one is here, and how its "map to" is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from rules_library.decision import (
    BadValueError,
    Choice,
    Choices,
    Decision,
    OptionalFlag,
    YesNo,
)

from .fields import plain

Reader = Callable[[Decision, str], Any]

_YES: Final = frozenset({"true", "yes", "y", "1", "on"})
_NO: Final = frozenset({"false", "no", "n", "0", "off"})
_SKU: Final = {"trim": {"var": "line.sku"}}
_LONGEST_SKU: Final = 64


def read_value(decision: Decision, written: str) -> Any:
    """The text as a value of the decision; raises BadValueError."""
    if not written:
        raise BadValueError("map to is empty")
    kind = decision.kind
    value: Any = written
    if isinstance(kind, (YesNo, OptionalFlag)):
        value = _flag(written)
    elif isinstance(kind, (Choice, Choices)):
        value = _choice(kind.options, written)
    decision.read(value)
    return value


def _flag(written: str) -> bool:
    word = written.casefold()
    if word in _YES | _NO:
        return word in _YES
    raise BadValueError(f"{written!r:.60} is neither true nor false")


def _choice(options: Mapping[str, str], written: str) -> str:
    wanted = _singular(written)
    for key, label in options.items():
        if wanted in {_singular(key), _singular(label)}:
            return key
    raise BadValueError(f"{written!r:.60} is none of {', '.join(options.values())}")


def _singular(written: str) -> str:
    return " ".join(word.removesuffix("s") for word in plain(written).split())


def constant(value: Any) -> Reader:
    """A reader for actions that say it all; "map to" may be empty or repeat it."""

    def read(_decision: Decision, written: str) -> Any:
        if not written or written.casefold() in _YES:
            return value
        raise BadValueError(f"this action takes no map to, not {written!r:.60}")

    return read


def _number(decision: Decision, written: str) -> Any:
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise BadValueError(f"{written!r:.60} is not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 12:  # noqa: PLR2004 - a plain number
        raise BadValueError(f"{written!r:.60} is not a usable number")
    decision.read(number)
    return int(number) if number == number.to_integral_value() else str(number)


def _trimmed(_decision: Decision, written: str) -> Any:
    """A number keeps so many characters (less than 0: drops so many at the end); text is cut off.

    Text is cut off from the beginning of the SKU, else from its end.
    """
    if not written:
        raise BadValueError("map to is empty: how many characters to keep, or what to cut off")
    count = written.removeprefix("-")
    if count.isascii() and count.isdigit() and len(count) <= 2:  # noqa: PLR2004
        return {"substr": [_SKU, 0, int(written)]} if int(written) else _SKU
    length = len(written.strip())
    return {
        "if": [
            {"starts_with": [_SKU, written]}, {"substr": [_SKU, length]},
            {"ends_with": [_SKU, written]}, {"substr": [_SKU, 0, -length]},
            _SKU,
        ]
    }  # fmt: skip


def _split(_decision: Decision, written: str) -> Any:
    """What is before the first separator: cut from the right at each place where one stands."""
    if not written:
        raise BadValueError("map to is empty: the separator that the SKU is split at")
    if len(written) > 5:  # noqa: PLR2004
        raise BadValueError("a separator has at most 5 characters")
    so_far = {"var": "accumulator"}
    here = {"substr": [so_far, {"var": "current"}, len(written)]}
    cut = {"substr": [so_far, 0, {"var": "current"}]}
    places = list(range(_LONGEST_SKU, 0, -1))
    return {"reduce": [places, {"if": [{"==": [here, written]}, cut, so_far]}, _SKU]}


def _parts(decision: Decision, written: str) -> Any:
    """The parts of a value, divided by semicolons: ``item; amount``, ``name; value``."""
    parts = [part.strip() for part in written.split(";")]
    if len(parts) > len(decision.parts) or not all(parts):
        said = "; ".join(decision.parts).lower()
        raise BadValueError(f"{written!r:.60} is not {said}: parts divided by ;")
    decision.read_one(parts)
    return parts


def _copy_of(fact: str) -> Reader:
    return lambda _decision, _written: {"var": fact}


@dataclass(frozen=True, slots=True)
class Action:
    """What an action of Connex is here."""

    decision: str
    read: Reader = read_value
    also: tuple[tuple[str, Any], ...] = ()
    """Decisions that have to be answered as well for it to have its effect."""


ACTIONS: Final[Mapping[str, Action]] = {
    "transaction type": Action("transaction_type"),
    "do not import order": Action("sync_order", constant(value=False)),
    "mark invoice as unpaid": Action("mark_invoice_unpaid"),
    "order class": Action("class"),
    "class on line items": Action("line_class"),
    "order number": Action("ref_number"),
    "order prefix": Action("number_prefix"),
    "po number": Action("po_number"),
    "order date": Action("txn_date"),
    "ship date": Action("ship_date"),
    "order template": Action("template"),
    "terms": Action("terms"),
    "sales rep": Action("sales_rep"),
    "order other": Action("other"),
    "fob": Action("fob"),
    "a r account": Action("receivables_account"),
    "currency code": Action("customer_currency"),
    "order deposit account": Action("deposit_account"),
    "payment method": Action("payment_method"),
    "payment reference": Action("payment_reference"),
    "shipping method": Action("ship_method"),
    "shipping surcharge": Action("surcharge", _parts),
    "override shipping": Action("shipping_item"),
    "discount": Action("discount_item"),
    "item tax code": Action("line_tax_code"),
    "shipping tax code": Action("shipping_tax_code"),
    "discount tax code": Action("discount_tax_code"),
    "sales tax code": Action("tax_code"),
    "remove tax": Action("tax_mode", constant("none")),
    "company": Action("customer_name"),
    "selling channel": Action("single_customer_name", also=(("when_customer_missing", "single"),)),
    "customer type": Action("customer_type"),
    "custom fields": Action("custom_fields", _parts),
    "sku product": Action("item"),
    "split sku": Action("item", _split),
    "trim sku": Action("item", _trimmed),
    "inventory site": Action("inventory_site"),
    "unit of measure": Action("unit_of_measure"),
    "multiply quantity": Action("quantity_factor", _number),
    "price level": Action("price_level"),
    "title to item name": Action("item", _copy_of("line.name")),
    "exclude from inventory": Action("exclude_from_stock", constant(value=True)),
}
"""By name in small letters, without a leading map, add or set."""

_ALSO_CALLED: Final = {
    "mark invoice unpaid": "mark invoice as unpaid",
    "mark as unpaid": "mark invoice as unpaid",
    "class": "order class",
    "order": "order number",
    "prefix": "order prefix",
    "deposit account": "order deposit account",
    "template": "order template",
    "other": "order other",
    "ar account": "a r account",
    "accounts receivable account": "a r account",
    "currency": "currency code",
    "line item class": "class on line items",
    "sku": "sku product",
    "product": "sku product",
    "split or trim sku": "trim sku",
    "custom field": "custom fields",
}
_LEADING: Final = ("map ", "add ", "set ")


def find_action(name: str) -> Action | None:
    """The action of this name, however it is spelled."""
    wanted = plain(name)
    for leading in _LEADING:
        if wanted.startswith(leading) and wanted not in ACTIONS:
            wanted = wanted.removeprefix(leading)
    return ACTIONS.get(_ALSO_CALLED.get(wanted, wanted))
