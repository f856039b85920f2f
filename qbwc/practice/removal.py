"""TxnDel and TxnVoid, and the queries of what was deleted."""

from __future__ import annotations

from lxml import etree

from qbwc.practice import links, postings
from qbwc.practice.books import Books
from qbwc.practice.errors import Refused, not_found
from qbwc.practice.iterators import Page, nothing_found
from qbwc.practice.reader import Fields, read, several
from qbwc.practice.txn_records import TxnRecord
from qbwc.practice.values import ZERO, element, local_text


def delete_txn(books: Books, request: etree._Element) -> str:
    """Answer TxnDelRq: what was applied or linked is free again.

    Raises:
        Refused: 3120 no such transaction, 3160 invoices hang on it, 3171 closed period.
    """
    txn = _named(books, request, "TxnDelType")
    row = books.file.row("SELECT 1 FROM link WHERE sales_order = ?", txn.txn_id)
    if row is not None:
        raise Refused(
            3160,
            f'Cannot delete the object specified by the id = "{txn.txn_id}".  QuickBooks error '
            "message: It is linked to another transaction.",
        )
    _release(books, txn)
    deleted = books.txns.delete(txn)
    return _fields({
        "TxnDelType": txn.kind, "TxnID": txn.txn_id, "TimeCreated": txn.created,
        "TimeDeleted": deleted, "RefNumber": txn.ref_number,
    })  # fmt: skip


def void_txn(books: Books, request: etree._Element) -> str:
    """Answer TxnVoidRq: the form stays, its amounts are zero.

    Raises:
        Refused: 3120 no such transaction, 3171 closed period.
    """
    txn = _named(books, request, "TxnVoidType")
    _release(books, txn)
    txn.total = txn.applied = ZERO
    for line in txn.flat_lines():
        line.pop("_link", None)
        for name in ("Amount", "Rate"):
            if name in line:
                line[name] = "0.00"
        if "Quantity" in line:
            line["Quantity"] = "0"
    for name in ("Subtotal", "SalesTaxTotal"):
        if name in txn.fields:
            txn.fields[name] = "0.00"
    memo = txn.fields.get("Memo", "")
    if not memo.startswith("VOID:"):
        txn.fields["Memo"] = f"VOID: {memo}".rstrip()
    books.txns.save(txn)
    books.txns.post(txn, ())
    return _fields({
        "TxnVoidType": txn.kind, "TxnID": txn.txn_id, "TimeCreated": txn.created,
        "TimeModified": txn.modified, "RefNumber": txn.ref_number,
    })  # fmt: skip


def _named(books: Books, request: etree._Element, type_field: str) -> TxnRecord:
    sent = read(request)
    txn = books.txns.by_id(sent["TxnID"])
    if txn is None or txn.kind != sent[type_field]:
        raise not_found(sent["TxnID"])
    books.check_closing_date(txn.kind, txn.date)
    return txn


def _release(books: Books, txn: TxnRecord) -> None:
    postings.move_stock(books, txn, -1)
    links.give_back(books, txn)
    touched = {
        part.via for column in ("via", "source", "target")
        for part in books.txns.unapply(column, txn.txn_id)
    }  # fmt: skip
    for txn_id in touched - {txn.txn_id}:
        other = books.txns.by_id(txn_id)
        if other is not None:
            postings.post(books, other)


def _fields(fields: Fields) -> str:
    return "".join(element(name, value) for name, value in fields.items() if value)


def query_deleted(books: Books, request: etree._Element) -> Page:
    """Answer ListDeletedQueryRq and TxnDeletedQueryRq.

    Raises:
        Refused: 1, nothing was deleted.
    """
    what = "list" if str(request.tag).startswith("List") else "txn"
    sent = read(request)
    type_name = "ListDelType" if what == "list" else "TxnDelType"
    kinds = several(sent[type_name])
    span = sent.get("DeletedDateRangeFilter") or {}
    first = local_text(span.get("FromDeletedDate", ""))
    last = local_text(span.get("ToDeletedDate", ""), end=True) or "9999"
    only = frozenset(several(sent.get("IncludeRetElement")))
    id_name, label = ("ListID", "FullName") if what == "list" else ("TxnID", "RefNumber")
    marks = ", ".join("?" * len(kinds))
    rows = books.file.rows(
        f"SELECT * FROM deleted WHERE what = ? AND kind IN ({marks}) "  # noqa: S608
        "AND substr(deleted, 1, 19) BETWEEN ? AND ? ORDER BY id",
        what, *kinds, first, last,
    )  # fmt: skip
    if not rows:
        raise nothing_found()
    name = "ListDeletedRet" if what == "list" else "TxnDeletedRet"
    order = (type_name, id_name, "TimeCreated", "TimeDeleted", label)
    inner = "".join(
        books.render.ret(name, order, {
            type_name: row["kind"], id_name: row["object_id"], "TimeCreated": row["created"],
            "TimeDeleted": row["deleted"], label: row["label"],
        }, only)
        for row in rows
    )  # fmt: skip
    return Page(inner, len(rows))
