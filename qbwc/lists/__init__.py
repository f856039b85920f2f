"""The QuickBooks lists we mirror, one module a list.

To add one more, write ``qbwc/lists/x.py`` with ``KIND = ListKind(...)``: its query, what the
mirror keeps, its search keys and the elements of its adds. Mirror, planning and tests find it.
"""

from __future__ import annotations

from qbwc.documents.encoding import clean_name
from qbwc.lists.discovery import UnknownListError, kind, kinds
from qbwc.lists.entry import Addition, CannotAddError, Entry, entry
from qbwc.lists.list_kind import ListKind, custom_field, digits, loose, normal

__all__ = [
    "Addition",
    "CannotAddError",
    "Entry",
    "ListKind",
    "UnknownListError",
    "clean_name",
    "custom_field",
    "digits",
    "entry",
    "kind",
    "kinds",
    "loose",
    "normal",
]
