"""The envelope of a qbXML document: its two processing instructions, QBXML and QBXMLMsgsRq."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from qbwc.practice.errors import Refused, TooLong, parse_error
from qbwc.practice.query_models import ITERATED, WITHOUT_METADATA
from qbwc.practice.request_models import GRAMMAR

VERSIONS: Final = (
    "1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0",
    "11.0", "12.0", "13.0",
)  # fmt: skip
"""The qbXML versions that HostQuery lists."""

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_INSTRUCTION = re.compile(r"<\?qbxml\b([^?]*)\?>")
_VERSION = re.compile(r"""\s+version\s*=\s*["']([\d.]+)["']\s*""")
_ENVELOPE = frozenset({"oldMessageSetID", "newMessageSetID", "responseData", "onError"})
_METADATA = frozenset({"NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"})
_MODES = frozenset({"Start", "Continue", "Stop"})


@dataclass(frozen=True, slots=True)
class MessageSet:
    """One parsed document.

    Attributes:
        requests: The ...Rq elements, each with what is too long in it (3070).
    """

    requests: list[tuple[etree._Element, list[Refused]]]
    stop_on_error: bool
    new_id: str
    old_id: str
    with_data: bool


def parse(document: str, *, lengths: bool = True) -> MessageSet:
    """Read a document as the request processor does: whole, or not at all.

    Args:
        document: The document.
        lengths: Whether it is refused for a text longer than the schema says.

    Raises:
        HResult: It is not well-formed, not qbXML, or not as the schema says.
    """
    if _DECLARATION.match(document) is None:
        raise parse_error("the document does not begin with <?xml ...?>")
    if "<!DOCTYPE" in document:
        raise parse_error("a document type is not allowed")
    body = document[document.index("?>") + 2 :]
    _check_version(body.partition("<QBXML")[0])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(body.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise parse_error(str(error)) from error
    if root.tag != "QBXML" or len(root) != 1 or root[0].tag != "QBXMLMsgsRq":
        raise parse_error("a document holds one <QBXMLMsgsRq> in <QBXML>")
    if root.attrib:
        raise parse_error("<QBXML> has no attributes")
    return _message_set(root[0], lengths=lengths)


def _check_version(prologue: str) -> None:
    found = _INSTRUCTION.search(prologue)
    if found is None:
        raise parse_error('the instruction <?qbxml version="13.0"?> is missing or misplaced')
    version = _VERSION.fullmatch(found[1])
    if version is None or version[1] not in VERSIONS:
        raise parse_error(f"{found[0]} names no version that this company reads")


def _message_set(element: etree._Element, *, lengths: bool) -> MessageSet:
    attributes = _attributes(element)
    for name in attributes:
        if name not in _ENVELOPE:
            raise parse_error(f"<QBXMLMsgsRq> has no attribute {name}")
    if attributes.get("onError") not in {"stopOnError", "continueOnError"}:
        raise parse_error(f'onError cannot be "{attributes.get("onError", "")}"')
    data = attributes.get("responseData", "includeAll")
    if data not in {"includeAll", "includeNone"}:
        raise parse_error(f'responseData cannot be "{data}"')
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise parse_error("<QBXMLMsgsRq> has text between its requests")
    requests = [
        (child, check_request(child, lengths=lengths))
        for child in element
        if isinstance(child.tag, str)
    ]
    return MessageSet(
        requests,
        attributes["onError"] == "stopOnError",
        attributes.get("newMessageSetID", ""),
        attributes.get("oldMessageSetID", ""),
        data == "includeAll",
    )


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def check_request(request: etree._Element, *, lengths: bool = True) -> list[Refused]:
    """Check one request against the grammar.

    Returns:
        What is too long (3070).

    Raises:
        HResult: It is not as the schema says.
    """
    name = str(request.tag)
    if not name.endswith("Rq") or not GRAMMAR.knows(name):
        raise parse_error(f"<{name}> is not a request that this company knows")
    for attribute, value in _attributes(request).items():
        if not _attribute_fits(name, attribute, value):
            raise parse_error(f'<{name}> cannot have {attribute}="{value}"')
    complaints = GRAMMAR.check(request)
    for one in complaints:
        if lengths and isinstance(one, TooLong) and one.by_schema:
            raise parse_error(one.message)
    if len(request.get("requestID") or "") > 50:  # noqa: PLR2004 - Intuit's limit
        complaints.insert(0, Refused(1060, "The requestID is longer than 50 characters."))
    return complaints


def _attribute_fits(name: str, attribute: str, value: str) -> bool:
    if attribute == "requestID":
        return True
    if attribute == "metaData":
        return name.endswith("QueryRq") and name not in WITHOUT_METADATA and value in _METADATA
    if attribute == "iterator":
        return name in ITERATED and value in _MODES
    return attribute == "iteratorID" and name in ITERATED
