"""The .QWC file that adds a company to the Web Connector, and what to do about QBWC's messages.

Intuit, Web Connector programmer's guide 2.0, table 4-1.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from lxml import etree

if TYPE_CHECKING:
    from typing import Literal
    from uuid import UUID

    PersonalData = Literal["pdpNotNeeded", "pdpOptional", "pdpRequired"]
    Unattended = Literal["umpRequired", "umpOptional"]

LONGEST_DESCRIPTION = 80
ALL_EDITIONS = "0xF"
"""SimpleStart 0x1, Pro 0x2, Premier 0x4 and Enterprise 0x8 together."""

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_LAST_LABEL_OF_NUMBERS = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
_UNPRINTABLE = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ConnectorFileError(ValueError):
    """The Web Connector would refuse this file."""

    def __init__(self, detail: str = "") -> None:
        sentence = type(self).__doc__ or ""
        super().__init__(f"{sentence.removesuffix('.')}: {detail}" if detail else sentence)


class NotHttpsError(ConnectorFileError):
    """The Web Connector takes https addresses only, and http for localhost alone (QBWC1010)."""


class IpAddressHostError(ConnectorFileError):
    """The Web Connector wants the name of a host, not its IP address (QBWC1001)."""


class BadAddressError(ConnectorFileError):
    """The address is not one that the Web Connector can call."""


class OtherSupportHostError(ConnectorFileError):
    """The support page has to be on the same host as the endpoint (QBWC1000)."""


class MissingTextError(ConnectorFileError):
    """The Web Connector needs a text here."""


class BadTextError(ConnectorFileError):
    """The text holds a line break or a character that is not one."""


class LongDescriptionError(ConnectorFileError):
    """The description has more than 80 characters."""


class BadScheduleError(ConnectorFileError):
    """A schedule is a number of minutes or a number of seconds, from 1 up, not both."""


def qwc(
    *,
    url: str,
    user_name: str,
    owner_id: UUID,
    file_id: UUID,
    name: str = "Rulebooks",
    app_id: str = "",
    description: str = "Posts web-store orders into QuickBooks.",
    support: str | None = None,
    certificate: str | None = None,
    display_name: str = "",
    unique_name: str = "",
    every_minutes: int | None = None,
    every_seconds: int | None = None,
    personal_data: PersonalData = "pdpNotNeeded",
    unattended: Unattended = "umpOptional",
    notify: bool = False,
) -> bytes:
    """The .QWC file of one company.

    Args:
        url: The public address of the SOAP endpoint.
        user_name: Whom the Web Connector logs in as; the password is typed into it, never here.
        owner_id: The same for everything that this product ever writes (OwnerID).
        file_id: One for each company file (FileID); QuickBooks keeps it in the file.
        name: The product, as QuickBooks asks the administrator about it.
        app_id: Intuit's AppID; may be empty.
        description: At most 80 characters.
        support: A page on the same host that answers without a log-in; by default `url`.
        certificate: A page that shows the server's certificate without a log-in (CertURL).
        display_name: What the Web Connector shows in its list, when not the name.
        unique_name: Set, the Web Connector does not ask whether to clone or to replace.
        every_minutes: The schedule; the user may change it in the Web Connector.
        every_seconds: The schedule in seconds, which the Web Connector shows as Real Time.
        personal_data: Whether social security numbers and the like are wanted.
        unattended: Whether it has to run while QuickBooks is closed.
        notify: Whether the Web Connector pops up a balloon at each step.

    Raises:
        ConnectorFileError: One of its kinds; each says what the Web Connector would complain of.
    """
    address = _check_address(url)
    support = support or url
    if _check_address(support).hostname != address.hostname:
        raise OtherSupportHostError(support)
    if certificate:
        _check_address(certificate)
    if len(description) > LONGEST_DESCRIPTION:
        raise LongDescriptionError(f"{len(description)} characters")
    fields = {
        "AppName": _present("AppName", name),
        "AppID": app_id,
        "AppURL": url,
        "AppDescription": _present("AppDescription", description),
        "AppSupport": support,
        "CertURL": certificate or "",
        "UserName": _present("UserName", user_name),
        "OwnerID": _guid(owner_id),
        "FileID": _guid(file_id),
        "QBType": "QBFS",
        "Style": "Document",
        "AuthFlags": ALL_EDITIONS,
        "AppDisplayName": display_name,
        "AppUniqueName": unique_name,
        "IsReadOnly": "false",
        "Notify": str(notify).lower(),
        "PersonalDataPref": personal_data,
        "UnattendedModePref": unattended,
    }
    root = etree.Element("QBWCXML")
    for key, text in fields.items():
        if _UNPRINTABLE.search(text):
            raise BadTextError(key)
        if text or key == "AppID":
            etree.SubElement(root, key).text = text
    _add_schedule(root, every_minutes, every_seconds)
    etree.indent(root)
    return b'<?xml version="1.0"?>\n' + etree.tostring(root) + b"\n"


def _check_address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError as error:
        raise BadAddressError(url) from error
    if _is_ip_address(host):
        raise IpAddressHostError(url)
    if address.scheme != "https" and not (address.scheme == "http" and host == "localhost"):
        raise NotHttpsError(url)
    secret = address.username is not None or address.password is not None
    if secret or address.fragment or not _HOST.fullmatch(host) or _UNPRINTABLE.search(url):
        raise BadAddressError(url)
    return address


def _is_ip_address(host: str) -> bool:
    if _LAST_LABEL_OF_NUMBERS.fullmatch(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _present(key: str, text: str) -> str:
    if not text.strip():
        raise MissingTextError(key)
    return text


def _guid(value: UUID) -> str:
    return f"{{{value}}}".upper()


def _add_schedule(root: etree._Element, minutes: int | None, seconds: int | None) -> None:
    if minutes is None and seconds is None:
        return
    if minutes is not None and seconds is not None:
        raise BadScheduleError
    key, every = ("RunEveryNMinutes", minutes) if seconds is None else ("RunEveryNSeconds", seconds)
    if not every or every < 1:
        raise BadScheduleError(str(every))
    etree.SubElement(etree.SubElement(root, "Scheduler"), key).text = str(every)


QBWC_HELP = {
    "QBWC1000": "The support page in the .QWC file is on another host than the endpoint. "
    "Download the file again; do not edit its addresses.",
    "QBWC1001": "The .QWC file names the server by an IP address. Give the server a host name, "
    "set it as the public address, and download the file again.",
    "QBWC1002": "The support page in the .QWC file is given by an IP address. Give the server a "
    "host name, set it as the public address, and download the file again.",
    "QBWC1003": "The support page did not answer. Open its address in a browser on the QuickBooks "
    "computer; it has to show without a log-in.",
    "QBWC1004": "The support page answered with an error. Open its address in a browser on the "
    "QuickBooks computer; it has to show without a log-in.",
    "QBWC1010": "The address in the .QWC file has to begin with https; http works for localhost "
    "only. Put the server behind https and download the file again.",
    "QBWC1012": "The server could not be asked to log in. Check that the address opens in a "
    "browser on the QuickBooks computer, that its certificate is trusted, and the server's log.",
    "QBWC1013": "The Web Connector could not connect to QuickBooks. Open QuickBooks with the right "
    "company file, close any open dialogue, and run the update again.",
    "QBWC1014": "QuickBooks did not let the Web Connector begin. Open QuickBooks with the right "
    "company file as the administrator and allow the application to read and modify it.",
    "QBWC1026": "Another application in the Web Connector already uses this FileID. Remove the old "
    "entry from the Web Connector, or download a file with a new FileID.",
    "QBWC1030": "The Web Connector has no password yet. Type the password that was shown when the "
    "company was added into the Password column.",
    "QBWC1031": "The update ended with an error. The sentence beside it says which; the session's "
    "page here has the details.",
    "QBWC1035": "The Web Connector could not finish the update. Run it again; if it stays, restart "
    "the Web Connector and QuickBooks.",
    "QBWC1036": "The server was asked whether it works with this Web Connector and failed. Look "
    "into the server's log, and update the Web Connector.",
    "QBWC1037": "The server does not accept this version of the Web Connector. Install the "
    "current one.",
    "QBWC1039": "QuickBooks already holds another FileID for this application in this company "
    "file. Download a file with a new FileID, remove the old entry from the Web Connector, and "
    "add the new file; if it stays, Intuit's CP3 tool clears the old one.",
    "QBWC1040": "The server refused the user name or the password. Make a new password for this "
    "company here and type it into the Web Connector.",
    "QBWC1041": "The server failed while it prepared a request. Nothing was sent to QuickBooks; "
    "look into the server's log and run the update again.",
    "QBWC1042": "The server failed while it took QuickBooks' answer. Run the update again: what "
    "was sent is first recovered, and is not posted twice.",
    "QBWC1043": "The server failed when it was asked for the last error. Look into the server's "
    "log and run the update again.",
    "QBWC1044": "The server failed when the session was closed. The work was done; nothing needs "
    "repeating. Look into the server's log.",
    "QBWC1045": "The server failed when it was told that QuickBooks could not be opened. Open "
    "QuickBooks with the right company file and run the update again.",
    "QBWC1046": "The server answered the question about versions in a form that the Web Connector "
    "does not know. Something between them may change the answers: look for a proxy.",
    "QBWC1048": "The server's certificate could not be checked. Open the address in a browser on "
    "the QuickBooks computer: it has to show without a warning and without a log-in.",
    "QBWC1085": "The Web Connector cannot write its log. Close it, rename QWCLog.txt in its log "
    "folder, and start it again.",
}
"""The Web Connector's own messages, by code: what a user does about each."""
