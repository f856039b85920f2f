"""Content models of qbXML requests: a compact notation, compiled and checked.

A model lists an element's children in their order, in the notation of a DTD, each with its type:
`Name:S41 IsActive:B? (Rate:PRICE|RatePercent:PCT)? Contacts*`. A child without a type is an
element with children of its own, whose model bears its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

from qbwc.practice.errors import Refused, TooLong, parse_error

Check = Callable[[str], bool]

_TOKEN = re.compile(r"\s*(?:([A-Za-z0-9]+)(?::([A-Za-z0-9.!]+))?|([()|]))([?*+]?)")
_DATETIME = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}(:\d{1,2}(:\d{1,2}([+-]\d{1,2}:\d{1,2})?)?)?)?)?"
)


def _pattern(text: str) -> Check:
    compiled = re.compile(text)
    return lambda value: compiled.fullmatch(value) is not None


def _is_date(value: str) -> bool:
    text = value.strip()
    if not text:
        return True
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?", text)
    if match is None:
        return False
    try:
        date.fromisoformat(match[1])
    except ValueError:
        return False
    return True


CHECKS: Final[Mapping[str, Check]] = {
    "B": lambda value: value.strip() in {"true", "false", "1", "0", ""},
    "D": _is_date,
    "DT": lambda value: _DATETIME.fullmatch(value) is not None or not value.strip(),
    "AMT": _pattern(r"([+-]?\d{1,13}(\.\d{2})?)?"),
    "PRICE": _pattern(r"([+-]?\d{1,10}(\.\d{1,5})?)?"),
    "QTY": _pattern(r"([+-]?\d{1,10}(\.\d{1,5})?)?"),
    "PCT": _pattern(r"([+-]?\d{1,10}(\.\d{1,5})?)?"),
    "INT": _pattern(r"\s*[+-]?\d+\s*"),
    "FLOAT": _pattern(r"\s*([+-]?(\d+(\.\d*)?|\.\d+))?\s*"),
    "GUID": _pattern(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"),
}

_SHORT_REFERENCES: Final[Mapping[str, int]] = {
    name: length
    for length, names in {
        3: "SalesTaxCodeRef CustomerSalesTaxCodeRef PurchaseTaxCodeRef",
        5: "SalesRepRef",
        15: "ShipMethodRef",
        31: "TermsRef ItemGroupRef ItemSalesTaxRef ItemPurchaseTaxRef PaymentMethodRef "
        "PreferredPaymentMethodRef TemplateRef PriceLevelRef BillingRateRef UnitOfMeasureSetRef "
        "OverrideUOMSetRef InventorySiteRef InventorySiteLocationRef "
        "ParentSiteRef",
        41: "VendorRef PrefVendorRef TaxVendorRef SalesRepEntityRef",
        64: "CurrencyRef",
        101: "CustomerMsgRef",
        209: "CustomerRef ShipToEntityRef PayeeEntityRef",
    }.items()
    for name in names.split()
}
_OPEN_REFERENCES: Final = {
    "ItemRef": "L159",
    "ParentRef": "L209",
    "SalesTaxReturnRef": "S",
    "SalesTaxReturnLineRef": "S",
}
"""References whose FullName the schema leaves open; QuickBooks answers 3070."""


def reference_model(name: str) -> str:
    """The content model of an element ...Ref."""
    kind = _OPEN_REFERENCES.get(name) or f"S{_SHORT_REFERENCES.get(name, 159)}"
    return f"ListID:ID? FullName:{kind}?"


@dataclass(frozen=True, slots=True)
class Model:
    """One element's content: the order of its children and each child's type."""

    order: re.Pattern[str]
    types: Mapping[str, str]


def compile_model(text: str) -> Model:
    """Turn the notation into a pattern over the children's names."""
    pattern: list[str] = []
    types: dict[str, str] = {}
    position = 0
    text = text.strip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(f"not a content model: {text[position:]!r}")
        name, kind, mark, occurs = token.groups()
        if name:
            types[name] = kind or ""
            pattern.append(f"(?:{name},){occurs}")
        else:
            pattern.append(("(?:" if mark == "(" else mark) + occurs)
        position = token.end()
    return Model(re.compile("".join(pattern)), types)


class Grammar:
    """All content models by element name; models are compiled when first used."""

    def __init__(
        self, models: Mapping[str, str], enums: Mapping[str, str], macros: frozenset[str]
    ) -> None:
        self._texts = models
        self._enums = {name: frozenset(values.split()) for name, values in enums.items()}
        self._macros = macros
        self._compiled: dict[str, Model] = {}

    def knows(self, name: str) -> bool:
        """Whether there is a model for an element of this name."""
        return name in self._texts

    def model(self, name: str) -> Model:
        """The compiled model of an element; a reference needs no entry of its own."""
        found = self._compiled.get(name)
        if found is None:
            text = self._texts.get(name)
            if text is None:
                if not name.endswith("Ref"):
                    raise parse_error(f"<{name}> is not supported here")
                text = reference_model(name)
            found = self._compiled[name] = compile_model(text)
        return found

    def check(self, element: etree._Element, name: str = "") -> list[Refused]:
        """Check an element and everything inside it.

        Returns:
            What is too long.

        Raises:
            HResult: The element is not as the schema says.
        """
        complaints: list[Refused] = []
        self._check(element, name or str(element.tag), complaints)
        return complaints

    def _check(self, element: etree._Element, name: str, complaints: list[Refused]) -> None:
        model = self.model(name)
        children = [child for child in element if isinstance(child.tag, str)]
        names = [str(child.tag) for child in children]
        for unknown in names:
            if unknown not in model.types:
                raise parse_error(f"<{name}> has no element <{unknown}>")
        if model.order.fullmatch("".join(f"{child}," for child in names)) is None:
            raise parse_error(
                f"<{name}> has elements missing, repeated or out of order: {' '.join(names)}"
            )
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            raise parse_error(f"<{name}> has text between its elements")
        for child in children:
            kind = model.types[str(child.tag)]
            if kind:
                self._check_leaf(child, kind, name, complaints)
            else:
                self._check_attributes(child)
                self._check(child, str(child.tag), complaints)

    def _check_attributes(self, element: etree._Element) -> None:
        for attribute in element.attrib:
            if attribute != "defMacro" or element.tag not in self._macros:
                raise parse_error(f"<{element.tag!s}> has no attribute {attribute!r}")

    def _check_leaf(
        self, element: etree._Element, kind: str, parent: str, complaints: list[Refused]
    ) -> None:
        tag = str(element.tag)
        if any(isinstance(child.tag, str) for child in element):
            raise parse_error(f"<{tag}> holds text, not elements")
        value = element.text or ""
        for attribute in element.attrib:
            if attribute != "useMacro" or not kind.endswith("!"):
                raise parse_error(f"<{tag}> of <{parent}> has no attribute {attribute!r}")
        kind = kind.rstrip("!")
        if kind[0] == "S" and not kind[1:].strip("0123456789"):
            if kind[1:] and len(value) > int(kind[1:]):
                complaints.append(TooLong(tag, value, by_schema=True))
        elif kind[0] == "L":
            if len(value) > int(kind[1:]):
                complaints.append(TooLong(tag, value, by_schema=False))
        elif not self._fits(value, kind):
            raise parse_error(f'<{tag}> cannot be "{value}" ({kind})')

    def _fits(self, value: str, kind: str) -> bool:
        if kind == "ID":
            return len(value) <= 36  # noqa: PLR2004 - IDTYPE
        if kind.startswith("E."):
            return value in self._enums[kind[2:]]
        return CHECKS[kind](value)
