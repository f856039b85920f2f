"""The eight SOAP methods of the Web Connector, one line each into a `Caller`."""
# ruff: noqa: N802, N803, N805, PLR0917 - the names and numbers of methods and parameters are the protocol's

from __future__ import annotations

import logging
import re
import secrets
import traceback
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from qbwc.envelope import NAMESPACE
from qbwc.spyne_compat import (
    HTTP_500,
    Application,
    Array,
    Fault,
    Integer32,
    ServiceBase,
    Soap11,
    Unicode,
    rpc,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element as Element

ENVELOPE = "rulebooks.envelope"
"""Where the WSGI environment holds the parsed envelope."""

SHORTEST_SECRET = 8
"""Tickets and passwords of ours are far longer; what is shorter is somebody's guess."""

_PORT = "QBWebConnectorSvcSoap"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"

log = logging.getLogger(__name__)


class Caller(Protocol):
    """Who answers the Web Connector; Intuit, Web Connector programmer's guide, chapter 5."""

    def server_version(self) -> str:
        """What the Web Connector shows as the version of this server."""

    def client_version(self, version: str) -> str:
        """Nothing to go on, or `W:text`, `E:text`, `O:version`."""

    def authenticate(self, username: str, password: str) -> list[str]:
        """Two to four strings: ticket; company file, `none`, `nvu` or `busy`; two delays."""

    def send_request(
        self,
        ticket: str,
        hcp_response: str,
        company_file: str,
        country: str,
        major: int,
        minor: int,
    ) -> str:
        """The next message set; nothing when there is none."""

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Percent done; 100 ends the session, below nought asks for the last error."""

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """`done`, or another company file to try."""

    def get_last_error(self, ticket: str) -> str:
        """A sentence for the user, or `NoOp` to be asked again in five seconds."""

    def close_connection(self, ticket: str) -> str:
        """A sentence for the user."""


Text = Unicode(min_occurs=0, nillable=False)
Int = Integer32(min_occurs=1, nillable=False)
Texts = Array(
    Unicode(nillable=True),
    type_name="ArrayOfString",
    member_name="string",
    min_occurs=0,
    nillable=False,
)

Method = TypeVar("Method", bound="Callable[..., object]")


def _operation(*parameters: object, returns: object) -> Callable[[Method], Method]:
    return cast("Callable[[Method], Method]", rpc(*parameters, _returns=returns, _port_type=_PORT))


def _caller(ctx: Any) -> Caller:
    return cast("Caller", ctx.app.caller)


def _int32(number: int) -> int:
    if not -(2**31) <= number < 2**31:
        raise Fault("Client", "A version of qbXML is not a number that xs:int holds.")
    return number


def shown(text: str) -> str:
    """The text without the characters that XML cannot carry."""
    return _ILLEGAL.sub("", text)


class QBWebConnectorSvc(ServiceBase):  # type: ignore[misc]
    """The service; a parameter that is absent, nil or empty arrives as an empty string."""

    __port_types__ = (_PORT,)

    @_operation(returns=Text)
    def serverVersion(ctx: Any) -> str:
        """Tell this server's version."""
        return shown(_caller(ctx).server_version())

    @_operation(Text, returns=Text)
    def clientVersion(ctx: Any, strVersion: str | None) -> str:
        """Judge the Web Connector's version."""
        return shown(_caller(ctx).client_version(strVersion or ""))

    @_operation(Text, Text, returns=Texts)
    def authenticate(ctx: Any, strUserName: str | None, strPassword: str | None) -> list[str]:
        """Open a session."""
        return [shown(_) for _ in _caller(ctx).authenticate(strUserName or "", strPassword or "")]

    @_operation(Text, Text, Text, Text, Int, Int, returns=Text)
    def sendRequestXML(
        ctx: Any,
        ticket: str | None,
        strHCPResponse: str | None,
        strCompanyFileName: str | None,
        qbXMLCountry: str | None,
        qbXMLMajorVers: int | None,
        qbXMLMinorVers: int | None,
    ) -> str:
        """Hand out the next message set, exactly as it is stored."""
        return _caller(ctx).send_request(
            ticket or "",
            strHCPResponse or "",
            strCompanyFileName or "",
            qbXMLCountry or "",
            _int32(qbXMLMajorVers or 0),
            _int32(qbXMLMinorVers or 0),
        )

    @_operation(Text, Text, Text, Text, returns=Int)
    def receiveResponseXML(
        ctx: Any, ticket: str | None, response: str | None, hresult: str | None, message: str | None
    ) -> int:
        """Take what QuickBooks answered."""
        return _caller(ctx).receive_response(
            ticket or "", response or "", hresult or "", message or ""
        )

    @_operation(Text, Text, Text, returns=Text)
    def connectionError(
        ctx: Any, ticket: str | None, hresult: str | None, message: str | None
    ) -> str:
        """Take note that QuickBooks could not be opened."""
        return shown(_caller(ctx).connection_error(ticket or "", hresult or "", message or ""))

    @_operation(Text, returns=Text)
    def getLastError(ctx: Any, ticket: str | None) -> str:
        """Tell why there is no request."""
        return shown(_caller(ctx).get_last_error(ticket or ""))

    @_operation(Text, returns=Text)
    def closeConnection(ctx: Any, ticket: str | None) -> str:
        """End the session."""
        return shown(_caller(ctx).close_connection(ticket or ""))


def unexpected(error: Exception, secret: Iterable[str] = ()) -> str:
    """Log the error under a short id, and say that id in a sentence that gives nothing away.

    Exceptions of databases and look-ups quote what they were given; `secret` is kept out.
    """
    reference = secrets.token_hex(4)
    trace = "".join(traceback.format_exception(error))
    for text in secret:
        if len(text) >= SHORTEST_SECRET:
            trace = trace.replace(text, "[secret]")
    log.error("A call of the Web Connector failed (%s)\n%s", reference, trace)
    return f"Something went wrong on the server; its log has the details under {reference}."


class SoapApplication(Application):  # type: ignore[misc]
    """The service bound to the caller that answers it."""

    def __init__(self, caller: Caller) -> None:
        """Bind `caller`."""
        self.caller = caller
        protocol = {"polymorphic": False, "parse_xsi_type": False}
        super().__init__(
            [QBWebConnectorSvc],
            tns=NAMESPACE,
            name=QBWebConnectorSvc.__name__,
            in_protocol=_Soap(**protocol),
            out_protocol=_Soap(**protocol),
        )

    def call_wrapper(self, ctx: Any) -> object:
        """Call the method; its failure is a Fault with a reference into the log."""
        try:
            return super().call_wrapper(ctx)
        except Fault:
            raise
        except Exception as error:
            raise Fault("Server", unexpected(error, _secrets(ctx))) from error


class _Soap(Soap11):  # type: ignore[misc]
    """SOAP 1.1 whose envelope the endpoint has read already."""

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002
        envelope: Element = ctx.transport.req_env[ENVELOPE]
        ctx.in_document = (envelope, {})

    def serialize(self, ctx: Any, message: Any) -> None:
        """Write the answer; one that XML cannot carry becomes a Fault (spyne says 200, empty)."""
        try:
            super().serialize(ctx, message)
        except Exception as error:
            if ctx.out_error is not None:
                raise
            ctx.out_error = Fault("Server", unexpected(error, _secrets(ctx)))
            ctx.transport.resp_code = HTTP_500
            super().serialize(ctx, message)


def _secrets(ctx: Any) -> list[str]:
    return [
        text for name in ("ticket", "strPassword") if (text := getattr(ctx.in_object, name, ""))
    ]


def name_as_intuit_does(document: Any) -> None:
    """What spyne's WSDL names otherwise than Intuit's: actions, messages; one element too many."""
    root = document.root_elt
    for element in root.iterfind(f"{_WSDL}types/*/{_XSD}element[@name='ArrayOfString']"):
        element.getparent().remove(element)
    for operation in root.iter(f"{_WSDL_SOAP}operation"):
        operation.set("soapAction", NAMESPACE + operation.getparent().get("name"))
    for message in root.iterfind(f"{_WSDL}message"):
        message.set("name", _message(message.get("name")))
        message[0].set("name", "parameters")
    for operation in root.iter(f"{_WSDL}operation"):
        operation.attrib.pop("parameterOrder", None)
        for way in operation.iterchildren(f"{_WSDL}input", f"{_WSDL}output"):
            del way.attrib["name"]
            if "message" in way.attrib:
                way.set("message", _message(way.get("message")))


def _message(name: str) -> str:
    method = name.removesuffix("Response")
    return f"{method}SoapIn" if method == name else f"{method}SoapOut"
