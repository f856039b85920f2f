"""The Web Connector's side of the endpoint, for tests: calls as .NET writes them, and answers."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from lxml import etree
from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication

INTUIT = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XMLNS = f'xmlns="{INTUIT}"'

TICKET = "c3c1a1f2-0b7f-4c07-8d0f-ticket"
PASSWORD = "correct horse battery staple"


@dataclass
class Recorder:
    """A caller that notes what it was asked, and answers what it was told to."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def _answer(self, method: str, *arguments: str | int, otherwise: Any = "") -> Any:
        self.asked.append((method, *arguments))
        answer = self.answers.get(method, otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def server_version(self) -> Any:
        return self._answer("serverVersion", otherwise="Rulebooks 0.1")

    def client_version(self, *arguments: str) -> Any:
        return self._answer("clientVersion", *arguments)

    def authenticate(self, *arguments: str) -> Any:
        return self._answer("authenticate", *arguments, otherwise=[TICKET, ""])

    def send_request(self, *arguments: str | int) -> Any:
        return self._answer("sendRequestXML", *arguments, otherwise="<QBXML/>")

    def receive_response(self, *arguments: str) -> Any:
        return self._answer("receiveResponseXML", *arguments, otherwise=42)

    def connection_error(self, *arguments: str) -> Any:
        return self._answer("connectionError", *arguments, otherwise="done")

    def get_last_error(self, *arguments: str) -> Any:
        return self._answer("getLastError", *arguments, otherwise="NoOp")

    def close_connection(self, *arguments: str) -> Any:
        return self._answer("closeConnection", *arguments, otherwise="OK")


@dataclass(frozen=True)
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def called(self) -> etree._Element:
        envelope = etree.fromstring(self.body, etree.XMLParser(huge_tree=True))
        assert envelope.tag == f"{{{SOAP}}}Envelope"
        (body,) = envelope
        assert body.tag == f"{{{SOAP}}}Body"
        (child,) = body
        return child

    @property
    def result(self) -> str:
        """The text of the one result."""
        assert self.status == "200 OK", self.body
        (result,) = self.called
        return result.text or ""

    @property
    def fault(self) -> str:
        """The sentence of a Fault, in the form that SOAP 1.1 asks for."""
        assert self.status.startswith("500 ")
        assert self.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert self.called.tag == f"{{{SOAP}}}Fault"
        assert (self.called.findtext("faultcode") or "").partition(":")[2]
        return self.called.findtext("faultstring") or ""


def envelope(inner: str) -> bytes:
    """An envelope as the .NET proxy of the Web Connector writes it."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:xsi="{XSI}" xmlns:xsd="{XSD}">'
        f"<soap:Body>{inner}</soap:Body></soap:Envelope>"
    ).encode()


def written(text: str) -> str:
    """Text as .NET writes it inside an element: carriage returns as references."""
    return escape(text, {"\r": "&#xD;"})


def call_of(method: str, **arguments: str | int) -> bytes:
    """The call of a method with these arguments, in their order."""
    inner = "".join(f"<{key}>{written(str(text))}</{key}>" for key, text in arguments.items())
    return envelope(f"<{method} {XMLNS}>{inner}</{method}>")


def request(app: WSGIApplication, method: str, body: bytes = b"", **environ: Any) -> Answer:
    """One request in this process; variables given as None are absent."""
    variables = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "/qbwc",
        "PATH_INFO": "",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "text/xml; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "books.example:8443",
        "SERVER_NAME": "books.example",
        "SERVER_PORT": "8443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
    } | environ
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        started.append((status, headers))

    chunks = app({k: v for k, v in variables.items() if v is not None}, start_response)
    ((status, headers),) = started
    answer = Answer(status, dict(headers), b"".join(chunks))
    assert int(answer.headers["Content-Length"]) == len(answer.body) or method == "HEAD"
    return answer


def post(app: WSGIApplication, body: bytes, **environ: Any) -> Answer:
    """One call; what is answered has to be valid by the schema in the endpoint's own WSDL."""
    answer = request(app, "POST", body, **environ)
    if answer.status == "200 OK":
        schema_of(wsdl(app)).assertValid(answer.called)
    return answer


def wsdl(app: WSGIApplication, **environ: Any) -> etree._Element:
    answer = request(app, "GET", QUERY_STRING="wsdl", **environ)
    assert answer.status == "200 OK"
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    return etree.fromstring(answer.body)


def schema_of(document: etree._Element) -> etree.XMLSchema:
    """The schema in the types of a WSDL."""
    schema = document.find(f".//{{{XSD}}}schema")
    assert schema is not None
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """The address of a server of the kind that runs in production."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join()
        server.task_dispatcher.shutdown()
