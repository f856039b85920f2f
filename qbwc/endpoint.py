"""The Web Connector's endpoint as a WSGI application: the support page, the WSDL and the calls.

Whatever comes in, what goes out is what a SOAP client can read: an answer, or a SOAP 1.1 Fault
(which SOAP sends with status 500). Nothing of a request is ever logged.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from wsgiref.util import application_uri

from qbwc import envelope, service
from qbwc.envelope import RequestRefusedError
from qbwc.spyne_compat import WsgiApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BYTES = 32 * 2**20

_FAILED = "500 Internal Server Error"
_XML = "text/xml; charset=utf-8"
_PLACE = "https://place.invalid/qbwc"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_FAULT = """\
<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>\
<faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring>\
</soap:Fault></soap:Body></soap:Envelope>"""
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}: QuickBooks Web Connector</title></head>
<body>
<h1>{title}</h1>
<p>This is the address that the QuickBooks Web Connector calls. It is working.</p>
<p>{support}</p>
</body>
</html>
"""


def endpoint(
    caller: service.Caller,
    *,
    location: Callable[[WSGIEnvironment], str] | str | None = None,
    title: str = "Rulebooks",
    support: str = "",
    max_bytes: int = MAX_BYTES,
) -> WSGIApplication:
    """The endpoint that lets `caller` answer.

    Args:
        caller: Who answers the eight methods.
        location: The public address of the endpoint, for the WSDL; by default that of the request.
        title: The product's name on the support page.
        support: A sentence of plain text for the support page: where to find help.
        max_bytes: The largest request that is read.
    """
    return _Endpoint(caller, location, _page(title, support), max_bytes)


def _page(title: str, support: str) -> bytes:
    return _PAGE.format(title=escape(title), support=escape(support)).encode()


def fault(text: str, code: str = "Client") -> bytes:
    """A SOAP 1.1 Fault that says `text`."""
    return _FAULT.format(code=code, text=escape(text, quote=False)).encode()


class _Endpoint:
    def __init__(
        self,
        caller: service.Caller,
        location: Callable[[WSGIEnvironment], str] | str | None,
        page: bytes,
        max_bytes: int,
    ) -> None:
        self._location = location
        self._page = page
        self._max_bytes = max_bytes
        self._soap = WsgiApplication(service.SoapApplication(caller))
        wsdl = self._soap.doc.wsdl11
        wsdl.event_manager.add_listener("wsdl_document_built", service.name_as_intuit_does)
        wsdl.build_interface_document(_PLACE)
        self._wsdl: bytes = wsdl.get_interface_document()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            status, kind, body = self._answer(environ)
        elif method not in {"GET", "HEAD"}:
            status, kind, body = "405 Method Not Allowed", "text/plain", b"GET and POST only.\n"
        elif _asks_for_wsdl(environ):
            status, kind, body = "200 OK", _XML, self._wsdl_for(environ)
        else:
            status, kind, body = "200 OK", "text/html; charset=utf-8", self._page
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if status.startswith("405"):
            headers.append(("Allow", "GET, HEAD, POST"))
        start_response(status, headers)
        return [] if method == "HEAD" else [body]

    def _wsdl_for(self, environ: WSGIEnvironment) -> bytes:
        if self._location is None:
            location = _requested(environ)
        elif isinstance(self._location, str):
            location = self._location
        else:
            location = self._location(environ)
        return self._wsdl.replace(_PLACE.encode(), escape(location).encode())

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, str, bytes]:
        try:
            called = envelope.parse(_body(environ, self._max_bytes))
            return self._call({**environ, service.ENVELOPE: called})
        except RequestRefusedError as refusal:
            return _FAILED, _XML, fault(str(refusal))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a Fault
            return _FAILED, _XML, fault(service.unexpected(error), "Server")

    def _call(self, environ: WSGIEnvironment) -> tuple[str, str, bytes]:
        statuses: list[str] = []
        answer = self._soap(environ, lambda status, _headers, _info=None: statuses.append(status))
        return statuses[0], _XML, b"".join(answer)


def _asks_for_wsdl(environ: WSGIEnvironment) -> bool:
    query: str = environ.get("QUERY_STRING", "")
    return query.partition("=")[0].partition("&")[0].lower() == "wsdl"


def _requested(environ: WSGIEnvironment) -> str:
    if not _HOST.fullmatch(environ.get("HTTP_HOST", "")):
        environ = {key: value for key, value in environ.items() if key != "HTTP_HOST"}
    return application_uri(environ).removesuffix("/")


def _body(environ: WSGIEnvironment, most: int) -> bytes:
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise envelope.CompressedRequestError
    declared: str = environ.get("CONTENT_LENGTH") or ""
    if declared and not (declared.isascii() and declared.isdigit()):
        raise envelope.BadLengthError
    if declared:
        length: int | None = int(declared) if len(declared) < len(str(2**63)) else most + 1
    else:
        length = None if environ.get("wsgi.input_terminated") else 0
    return envelope.read_body(environ["wsgi.input"], length, most)
