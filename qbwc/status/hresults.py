"""The HRESULTs by which the Web Connector says that QuickBooks could not be asked at all."""

from __future__ import annotations

from qbwc.status.judgement import AGAIN, FEW, MANY, PERSON, WAIT, Row

_UNAVAILABLE: Row = (
    AGAIN,
    "QuickBooks could not be reached.",
    "Start QuickBooks and open the company file, or set the Web Connector to start it.",
    MANY,
)
HRESULT: dict[str, Row] = {
    "80040400": (
        PERSON,
        "QuickBooks could not read the message set.",
        "It is sent again in halves until the one bad request is found, which is held.",
    ),
    "80040401": _UNAVAILABLE,
    "80040402": (
        AGAIN,
        "QuickBooks had an unexpected error.",
        "If it goes on: look into qbsdklog.txt on the QuickBooks machine.",
        FEW,
    ),
    "80040408": (
        AGAIN,
        "QuickBooks could not be started or could not open the company file.",
        "Start QuickBooks as the same Windows user as the Web Connector, without elevation.",
        MANY,
    ),
    "8004040A": (
        PERSON,
        "Another company file is open in QuickBooks.",
        "Open the company file that this connector belongs to.",
    ),
    "8004040D": (AGAIN, "The QuickBooks session had ended.", WAIT, MANY),
    "80040410": (
        PERSON,
        "QuickBooks has the company file open in the other mode (single or multi-user).",
        "Switch the mode in QuickBooks' File menu.",
    ),
    "80040414": (
        AGAIN,
        "QuickBooks shows a dialogue and waits for somebody.",
        "Close the dialogue in QuickBooks.",
        MANY,
    ),
    "80040416": (
        AGAIN,
        "QuickBooks is not running and no company file was named.",
        "Open the company file, or set its path for this connection.",
        MANY,
    ),
    "8004041A": (
        PERSON,
        "The application has no permission for this company file.",
        "In QuickBooks: Edit, Preferences, Integrated Applications, allow it.",
    ),
    "80040420": (
        PERSON,
        "Somebody refused the application access in QuickBooks.",
        "Start the sync again and answer yes in QuickBooks' certificate window.",
    ),
    "80040421": (
        PERSON,
        "QuickBooks' administrator must allow the application first.",
        "Open the file as administrator in single-user mode and run the sync once.",
    ),
    "80040422": (
        PERSON,
        "That needs the company file in single-user mode.",
        "Switch to single-user mode once.",
    ),
    "80040154": (
        PERSON,
        "QuickBooks' programming interface is not installed.",
        "Install the Web Connector again on the QuickBooks machine.",
    ),
}
