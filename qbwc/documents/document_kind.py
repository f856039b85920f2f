"""What a transaction kind is: its element tables, what it returns, how it is found again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qbwc.documents.elements import Lines, RefElement, Table, Text, flat, names

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One QuickBooks transaction type, as Intuit's qbXML 13.0 schema describes it."""

    name: str
    called: str = ""
    """What QuickBooks' screens call it, where that is not the name's own words."""
    entity: str = "CustomerRef"
    """The element that names whose transaction it is."""
    add: Table
    mod: Table | None = None
    posting: bool = True
    """Whether it changes account balances (a sales order and an estimate do not)."""
    voidable: bool = True
    returns: tuple[str, ...]
    """IncludeRetElement of an add: identity and totals, so that answers stay small."""
    returns_lines: bool = False
    """Whether an add asks for its lines, because later documents link to them."""
    line_returns: tuple[str, ...] = ()
    applies: bool = False
    """Whether a mod names all that it is applied to anew: QuickBooks takes back what it leaves out.

    So what it is applied to is read whenever the transaction is, whoever applied it.
    """
    subtotal: str = ""
    tax: str = ""
    total: str = ""
    balance: str = ""
    linked: bool = True
    """Whether its query has IncludeLinkedTxns."""
    external_guid: bool = field(init=False)
    elements: frozenset[str] = field(init=False)
    """The names that the header of an add supports."""
    line_elements: frozenset[str] = field(init=False)
    ref_number_limit: int = field(init=False)
    _limits: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        header = names(self.add)
        lines = [element for element in flat(self.add) if isinstance(element, Lines)]
        limits: dict[str, int] = {}
        for table in (self.add, *(line.children for line in lines)):
            for element in flat(table):
                if isinstance(element, Text | RefElement):
                    limits.setdefault(element.name, element.limit)
        put = object.__setattr__
        put(self, "external_guid", "ExternalGUID" in header)
        put(self, "elements", header - {line.name for line in lines})
        put(self, "line_elements", frozenset().union(*(names(line.children) for line in lines)))
        put(self, "ref_number_limit", limits.get("RefNumber", 0))
        put(self, "_limits", limits)

    @property
    def title(self) -> str:
        """What people call it: Sales Receipt."""
        return self.called or _WORDS.sub(" ", self.name)

    @property
    def query(self) -> str:
        """The request that finds such a transaction again."""
        return f"{self.name}QueryRq"

    @property
    def ret(self) -> tuple[str, ...]:
        """The elements that a response holds such transactions in."""
        return (f"{self.name}Ret",)

    @property
    def return_elements(self) -> tuple[str, ...]:
        """IncludeRetElement of an add."""
        return self.returns + self.line_returns if self.returns_lines else self.returns

    def limit(self, name: str) -> int | None:
        """The longest text, or FullName, that the element takes; header before line."""
        return self._limits.get(name)
