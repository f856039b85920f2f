"""From a request's elements to plain fields, by the types of the grammar."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from qbwc.practice.errors import Refused
from qbwc.practice.request_models import GRAMMAR
from qbwc.practice.values import amount_text, boolean, in_code_page, price_text, quantity_text

Fields = dict[str, Any]
Macros = Mapping[str, str]

_FORMATS = {
    "AMT": lambda text: amount_text(Decimal(text)),
    "PRICE": lambda text: price_text(Decimal(text)),
    "QTY": lambda text: quantity_text(Decimal(text)),
    "PCT": lambda text: quantity_text(Decimal(text)),
}


def read(element: etree._Element, macros: Macros | None = None) -> Fields:
    """An element's children as fields: texts, nested fields, or a list where a name repeats.

    An empty element is "" (of any type), so that a Mod can tell "clear" from "not sent".

    Raises:
        Refused: useMacro names nothing that this message set has defined.
    """
    types = GRAMMAR.model(str(element.tag)).types
    fields: Fields = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = child.tag
        kind = types[name].rstrip("!")
        value = _leaf(child, kind, macros or {}) if kind else read(child, macros)
        if name in fields:
            held = fields[name]
            fields[name] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            fields[name] = value
    return fields


def _leaf(element: etree._Element, kind: str, macros: Macros) -> str:
    macro = element.get("useMacro")
    if macro is not None:
        found = macros.get(macro)
        if found is None:
            raise Refused(9100, f'The macro "{macro}" has not been defined.')
        return found
    text = in_code_page(element.text or "").rstrip()
    if not text.strip():
        return ""
    if kind == "B":
        return boolean(text)
    if kind == "D":
        return text.strip()[:10]
    formatter = _FORMATS.get(kind)
    return formatter(text) if formatter else text


def several(value: Any) -> list[Any]:
    """A field that may repeat, always as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
