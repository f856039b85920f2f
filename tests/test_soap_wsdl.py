from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zeep
from lxml import etree
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from qbwc.endpoint import endpoint
from tests.conftest import shared
from tests.soap import INTUIT, PASSWORD, TICKET, XSD, Recorder, request, schema_of, serving, wsdl

if TYPE_CHECKING:
    from collections.abc import Iterator

SIX = "qbxml/wsdl/intuit-original-6-methods.wsdl"
EIGHT = "qbxml/wsdl/flowlink-TroubleshootWebServiceFS.wsdl"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP_WSDL = "{http://schemas.xmlsoap.org/wsdl/soap/}"


def intuits(path: str) -> etree._Element:
    return etree.parse(shared(path)).getroot()


def qname(element: etree._Element, attribute: str) -> str:
    prefix, _, name = element.get(attribute, "").rpartition(":")
    return f"{{{element.nsmap[prefix or None]}}}{name}"


def elements_of(holder: etree._Element) -> list[tuple[Any, ...]]:
    return [
        (
            member.get("name"),
            qname(member, "type"),
            member.get("minOccurs", "1"),
            member.get("maxOccurs", "1"),
            member.get("nillable", "false"),
        )
        for member in holder.iter(f"{{{XSD}}}element")
        if member is not holder
    ]


def types_and_elements(document: etree._Element) -> dict[str, Any]:
    schema = document.find(f".//{{{XSD}}}schema")
    assert schema is not None
    types = {t.get("name"): elements_of(t) for t in schema.iterfind(f"{{{XSD}}}complexType")}
    found: dict[str, Any] = {
        "schema": (schema.get("targetNamespace"), schema.get("elementFormDefault"))
    }
    for element in schema.iterfind(f"{{{XSD}}}element"):
        if element.get("type"):
            assert qname(element, "type") == f"{{{INTUIT}}}{element.get('name')}"
            found[str(element.get("name"))] = types.pop(element.get("name"))
        else:
            found[str(element.get("name"))] = elements_of(element)
    return found | {f"type {name}": members for name, members in types.items()}


def messages(document: etree._Element) -> dict[str, Any]:
    return {
        str(message.get("name")): [(p.get("name"), qname(p, "element")) for p in message]
        for message in document.iterfind(f"{WSDL}message")
    }


def operations(document: etree._Element) -> dict[str, Any]:
    return {
        str(operation.get("name")): [
            (way.tag, way.get("name"), qname(way, "message"))
            for way in operation.iterchildren(f"{WSDL}input", f"{WSDL}output")
        ]
        for operation in document.iterfind(f"{WSDL}portType/{WSDL}operation")
    }


def soap_binding(document: etree._Element) -> dict[str, Any]:
    binding = document.find(f"{WSDL}binding/{SOAP_WSDL}binding/..")
    assert binding is not None
    style = binding.find(f"{SOAP_WSDL}binding")
    assert style is not None
    found: dict[str, Any] = {"": (style.get("transport"), style.get("style", "document"))}
    for operation in binding.iterfind(f"{WSDL}operation"):
        soap = operation.find(f"{SOAP_WSDL}operation")
        assert soap is not None
        uses = [
            (str(body.xpath("local-name(..)")), body.get("use"))
            for body in operation.iter(f"{SOAP_WSDL}body")
        ]
        found[str(operation.get("name"))] = (soap.get("soapAction"), soap.get("style"), uses)
    return found


def names(document: etree._Element) -> dict[str, Any]:
    service = document.find(f"{WSDL}service")
    binding = document.find(f"{WSDL}binding")
    assert service is not None
    assert binding is not None
    return {
        "namespace": document.get("targetNamespace"),
        "service": service.get("name"),
        "ports": [(p.get("name"), qname(p, "binding")) for p in service.iterfind(f"{WSDL}port")],
        "port type": [p.get("name") for p in document.iterfind(f"{WSDL}portType")],
        "binding": (binding.get("name"), qname(binding, "type")),
    }


def without(found: dict[str, Any], *methods: str) -> dict[str, Any]:
    return {key: value for key, value in found.items() if not key.startswith(methods)}


@pytest.fixture
def ours() -> etree._Element:
    return wsdl(endpoint(Recorder()))


@pytest.mark.parametrize("part", [types_and_elements, messages, operations, soap_binding])
def test_the_six_methods_are_those_of_intuits_original(ours: etree._Element, part: Any) -> None:
    assert without(part(ours), "serverVersion", "clientVersion") == part(intuits(SIX))


@pytest.mark.parametrize("part", [types_and_elements, messages, operations, soap_binding])
def test_the_eight_methods_are_those_of_intuits_later_service(
    ours: etree._Element, part: Any
) -> None:
    assert part(ours) == part(intuits(EIGHT))


def test_service_port_and_binding_have_intuits_names(ours: etree._Element) -> None:
    assert names(ours) == names(intuits(SIX))


def address(document: etree._Element) -> str | None:
    found = document.find(f".//{SOAP_WSDL}address")
    return None if found is None else found.get("location")


def test_the_address_in_the_wsdl_is_the_one_that_was_asked() -> None:
    app = endpoint(Recorder())

    assert address(wsdl(app)) == "https://books.example:8443/qbwc"
    assert address(wsdl(app, HTTP_HOST="other.example")) == "https://other.example/qbwc"


def test_the_address_in_the_wsdl_is_the_public_one_when_that_is_known() -> None:
    app = endpoint(Recorder(), location="https://public.example/a&b/qbwc")

    assert address(wsdl(app)) == "https://public.example/a&b/qbwc"


def test_the_public_address_may_be_worked_out_for_each_request() -> None:
    app = endpoint(Recorder(), location=lambda environ: f"https://{environ['HTTP_HOST']}/x")

    assert address(wsdl(app)) == "https://books.example:8443/x"


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "wsdl=", "wsdl&x=1"])
def test_the_wsdl_is_found_however_it_is_asked_for(query: str) -> None:
    answer = request(endpoint(Recorder()), "GET", QUERY_STRING=query)

    assert b"wsdl:definitions" in answer.body


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def server(recorder: Recorder) -> Iterator[str]:
    def elsewhere(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [])
        return []

    with serving(DispatcherMiddleware(elsewhere, {"/qbwc": endpoint(recorder)})) as url:
        yield f"{url}/qbwc"


def client_of(server: str, source: str) -> Any:
    """A client made from Intuit's WSDL with our address, or from our WSDL as it is."""
    make: Any = zeep.Client
    if source == "ours":
        client = make(f"{server}?wsdl")
        return client, client.service
    client = make(str(shared(source)))
    port = "QBWebConnectorSvcSoap" if source == SIX else "TroubleshootWebServiceFSSoap"
    return client, client.create_service(f"{{{INTUIT}}}{port}", server)


@pytest.mark.parametrize("source", [SIX, EIGHT, "ours"])
def test_clients_made_from_intuits_wsdl_and_from_ours_get_the_same_answers(
    server: str, recorder: Recorder, source: str
) -> None:
    client, service = client_of(server, source)
    recorder.asked.clear()
    recorder.answers["sendRequestXML"] = '<?qbxml version="13.0"?>\r\n<a b="1">&#233; & é</a>'
    with client.transport.session:
        if source != SIX:
            assert service.serverVersion() == "Rulebooks 0.1"
            assert service.clientVersion("2.3.0.207") is None
        assert service.authenticate("shop", PASSWORD) == [TICKET, None]
        assert service.sendRequestXML(TICKET, "", "C:\\x.qbw", "US", 13, 0) == (
            '<?qbxml version="13.0"?>\r\n<a b="1">&#233; & é</a>'
        )
        assert service.receiveResponseXML(TICKET, "<QBXML>\r\né</QBXML>", "", "") == 42
        assert service.connectionError(TICKET, "0x80040408", "closed") == "done"
        assert service.getLastError(TICKET) == "NoOp"
        assert service.closeConnection(TICKET) == "OK"

    versions = [("serverVersion",), ("clientVersion", "2.3.0.207")]
    assert recorder.asked == [
        *([] if source == SIX else versions),
        ("authenticate", "shop", PASSWORD),
        ("sendRequestXML", TICKET, "", "C:\\x.qbw", "US", 13, 0),
        ("receiveResponseXML", TICKET, "<QBXML>\r\né</QBXML>", "", ""),
        ("connectionError", TICKET, "0x80040408", "closed"),
        ("getLastError", TICKET),
        ("closeConnection", TICKET),
    ]


def test_the_schema_in_the_wsdl_stands_on_its_own(ours: etree._Element) -> None:
    schema = schema_of(ours)

    assert schema.validate(etree.fromstring(f'<serverVersion xmlns="{INTUIT}"/>'))
    assert not schema.validate(
        etree.fromstring(f'<serverVersion xmlns="{INTUIT}"><a/></serverVersion>')
    )
