"""Data extensions: the company's own custom fields, and what applications keep in the file."""

from __future__ import annotations

from typing import Final

from lxml import etree

from qbwc.practice.books import Books
from qbwc.practice.errors import Refused, invalid_reference, unsupported
from qbwc.practice.iterators import Page, nothing_found
from qbwc.practice.list_kinds import QUERIED_TOGETHER
from qbwc.practice.reader import Fields, read, several
from qbwc.practice.txn_records import TxnRecord

OWN: Final = "0"
"""The OwnerID of custom fields that people define in QuickBooks."""
_TYPE: Final = "STR255TYPE"
_FORMS: Final = frozenset({"Customer", "Item"})
"""What the custom fields of a practice company are assigned to."""


def names(books: Books) -> list[str]:
    """The custom fields that the company has defined."""
    return [name for name in books.setting("CustomFields").split(",") if name]


def query_definitions(books: Books, request: etree._Element) -> Page:
    """Answer DataExtDefQueryRq.

    Raises:
        Refused: 1, there is none.
    """
    sent = read(request)
    only = frozenset(several(sent.get("IncludeRetElement")))
    owners, objects = several(sent.get("OwnerID")), several(sent.get("AssignToObject"))
    fits = (not owners or OWN in owners) and (not objects or _FORMS & set(objects))
    found = names(books) if fits else []
    if not found:
        raise nothing_found()
    order = ("OwnerID", "DataExtID", "DataExtName", "DataExtType", "AssignToObject")
    written = [
        books.render.ret(
            "DataExtDefRet",
            order,
            {
                "OwnerID": OWN, "DataExtID": str(number), "DataExtName": name,
                "DataExtType": _TYPE, "AssignToObject": sorted(_FORMS),
            },
            only,
        )
        for number, name in enumerate(found, start=1)
    ]  # fmt: skip
    return Page("".join(written), len(written))


def write_data(books: Books, request: etree._Element) -> str:
    """Answer DataExtAddRq and DataExtModRq for a transaction, a list record or the company.

    Raises:
        Refused: 3180, the field has a value already (Add) or has none (Mod); 3140, there is no
            such record or no such field.
    """
    sent = read(request[0])
    adds = str(request.tag) == "DataExtAddRq"
    if "TxnID" in sent:
        _write_to_txn(books, sent, adds=adds)
    elif "ListObjRef" in sent:
        _write_to_record(books, sent)
    else:
        _write_to_company(books, sent, adds=adds)
    return books.render.write("DataExtRet", _shown(sent))


def _shown(sent: Fields) -> Fields:
    return {
        "OwnerID": sent["OwnerID"], "DataExtName": sent["DataExtName"], "DataExtType": _TYPE,
        "DataExtValue": sent.get("DataExtValue", ""),
    }  # fmt: skip


def _written(books: Books, held: list[Fields], sent: Fields) -> list[Fields]:
    """The custom fields of a record with another value in one; an empty value clears it."""
    if sent["OwnerID"] != OWN or sent["DataExtName"] not in names(books):
        raise invalid_reference("DataExtDef", sent["DataExtName"], "DataExt")
    others = [one for one in held if one["DataExtName"] != sent["DataExtName"]]
    return [*others, _shown(sent)] if sent.get("DataExtValue") else others


def _write_to_txn(books: Books, sent: Fields, *, adds: bool) -> None:
    if "TxnLineID" in sent:
        raise unsupported("TxnLineID")
    txn = books.txns.get(sent["TxnID"], sent["TxnDataExtType"])
    books.check_closing_date(txn.kind, txn.date)
    held = txn.fields.get("_data", [])
    if adds and any(one["DataExtName"] == sent["DataExtName"] for one in held):
        raise _cannot_save()
    txn.fields["_data"] = _written(books, held, sent)
    books.txns.save(txn)


def _write_to_record(books: Books, sent: Fields) -> None:
    kind, named = sent["ListDataExtType"], sent["ListObjRef"]
    kinds = QUERIED_TOGETHER.get(kind, (kind,))
    record = (
        books.lists.by_id(named["ListID"])
        if named.get("ListID")
        else books.lists.named(kinds, named.get("FullName", ""))
    )
    if record is None or record.kind not in kinds:
        raise invalid_reference(kind, named.get("ListID") or named.get("FullName", ""), "DataExt")
    record.fields["DataExtRet"] = _written(books, record.fields.get("DataExtRet", []), sent)
    books.lists.save(record)


def _write_to_company(books: Books, sent: Fields, *, adds: bool) -> None:
    found = books.file.row(
        "SELECT 1 FROM company_data WHERE owner_id = ? AND name = ?",
        sent["OwnerID"],
        sent["DataExtName"],
    )
    if (found is not None) == adds:
        raise _cannot_save()
    books.file.run(
        "INSERT OR REPLACE INTO company_data (owner_id, name, value) VALUES (?, ?, ?)",
        sent["OwnerID"], sent["DataExtName"], sent["DataExtValue"],
    )  # fmt: skip


def _cannot_save() -> Refused:
    return Refused(3180, "There was an error when saving a data extension.")


def inherit(books: Books, txn: TxnRecord) -> None:
    """A new sale takes over the custom fields of its customer."""
    customer = books.lists.by_id(txn.entity_id)
    if customer is not None and customer.fields.get("DataExtRet"):
        txn.fields["_data"] = list(customer.fields["DataExtRet"])
