from __future__ import annotations

import gzip
import io
import json
import logging
import socket
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from qbwc.endpoint import MAX_BYTES, endpoint
from tests.soap import (
    PASSWORD,
    SOAP,
    TICKET,
    XMLNS,
    Answer,
    Recorder,
    call_of,
    envelope,
    post,
    request,
    serving,
    wsdl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def app(recorder: Recorder) -> Any:
    return endpoint(recorder)


@pytest.fixture(autouse=True)
def quiet(recorder: Recorder, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No attack reaches the caller, and none leaves a secret in the log."""
    caplog.set_level(logging.DEBUG)
    yield
    assert recorder.asked == []
    assert PASSWORD not in caplog.text
    assert TICKET not in caplog.text


def refused(app: Any, body: bytes, **environ: Any) -> str:
    answer: Answer = post(app, body, **environ)
    assert b"Traceback" not in answer.body
    assert PASSWORD.encode() not in answer.body
    assert TICKET.encode() not in answer.body
    return answer.fault


LOGIN = call_of("authenticate", strUserName="shop", strPassword=PASSWORD).decode()
DECLARATION, _, REST = LOGIN.partition("?>")


def with_doctype(doctype: str, ticket: str) -> bytes:
    return f"{DECLARATION}?>{doctype}{REST}".replace("shop", ticket).encode()


def test_an_external_entity_is_never_read(app: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    doctype = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    answer = post(app, with_doctype(doctype, "&x;"))

    assert "DOCTYPE" in answer.fault
    assert b"the secret" not in answer.body


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE html>",
        '<!DOCTYPE a SYSTEM "http://localhost:1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:1/a.dtd"> %p;]>',
        "<!\x00DOCTYPE a>",
        "<\x00!DOCTYPE a>",
        "<!-- <![CDATA[ --><!DOCTYPE a><!-- ]]> -->",
    ],
    ids=ascii,
)
def test_a_doctype_is_refused_however_it_is_written(app: Any, doctype: str) -> None:
    assert "DOCTYPE" in refused(app, with_doctype(doctype, "shop"))


def test_a_billion_laughs_are_refused_at_once(app: Any) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    began = time.process_time()
    fault = refused(app, with_doctype(f'<!DOCTYPE a [<!ENTITY l0 "lol">{entities}]>', "&l29;"))

    assert "DOCTYPE" in fault
    assert time.process_time() - began < 0.5


def test_an_entity_that_nobody_declared_is_refused(app: Any) -> None:
    assert "XML" in refused(app, LOGIN.replace("shop", "&nbsp;").encode())


BOMBS = {
    "deep": "<a>" * 5_000_000,
    "wide": "<a/>" * 5_000_000,
    "comments": "<!---->" * 3_000_000,
    "attributes": "<a " + 'b="" ' * 4_000_000 + "/>",
    "namespaces": "<a " + "".join(f"xmlns:a{n}='b' " for n in range(1_000_000)) + "/>",
    "quoted": "<a b='\"' c=\"'' > \"" + "d='' " * 4_000_000 + "/>",
    "long name": f"<{'a' * 20_000_000}/>",
    "never closed": f"<a {'x' * 20_000_000}",
    "open comment": f"<!-- {'x' * 20_000_000}",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_of_markup_is_refused_in_little_time_and_memory(app: Any, bomb: str) -> None:
    body = envelope(f"<getLastError {XMLNS}>{BOMBS[bomb]}</getLastError>")
    tracemalloc.start()
    began = time.process_time()
    try:
        fault = refused(app, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert "markup" in fault
    assert time.process_time() - began < 1
    assert peak < 3 * len(body)


def test_a_reference_of_many_noughts_takes_no_long_time(app: Any) -> None:
    began = time.process_time()
    refused(app, envelope(f"<getLastError {XMLNS}>&#x{'0' * 8_000_000}</getLastError>"))

    assert time.process_time() - began < 2


def test_a_body_of_nothing_but_forbidden_characters_takes_little_time_and_memory(app: Any) -> None:
    body = envelope(f"<getLastError {XMLNS}>{'&#1;' * 5_000_000}</getLastError>")
    tracemalloc.start()
    try:
        fault = refused(app, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert "XML" in fault
    assert peak < 5 * len(body)


def test_a_body_declared_too_large_is_refused_unread(app: Any) -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            pytest.fail("was read")

    fault = refused(app, b"", CONTENT_LENGTH=str(33 * 2**20), **{"wsgi.input": Unread()})

    assert "larger" in fault


def test_a_length_of_many_digits_is_refused(app: Any) -> None:
    assert "larger" in refused(app, b"", CONTENT_LENGTH="9" * 5000)


def test_a_body_without_a_length_is_read_no_further_than_the_limit(app: Any) -> None:
    stream = io.BytesIO(b" " * (33 * 2**20))
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True}
    fault = refused(app, b"", CONTENT_LENGTH=None, **environ)

    assert "larger" in fault
    assert stream.tell() == MAX_BYTES + 1


def test_a_body_of_just_the_limit_is_read() -> None:
    body = call_of("getLastError", ticket="t")
    recorder = Recorder()
    terminated = {"CONTENT_LENGTH": None, "wsgi.input_terminated": True}

    for environ in ({}, terminated):
        assert post(endpoint(recorder, max_bytes=len(body)), body, **environ).result == "NoOp"
        fault = post(endpoint(recorder, max_bytes=len(body) - 1), body, **environ).fault
        assert "larger" in fault


def test_a_body_whose_length_nobody_tells_counts_as_empty(app: Any) -> None:
    assert "XML" in refused(app, LOGIN.encode(), CONTENT_LENGTH=None)


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "٣", "0x10"])
def test_a_length_that_is_no_number_is_refused(app: Any, length: str) -> None:
    assert "Content-Length" in refused(app, LOGIN.encode(), CONTENT_LENGTH=length)


def test_a_body_shorter_than_declared_is_refused(app: Any) -> None:
    assert "ended" in refused(app, LOGIN.encode(), CONTENT_LENGTH=str(len(LOGIN) + 1))


def test_a_connection_that_breaks_is_a_fault(app: Any) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    assert "ended" in refused(app, LOGIN.encode(), **{"wsgi.input": Broken()})


def test_a_compressed_body_is_refused(app: Any) -> None:
    body = gzip.compress(b" " * 10_000_000)

    assert "ompressed" in refused(app, body, HTTP_CONTENT_ENCODING="gzip")
    assert "UTF-8" in refused(app, body)


BODIES = {
    "nothing": b"",
    "space": b"  \r\n",
    "latin-1": envelope(f"<getLastError {XMLNS}><ticket>e</ticket></getLastError>").replace(
        b"<ticket>e", b"<ticket>\xe9"
    ),
    "overlong": LOGIN.encode().replace(b"shop", b"\xc0\xaf"),
    "utf-16": LOGIN.encode("utf-16"),
    "utf-16 without mark": LOGIN.encode("utf-16-le"),
    "utf-16 the other way": LOGIN.encode("utf-16-be"),
    "html": b"<html><body>Login</body></html>",
    "json": json.dumps({"ticket": TICKET}).encode(),
    "form": f"ticket={TICKET}".encode(),
    "binary": bytes(range(256)),
    "half": LOGIN[: len(LOGIN) // 2].encode(),
    "no body": f'<s:Envelope xmlns:s="{SOAP}"/>'.encode(),
    "empty body": f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>'.encode(),
    "text body": envelope("getLastError"),
    "comment body": envelope("<!-- getLastError -->"),
    "header only": envelope("").replace(b"soap:Body", b"soap:Header"),
    "soap 1.2": LOGIN.replace(SOAP, "http://www.w3.org/2003/05/soap-envelope").encode(),
    "fault": envelope("<soap:Fault><faultcode>x</faultcode></soap:Fault>"),
    "no slash": LOGIN.replace("intuit.com/", "intuit.com").encode(),
    "no namespace": LOGIN.replace(XMLNS, "").encode(),
    "unknown method": call_of("dropTables", ticket=TICKET),
    "answer as question": call_of("getLastErrorResponse", getLastErrorResult="x"),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_call_is_a_fault(app: Any, name: str) -> None:
    assert refused(app, BODIES[name])


def test_the_fault_for_a_missing_slash_says_so(app: Any) -> None:
    assert "slash" in refused(app, BODIES["no slash"])


@pytest.mark.parametrize(
    "number", ["2147483648", "-2147483649", "99999999999999999999", "9" * 10_000, "x", "1.5", "½"]
)
def test_a_number_that_is_no_int_is_a_fault(app: Any, number: str) -> None:
    assert refused(app, call_of("sendRequestXML", ticket=TICKET, qbXMLMajorVers=number))


@pytest.mark.parametrize("href", ["#nowhere", "#a"])
def test_references_within_the_envelope_are_not_followed(href: str) -> None:
    recorder = Recorder()
    body = f'<getLastError id="a" {XMLNS}><ticket href="{href}">t</ticket></getLastError>'

    assert post(endpoint(recorder), envelope(body)).result == "NoOp"
    assert recorder.asked == [("getLastError", "t")]


def test_a_type_named_by_the_request_is_ignored() -> None:
    body = f'<getLastError {XMLNS}><ticket xsi:type="nobody:knows">t</ticket></getLastError>'

    assert post(endpoint(Recorder()), envelope(body)).result == "NoOp"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post"])
def test_other_methods_are_not_allowed(app: Any, method: str) -> None:
    answer = request(app, method, LOGIN.encode())

    assert answer.status == "405 Method Not Allowed"
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "host", ["evil.example\r\nSet-Cookie: a=b", '"><script>', "a b", "user@host", "h:99999999", ""]
)
def test_a_forged_host_does_not_get_into_the_wsdl(app: Any, host: str) -> None:
    document = wsdl(app, HTTP_HOST=host)
    address = document.find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")

    assert address is not None
    assert address.get("location") == "https://books.example:8443/qbwc"


def test_headers_of_the_request_do_not_get_into_the_answer(app: Any) -> None:
    answer = post(
        app,
        call_of("dropTables"),
        CONTENT_TYPE="text/xml; charset=x\r\nSet-Cookie: a=b",
        HTTP_SOAPACTION='"x"\r\nSet-Cookie: a=b',
        HTTP_COOKIE="a=b",
    )

    assert set(answer.headers) == {
        "Content-Type",
        "Content-Length",
        "Cache-Control",
        "Content-Security-Policy",
        "X-Content-Type-Options",
    }
    assert "Set-Cookie" not in str(answer)


def test_parts_of_a_mime_message_are_not_unpacked(app: Any) -> None:
    kind = 'multipart/related; boundary="b"; start="<a>"'
    body = b"--b\r\nContent-ID: <a>\r\n\r\n" + LOGIN.encode() + b"\r\n--b--\r\n"

    assert refused(app, body, CONTENT_TYPE=kind)


def exchange(url: str, head: str, blocks: Iterator[bytes]) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode())
        for block in blocks:
            connection.sendall(block)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_33_mib_over_http_is_a_fault(app: Any, chunked: bool) -> None:
    block = b" " * 2**20
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {33 * 2**20}"
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\n{size}\r\nConnection: close\r\n\r\n"

    def blocks() -> Iterator[bytes]:
        for _ in range(33):
            yield b"100000\r\n" + block + b"\r\n" if chunked else block
        if chunked:
            yield b"0\r\n\r\n"

    with serving(app) as url:
        answer = exchange(url, head, blocks())

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"larger" in answer


def test_a_chunked_call_is_answered() -> None:
    body = call_of("getLastError", ticket=TICKET)
    head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = (b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:99], body[99:]))
    with serving(endpoint(Recorder())) as url:
        answer = exchange(url, head, iter([*chunks, b"0\r\n\r\n"]))

    assert answer.startswith(b"HTTP/1.1 200 OK")
