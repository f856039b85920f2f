"""Whether a transaction that QuickBooks holds is a document of ours, and what it amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.models import Posting, db
from app.sync.queue.outcome import OutboxRow
from qbwc import documents, qbxml
from qbwc.documents import Document, DocumentKind, Key, Ref
from qbwc.lists import normal

_NO_GUID = frozenset({"", "0", "{00000000-0000-0000-0000-000000000000}"})


UNWRITABLE = (
    qbxml.CannotRender,
    documents.UnknownKindError,
    ValueError,
    KeyError,
    TypeError,
)
"""What a document can raise that is not as it should be: it is held, and blocks no other."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The sums of a transaction, as far as QuickBooks returned them."""

    subtotal: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    balance: Decimal | None


def amounts(kind: DocumentKind, record: qbxml.Record) -> Amounts:
    """Read a transaction's sums; an invoice's total is subtotal and tax."""
    subtotal = record.amount(kind.subtotal) if kind.subtotal else None
    tax = record.amount(kind.tax) if kind.tax else None
    total = record.amount(kind.total) if kind.total else None
    if total is None and subtotal is not None:
        total = subtotal + (tax or Decimal(0))
    balance = record.amount(kind.balance) if kind.balance else None
    return Amounts(subtotal, tax, total, balance)


def stamp(memo: str, number: str) -> str:
    """The beginning of our memo that tells the order: the store and the full order number."""
    memo = qbxml.printable(memo, multiline=True)
    at = memo.find(number) if number else -1
    return memo[: at + len(number)] if at >= 0 else memo


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document of ours that QuickBooks may hold."""

    row: OutboxRow
    document: Document
    kind: DocumentKind

    @classmethod
    def of(cls, row: OutboxRow) -> Wanted:
        """What is to be looked for on behalf of an outbox row."""
        document = Document.loads(row.payload)
        return cls(row=row, document=document, kind=documents.kind(row.kind))

    @property
    def guid(self) -> str:
        """Its ExternalGUID, for comparison."""
        row = self.row
        key = Key(row.store_key, row.source_id, row.kind, row.part)
        return str(row.guid or key.guid(row.generation)).casefold()

    @property
    def mark(self) -> str:
        """What its memo begins with."""
        return stamp(str(self.document.fields.get("Memo") or ""), self.row.number)

    def has_guid_of(self, record: qbxml.Record) -> bool:
        """Whether the transaction carries this document's own ExternalGUID."""
        return record.text("ExternalGUID").casefold() == self.guid

    def has_stamp_of(self, record: qbxml.Record) -> bool:
        """Whether the transaction's memo begins with our store and order number."""
        memo = record.text("Memo")
        mark = self.mark
        rest = memo[len(mark) : len(mark) + 1]
        return bool(mark) and memo.startswith(mark) and not rest.isalnum()

    def has_sum_of(self, record: qbxml.Record) -> bool:
        """Whether the transaction's total is the one that was planned."""
        totals = self.document.totals
        return totals is None or amounts(self.kind, record).total == totals.total

    @property
    def entity(self) -> Ref | None:
        """Whose transaction it is: a customer, a vendor, a payee."""
        reference = self.document.fields.get(self.kind.entity)
        return reference if isinstance(reference, Ref) else None

    def has_entity_of(self, record: qbxml.Record, list_id: str | None) -> bool:
        """Whether the transaction is of the same customer or vendor, by ListID or else by name."""
        name, reference = self.kind.entity, self.entity
        if reference is None:
            return not record.has(name)
        if list_id and record.text(f"{name}/ListID"):
            return record.text(f"{name}/ListID") == list_id
        return normal(record.text(f"{name}/FullName")) == normal(reference.full_name)


def is_void(kind: DocumentKind, record: qbxml.Record, expected: Decimal | None) -> bool:
    """Whether a transaction was voided: QuickBooks keeps it with nothing in it."""
    if not kind.posting:
        return False
    sums = amounts(kind, record)
    return sums.total == 0 and (bool(expected) or record.text("Memo").startswith("VOID:"))


def foreign_guid(record: qbxml.Record) -> bool:
    """Whether the transaction carries an ExternalGUID at all."""
    return record.text("ExternalGUID") not in _NO_GUID


def known(company_id: int, txn_ids: set[str]) -> set[str]:
    """Those TxnIDs that are the postings of other documents already."""
    if not txn_ids:
        return set()
    return set(
        db.session.scalars(
            select(Posting.txn_id).where(
                Posting.company_id == company_id, Posting.txn_id.in_(txn_ids)
            )
        )
    )


def posting(
    wanted: Wanted,
    record: qbxml.Record | None,
    *,
    company_id: int,
    how: str,
    txn_id: str = "",
    edit_sequence: str = "",
) -> dict[str, Any]:
    """The posting of a document that QuickBooks holds, as far as it told.

    Without a record QuickBooks is asked again for the rest; so it is for the lines, which a
    search does not return.
    """
    kind = wanted.kind
    sums = amounts(kind, record) if record else Amounts(None, None, None, None)
    totals = wanted.document.totals
    return {
        "company_id": company_id,
        "order_id": wanted.row.order_id,
        "kind": wanted.row.kind,
        "part": wanted.row.part,
        "generation": wanted.row.generation,
        "txn_id": record.text("TxnID") if record else txn_id,
        "edit_sequence": record.text("EditSequence") if record else edit_sequence,
        "ref_number": record.text("RefNumber") if record else wanted.row.ref_number,
        "customer_list_id": record.text("CustomerRef/ListID") if record else "",
        "subtotal": sums.subtotal,
        "tax": sums.tax,
        "total": sums.total,
        "balance": sums.balance,
        "tax_lines": totals.tax_lines if totals else Decimal(0),
        "expected": totals.total if totals else None,
        "payload": wanted.row.payload,
        "answer": answer(kind, record) if record else None,
        "how": how,
        "release_id": wanted.row.release_id,
        "stale": record is None
        or (kind.returns_lines and not any(map(record.has, kind.line_returns))),
    }


def answer(kind: DocumentKind, record: qbxml.Record) -> dict[str, Any]:
    """What a later document needs of this one: its lines with their TxnLineIDs, its links."""
    lines = [
        {"is": line.name, **dict(line.leaves())}
        for name in (() if kind.applies else kind.line_returns)
        for line in record.children(name)
    ]
    found: dict[str, Any] = {"lines": lines} if lines else {}
    linked = [one.text("TxnID") for one in record.children("LinkedTxn")]
    if linked:
        found["linked"] = linked
    for name in ("TxnNumber", "TxnDate", "TimeModified"):
        if record.has(name):
            found[name] = record.text(name)
    return found
