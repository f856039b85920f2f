"""QuickBooks' answer, read leniently: real ones are not always valid, nor even well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")


class NotQbxmlError(ValueError):
    """The answer is not a qbXML response; QuickBooks or the connection cut it short."""


class Record:
    """One element of an answer, read when asked."""

    __slots__ = ("_element",)

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    def __repr__(self) -> str:
        return f"Record({self.name})"

    @property
    def name(self) -> str:
        """The element's name, such as InvoiceRet."""
        return str(self._element.tag)

    @property
    def value(self) -> str:
        """The element's own text, trimmed."""
        return (self._element.text or "").strip()

    def has(self, path: str) -> bool:
        """Whether there is such an element."""
        return self._element.find(path) is not None

    def text(self, path: str, default: str = "") -> str:
        """The text at a path such as ``CustomerRef/ListID``."""
        found = self._element.findtext(path)
        return default if found is None else found.strip()

    def amount(self, path: str) -> Decimal | None:
        """The number at a path, a percent sign left out; None if there is none."""
        try:
            number = Decimal(self.text(path).rstrip("%"))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None

    def flag(self, path: str) -> bool | None:
        """The boolean at a path; None if there is none."""
        return {"true": True, "1": True, "false": False, "0": False}.get(self.text(path).lower())

    def first(self, path: str) -> Record | None:
        """The first element at a path."""
        found = self._element.find(path)
        return None if found is None else Record(found)

    def children(self, path: str = "*") -> list[Record]:
        """The elements at a path; all children by default."""
        return [Record(found) for found in self._element.findall(path)]

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Every text below, by dotted path; a name's further elements get ``.2``, ``.3`` ..."""
        seen: dict[str, int] = {}
        for child in self._element:
            if not isinstance(child.tag, str):
                continue
            count = seen[child.tag] = seen.get(child.tag, 0) + 1
            path = f"{prefix}{child.tag}" if count == 1 else f"{prefix}{child.tag}.{count}"
            if len(child):
                yield from Record(child).leaves(f"{path}.")
            else:
                yield path, (child.text or "").strip()


@dataclass(frozen=True, slots=True)
class Recovery:
    """What QuickBooks says of a request that it did before: identity, without the record."""

    txn_id: str = ""
    list_id: str = ""
    owner_id: str = ""
    txn_number: str = ""
    edit_sequence: str = ""
    external_guid: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one request."""

    request_id: str
    name: str
    code: int
    severity: str
    message: str
    iterator_id: str
    remaining: int
    records: tuple[Record, ...]
    recovery: Recovery | None = None

    @property
    def record(self) -> Record | None:
        """The first record."""
        return self.records[0] if self.records else None

    @property
    def txn_id(self) -> str:
        """The TxnID of the transaction added or changed, from record or recovery."""
        return self._identity("TxnID", "txn_id")

    @property
    def list_id(self) -> str:
        """The ListID of the entry added or changed, from record or recovery."""
        return self._identity("ListID", "list_id")

    @property
    def edit_sequence(self) -> str:
        """The EditSequence to send with the next change."""
        return self._identity("EditSequence", "edit_sequence")

    @property
    def external_guid(self) -> str:
        """The ExternalGUID, which tells whose document it is."""
        return self._identity("ExternalGUID", "external_guid")

    def _identity(self, element: str, recovered: str) -> str:
        found = self.record.text(element) if self.record else ""
        return found or str(getattr(self.recovery, recovered, ""))


@dataclass(frozen=True, slots=True)
class Response:
    """A message set's answer."""

    new_message_set_id: str
    message_set_status_code: int | None
    results: tuple[Result, ...]
    damaged: bool = False
    """Whether the text was not well formed: what is read is true, but something may be missing."""

    def __getitem__(self, request_id: str) -> Result:
        """The result of a request.

        Raises:
            KeyError: QuickBooks did not answer it.
        """
        for result in self.results:
            if result.request_id == request_id:
                return result
        raise KeyError(request_id)


def parse(text: str | bytes) -> Response:
    """Read a qbXML response.

    Raises:
        NotQbxmlError: it is not one.
    """
    root, damaged = _root(text)
    messages = root if root.tag == "QBXMLMsgsRs" else root.find("QBXMLMsgsRs")
    if messages is None:
        raise NotQbxmlError(f"<{root.tag}> holds no qbXML response")
    status = messages.get("messageSetStatusCode")
    return Response(
        new_message_set_id=messages.get("newMessageSetID", ""),
        message_set_status_code=None if status is None else _int(status),
        results=tuple(_result(child) for child in messages if isinstance(child.tag, str)),
        damaged=damaged,
    )


def _root(text: str | bytes) -> tuple[etree._Element, bool]:
    data = _DECLARATION.sub("", text.lstrip("\ufeff")).encode() if isinstance(text, str) else text
    if b"<!DOCTYPE" in data:  # with huge_tree, libxml2 does not limit what entities grow to
        raise NotQbxmlError("a qbXML response declares no document type")
    try:
        return etree.fromstring(data, _parser(recover=False)), False
    except (etree.XMLSyntaxError, ValueError):
        legal = _without_illegal(data)
    for recover in (False, True):
        try:
            root = etree.fromstring(legal, _parser(recover=recover))
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is not None:
            return root, recover
    raise NotQbxmlError("the answer is empty" if not data.strip() else "the answer is not XML")


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def _without_illegal(data: bytes) -> bytes:
    """The XML without the characters that no XML may hold, written out or as references."""
    return _REFERENCE.sub(_legal_reference, _CONTROL.sub(b" ", data.strip()))


def _legal_reference(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD  # noqa: PLR2004
    return match[0] if legal or 0x10000 <= code <= 0x10FFFF else b" "  # noqa: PLR2004


def _result(element: etree._Element) -> Result:
    recovery = None
    records = []
    for child in element:
        if child.tag == "ErrorRecovery":
            found = Record(child)
            recovery = Recovery(
                txn_id=found.text("TxnID"),
                list_id=found.text("ListID"),
                owner_id=found.text("OwnerID"),
                txn_number=found.text("TxnNumber"),
                edit_sequence=found.text("EditSequence"),
                external_guid=found.text("ExternalGUID"),
            )
        elif isinstance(child.tag, str):
            records.append(Record(child))
    return Result(
        request_id=element.get("requestID", ""),
        name=str(element.tag),
        code=_int(element.get("statusCode", "")),
        severity=element.get("statusSeverity", ""),
        message=element.get("statusMessage", ""),
        iterator_id=element.get("iteratorID", ""),
        remaining=max(_int(element.get("iteratorRemainingCount", "0")), 0),
        records=tuple(records),
        recovery=recovery,
    )


def _int(text: str) -> int:
    """The number, or -1 for what is none: no status code that QuickBooks has."""
    return int(text) if text.isascii() and text.isdigit() else -1
