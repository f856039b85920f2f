"""Which rows of its tables a rulebook looks up: orders are decided again, and the rows noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_library.compare import only
from rules_library.logic import Table
from rules_library.rulebook import Rulebook, decide


class Watched(Table):
    """A table that notes the places of the rows that it was asked for."""

    __slots__ = ("used",)

    used: set[int]

    def __init__(self, table: Table) -> None:
        """The same rows."""
        super().__init__(table.keys, table.rows, table.otherwise)
        object.__setattr__(self, "used", set())

    def place(self, key: Any) -> int | None:
        """Where the row for a key stands among the rows; None if no row fits."""
        place = super().place(key)
        if place is not None:
            self.used.add(place)
        return place


class TableUse:
    """What orders look up in the tables that rules read.

    Attributes:
        orders: How many orders were decided.
        tables: The tables that are watched, by name.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        reading = {key for key, rule in rulebook.rules.items() if rule.tables}
        read = {name for key in reading for name in rulebook.rules[key].tables}
        self.orders = 0
        self.tables = {name: Watched(rulebook.tables[name]) for name in sorted(read)}
        self._rulebook = only(rulebook, reading, self.tables)

    def add(self, facts: Mapping[str, Any]) -> None:
        """Decide one order."""
        decide(facts, self._rulebook)
        self.orders += 1

    def unused(self) -> dict[str, list[int]]:
        """The places of the rows that no order looked up, by table; a table without is left out."""
        found = {
            name: [place for place in range(len(table)) if place not in table.used]
            for name, table in self.tables.items()
        }
        return {name: places for name, places in found.items() if places}
