"""List records in the company file: found by id or name, kept unique by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qbwc.practice.clock import Clock
from qbwc.practice.errors import LIST_RECORD_MISSING, Refused, bad_value, invalid_reference
from qbwc.practice.file import CompanyFile, packed, unpacked
from qbwc.practice.list_kinds import LIST_KINDS, reference_target
from qbwc.practice.reader import Fields, several
from qbwc.practice.values import key


@dataclass(slots=True)
class ListRecord:
    """One record of a list, e.g. a customer or an item."""

    kind: str
    list_id: str
    name: str
    full_name: str
    parent_id: str
    is_active: bool
    edit_sequence: int
    created: str
    modified: str
    fields: Fields

    @property
    def sublevel(self) -> int:
        """How many records stand above this one."""
        return self.full_name.count(":") if LIST_KINDS[self.kind].tree else 0


def _record(row: sqlite3.Row) -> ListRecord:
    return ListRecord(
        row["kind"], row["list_id"], row["name"], row["full_name"], row["parent_id"],
        bool(row["is_active"]), row["edit_sequence"], row["created"], row["modified"],
        unpacked(row["fields"]),
    )  # fmt: skip


class ListRecords:
    """All lists of one company file."""

    def __init__(self, file: CompanyFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def by_id(self, list_id: str) -> ListRecord | None:
        """The record with this ListID."""
        row = self._file.row("SELECT * FROM list_record WHERE list_id = ?", list_id)
        return None if row is None else _record(row)

    def __getitem__(self, list_id: str) -> ListRecord:
        found = self.by_id(list_id)
        if found is None:
            raise KeyError(list_id)
        return found

    def full_name(self, list_id: str) -> str:
        """The FullName that a reference shows; "" when the record is gone."""
        row = self._file.row("SELECT full_name FROM list_record WHERE list_id = ?", list_id)
        return "" if row is None else str(row["full_name"])

    def named(self, kinds: Sequence[str], full_name: str) -> ListRecord | None:
        """The record of one of these kinds with this FullName, whatever its case."""
        row = self._file.row(
            "SELECT * FROM list_record WHERE space = ? AND full_key = ?",
            LIST_KINDS[kinds[0]].space,
            key(full_name),
        )
        return _record(row) if row is not None and row["kind"] in kinds else None

    def of_kind(self, kind: str) -> list[ListRecord]:
        """All records of a kind, by name."""
        rows = self._file.rows(
            "SELECT * FROM list_record WHERE kind = ? ORDER BY full_key, position", kind
        )
        return [_record(row) for row in rows]

    def resolve(self, name: str, reference: Fields, place: str) -> ListRecord | None:
        """The record that a reference names; ListID counts before FullName.

        Args:
            name: The reference's element, e.g. "CustomerRef".
            reference: Its ListID and FullName as sent.
            place: Where it stands, for the message: "SalesOrder", "SalesOrder line".

        Returns:
            None for an empty reference.

        Raises:
            Refused: 3140, it names nothing.
        """
        label, kinds = reference_target(name)
        list_id, full_name = reference.get("ListID", ""), reference.get("FullName", "")
        if list_id:
            found = self.by_id(list_id)
            if found is None or found.kind not in kinds:
                raise invalid_reference(label, list_id, place)
            return found
        if not full_name:
            return None
        found = self.named(kinds, full_name)
        if found is None:
            raise invalid_reference(label, full_name, place)
        return found

    def resolve_all(self, fields: Fields, place: str) -> None:
        """Replace every reference in these fields, at any depth, by the ListID it names."""
        for name, value in list(fields.items()):
            if name.endswith("Ref") and name != "AdditionalContactRef":
                ids = [
                    "" if record is None else record.list_id
                    for record in (self.resolve(name, one, place) for one in several(value))
                ]
                fields[name] = ids if isinstance(value, list) else ids[0]
            else:
                for inner in several(value):
                    if isinstance(inner, dict):
                        self.resolve_all(inner, place)

    def parent(self, kind: str, reference: Fields) -> ListRecord | None:
        """The parent that a ParentRef names.

        Raises:
            Refused: 3130, it names nothing.
        """
        list_id, full_name = reference.get("ListID", ""), reference.get("FullName", "")
        if not list_id and not full_name:
            return None
        found = self.by_id(list_id) if list_id else self.named((kind,), full_name)
        if found is None or found.kind != kind:
            raise Refused(
                3130,
                f'There is an invalid reference to a parent "{list_id or full_name}" in the '
                f"{LIST_KINDS[kind].title} list.  {LIST_RECORD_MISSING}",
            )
        return found

    def add(
        self,
        kind: str,
        name: str,
        fields: Fields | None = None,
        *,
        parent: ListRecord | None = None,
        is_active: bool = True,
    ) -> ListRecord:
        """Add a record.

        Raises:
            Refused: 3100, the name is taken; 3210, it is empty or has a colon.
        """
        name = name.rstrip()
        check_name(name)
        stamp = self._clock.stamp()
        record = ListRecord(
            kind, self._clock.list_id(), name, joined(parent, name),
            parent.list_id if parent else "", is_active, self._clock.epoch(), stamp, stamp,
            fields or {},
        )  # fmt: skip
        try:
            self._file.insert("list_record", {**_columns(record), "list_id": record.list_id})
        except sqlite3.IntegrityError as error:
            raise in_use(name) from error
        return record

    def save(self, record: ListRecord) -> None:
        """Write a changed record with a new EditSequence; children follow a new FullName.

        Raises:
            Refused: 3100, the new name is taken.
        """
        record.edit_sequence = max(self._clock.epoch(), record.edit_sequence + 1)
        record.modified = self._clock.stamp()
        self._write(record)
        self._rename_children(record)

    def keep(self, record: ListRecord) -> None:
        """Write a record whose stock changed, which QuickBooks does not call a modification."""
        self._write(record)

    def delete(self, record: ListRecord) -> None:
        """Remove a record and remember that it was there."""
        self._file.run("DELETE FROM list_record WHERE list_id = ?", record.list_id)
        self._file.insert("deleted", {
            "what": "list", "kind": record.kind, "object_id": record.list_id,
            "created": record.created, "deleted": self._clock.stamp(), "label": record.full_name,
        })  # fmt: skip

    def children(self, record: ListRecord) -> list[ListRecord]:
        """The records directly below this one."""
        rows = self._file.rows("SELECT * FROM list_record WHERE parent_id = ?", record.list_id)
        return [_record(row) for row in rows]

    def _write(self, record: ListRecord) -> None:
        columns = _columns(record)
        assignments = ", ".join(f"{name} = ?" for name in columns)
        try:
            self._file.run(
                f"UPDATE list_record SET {assignments} WHERE list_id = ?",  # noqa: S608
                *columns.values(),
                record.list_id,
            )
        except sqlite3.IntegrityError as error:
            raise in_use(record.name) from error

    def _rename_children(self, record: ListRecord) -> None:
        for child in self.children(record):
            full_name = joined(record, child.name)
            if full_name != child.full_name:
                child.full_name = full_name
                self._write(child)
                self._rename_children(child)


def _columns(record: ListRecord) -> dict[str, Any]:
    return {
        "kind": record.kind, "space": LIST_KINDS[record.kind].space,
        "parent_id": record.parent_id, "name": record.name, "name_key": key(record.name),
        "full_name": record.full_name, "full_key": key(record.full_name),
        "is_active": record.is_active, "edit_sequence": record.edit_sequence,
        "created": record.created, "modified": record.modified, "fields": packed(record.fields),
    }  # fmt: skip


def joined(parent: ListRecord | None, name: str) -> str:
    """A FullName from the parent's and the name."""
    return f"{parent.full_name}:{name}" if parent else name


def check_name(name: str) -> None:
    """Refuse a name that QuickBooks cannot keep.

    Raises:
        Refused: 3210.
    """
    if not name:
        raise bad_value("Name", name, "The name of the list element cannot be empty.")
    if ":" in name:
        raise bad_value("Name", name, "The name of the list element cannot contain a colon (:).")


def in_use(name: str) -> Refused:
    """3100: another record has the name."""
    return Refused(3100, f'The name "{name}" of the list element is already in use.')
