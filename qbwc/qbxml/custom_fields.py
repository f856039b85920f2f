"""Values of custom fields as requests of their own: DataExtAddRq and DataExtModRq."""

from __future__ import annotations

from collections.abc import Iterator

from qbwc.documents.base import CLEAR, Document
from qbwc.documents.encoding import escape, printable
from qbwc.qbxml.queries import OWN_CUSTOM_FIELDS
from qbwc.qbxml.requests import request_attribute

CUSTOM_FIELDS = "CustomFields"
"""Where a document keeps them."""


def custom_field_request(
    kind: str, txn_id: str, name: str, text: str, request_id: str, *, change: bool = False
) -> str:
    """One custom field at the head of a transaction.

    Args:
        kind: the transaction's kind, such as Invoice.
        txn_id: its TxnID.
        name: the field.
        text: what is written; empty clears it.
        request_id: echoed by QuickBooks.
        change: the field has a value already, by QuickBooks' own words or because a form takes
            over its customer's.
    """
    action = "Mod" if change or not text else "Add"
    tag = f"DataExt{action}"
    body = (
        f"{OWN_CUSTOM_FIELDS}<DataExtName>{escape(printable(name))}</DataExtName>"
        f"<TxnDataExtType>{kind}</TxnDataExtType><TxnID>{escape(txn_id)}</TxnID>"
        f"<DataExtValue>{escape(printable(text))}</DataExtValue>"
    )
    return f"<{tag}Rq {request_attribute(request_id)}><{tag}>{body}</{tag}></{tag}Rq>"


def custom_fields_of(document: Document) -> Iterator[tuple[str, str]]:
    """Name and text of each custom field of a document; an empty text clears it."""
    for name, text in (document.fields.get(CUSTOM_FIELDS) or {}).items():
        yield name, "" if text is CLEAR else str(text)
