"""The QuickBooks transactions we write, one module a kind.

To add one more, write ``qbwc/documents/x.py`` with ``KIND = DocumentKind(...)``: its elements in
the order of Intuit's schema. Rendering, queries and tests find it there.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from qbwc.documents.base import (
    CLEAR,
    FORGOTTEN,
    Address,
    Clear,
    Document,
    Fields,
    Key,
    Ref,
    TaxPart,
    Totals,
    TxnRef,
    refs,
    txn_refs,
)
from qbwc.documents.document_kind import DocumentKind


class UnknownKindError(LookupError):
    """No module of this package declares the transaction kind."""


@cache
def kinds() -> Mapping[str, DocumentKind]:
    """Every transaction kind by its QuickBooks name."""
    found = (
        getattr(import_module(f"{__name__}.{module.name}"), "KIND", None)
        for module in pkgutil.iter_modules(__path__)
    )
    return MappingProxyType({kind.name: kind for kind in found if kind is not None})


def kind(name: str) -> DocumentKind:
    """The transaction kind of that QuickBooks name.

    Raises:
        UnknownKindError: no module declares it.
    """
    try:
        return kinds()[name]
    except KeyError:
        raise UnknownKindError(name) from None


def spoken(name: str) -> str:
    """A transaction kind as people say it: SalesReceipt -> sales receipt."""
    return kinds()[name].title.lower() if name in kinds() else name


__all__ = [
    "CLEAR",
    "FORGOTTEN",
    "Address",
    "Clear",
    "Document",
    "DocumentKind",
    "Fields",
    "Key",
    "Ref",
    "TaxPart",
    "Totals",
    "TxnRef",
    "UnknownKindError",
    "kind",
    "kinds",
    "refs",
    "spoken",
    "txn_refs",
]
