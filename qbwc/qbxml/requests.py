"""One document, list entry or question as one qbXML request, and a message set of requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from qbwc import documents
from qbwc.documents.base import Document, TxnRef
from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.elements import Table
from qbwc.documents.encoding import escape, escape_attribute, printable
from qbwc.qbxml.pen import (
    CannotRender,
    Cut,
    Pen,
    Resolve,
    Txn,
    macro_attribute,
)
from qbwc.qbxml.render import write

VERSION = "13.0"
_REQUEST_ID_LIMIT = 50
_SET_ID = re.compile(r"[A-Za-z0-9._-]{1,23}").fullmatch
_CLEAR_ALL = "ClearAllMessageSets"


class Addable(Protocol):
    """An entry to be created or changed: lists.Addition."""

    @property
    def list_id(self) -> str:
        """Of an entry that is to be changed."""

    @property
    def variant(self) -> str:
        """The name of the record, such as ItemService."""

    @property
    def table(self) -> Table:
        """The elements of its add."""

    def elements(self) -> Mapping[str, Any]:
        """Its fields, the name among them."""


def request(
    document: Document,
    request_id: str,
    *,
    resolve: Resolve,
    txn: Txn,
    key_guid: str | None = None,
    macro: str | None = None,
    held: tuple[str, str] | None = None,
    lines: bool | None = None,
    cuts: list[Cut] | None = None,
) -> str:
    """One document as one request: InvoiceAddRq, InvoiceModRq, TxnVoidRq, TxnDelRq.

    Args:
        document: what should exist, be changed, be voided or be deleted.
        request_id: echoed by QuickBooks; at most 50 characters.
        resolve: the ListID of a list entry; "" = send its FullName; None = not known.
        txn: the TxnID of another document of the order, or a Macro; None = none yet.
        key_guid: the ExternalGUID of an add, sent where the kind has one.
        macro: the name under which later requests of the same set may use this add's TxnID.
        held: TxnID and EditSequence that QuickBooks holds now; wins over the document's own.
        lines: whether an add returns its lines; by default as the kind says.
        cuts: is told of every text that was shortened.

    Raises:
        CannotRender: QuickBooks would refuse it, with the element and the reason.
    """
    kind = documents.kind(document.kind)
    pen = Pen(resolve, txn, cuts)
    fields = dict(document.fields)
    if held and document.action != "add":
        fields["TxnID"], fields["EditSequence"] = held
    match document.action:
        case "add":
            if key_guid and kind.external_guid:
                fields["ExternalGUID"] = key_guid
            define = f' defMacro="{macro_attribute(macro)}"' if macro else ""
            with_lines = kind.returns_lines if lines is None else lines
            body = _element(f"{kind.name}Add", kind.add, fields, pen, define)
        case "mod":
            if kind.mod is None:
                raise CannotRender(kind.name, "cannot be modified by this program")
            with_lines = bool(lines)
            body = _element(f"{kind.name}Mod", kind.mod, fields, pen)
        case _:
            return _ended(document.action, kind, fields, pen, request_id)
    returned = kind.returns + (kind.line_returns if with_lines else ())
    return _asked(f"{kind.name}{document.action.capitalize()}Rq", request_id, body, returned)


def addition_request(
    addition: Addable,
    request_id: str,
    resolve: Resolve,
    *,
    guid: str | None = None,
    edit_sequence: str = "",
    cuts: list[Cut] | None = None,
) -> str:
    """One entry to be created or changed as one request, such as CustomerAddRq, CustomerModRq.

    Raises:
        CannotRender: QuickBooks would refuse it, with the element and the reason.
    """
    pen = Pen(resolve, _no_txn, cuts)
    fields = dict(addition.elements())
    if guid and any(getattr(item, "name", "") == "ExternalGUID" for item in addition.table):
        fields["ExternalGUID"] = guid
    action = "Add"
    if addition.list_id:
        action, fields["EditSequence"] = "Mod", edit_sequence
    body = _element(f"{addition.variant}{action}", addition.table, fields, pen)
    return _asked(f"{addition.variant}{action}Rq", request_id, body)


def message_set(
    requests: Iterable[str],
    *,
    new_id: str | None = None,
    old_id: str | None = None,
    on_error: str = "continueOnError",
    version: str = VERSION,
) -> bytes:
    """A message set of requests, in ASCII, with both processing instructions.

    Sets that change nothing carry neither id. Independent requests use continueOnError; with
    stopOnError QuickBooks answers what follows a failure with 3231.

    Raises:
        CannotRender: an id that is too long for QuickBooks (23 characters) or ``on_error`` is
            one that QuickBooks Desktop refuses.
    """
    if on_error not in {"continueOnError", "stopOnError"}:
        raise CannotRender("onError", f"QuickBooks Desktop refuses {on_error!r}")
    if not re.fullmatch(r"\d{1,2}\.\d", version):
        raise CannotRender("qbxml version", f"{version!r} is no qbXML version")
    attributes = f'onError="{on_error}"'
    for name, value in (("newMessageSetID", new_id), ("oldMessageSetID", old_id)):
        if value is None:
            continue
        if not _SET_ID(value):
            raise CannotRender(name, f"{value!r} is no message set id of at most 23 characters")
        attributes += f' {name}="{value}"'
    body = "".join(requests)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<?qbxml version="{version}"?>\n'
        f"<QBXML><QBXMLMsgsRq {attributes}>{body}</QBXMLMsgsRq></QBXML>"
    ).encode("ascii")


def request_attribute(request_id: str) -> str:
    """The requestID attribute.

    Raises:
        CannotRender: it is longer than the 50 characters that QuickBooks takes (1060).
    """
    if not request_id or len(request_id) > _REQUEST_ID_LIMIT or printable(request_id) != request_id:
        raise CannotRender("requestID", f"{request_id!r} is no request id of 1 to 50 characters")
    return f'requestID="{escape_attribute(request_id)}"'


def returned_elements(names: Iterable[str]) -> str:
    """IncludeRetElement for each name."""
    return "".join(f"<IncludeRetElement>{escape(name)}</IncludeRetElement>" for name in names)


def _element(
    tag: str, table: Table, fields: Mapping[str, Any], pen: Pen, attributes: str = ""
) -> str:
    pen.path.append(tag)
    write(table, fields, pen)
    return f"<{tag}{attributes}>{''.join(pen.out)}</{tag}>"


def _asked(name: str, request_id: str, body: str, returned: tuple[str, ...] = ()) -> str:
    head = f"<{name} {request_attribute(request_id)}>"
    return f"{head}{body}{returned_elements(returned)}</{name}>"


def _ended(
    action: str, kind: DocumentKind, fields: Mapping[str, Any], pen: Pen, request_id: str
) -> str:
    tag = {"void": "TxnVoid", "delete": "TxnDel"}.get(action)
    if tag is None:
        raise CannotRender(kind.name, f"{action!r} is no action")
    if action == "void" and not kind.voidable:
        raise CannotRender(kind.name, "cannot be voided in QuickBooks")
    write(_OWN_ID, {"TxnID": fields.get("TxnID")}, pen)
    body = f"<{tag}Type>{kind.name}</{tag}Type>{''.join(pen.out)}"
    return _asked(f"{tag}Rq", request_id, body)


_OWN_ID: Table = (documents.elements.TxnId("TxnID", required=True),)


def _no_txn(_ref: TxnRef) -> None:
    return None
