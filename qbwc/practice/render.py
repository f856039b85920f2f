"""From records to the elements of a response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from qbwc.practice.list_records import ListRecords
from qbwc.practice.reader import Fields
from qbwc.practice.values import element

_ADDRESS = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")


class Renderer:
    """Writes fields as XML and shows each reference by ListID and FullName."""

    def __init__(self, lists: ListRecords) -> None:
        self._lists = lists

    def ret(
        self, name: str, order: Sequence[str], fields: Fields, only: frozenset[str] = frozenset()
    ) -> str:
        """One Ret element.

        Args:
            name: Its name, e.g. "CustomerRet".
            order: The names of its children in order; other fields are our own and not shown.
            fields: The values.
            only: The names in IncludeRetElement; all when empty.
        """
        inner = "".join(
            self.write(child, fields[child])
            for child in order
            if child in fields and (not only or child in only)
        )
        return f"<{name}>{inner}</{name}>"

    def write(self, name: str, value: Any) -> str:
        """A text, a reference, nested fields, or a list of them."""
        if isinstance(value, list):
            return "".join(self.write(name, one) for one in value)
        if isinstance(value, dict):
            inner = "".join(self.write(child, inner) for child, inner in value.items())
            return f"<{name}>{inner}</{name}>" if inner else ""
        if value == "":
            return ""
        if name.endswith("Ref"):
            inner = element("ListID", value) + element("FullName", self._lists.full_name(value))
            return f"<{name}>{inner}</{name}>"
        return element(name, value)


def printed_lines(address: Fields) -> list[str]:
    """An address as QuickBooks prints it: its lines, then "City, State PostalCode", country."""
    lines = [address[name] for name in _ADDRESS if address.get(name)]
    state = f"{address.get('State', '')} {address.get('PostalCode', '')}".strip()
    city = ", ".join(part for part in (address.get("City", ""), state) if part)
    return [*lines, *([city] if city else []), *filter(None, [address.get("Country", "")])]


def address_block(address: Fields) -> Fields:
    """The ...AddressBlock that goes with an address."""
    return dict(zip(_ADDRESS, printed_lines(address), strict=False))


def response(request: str, attributes: Fields, inner: str = "") -> str:
    """One ...Rs element for the request's ...Rq."""
    name = request.removesuffix("Rq") + "Rs"
    written = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written} />"
