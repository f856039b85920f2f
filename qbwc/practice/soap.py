"""A SOAP 1.1 client that writes and reads as the Web Connector's .NET proxy does."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

NAMESPACE: Final = "http://developer.intuit.com/"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope '
    'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
    | {chr(code): f"&#x{code:X};" for code in range(32) if code not in {9, 10, 13}}
)

Value = str | int | None


class SoapError(Exception):
    """A call failed: a fault, a wrong answer, or no answer.

    Attributes:
        reached: Whether the server may have acted on the call.
    """

    def __init__(self, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached


def envelope(method: str, arguments: Mapping[str, Value]) -> bytes:
    """The request body: null is left out, "" is an empty element.

    Control characters are written as references, which XML 1.0 does not allow, as .NET does.
    """
    inner = "".join(
        f"<{name}>{str(value).translate(_ESCAPES)}</{name}>" if value != "" else f"<{name} />"
        for name, value in arguments.items()
        if value is not None
    )
    body = f'<{method} xmlns="{NAMESPACE}">{inner}</{method}>' if inner else (
        f'<{method} xmlns="{NAMESPACE}" />'
    )  # fmt: skip
    return f"{_HEAD}{body}</soap:Body></soap:Envelope>".encode()


class SoapClient:
    """Calls the methods of one service over a connection that is kept alive."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not the address of a web service: {url}")
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = connect(parts.hostname, parts.port, timeout=timeout)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(self, method: str, arguments: Mapping[str, Value]) -> etree._Element | None:
        """Call a method.

        Returns:
            Its ...Result element, None when the service returned null.

        Raises:
            SoapError: It failed.
        """
        headers = {
            "User-Agent": "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol "
            "4.0.30319.42000)",
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{NAMESPACE}{method}"',
        }
        try:
            self._connection.request("POST", self._target, envelope(method, arguments), headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise SoapError(str(error) or type(error).__name__) from error
        return _result(method, response.status, response.getheader("Content-Type", ""), body)


def _result(method: str, status: int, content_type: str, body: bytes) -> etree._Element | None:
    if not content_type.lower().startswith("text/xml"):
        raise SoapError(
            f"Client found response content type of '{content_type}', but expected 'text/xml'. "
            f"The request failed with HTTP status {status}."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SoapError(f"Response is not well-formed XML. {error}") from error
    fault = root.find(f"{{{_SOAP}}}Body/{{{_SOAP}}}Fault")
    if fault is not None:
        raise SoapError(fault.findtext("faultstring") or "SOAP fault")
    if status != http.client.OK:
        raise SoapError(f"The request failed with HTTP status {status}.")
    answer = root.find(f"{{{_SOAP}}}Body/{{{NAMESPACE}}}{method}Response")
    if answer is None:
        raise SoapError(f"the answer to {method} has no {method}Response in {NAMESPACE}")
    return answer.find(f"{{{NAMESPACE}}}{method}Result")


def text(result: etree._Element | None) -> str | None:
    """A string result: null, "" or the text."""
    if result is None or result.get(_NIL) in {"true", "1"}:
        return None
    return result.text or ""


def strings(result: etree._Element | None) -> list[str | None]:
    """An ArrayOfString; items of any other namespace are not seen."""
    if result is None:
        return []
    return [text(item) for item in result.findall(f"{{{NAMESPACE}}}string")]


def integer(result: etree._Element | None) -> int:
    """An int result.

    Raises:
        SoapError: It is null or not a number.
    """
    try:
        return int(text(result) or "")
    except ValueError as error:
        raise SoapError("Input string was not in a correct format.") from error
