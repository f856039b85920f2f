from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from qbwc import connector
from qbwc.connector import QBWC_HELP, qwc

OWNER = UUID("6f1d0c7e-5c2a-4f0e-9b7e-0d3f5a1b2c3d")
FILE = UUID("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")


def made(**options: Any) -> bytes:
    given: dict[str, Any] = {
        "url": "https://books.example/qbwc",
        "user_name": "shop",
        "owner_id": OWNER,
    }
    return qwc(**given | {"file_id": FILE} | options)


def fields(**options: Any) -> dict[str, str]:
    root = etree.fromstring(made(**options))
    assert root.tag == "QBWCXML"
    return {element.tag: element.text or "" for element in root}


def test_every_required_field_is_there() -> None:
    assert (
        fields().items()
        >= {
            "AppName": "Rulebooks",
            "AppID": "",
            "AppURL": "https://books.example/qbwc",
            "AppDescription": "Posts web-store orders into QuickBooks.",
            "AppSupport": "https://books.example/qbwc",
            "UserName": "shop",
            "OwnerID": "{6F1D0C7E-5C2A-4F0E-9B7E-0D3F5A1B2C3D}",
            "FileID": "{0A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D}",
            "QBType": "QBFS",
        }.items()
    )


def test_the_file_asks_for_a_document_service_that_writes_in_every_edition() -> None:
    assert (
        fields().items()
        >= {
            "Style": "Document",
            "AuthFlags": "0xF",
            "IsReadOnly": "false",
            "PersonalDataPref": "pdpNotNeeded",
            "UnattendedModePref": "umpOptional",
        }.items()
    )


def test_what_is_optional_is_absent_until_it_is_given() -> None:
    assert not {"AppDisplayName", "AppUniqueName", "CertURL", "Scheduler"} & set(fields())
    assert (
        fields(
            display_name="Café & Sons",
            unique_name="cafe-1",
            certificate="https://books.example/healthz",
            notify=True,
        ).items()
        >= {
            "AppDisplayName": "Café & Sons",
            "AppUniqueName": "cafe-1",
            "CertURL": "https://books.example/healthz",
            "Notify": "true",
        }.items()
    )


def test_the_file_is_plain_ascii_xml() -> None:
    file = made(name="Café")

    assert file.startswith(b'<?xml version="1.0"?>\n<QBWCXML>')
    assert file.isascii()


def test_no_password_is_ever_in_the_file() -> None:
    assert b"assword" not in made()
    with pytest.raises(TypeError):
        made(password="secret")


@pytest.mark.parametrize(
    ("option", "key"),
    [("every_minutes", "RunEveryNMinutes"), ("every_seconds", "RunEveryNSeconds")],
)
def test_the_schedule_is_in_minutes_or_in_seconds(option: str, key: str) -> None:
    (schedule,) = etree.fromstring(made(**{option: 15})).iterfind("Scheduler")

    assert [(element.tag, element.text) for element in schedule] == [(key, "15")]


@pytest.mark.parametrize(
    "schedule",
    [{"every_minutes": 0}, {"every_seconds": -1}, {"every_minutes": 1, "every_seconds": 1}],
)
def test_a_schedule_that_is_none_is_refused(schedule: dict[str, int]) -> None:
    with pytest.raises(connector.BadScheduleError):
        made(**schedule)


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example/qbwc",
        "https://books.example:8443/qbwc",
        "https://localhost/qbwc",
        "http://localhost:8000/qbwc",
        "http://LOCALHOST/qbwc",
        "https://1.books.example/qbwc",
        "https://xn--bcher-kva.example/qbwc",
    ],
)
def test_https_is_taken_and_http_on_localhost(url: str) -> None:
    assert fields(url=url)["AppURL"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://books.example/qbwc",
        "http://localhost.example/qbwc",
        "ftp://localhost/qbwc",
        "books.example/qbwc",
        "",
    ],
)
def test_anything_but_https_is_refused(url: str) -> None:
    with pytest.raises(connector.NotHttpsError, match="QBWC1010"):
        made(url=url)


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.10",
        "192.168.1.10:8443",
        "[::1]",
        "[fe80::1]:443",
        "127.0.0.1",
        "3232235786",
        "0x7f.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_ip_address_is_refused_by_name(scheme: str, host: str) -> None:
    with pytest.raises(connector.IpAddressHostError, match="not its IP address"):
        made(url=f"{scheme}://{host}/qbwc")


@pytest.mark.parametrize(
    "url",
    [
        "https:///qbwc",
        "https://user:secret@books.example/qbwc",
        "https://books.example/qbwc#top",
        "https://books.example:port/qbwc",
        "https://books example/qbwc",
        "https://-books.example/qbwc",
        "https://[books]/qbwc",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    with pytest.raises(connector.BadAddressError):
        made(url=url)


def test_the_support_page_may_be_another_page_of_the_same_host() -> None:
    support = "https://BOOKS.example/support"

    assert fields(support=support)["AppSupport"] == support


def test_a_support_page_on_another_host_is_refused() -> None:
    with pytest.raises(connector.OtherSupportHostError, match="QBWC1000"):
        made(support="https://other.example/support")


@pytest.mark.parametrize("option", ["user_name", "name", "description"])
def test_a_required_text_may_not_be_empty(option: str) -> None:
    with pytest.raises(connector.MissingTextError):
        made(**{option: " "})


@pytest.mark.parametrize("text", ["a\nb", "a\x1fb", "a\ufffe"])
def test_a_text_that_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(connector.BadTextError, match="AppDisplayName"):
        made(display_name=text)


def test_the_description_has_at_most_80_characters() -> None:
    assert fields(description="x" * 80)["AppDescription"] == "x" * 80
    with pytest.raises(connector.LongDescriptionError, match="81"):
        made(description="x" * 81)


def test_every_message_of_the_web_connector_has_advice_in_whole_sentences() -> None:
    codes = {1000, 1001, 1002, 1003, 1004, 1010, 1012, 1013, 1014, 1026, 1030, 1031, 1035, 1036}
    codes |= {1037, 1039, 1040, 1041, 1042, 1043, 1044, 1045, 1046, 1048, 1085}

    assert set(QBWC_HELP) == {f"QBWC{code}" for code in codes}
    assert all(advice.endswith(".") for advice in QBWC_HELP.values())
