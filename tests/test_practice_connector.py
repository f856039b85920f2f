"""The practice Web Connector against a small SOAP server that keeps a record of what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from qbwc.practice import Crashed, Faults, HResult, PracticeCompany, WebConnector
from qbwc.practice.soap import SoapError, _result, envelope
from tests.practice_helpers import add, document, query

NS = "{http://developer.intuit.com/}"
CUSTOMER = document(add("Customer", "<Name>Anna</Name>"), attributes='onError="stopOnError"')
RECOVERABLE = document(
    add("Customer", "<Name>Anna</Name>"),
    attributes='newMessageSetID="set-1" onError="stopOnError"',
)


class Service:
    """Answers by method name from a table of values or functions; keeps every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str | None], dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.connections: set[Any] = set()
        self.queue: list[str] = []
        self.answers: dict[str, Any] = {
            "serverVersion": "1.0",
            "clientVersion": "",
            "authenticate": ["ticket-1", ""],
            "sendRequestXML": lambda: self.queue.pop(0) if self.queue else "",
            "receiveResponseXML": lambda: 50 if self.queue else 100,
            "getLastError": "",
            "connectionError": "done",
            "closeConnection": "OK",
        }

    def methods(self) -> list[str]:
        return [name for name, _, _ in self.calls]

    def arguments(self, method: str, number: int = 0) -> dict[str, str | None]:
        return [arguments for name, arguments, _ in self.calls if name == method][number]

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        self.bodies.append(body)
        root = etree.fromstring(body, etree.XMLParser(recover=True))
        call = root[0][0]
        name = etree.QName(call).localname
        arguments = {etree.QName(one).localname: one.text or "" for one in call}
        self.calls.append((name, arguments, headers))
        value = self.answers[name]
        value = value() if callable(value) else value
        if isinstance(value, Exception):
            return 500, (
                '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
                f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{value}"
                "</faultstring></soap:Fault></soap:Body></soap:Envelope>"
            )
        return 200, soap_answer(name, value)


def soap_answer(name: str, value: Any) -> str:
    wrapper = etree.Element(
        "{http://schemas.xmlsoap.org/soap/envelope/}Envelope",
        nsmap={"soap": "http://schemas.xmlsoap.org/soap/envelope/"},
    )
    body = etree.SubElement(wrapper, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    answer = etree.SubElement(body, f"{NS}{name}Response", nsmap={None: NS[1:-1]})
    if value is not None:
        result = etree.SubElement(answer, f"{NS}{name}Result")
        if isinstance(value, list):
            for one in value:
                etree.SubElement(result, f"{NS}string").text = one
        else:
            result.text = str(value)
    return etree.tostring(wrapper, encoding="unicode")


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            found.connections.add(self.client_address)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = found.answer(body, dict(self.headers))
            payload = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/qbwc"  # type: ignore[attr-defined]
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[PracticeCompany]:
    found = PracticeCompany.open(tmp_path / "practice.qbw", seed="bare")
    yield found
    found.close()


Connect = Callable[..., WebConnector]


@pytest.fixture
def connect(service: Service, company: PracticeCompany) -> Connect:
    def made(**options: Any) -> WebConnector:
        url = service.url  # type: ignore[attr-defined]
        return WebConnector(url, "user", "secret", company, sleep=lambda _: None, **options)

    return made


def names(company: PracticeCompany) -> list[str]:
    return [record.name for record in company.lists("Customer")]


def test_a_session_makes_the_calls_of_the_real_web_connector_in_order(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER, document(query("Customer"))]
    report = connect().run()
    assert report.status == "done"
    assert service.methods() == [
        "serverVersion", "clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML",
        "sendRequestXML", "receiveResponseXML", "closeConnection",
    ]  # fmt: skip
    assert report.calls == 8
    assert report.progress == [50, 100]
    assert len(report.sent) == 2
    assert report.message == "OK"
    assert names(company) == ["Anna"]


def test_calls_are_soap_1_1_with_the_action_and_one_connection(
    service: Service, connect: Connect
) -> None:
    connect().run()
    name, _, headers = service.calls[2]
    assert headers["SOAPAction"] == f'"http://developer.intuit.com/{name}"'
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "Expect" not in headers
    assert len(service.connections) == 1


def test_only_the_first_send_carries_the_host_response(service: Service, connect: Connect) -> None:
    service.queue = [CUSTOMER, document(query("Customer"))]
    connect().run()
    first, second = (service.arguments("sendRequestXML", number) for number in (0, 1))
    assert "<HostRet>" in (first["strHCPResponse"] or "")
    assert second["strHCPResponse"] == ""
    assert first["qbXMLMajorVers"] == "13"
    assert first["strCompanyFileName"].endswith("practice.qbw")  # type: ignore[union-attr]


def test_a_document_that_is_refused_comes_back_as_hresult_without_a_response(
    service: Service, connect: Connect
) -> None:
    service.queue = ["<QBXML/>"]
    connect().run()
    received = service.arguments("receiveResponseXML")
    assert "response" not in received
    assert received["hresult"] == "0x80040400"
    assert received["message"].startswith("QuickBooks found an error")  # type: ignore[union-attr]


def test_a_good_response_has_empty_hresult_and_message(service: Service, connect: Connect) -> None:
    service.queue = [CUSTOMER]
    connect().run()
    assert b"<hresult /><message />" in service.bodies[4]


@pytest.mark.parametrize("answer", ["none", "NVU"])
def test_none_and_nvu_end_the_session_at_once(
    service: Service, connect: Connect, answer: str
) -> None:
    service.answers["authenticate"] = ["ticket-1", answer]
    assert connect().run().status == answer.lower()
    assert service.methods()[3:] == ["closeConnection"]


def test_busy_ends_the_session_without_another_call(service: Service, connect: Connect) -> None:
    service.answers["authenticate"] = ["ticket-1", "busy"]
    assert connect().run().status == "busy"
    assert service.methods()[-1] == "authenticate"


def test_an_array_without_its_second_string_is_an_index_error(
    service: Service, connect: Connect
) -> None:
    service.answers["authenticate"] = ["ticket-1"]
    report = connect().run()
    assert report.status == "error"
    assert report.message.startswith("QBWC1012")


def test_strings_of_another_namespace_are_not_seen(
    service: Service, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.test_practice_connector.soap_answer",
        _foreign,
    )
    assert connect().run().message.startswith("QBWC1012")


def _foreign(name: str, value: Any) -> str:
    text = original_answer(name, value)
    if name != "authenticate":
        return text
    return text.replace("<string>", '<a:string xmlns:a="urn:arrays">').replace(
        "</string>", "</a:string>"
    )


original_answer = soap_answer


def test_seconds_to_postpone_keep_the_session_from_starting(
    service: Service, connect: Connect
) -> None:
    service.answers["authenticate"] = ["ticket-1", "", "60"]
    assert connect().run().status == "postponed"
    assert service.methods()[-1] == "authenticate"


def test_a_client_version_that_is_refused_ends_the_session(
    service: Service, connect: Connect
) -> None:
    service.answers["clientVersion"] = "E:too old"
    report = connect().run()
    assert (report.status, report.message) == ("error", "QBWC1037: too old")


def test_a_service_without_server_version_is_tolerated(service: Service, connect: Connect) -> None:
    service.answers["serverVersion"] = ValueError("no such method")
    assert connect().run().status == "done"


def test_nothing_to_send_asks_for_the_last_error(service: Service, connect: Connect) -> None:
    report = connect().run()
    assert report.status == "done"
    assert service.methods()[3:] == ["sendRequestXML", "getLastError", "closeConnection"]


def test_noop_pauses_and_asks_again(service: Service, connect: Connect) -> None:
    pauses: list[float] = []
    answers = iter(["NoOp", ""])
    service.answers["getLastError"] = lambda: next(answers)
    connector = connect()
    connector._sleep = pauses.append
    connector.run()
    assert pauses == [5.0]
    assert service.methods().count("sendRequestXML") == 2


def test_a_negative_answer_asks_for_the_error_and_closes(
    service: Service, connect: Connect
) -> None:
    service.queue = [CUSTOMER]
    service.answers["receiveResponseXML"] = -1
    service.answers["getLastError"] = "wrong company"
    report = connect().run()
    assert (report.status, report.last_error) == ("error", "wrong company")
    assert service.methods()[-2:] == ["getLastError", "closeConnection"]


def test_a_soap_fault_ends_the_session_with_the_web_connectors_code(
    service: Service, connect: Connect
) -> None:
    service.answers["sendRequestXML"] = ValueError("boom")
    report = connect().run()
    assert report.status == "error"
    assert report.message == "QBWC1041: SendRequestXML failed. Error message: boom"


def test_quickbooks_that_is_closed_is_reported_by_connection_error(
    service: Service, connect: Connect
) -> None:
    closed = HResult("0x80040416", "QuickBooks is not running.")
    report = connect(faults=Faults(closed=[closed])).run()
    assert report.status == "closed"
    assert service.arguments("connectionError")["hresult"] == "0x80040416"
    assert "sendRequestXML" not in service.methods()


def test_a_company_file_named_after_a_connection_error_is_tried(
    service: Service, connect: Connect
) -> None:
    service.answers["connectionError"] = ""
    closed = HResult("0x80040408", "Could not start QuickBooks.")
    assert connect(faults=Faults(closed=[closed])).run().status == "done"


def test_the_file_id_is_stamped_once_and_shown_in_the_host_response(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    owner = "{11111111-1111-1111-1111-111111111111}"
    first = "{22222222-2222-2222-2222-222222222222}"
    connect(owner_id=owner, file_id=first).run()
    connect(owner_id=owner, file_id="{33333333-3333-3333-3333-333333333333}").run()
    assert company.file_id(owner) == first
    assert first in (service.arguments("sendRequestXML")["strHCPResponse"] or "")


def test_control_characters_are_written_as_dot_net_does() -> None:
    assert b"a&#x1F;b" in envelope("receiveResponseXML", {"response": "a\x1fb"})


def test_null_is_left_out_and_an_empty_string_is_an_empty_element() -> None:
    body = envelope("receiveResponseXML", {"ticket": "", "response": None})
    assert b"<ticket />" in body
    assert b"response>" not in body


def test_a_lost_answer_of_send_leaves_quickbooks_untouched(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER]
    report = connect(faults=Faults(at_send={1: "lose answer"})).run()
    assert report.status == "error"
    assert names(company) == []


def test_a_crash_before_processing_leaves_no_record(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [RECOVERABLE]
    with pytest.raises(Crashed):
        connect(faults=Faults(at_send={1: "crash before processing"})).run()
    assert names(company) == []
    assert not company.message_sets.knows("Rulebooks", "set-1")


def test_a_crash_after_processing_leaves_the_record_of_the_set(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [RECOVERABLE]
    with pytest.raises(Crashed):
        connect(faults=Faults(at_send={1: "crash after processing"})).run()
    assert names(company) == ["Anna"]
    assert company.message_sets.knows("Rulebooks", "set-1")
    assert "receiveResponseXML" not in service.methods()


def test_a_lost_answer_of_receive_ends_the_session_after_the_server_has_the_reply(
    service: Service, connect: Connect
) -> None:
    service.queue = [CUSTOMER]
    report = connect(faults=Faults(at_receive={1: "lose answer"})).run()
    assert report.status == "error"
    assert service.methods()[-1] == "receiveResponseXML"


def test_a_lost_reply_never_reaches_the_server(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER]
    connect(faults=Faults(at_receive={1: "lose request"})).run()
    assert service.methods()[-1] == "sendRequestXML"
    assert names(company) == ["Anna"]


def test_any_hresult_can_stand_in_for_a_response(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER]
    connect(faults=Faults(at_send={1: HResult("0x80040402", "Unexpected error.")})).run()
    assert service.arguments("receiveResponseXML")["hresult"] == "0x80040402"
    assert names(company) == []


def test_locked_records_are_refused_and_then_free(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER, CUSTOMER]
    report = connect(faults=Faults(locked=(3176, 1))).run()
    assert 'statusCode="3176"' in report.received[0]
    assert 'statusCode="0"' in report.received[1]
    assert names(company) == ["Anna"]


def test_a_session_can_just_stop_after_a_call(service: Service, connect: Connect) -> None:
    service.queue = [CUSTOMER]
    assert connect(faults=Faults(stop_after_call=4)).run().status == "aborted"
    assert service.methods()[-1] == "sendRequestXML"


def test_a_fault_by_the_number_of_the_call(service: Service, connect: Connect) -> None:
    with pytest.raises(Crashed):
        connect(faults=Faults(at_call={3: "crash"})).run()
    assert service.methods() == ["serverVersion", "clientVersion"]


def test_a_held_reply_is_given_later_with_the_old_ticket(
    service: Service, connect: Connect
) -> None:
    service.queue = [CUSTOMER]
    connector = connect()
    connector.hold_reply()
    assert connector.run().status == "held"
    service.answers["authenticate"] = ["ticket-2", ""]
    connect().run()
    assert connector.answer_held() == 100
    assert service.arguments("receiveResponseXML")["ticket"] == "ticket-1"


def test_iterators_do_not_outlive_the_session(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    company.process(document(*(add("Customer", f"<Name>{n}</Name>") for n in range(3))))
    start = query("Customer", "<MaxReturned>1</MaxReturned>", 'iterator="Start"')
    service.queue = [document(start)]
    report = connect().run()
    iterator = etree.fromstring(report.received[0].partition("?>")[2])[0][0].get("iteratorID")
    service.queue = [
        document(
            query(
                "Customer",
                "<MaxReturned>1</MaxReturned>",
                f'iterator="Continue" iteratorID="{iterator}"',
            )
        )
    ]
    assert 'statusCode="3391"' in connect().run().received[0]


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        ("clientVersion", "maybe", "QBWC1046: clientVersion answered 'maybe'"),
        ("receiveResponseXML", 101, "receiveResponseXML answered 101, more than 100"),
        (
            "receiveResponseXML",
            "soon",
            (
                "QBWC1042: ReceiveResponseXML failed. Error message: Input string was not in a "
                "correct format."
            ),
        ),
    ],
)
def test_answers_that_the_web_connector_cannot_use(
    service: Service, connect: Connect, method: str, answer: Any, message: str
) -> None:
    service.queue = [CUSTOMER]
    service.answers[method] = answer
    report = connect().run()
    assert (report.status, report.message) == ("error", message)


def test_an_hresult_can_hide_that_quickbooks_did_the_work(
    service: Service, connect: Connect, company: PracticeCompany
) -> None:
    service.queue = [CUSTOMER]
    fault = Faults(at_send={1: HResult("0x80040402", "Unexpected.")}, process_before_hresult=True)
    connect(faults=fault).run()
    assert service.arguments("receiveResponseXML")["hresult"] == "0x80040402"
    assert names(company) == ["Anna"]


def test_a_server_that_is_not_there_is_an_error(company: PracticeCompany) -> None:
    report = WebConnector("http://127.0.0.1:1/qbwc", "user", "secret", company).run()
    assert report.status == "error"


def test_an_address_that_is_none_is_refused(company: PracticeCompany) -> None:
    with pytest.raises(ValueError, match="not the address"):
        WebConnector("qbwc", "user", "secret", company)


@pytest.mark.parametrize(
    ("status", "content_type", "body", "words"),
    [
        (200, "text/html", b"<html/>", "expected 'text/xml'"),
        (200, "text/xml", b"<a>", "not well-formed"),
        (503, "text/xml", b"<a/>", "HTTP status 503"),
        (200, "text/xml", b"<a/>", "has no authenticateResponse"),
    ],
)
def test_what_is_not_a_soap_answer_is_told_apart(
    status: int, content_type: str, body: bytes, words: str
) -> None:
    with pytest.raises(SoapError, match=words):
        _result("authenticate", status, content_type, body)
