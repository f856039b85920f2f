"""What a plan will ask of the lists, so that a whole batch is loaded with one query a list."""

from __future__ import annotations

from qbwc.planning import customer, items
from qbwc.planning.charges import item_names
from qbwc.planning.world import Lookup, lookup
from rules_library.order import Order
from rules_library.rulebook import Decided


def wanted(order: Order, decided: Decided) -> set[Lookup]:
    """The questions to customers, vendors and items; all other lists are loaded whole."""
    asked = set(customer.lookups(order, decided))
    for line, outcomes in zip(order.lines, decided.lines, strict=True):
        asked.update(items.lookups(line, outcomes))
        if outcomes["vendor"].value:
            asked.add(lookup("Vendor", "full_name", outcomes["vendor"].value))
    asked.update(lookup("Item", "full_name", name) for name in item_names(decided))
    return asked
