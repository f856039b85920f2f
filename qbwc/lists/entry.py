"""An entry of a QuickBooks list as we mirror it, and an entry that is to be created."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from qbwc.documents.base import Fields, Ref, decode, encode
from qbwc.documents.elements import Table, Text, flat
from qbwc.lists.discovery import kind as list_kind
from qbwc.lists.list_kind import ListKind, Search, loose, normal

_IDENTITY: Table = (
    Text("ListID", 36, "refuse", required=True),
    Text("EditSequence", 16, "refuse", required=True),
)
_APART = ("ListID", "DataExtID", "EditSequence", "IsActive", "TimeCreated")


class Element(Protocol):
    """An element of an answer: qbxml.Record."""

    @property
    def name(self) -> str:
        """The element's name, such as CustomerRet."""

    def leaves(self) -> Any:
        """Every text below, by dotted path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a QuickBooks list."""

    kind: str
    list_id: str
    full_name: str
    edit_sequence: str
    is_active: bool
    data: dict[str, str]
    """The mirrored elements, nested ones dotted: ``CurrencyRef.FullName``."""
    keys: dict[str, tuple[str, ...]]
    """Normalised search keys: ``full_name``, ``loose`` and those of the kind."""
    variant: str = ""
    """The record's name without Ret: ItemService, StandardTerms."""


def entry(kind: ListKind, ret_element: Element) -> Entry:
    """The entry that an element such as CustomerRet describes."""
    data = dict(ret_element.leaves())
    list_id = data.get(kind.id_element, "")
    edit_sequence = data.get("EditSequence", "")
    active = data.get("IsActive", "true").lower()
    full_name = data.get("FullName") or data.get(kind.name_element, "")
    keys = {
        "full_name": (normal(full_name),),
        "loose": Search(("name",), loose).values({"name": full_name}),
    }
    for key, search in kind.keys.items():
        values = search.values(data)
        if values:
            keys[key] = values
    return Entry(
        kind=kind.name,
        list_id=list_id,
        full_name=full_name,
        edit_sequence=edit_sequence,
        is_active=active in {"true", "1"},
        data={name: text for name, text in data.items() if text and name not in _APART},
        keys=keys,
        variant=ret_element.name.removesuffix("Ret"),
    )


class CannotAddError(ValueError):
    """The list has no add of that variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """An entry that is to be created, or one that QuickBooks has and that is to be changed.

    ``full_name`` names it, with its parents if it has any.
    """

    kind: str
    variant: str
    full_name: str
    fields: Fields = field(default_factory=dict)
    list_id: str = ""
    """Of an entry that is to be changed; its EditSequence is looked up when that is sent."""

    @property
    def ref(self) -> Ref:
        """A reference to the entry, for documents that wait for it."""
        return Ref(self.kind, self.full_name, self.list_id)

    @property
    def key(self) -> str:
        """What tells it from other additions and changes of its list."""
        return self.list_id or self.ref.key

    @property
    def table(self) -> Table:
        """The elements of its add or mod.

        Raises:
            CannotAddError: the list has no add of that variant.
        """
        if self.list_id:
            return (*_IDENTITY, *list_kind(self.kind).mod)
        try:
            return list_kind(self.kind).add[self.variant]
        except KeyError:
            raise CannotAddError(f"{self.variant} entries cannot be created") from None

    def elements(self) -> Mapping[str, Any]:
        """Its fields, with the name, and the parent where the list has parents."""
        if self.list_id:
            return {"ListID": self.list_id, **self.fields}
        kind = list_kind(self.kind)
        parent, colon, name = self.full_name.rpartition(":") if kind.nested else ("", "", "")
        fields = {kind.name_element: name if colon else self.full_name, **self.fields}
        if colon and any(element.name == "ParentRef" for element in flat(self.table)):
            fields.setdefault("ParentRef", Ref(self.kind, parent))
        return fields

    def dumps(self) -> str:
        """The addition as JSON text, for keeping."""
        return json.dumps(
            [self.kind, self.variant, self.full_name, encode(self.fields), self.list_id],
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def loads(cls, text: str) -> Addition:
        """The addition that ``dumps`` wrote."""
        kind, variant, full_name, fields, list_id = json.loads(text)
        return cls(
            kind=kind,
            variant=variant,
            full_name=full_name,
            fields=decode(fields),
            list_id=list_id,
        )
