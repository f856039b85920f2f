"""A practice company file: a QuickBooks Desktop simulator and a Web Connector to reach it with.

It shares no code with the rest of qbwc, so that it finds our mistakes instead of repeating them.
One more list is an entry in `list_kinds` and its models; one more transaction an entry in `forms`,
its models and a handler in `requests`.
"""

from qbwc.practice.company import PracticeCompany, Txn
from qbwc.practice.connector import SessionReport, WebConnector
from qbwc.practice.errors import Crashed, HResult
from qbwc.practice.faults import Faults
from qbwc.practice.list_records import ListRecord

__all__ = [
    "Crashed",
    "Faults",
    "HResult",
    "ListRecord",
    "PracticeCompany",
    "SessionReport",
    "Txn",
    "WebConnector",
]
