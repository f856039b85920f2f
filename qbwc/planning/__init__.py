"""Order + what was decided + ledger + lists -> Plan; pure.

Each module honours the decisions that name it. To plan one more document, add what builds it to
the module of its idea and name it in ``sales.plan``.
"""

from qbwc.planning.cause import CAUSES, Cause
from qbwc.planning.changed import CHOICES, UNPOST_DELETE, UNPOST_VOID, WHOLE, Choice, Drift
from qbwc.planning.header import numbers
from qbwc.planning.items import member_names
from qbwc.planning.left_out import SAID as LEFT_OUT
from qbwc.planning.purchasing import buys_what_is_short
from qbwc.planning.sales import plan
from qbwc.planning.wanted import wanted
from qbwc.planning.work import Plan
from qbwc.planning.world import Ledger, Lists, Lookup, NotWantedError, Posted, Sold, lookup

__all__ = [
    "CAUSES",
    "CHOICES",
    "LEFT_OUT",
    "UNPOST_DELETE",
    "UNPOST_VOID",
    "WHOLE",
    "Cause",
    "Choice",
    "Drift",
    "Ledger",
    "Lists",
    "Lookup",
    "NotWantedError",
    "Plan",
    "Posted",
    "Sold",
    "buys_what_is_short",
    "lookup",
    "member_names",
    "numbers",
    "plan",
    "wanted",
]
