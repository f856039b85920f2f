from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

from qbwc.endpoint import endpoint
from tests.soap import (
    PASSWORD,
    TICKET,
    XMLNS,
    Recorder,
    call_of,
    envelope,
    post,
    request,
    serving,
)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def app(recorder: Recorder) -> Any:
    return endpoint(recorder, title="Books & Co", support="Ask <us>.")


QBXML = '<?xml version="1.0"?>\r\n<QBXML a="1" b=\'2\'>&#233; &amp; ]]> é € 😀\t\n\r</QBXML>'


def test_server_version_takes_nothing(app: Any, recorder: Recorder) -> None:
    assert post(app, envelope(f"<serverVersion {XMLNS} />")).result == "Rulebooks 0.1"
    assert recorder.asked == [("serverVersion",)]


def test_a_server_version_with_a_ticket_is_answered_too(app: Any) -> None:
    assert post(app, call_of("serverVersion", ticket=TICKET)).result == "Rulebooks 0.1"


def test_client_version_may_be_answered_with_nothing(app: Any, recorder: Recorder) -> None:
    answer = post(app, call_of("clientVersion", strVersion="2.3.0.207"))

    assert answer.result == ""
    assert recorder.asked == [("clientVersion", "2.3.0.207")]


@pytest.mark.parametrize("strings", [[TICKET, ""], ["", "nvu"], [TICKET, "none", "60", "30"]])
def test_authenticate_answers_every_string_empty_ones_too(
    app: Any, recorder: Recorder, strings: list[str]
) -> None:
    recorder.answers["authenticate"] = strings
    answer = post(app, call_of("authenticate", strUserName="shop", strPassword=PASSWORD))

    (result,) = answer.called
    assert [element.text or "" for element in result] == strings
    assert recorder.asked == [("authenticate", "shop", PASSWORD)]


def test_a_request_goes_out_unchanged(app: Any, recorder: Recorder) -> None:
    recorder.answers["sendRequestXML"] = QBXML

    assert post(app, call_of("sendRequestXML", ticket=TICKET)).result == QBXML


def test_a_response_comes_in_unchanged(app: Any, recorder: Recorder) -> None:
    answer = post(app, call_of("receiveResponseXML", ticket=TICKET, response=QBXML))

    assert answer.result == "42"
    assert recorder.asked == [("receiveResponseXML", TICKET, QBXML, "", "")]


def test_line_ends_that_are_not_references_are_one_line_feed(app: Any, recorder: Recorder) -> None:
    body = envelope(f"<receiveResponseXML {XMLNS}><response>a\r\nb</response></receiveResponseXML>")
    post(app, body.replace(b"><", b">\r\n<"))

    assert recorder.asked == [("receiveResponseXML", "", "a\nb", "", "")]


def test_a_response_in_a_cdata_section_comes_in_unchanged(app: Any, recorder: Recorder) -> None:
    qbxml = "<!DOCTYPE x>" + "<Ret><a>&amp;</a></Ret>" * 1000
    body = (
        f"<receiveResponseXML {XMLNS}><response><![CDATA[{qbxml}]]></response></receiveResponseXML>"
    )
    post(app, envelope(body))

    assert recorder.asked == [("receiveResponseXML", "", qbxml, "", "")]


@pytest.mark.parametrize("percent", [-1, 0, 99, 100])
def test_percent_done_is_answered_as_an_integer(app: Any, recorder: Recorder, percent: int) -> None:
    recorder.answers["receiveResponseXML"] = percent

    assert post(app, call_of("receiveResponseXML", ticket=TICKET)).result == str(percent)


@pytest.mark.parametrize(
    "arguments",
    [
        "<ticket>t</ticket><strHCPResponse /><strCompanyFileName></strCompanyFileName>",
        "<ticket>t</ticket>",
        '<ticket>t</ticket><strHCPResponse xsi:nil="true" /><qbXMLCountry xsi:nil="1"/>',
        "<ticket>t</ticket><unknown>1</unknown><!-- note --><?pi?>",
    ],
    ids=["empty", "absent", "nil", "unknown"],
)
def test_what_is_not_given_arrives_as_an_empty_string(
    app: Any, recorder: Recorder, arguments: str
) -> None:
    versions = "<qbXMLMajorVers>13</qbXMLMajorVers><qbXMLMinorVers>0</qbXMLMinorVers>"
    post(app, envelope(f"<sendRequestXML {XMLNS}>{arguments}{versions}</sendRequestXML>"))

    assert recorder.asked == [("sendRequestXML", "t", "", "", "", 13, 0)]


def test_what_is_said_not_to_be_nil_is_read(app: Any, recorder: Recorder) -> None:
    post(app, envelope(f'<getLastError {XMLNS}><ticket xsi:nil="false">t</ticket></getLastError>'))

    assert recorder.asked == [("getLastError", "t")]


@pytest.mark.parametrize(
    "versions", ["", "<qbXMLMajorVers/><qbXMLMinorVers/>"], ids=["absent", "empty"]
)
def test_versions_that_are_not_given_arrive_as_nought(
    app: Any, recorder: Recorder, versions: str
) -> None:
    post(app, envelope(f"<sendRequestXML {XMLNS}>{versions}</sendRequestXML>"))

    assert recorder.asked == [("sendRequestXML", "", "", "", "", 0, 0)]


def test_a_missing_ticket_is_the_callers_to_judge(app: Any, recorder: Recorder) -> None:
    for method in ("receiveResponseXML", "connectionError", "getLastError", "closeConnection"):
        post(app, envelope(f"<{method} {XMLNS} />"))

    assert recorder.asked == [
        ("receiveResponseXML", "", "", "", ""),
        ("connectionError", "", "", ""),
        ("getLastError", ""),
        ("closeConnection", ""),
    ]


CONTROLS = "&#x1F; &#x1f; &#31; &#0; &#x00; &#x0001F; &#8; &#11; &#x0B; &#xFFFE; &#xD83D; &#65535;"


@pytest.mark.parametrize(
    "control", [*CONTROLS.split(), "\x00", "\x0b", "\x1f", "\ufffe"], ids=ascii
)
def test_a_character_that_xml_forbids_is_taken_out(
    app: Any, recorder: Recorder, control: str
) -> None:
    body = envelope(
        f"<receiveResponseXML {XMLNS}><ticket>t</ticket>"
        f"<response>Jos{control}é &amp;#x1F; &#xD;</response></receiveResponseXML>"
    )
    post(app, body)

    assert recorder.asked == [("receiveResponseXML", "t", "José &#x1F; \r", "", "")]


def test_legal_references_survive_the_cleaning(app: Any, recorder: Recorder) -> None:
    legal = "&#9;&#10;&#xA;&#13;&#xd;&#32;&#x20;&#xD7FF;&#xE000;&#xFFFD;&#65533;&#x10000;&#1114111;"
    post(app, envelope(f"<getLastError {XMLNS}><ticket>{legal}&#1;</ticket></getLastError>"))

    ((_, ticket),) = recorder.asked
    assert ticket == "\t\n\n\r\r  \ud7ff\ue000\ufffd\ufffd\U00010000\U0010ffff"


def test_a_byte_order_mark_is_no_part_of_the_text(app: Any, recorder: Recorder) -> None:
    post(app, b"\xef\xbb\xbf" + call_of("getLastError", ticket=TICKET))

    assert recorder.asked == [("getLastError", TICKET)]


@pytest.mark.parametrize(
    "kind", [None, "text/xml", "application/soap+xml", 'text/xml; charset="utf-8"']
)
def test_the_content_type_does_not_matter(app: Any, kind: str | None) -> None:
    assert post(app, call_of("getLastError", ticket=TICKET), CONTENT_TYPE=kind).result == "NoOp"


def test_the_mount_may_end_in_a_slash(app: Any) -> None:
    assert post(app, call_of("getLastError", ticket=TICKET), PATH_INFO="/").result == "NoOp"


def test_a_response_of_12_mb_comes_in_whole(app: Any, recorder: Recorder) -> None:
    qbxml = "<CustomerRet><Name>José & Söhne</Name></CustomerRet>\r\n" * (12 * 2**20 // 50)
    post(app, call_of("receiveResponseXML", ticket=TICKET, response=qbxml))

    ((_, _, response, _, _),) = recorder.asked
    assert len(response) > 12_000_000
    assert response == qbxml


def test_a_sentence_for_the_user_loses_what_xml_cannot_carry(app: Any, recorder: Recorder) -> None:
    recorder.answers["getLastError"] = "Order\x1f 7\ufffe"

    assert post(app, call_of("getLastError", ticket=TICKET)).result == "Order 7"


def test_a_request_that_xml_cannot_carry_is_a_fault_and_never_altered(
    app: Any, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.answers["sendRequestXML"] = "<QBXML>\x1f</QBXML>"
    fault = post(app, call_of("sendRequestXML", ticket=TICKET)).fault

    assert fault.split()[-1].strip(".") in caplog.text


def test_a_failure_is_a_fault_with_a_reference_into_the_log(
    app: Any, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.answers["getLastError"] = KeyError("colour of the sky")
    fault = post(app, call_of("getLastError", ticket=TICKET)).fault

    assert "colour" not in fault
    assert "Traceback" not in fault
    assert fault.split()[-1].strip(".") in caplog.text
    assert "KeyError: 'colour of the sky'" in caplog.text


def test_a_failure_that_quotes_ticket_or_password_keeps_them_out_of_the_log(
    app: Any, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.answers["authenticate"] = ValueError(f"[parameters: ({PASSWORD!r})]")
    recorder.answers["closeConnection"] = KeyError(TICKET)
    post(app, call_of("authenticate", strUserName="shop", strPassword=PASSWORD))
    post(app, call_of("closeConnection", ticket=TICKET))

    assert caplog.text.count("[secret]") == 2
    assert PASSWORD not in caplog.text
    assert TICKET not in caplog.text


def test_nothing_of_a_call_is_logged(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post(app, call_of("authenticate", strUserName="shop", strPassword=PASSWORD))
    post(app, call_of("authenticate", strUserName="shop", strPassword=PASSWORD)[:-9])
    post(app, call_of("sendRequestXML", ticket=TICKET, qbXMLMajorVers="x"))

    assert caplog.text == ""


def test_a_get_shows_the_support_page(app: Any) -> None:
    answer = request(app, "GET")

    assert answer.status == "200 OK"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"Books &amp; Co" in answer.body
    assert b"Ask &lt;us&gt;." in answer.body


def test_a_head_is_a_get_without_the_page(app: Any) -> None:
    answer = request(app, "HEAD")

    assert answer.status == "200 OK"
    assert answer.body == b""
    assert answer.headers["Content-Length"] == request(app, "GET").headers["Content-Length"]


def test_a_client_that_waits_for_100_continue_gets_it(app: Any) -> None:
    body = call_of("getLastError", ticket=TICKET)
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
        'SOAPAction: "http://developer.intuit.com/getLastError"\r\n'
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: Close\r\n\r\n"
    )
    with serving(app) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(head.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"NoOp" in answer
