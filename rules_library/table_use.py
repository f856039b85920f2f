"""Which rows of its tables a rulebook looks up: orders are decided again, and the rows noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_library.compare import only
from rules_library.logic import Table
from rules_library.logic.node import ABSENT, fresh
from rules_library.rulebook import Rulebook, decide


class Watched(Table):
    """A table that notes the places of the rows that it was asked for."""

    __slots__ = ("_places", "used")

    _places: Table
    used: set[int]

    def __init__(self, table: Table) -> None:
        """The same rows."""
        super().__init__(table.keys, table.rows, table.otherwise)
        places = [(*row[:-1], place) for place, row in enumerate(table.rows)]
        object.__setattr__(self, "_places", Table(table.keys, places))
        object.__setattr__(self, "used", set())

    def find(self, key: Any) -> Any:
        """The value of the row for a key, or ABSENT."""
        place = self._places.find(key)
        if place is ABSENT:
            return ABSENT
        self.used.add(place)
        return fresh(self.rows[place][-1])


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
