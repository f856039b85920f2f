"""Transactions in the company file: their rows, what is applied to what, and their postings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from qbwc.practice.clock import Clock
from qbwc.practice.errors import not_found
from qbwc.practice.file import CompanyFile, packed, unpacked
from qbwc.practice.reader import Fields
from qbwc.practice.values import ZERO, from_cents, key, to_cents


@dataclass(slots=True)
class TxnRecord:
    """One transaction.

    Attributes:
        applied: Of an invoice: what payments, credits and discounts have taken off it. Of a
            payment or credit memo: what of it has been used.
        fields: The header, references as ListIDs.
        lines: The lines; a group line keeps its components under "_lines".
    """

    kind: str
    entity_id: str
    date: str
    ref_number: str
    total: Decimal = ZERO
    applied: Decimal = ZERO
    is_pending: bool = False
    fields: Fields = field(default_factory=dict)
    lines: list[Fields] = field(default_factory=list)
    txn_id: str = ""
    number: int = 0
    edit_sequence: int = 0
    created: str = ""
    modified: str = ""

    @property
    def open_amount(self) -> Decimal:
        """What is still due, or still unused."""
        return self.total - self.applied

    def flat_lines(self) -> Iterator[Fields]:
        """Every line that has an amount of its own, components of groups included."""
        for line in self.lines:
            yield from line.get("_lines", [line])


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a payment or credit memo (source) that settles a transaction (target)."""

    source: str
    target: str
    via: str
    amount: Decimal
    discount: Decimal = ZERO
    discount_account: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a double entry; debits are positive."""

    account_id: str
    amount: Decimal
    entity_id: str = ""


def _record(row: sqlite3.Row) -> TxnRecord:
    return TxnRecord(
        row["kind"], row["entity_id"], row["txn_date"], row["ref_number"],
        from_cents(row["total"]), from_cents(row["applied"]), bool(row["is_pending"]),
        unpacked(row["fields"]), unpacked(row["lines"]), row["txn_id"], row["number"],
        row["edit_sequence"], row["created"], row["modified"],
    )  # fmt: skip


class TxnRecords:
    """All transactions of one company file."""

    def __init__(self, file: CompanyFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def by_id(self, txn_id: str) -> TxnRecord | None:
        """The transaction with this TxnID."""
        row = self._file.row("SELECT * FROM txn WHERE txn_id = ?", txn_id)
        return None if row is None else _record(row)

    def get(self, txn_id: str, *kinds: str) -> TxnRecord:
        """The transaction with this TxnID, of one of these kinds.

        Raises:
            Refused: 3120, there is none.
        """
        found = self.by_id(txn_id)
        if found is None or (kinds and found.kind not in kinds):
            raise not_found(txn_id)
        return found

    def select(self, where: str, *values: object) -> list[TxnRecord]:
        """Transactions by a condition over the table's columns, oldest first."""
        rows = self._file.rows(
            f"SELECT * FROM txn WHERE {where} ORDER BY number",  # noqa: S608 - our own text
            *values,
        )
        return [_record(row) for row in rows]

    def ids(self, where: str, values: Iterable[object]) -> list[str]:
        """TxnIDs by a condition over the table's columns, oldest first."""
        rows = self._file.rows(
            f"SELECT txn_id FROM txn WHERE {where} ORDER BY number",  # noqa: S608 - our own text
            *values,
        )
        return [str(row["txn_id"]) for row in rows]

    def add(self, txn: TxnRecord) -> None:
        """Store a new transaction; its ids, number and times are given here."""
        txn.txn_id = txn.txn_id or self._clock.txn_id()
        txn.number = self._file.count("txn number")
        txn.edit_sequence = self._clock.epoch()
        txn.created = txn.modified = self._clock.stamp()
        self._file.insert("txn", {**_columns(txn), "txn_id": txn.txn_id, "number": txn.number})

    def save(self, txn: TxnRecord) -> None:
        """Write a changed transaction with a new EditSequence."""
        txn.edit_sequence = max(self._clock.epoch(), txn.edit_sequence + 1)
        txn.modified = self._clock.stamp()
        columns = _columns(txn)
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._file.run(
            f"UPDATE txn SET {assignments} WHERE txn_id = ?",  # noqa: S608 - our own names
            *columns.values(),
            txn.txn_id,
        )

    def delete(self, txn: TxnRecord) -> str:
        """Remove a transaction and its postings.

        Returns:
            TimeDeleted.
        """
        deleted = self._clock.stamp()
        self._file.run("DELETE FROM txn WHERE txn_id = ?", txn.txn_id)
        self._file.run("DELETE FROM posting WHERE txn_id = ?", txn.txn_id)
        self._file.insert("deleted", {
            "what": "txn", "kind": txn.kind, "object_id": txn.txn_id, "created": txn.created,
            "deleted": deleted, "label": txn.ref_number,
        })  # fmt: skip
        return deleted

    def post(self, txn: TxnRecord, postings: Iterable[Posting]) -> None:
        """Replace the double entry of a transaction.

        Raises:
            AssertionError: Debits and credits differ.
        """
        kept = [posting for posting in postings if posting.amount]
        balance = sum((posting.amount for posting in kept), ZERO)
        if balance:
            raise AssertionError(f"{txn.kind} {txn.ref_number} is out of balance by {balance}")
        self._file.run("DELETE FROM posting WHERE txn_id = ?", txn.txn_id)
        for posting in kept:
            self._file.insert("posting", {
                "txn_id": txn.txn_id, "account_id": posting.account_id,
                "entity_id": posting.entity_id, "amount": to_cents(posting.amount),
            })  # fmt: skip

    def apply(self, part: Application) -> None:
        """Settle a transaction with a part of another; both count as modified."""
        self._file.insert("application", {
            "source": part.source, "target": part.target, "via": part.via,
            "amount": to_cents(part.amount), "discount": to_cents(part.discount),
            "discount_account": part.discount_account,
        })  # fmt: skip
        self._use(part, 1)

    def unapply(self, column: str, txn_id: str) -> list[Application]:
        """Take back all applications whose source, target or via is this transaction."""
        parts = self.applications(column, txn_id)
        self._file.run(f"DELETE FROM application WHERE {column} = ?", txn_id)  # noqa: S608
        for part in parts:
            self._use(part, -1)
        return parts

    def applications(self, column: str, txn_id: str) -> list[Application]:
        """The applications whose source, target or via is this transaction."""
        rows = self._file.rows(
            f"SELECT * FROM application WHERE {column} = ? ORDER BY id",  # noqa: S608
            txn_id,
        )
        return [
            Application(
                row["source"], row["target"], row["via"], from_cents(row["amount"]),
                from_cents(row["discount"]), row["discount_account"],
            )
            for row in rows
        ]  # fmt: skip

    def _use(self, part: Application, sign: int) -> None:
        stamp = self._clock.stamp()
        uses = ((part.source, part.amount), (part.target, part.amount + part.discount))
        for txn_id, amount in uses:
            self._file.run(
                "UPDATE txn SET applied = applied + ?, modified = ?, "
                "edit_sequence = max(?, edit_sequence + 1) WHERE txn_id = ?",
                sign * to_cents(amount), stamp, self._clock.epoch(), txn_id,
            )  # fmt: skip


def _columns(txn: TxnRecord) -> dict[str, object]:
    return {
        "kind": txn.kind, "edit_sequence": txn.edit_sequence, "created": txn.created,
        "modified": txn.modified, "entity_id": txn.entity_id, "txn_date": txn.date,
        "ref_number": txn.ref_number, "ref_key": key(txn.ref_number),
        "total": to_cents(txn.total), "applied": to_cents(txn.applied),
        "is_pending": txn.is_pending, "fields": packed(txn.fields), "lines": packed(txn.lines),
    }  # fmt: skip
