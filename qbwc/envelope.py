"""A SOAP request's bytes -> the element of the call, or a refusal that says what is wrong.

The body of an anonymous request is hostile until shown otherwise. Before a parser that takes text
of any length sees it, its markup is walked: no DOCTYPE, hence no entities; few and short tags,
hence no depth and no memory to run out of. What QuickBooks answers is text inside, and may be long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NAMESPACE = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

MOST_TAGS = 500
LONGEST_TAG = 16 * 2**10
MOST_CLEANED = 100_000
BLOCK = 256 * 2**10

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TAG = re.compile(rb"""<[^<>"'!?](?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_NOT_TAGS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_ILLEGAL_REFERENCE = re.compile(
    rb"""&\#(?:
        x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])
        |0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|55(?:29[6-9]|[3-9][0-9]{2})|5[67][0-9]{3}|6553[45])
    );""",
    re.VERBOSE | re.IGNORECASE,
)
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")


class RequestRefusedError(Exception):
    """The request cannot be answered."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or type(self).__doc__)


class RequestTooLargeError(RequestRefusedError):
    """The request is larger than this server takes."""


class RequestCutOffError(RequestRefusedError):
    """The request ended before all of it had arrived."""


class BadLengthError(RequestRefusedError):
    """The Content-Length of the request is not a number."""


class CompressedRequestError(RequestRefusedError):
    """Compressed requests are not taken; send plain text/xml."""


class NotUtf8Error(RequestRefusedError):
    """The request is not UTF-8 text."""


class NotXmlError(RequestRefusedError):
    """The request is not well-formed XML."""


class DocumentTypeError(RequestRefusedError):
    """A DOCTYPE or an entity has no place in a SOAP request."""


class TooMuchMarkupError(RequestRefusedError):
    """The request has more markup than any call of the Web Connector."""


class NotSoapError(RequestRefusedError):
    """The request is not a SOAP 1.1 envelope with a call in its body."""


class WrongNamespaceError(RequestRefusedError):
    """The call is not in the namespace http://developer.intuit.com/ (with the slash at the end)."""


class Readable(Protocol):
    """What a WSGI server gives as wsgi.input."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def read_body(source: Readable, length: int | None, most: int) -> bytes:
    """All bytes of a request; `length` is what was declared, None when the end says so.

    Raises:
        RequestTooLargeError: There are more than `most`, declared or not.
        RequestCutOffError: There are fewer than declared, or the connection broke.
    """
    if length is not None and length > most:
        raise RequestTooLargeError
    wanted = most + 1 if length is None else length
    blocks = []
    try:
        while wanted and (block := source.read(min(wanted, BLOCK))):
            blocks.append(block)
            wanted -= len(block)
    except OSError as error:
        raise RequestCutOffError from error
    if length is None and not wanted:
        raise RequestTooLargeError
    if length is not None and wanted:
        raise RequestCutOffError
    return b"".join(blocks)


def parse(body: bytes) -> Element:
    """The envelope in a request's body; its first call is in Intuit's namespace.

    ASP.NET writes control characters as references that XML 1.0 forbids (`&#x1F;`). They are
    looked for only when the body cannot be read as it is, and then taken out.

    Raises:
        RequestRefusedError: One of its kinds, by what is wrong.
    """
    if b"\0" in body[:4]:
        raise NotUtf8Error
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise NotUtf8Error from error
    try:
        envelope = _parse_xml(body)
    except NotXmlError:
        cleaned = clean(body)
        if cleaned == body:
            raise
        envelope = _parse_xml(cleaned)
    _check_call(envelope)
    return envelope


def clean(body: bytes) -> bytes:
    """The body without the characters, written out or as references, that XML 1.0 forbids.

    Beyond MOST_CLEANED of a kind it is no text that somebody typed, and stays unreadable.
    """
    body = body.translate(None, _CONTROLS)
    body = _ILLEGAL_REFERENCE.sub(b"", body, count=MOST_CLEANED)
    return _NONCHARACTERS.sub(b"", body, count=MOST_CLEANED)


def _parse_xml(body: bytes) -> Element:
    _check_markup(body)
    parser = etree.XMLParser(
        encoding="utf-8",
        huge_tree=True,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotXmlError from error


def _check_markup(body: bytes) -> None:
    at = body.find(b"<")
    for _ in range(MOST_TAGS):
        if at < 0:
            return
        tag = _TAG.match(body, at, at + LONGEST_TAG)
        end = tag.end() if tag else _end_of_no_tag(body, at)
        if end < 0:
            if len(body) - at > LONGEST_TAG:
                raise TooMuchMarkupError
            raise NotXmlError
        at = body.find(b"<", end)
    raise TooMuchMarkupError


def _end_of_no_tag(body: bytes, at: int) -> int:
    for start, end in _NOT_TAGS.items():
        if body.startswith(start, at):
            return body.find(end, at)
    if body.startswith(b"<!", at):
        raise DocumentTypeError
    return -1


def _check_call(envelope: Element) -> None:
    body = envelope.find(f"{{{SOAP}}}Body") if envelope.tag == f"{{{SOAP}}}Envelope" else None
    if body is None or not len(body):
        raise NotSoapError
    if etree.QName(body[0]).namespace != NAMESPACE:
        raise WrongNamespaceError
    for argument in body[0]:
        argument.attrib.pop(_NIL, "")
