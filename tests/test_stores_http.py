"""The way to a store: which addresses are called, what is repeated, and what is refused."""

from __future__ import annotations

import gzip
import logging
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.logs import configure
from app.settings import SettingsError, load
from app.stores import http as layer
from app.stores.addresses import LOOPBACK, checked, is_allowed, networks
from app.stores.errors import (
    AddressRefused,
    AnswerTooLarge,
    CertificateRefused,
    StoreAnsweredHtml,
    StoreAnsweredOddly,
    StoreBusy,
    StoreMoved,
    StoreUnavailable,
)
from app.stores.http import Http
from app.stores.pace import Bucket
from tests.store_server import raw, served


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"ok": True})


def asked(base: str, path: str = "x", **options: Any) -> Any:
    http = Http(base=base, **options)
    try:
        return http.json("GET", path).value
    finally:
        http.close()


@pytest.mark.parametrize(
    "address",
    ["10.0.0.5", "172.16.0.1", "192.168.1.9", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "198.18.0.1", "fd00::1", "fe80::1", "::", "ff02::1",
     "::ffff:10.0.0.5", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a00:5::1",
     "2001:0:a9fe:a9fe::1"],
)  # fmt: skip
def test_an_internal_address_is_refused_however_it_is_written(address: str) -> None:
    assert not is_allowed(ip_address(address), LOOPBACK)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "127.0.0.1", "::1"])
def test_public_addresses_and_this_computer_are_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), LOOPBACK)


def test_the_installation_may_allow_a_network_of_its_own() -> None:
    allowed = networks("192.168.1.0/24, fd00::/8")
    assert is_allowed(ip_address("192.168.1.9"), allowed)
    assert is_allowed(ip_address("fd00::1"), allowed)
    assert not is_allowed(ip_address("192.168.2.9"), allowed)
    assert not is_allowed(ip_address("127.0.0.1"), allowed)


def test_a_network_that_is_none_is_refused_when_the_program_starts() -> None:
    with pytest.raises(SettingsError, match="RULEBOOKS_STORE_NETWORKS"):
        load(store_networks="my office")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.example.com", "not encrypted"),
        ("ftp://shop.example.com", "must begin with https"),
        ("https://", "must begin with https"),
        ("https://user:pass@shop.example.com", "must not contain a user name"),
        ("https://10.0.0.5", "internal address"),
        ("https://[::ffff:10.0.0.5]", "internal address"),
        ("https://169.254.169.254/latest", "internal address"),
        ("https://shop.example.com:99999", "not an address"),
        ("file:///etc/passwd", "must begin with https"),
    ],
)
def test_an_address_that_no_store_may_have_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(AddressRefused, match=words):
        checked(url, LOOPBACK)


def test_a_name_that_points_to_an_internal_address_is_refused_when_it_is_called() -> None:
    names = {
        "shop.example.com": ["169.254.169.254"],
        "two.example.com": ["93.184.216.34", "10.1.1.1"],
        "here.example.com": ["127.0.0.1"],
    }
    for name in names:
        with pytest.raises(AddressRefused, match=name):
            asked(f"https://{name}", lookup=lambda host, port: names[host])


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    with served(ok) as address:
        found = asked(
            address.replace("127.0.0.1", "localhost"), lookup=lambda host, port: answers.pop(0)
        )
    assert found == {"ok": True}
    assert answers == [["169.254.169.254"]]


def test_a_name_without_an_address_is_said_in_words() -> None:
    def none(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(StoreUnavailable, match=r"No host is named shop\.example\.com"):
        asked("https://shop.example.com", lookup=none)


def test_the_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with served(ok) as address:
        assert asked(address) == {"ok": True}


def test_nobody_listening_is_said_in_words() -> None:
    with served(ok) as address:
        pass
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        asked(address)


def test_amounts_are_exact() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b'{"total": 0.1, "large": 12345678901234567.89}')

    with served(answer) as address:
        found = asked(address)
    assert found == {"total": Decimal("0.1"), "large": Decimal("12345678901234567.89")}


def test_a_redirect_is_not_followed_and_its_query_not_told() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(301, headers={"location": "http://10.0.0.5/admin?key=cs_secret"})

    with served(answer) as address, pytest.raises(StoreMoved) as told:
        asked(address)
    assert seen == ["/x"]
    assert "http://10.0.0.5/admin" in str(told.value)
    assert "cs_secret" not in str(told.value)


def certificate(folder: Path, name: str, *, days: int) -> ssl.SSLContext:
    """A server's context with a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=60))
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    ("name", "days", "trusted", "words"),
    [
        ("localhost", 30, False, "signed by the shop itself"),
        ("localhost", -1, True, "has expired"),
        ("other.example.com", 30, True, "for another host name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_in_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: int,
    *,
    trusted: bool,
    words: str,
) -> None:
    context = certificate(tmp_path, name, days=days)
    if trusted:
        ours = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        monkeypatch.setattr(layer, "trusted", lambda: ours)
    with (
        served(ok, context=context) as address,
        pytest.raises(CertificateRefused, match=words),
    ):
        asked(address.replace("127.0.0.1", "localhost"))


def test_a_certificate_that_is_trusted_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path, "localhost", days=30)
    ours = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    monkeypatch.setattr(layer, "trusted", lambda: ours)
    with served(ok, context=context) as address:
        assert asked(address.replace("127.0.0.1", "localhost")) == {"ok": True}


def test_a_body_that_breaks_off_is_tried_again_and_then_told() -> None:
    tries = []

    def sends(handler: Any) -> None:
        tries.append(1)
        handler.wfile.write(b'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"orders": [')

    with raw(sends) as address, pytest.raises(StoreUnavailable, match="broke off"):
        asked(address)
    assert len(tries) == 3


def test_a_store_that_does_not_answer_is_given_up() -> None:
    def sends(handler: Any) -> None:
        time.sleep(0.5)

    with raw(sends) as address, pytest.raises(StoreUnavailable, match="in time"):
        asked(address, timeout=0.05)


def test_an_answer_that_drips_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "LONGEST", 0.2)

    def sends(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(20):
            time.sleep(0.05)
            handler.wfile.write(b" ")
            handler.wfile.flush()

    with raw(sends) as address, pytest.raises(StoreUnavailable, match="in time"):
        asked(address)


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused() -> None:
    packed = gzip.compress(b"[" + b" " * (60 * 2**20) + b"]")
    assert len(packed) < 200_000

    def sends(handler: Any) -> None:
        head = f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + head.encode() + packed)

    with raw(sends) as address, pytest.raises(AnswerTooLarge, match="50 MB"):
        asked(address)


def test_an_answer_that_says_it_is_huge_is_not_read() -> None:
    def sends(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")

    with raw(sends) as address, pytest.raises(AnswerTooLarge, match="95367 MB"):
        asked(address)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<!DOCTYPE html><title>Maintenance</title>", StoreAnsweredHtml),
        (b"  \n<html>", StoreAnsweredHtml),
        (b"<br />\n<b>Notice</b>: Undefined index", StoreAnsweredHtml),
        (b"OK", StoreAnsweredOddly),
        (b'{"a": NaN}', StoreAnsweredOddly),
        (b'{"a": 1}{"b": 2}', StoreAnsweredOddly),
        (b"\xff\xfe", StoreAnsweredOddly),
        (b"[" * 100_000 + b"]" * 100_000, StoreAnsweredOddly),
        (b'{"orders": [{"id": 1}, {"id"', StoreUnavailable),
    ],
    ids=["page", "page after space", "php notice", "text", "nan", "two", "bytes", "deep", "half"],
)
def test_what_is_no_json_is_said_to_be_what_it_is(body: bytes, error: type[Exception]) -> None:
    with (
        served(lambda request: httpx.Response(200, content=body)) as address,
        pytest.raises(error),
    ):
        asked(address)


def transport(*answers: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[str]]:
    left, methods = list(answers), []

    def handle(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        one = left.pop(0) if left else httpx.Response(200, json={})
        if isinstance(one, Exception):
            raise one
        return one

    return httpx.MockTransport(handle), methods


@pytest.mark.parametrize(
    ("fault", "repeatable", "requests"),
    [
        (httpx.ReadTimeout("x"), False, 1),
        (httpx.ReadTimeout("x"), True, 2),
        (httpx.RemoteProtocolError("x"), False, 1),
        (httpx.ConnectError("x"), False, 2),
        (httpx.Response(503), False, 1),
        (httpx.Response(503), True, 2),
        (httpx.Response(500), False, 1),
        (httpx.Response(429), False, 2),
    ],
)
def test_a_write_is_repeated_only_where_that_is_safe(
    fault: Any, requests: int, *, repeatable: bool
) -> None:
    made, methods = transport(fault)
    http = Http(base="https://shop.example.com", transport=made)
    if requests == 1:
        with pytest.raises(StoreUnavailable):
            http.json("POST", "x", body={}, repeatable=repeatable)
    else:
        http.json("POST", "x", body={}, repeatable=repeatable)
    assert len(methods) == requests


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3600", 3600), ("1e9", 86_400), ("-5", None), ("soon", None), ("", None), ("nan", None),
     ("Wed, 25 Nov 2026 11:00:00 GMT", 3600)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(said: str, seconds: float | None) -> None:
    headers = {"retry-after": said, "date": "Wed, 25 Nov 2026 10:00:00 GMT"}
    made, methods = transport(*[httpx.Response(429, headers=headers) for _ in range(9)])
    http = Http(base="https://shop.example.com", transport=made)
    with pytest.raises(StoreBusy) as told:
        http.json("GET", "x")
    wanted = told.value.retry_after
    assert (wanted and wanted.total_seconds()) == seconds
    assert len(methods) == (1 if seconds else 3)
    assert http.now() == datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_no_secret_reaches_a_log_or_a_message(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"message": f"Bad key cs_secret in {request.url}"})

    handlers = logging.getLogger().handlers
    configure("debug")
    try:
        with served(answer) as address:
            http = Http(base=address, auth=("ck", "cs_secret"), secrets=("cs_secret",),
                        headers={"X-Token": "cs_secret"})  # fmt: skip
            with pytest.raises(Exception, match=r"Bad key \[secret\]") as told:
                http.json("GET", "x", params={"consumer_secret": "cs_secret"})
            http.close()
    finally:
        logging.getLogger().handlers = handlers
    said = capsys.readouterr()
    assert "cs_secret" not in str(told.value) + said.err + said.out + caplog.text
    assert "cs_secret" not in repr(http)
    assert "path=/x" in said.err


def test_a_bucket_waits_until_there_is_enough_again(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    bucket = Bucket()
    assert bucket.pause(500) == 0
    bucket.learn(available=50, rate=100, largest=2000)
    assert bucket.pause(250) == pytest.approx(2.0)
    moment[0] += 2
    assert bucket.pause(100) == pytest.approx(1.0)
    bucket.learn(available=0, rate=100, largest=2000)
    moment[0] += 1000
    assert bucket.pause(2000) == 0
    assert bucket.pause(50_000) == pytest.approx(20.0)
    bucket.learn(available=0, rate=0, largest=2000)
    assert bucket.pause(1000) == 60.0
