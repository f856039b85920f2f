"""Questions to QuickBooks: lists to mirror, transactions to find again, what was deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from qbwc.documents.document_kind import DocumentKind
from qbwc.documents.encoding import escape, escape_attribute, printable
from qbwc.lists.list_kind import ListKind
from qbwc.qbxml.pen import CannotRender
from qbwc.qbxml.requests import request_attribute, returned_elements

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2})?)?").fullmatch
Iterator = Literal["Start", "Continue", "Stop"]
Moment = datetime | str


OWN_CUSTOM_FIELDS = "<OwnerID>0</OwnerID>"
"""Asks for the custom fields that the company itself has defined."""


def query_request(
    kind: ListKind | DocumentKind,
    request_id: str,
    *,
    ids: Sequence[str] = (),
    names: Sequence[str] = (),
    ref_numbers: Sequence[str] = (),
    entity: str = "",
    modified_from: Moment | None = None,
    modified_to: Moment | None = None,
    active: str | None = "All",
    max_returned: int | None = None,
    iterator: Iterator | None = None,
    iterator_id: str = "",
    include: Iterable[str] | None = None,
    line_items: bool = False,
    linked_txns: bool = False,
) -> str:
    """A query of a list or of a transaction type.

    Either ids (ListID or TxnID), names (FullName) or ref_numbers, or the filters: the schema
    allows no mixing. An iterator needs ``max_returned``, and each Continue the same filters; it
    lives within one QuickBooks session (3391 after that: start again).

    Args:
        kind: what is asked for.
        request_id: echoed by QuickBooks.
        ids: ListIDs or TxnIDs.
        names: FullNames of list entries.
        ref_numbers: RefNumbers of transactions.
        entity: the ListID of the customer or vendor whose transactions are asked for.
        modified_from: QuickBooks reads times in its own machine's zone: pass what it returned,
            without the offset, or local time.
        modified_to: the same.
        active: ActiveOnly, InactiveOnly or All; lists only.
        max_returned: at most so many records.
        iterator: Start, Continue or Stop.
        iterator_id: what QuickBooks returned for Start.
        include: IncludeRetElement; by default what the kind mirrors or returns.
        line_items: IncludeLineItems.
        linked_txns: IncludeLinkedTxns, where the query has it.

    Raises:
        CannotRender: such a query does not exist.
    """
    is_list = isinstance(kind, ListKind)
    chosen = [group for group in (ids, names, ref_numbers) if group]
    filters = any((entity, modified_from, modified_to, max_returned, iterator))
    if len(chosen) > 1 or (chosen and filters):
        raise CannotRender(kind.query, "either identities of one sort or filters, not both")
    if is_list and (ref_numbers or entity or line_items or linked_txns):
        raise CannotRender(kind.query, "a list has no transactions' filters")
    if not is_list and names:
        raise CannotRender(kind.query, "a transaction has no FullName")
    attributes = _iterator(kind, iterator, iterator_id, max_returned)
    body = _all("ListID" if is_list else "TxnID", ids)
    body += _all("FullName", names) + _all("RefNumber", ref_numbers)
    if isinstance(kind, ListKind) and kind.owned:
        body += OWN_CUSTOM_FIELDS
    if not chosen and isinstance(kind, ListKind):
        body += _list_filters(kind, max_returned, active, modified_from, modified_to)
    elif not chosen:
        body += _all("MaxReturned", [str(max_returned)] if max_returned else [])
        span = _span(modified_from, modified_to)
        body += f"<ModifiedDateRangeFilter>{span}</ModifiedDateRangeFilter>" if span else ""
        body += f"<EntityFilter>{_all('ListID', [entity])}</EntityFilter>" if entity else ""
    if isinstance(kind, DocumentKind):
        body += "<IncludeLineItems>true</IncludeLineItems>" if line_items else ""
        body += "<IncludeLinkedTxns>true</IncludeLinkedTxns>" if linked_txns and kind.linked else ""
    if include is None:
        include = kind.include if isinstance(kind, ListKind) else _returned(kind, line_items)
    tag = kind.query
    head = f"<{tag} {request_attribute(request_id)}{attributes}>"
    owner = OWN_CUSTOM_FIELDS if isinstance(kind, ListKind) and kind.custom_fields else ""
    return f"{head}{body}{returned_elements(include)}{owner}</{tag}>"


def plain_query(
    name: str, request_id: str, *, include: Iterable[str] = (), owner_id: str = ""
) -> str:
    """HostQueryRq, CompanyQueryRq or PreferencesQueryRq.

    ``owner_id`` asks CompanyQueryRq for the data that the Web Connector keeps in the file.
    """
    owner = _all("OwnerID", [owner_id] if owner_id else [])
    return f"<{name} {request_attribute(request_id)}>{returned_elements(include)}{owner}</{name}>"


def deleted_request(
    kind: ListKind | DocumentKind | Sequence[DocumentKind],
    request_id: str,
    *,
    deleted_from: Moment | None = None,
    deleted_to: Moment | None = None,
) -> str:
    """What was deleted of a list (ListDeletedQueryRq) or transaction types (TxnDeletedQueryRq).

    Raises:
        CannotRender: QuickBooks keeps no record of deletions in that list.
    """
    if isinstance(kind, ListKind):
        tag, types = "ListDel", kind.deleted
        if not types:
            raise CannotRender(kind.query, "QuickBooks keeps no record of deletions here")
    else:
        kinds = (kind,) if isinstance(kind, DocumentKind) else kind
        tag, types = "TxnDel", tuple(one.name for one in kinds)
    span = _span(deleted_from, deleted_to, "Deleted")
    dates = f"<DeletedDateRangeFilter>{span}</DeletedDateRangeFilter>" if span else ""
    name = f"{tag.removesuffix('Del')}DeletedQueryRq"
    return f"<{name} {request_attribute(request_id)}>{_all(f'{tag}Type', types)}{dates}</{name}>"


def _iterator(
    kind: ListKind | DocumentKind,
    iterator: Iterator | None,
    iterator_id: str,
    max_returned: int | None,
) -> str:
    if max_returned is not None and max_returned < 1:
        raise CannotRender(kind.query, "MaxReturned is at least 1")
    if iterator is None:
        return ""
    if isinstance(kind, ListKind) and not kind.iterator:
        raise CannotRender(kind.query, "QuickBooks has no iterator for this list")
    if max_returned is None:
        raise CannotRender(kind.query, "an iterator needs MaxReturned")
    if (iterator == "Start") is bool(iterator_id):
        raise CannotRender(kind.query, "Continue and Stop name the iteratorID, Start does not")
    given = f' iteratorID="{escape_attribute(iterator_id)}"' if iterator_id else ""
    return f' iterator="{iterator}"{given}'


def _list_filters(
    kind: ListKind,
    max_returned: int | None,
    active: str | None,
    modified_from: Moment | None,
    modified_to: Moment | None,
) -> str:
    if not kind.modified and (modified_from or modified_to):
        raise CannotRender(kind.query, "QuickBooks cannot say what changed of this list")
    if not kind.modified and not kind.iterator:
        if max_returned:
            raise CannotRender(kind.query, "QuickBooks has no filters for this list")
        return ""
    body = _all("MaxReturned", [str(max_returned)] if max_returned else [])
    body += _all("ActiveStatus", [active] if active else [])
    return body + _span(modified_from, modified_to)


def _returned(kind: DocumentKind, line_items: bool) -> tuple[str, ...]:  # noqa: FBT001
    extra = ("TimeCreated", "TimeModified", "Memo")
    kept = tuple(name for name in kind.returns if name not in extra)
    links = ("LinkedTxn",) if kind.linked else ()
    return (*kept, *extra, *links, *(kind.line_returns if line_items else ()))


def _span(start: Moment | None, end: Moment | None, what: str = "Modified") -> str:
    return "".join(
        f"<{edge}{what}Date>{_moment(moment)}</{edge}{what}Date>"
        for edge, moment in (("From", start), ("To", end))
        if moment
    )


def _moment(value: Moment) -> str:
    text = value.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(value, datetime) else value
    if not _TIME(text):
        raise CannotRender("date", f"{text!r} is not a date and time that QuickBooks reads")
    return text


def _all(name: str, values: Iterable[str]) -> str:
    return "".join(f"<{name}>{escape(printable(value))}</{name}>" for value in values)
