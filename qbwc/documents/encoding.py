"""Text as QuickBooks can keep it: Windows-1252, no control characters, within a limit.

What goes over the wire is ASCII with numeric character references, which survives every
encoding declared or assumed on the way.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_PLAIN = re.compile(r"[ !-%'-;=?-~]*\Z").match
"""Printable ASCII without markup characters: nothing to change, nothing to escape."""
_SPACES = re.compile(r"[ \t\xa0]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_NEAR = 12
"""How far back from the limit a cut may go to end at a word's end."""


def printable(text: str, *, multiline: bool = False) -> str:
    """The text in Windows-1252 characters, trimmed, without control characters.

    Characters outside Windows-1252 are transliterated (``Łódź`` -> ``Lódz``); each control
    character becomes a space; line breaks stay only where ``multiline``.
    """
    if _PLAIN(text):
        return text.strip(" ")
    if not text.isascii():
        text = _windows_1252(unicodedata.normalize("NFC", text))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\xad", "")
    text = _CONTROL.sub(" ", text)
    return text.strip() if multiline else text.replace("\n", " ").strip()


def _windows_1252(text: str) -> str:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return "".join(char if _kept(char) else anyascii(char) for char in text)
    return text


def _kept(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return "\x80" <= char <= "\x9f"  # a control character, replaced later
    return True


def single_spaced(text: str) -> str:
    """The text with each run of spaces made one."""
    return _SPACES.sub(" ", text)


def cut(text: str, limit: int) -> str:
    """The beginning of a text, at most ``limit`` characters, ending with a word if one is near."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    if not text[limit].isspace():
        space = max(head.rfind(" "), head.rfind("\n"))
        if space > 0 and space >= limit - _NEAR and space >= limit // 2:
            head = head[:space]
    return head.rstrip()


@lru_cache(maxsize=4096)
def clean_name(text: str, limit: int, *, suffix: str = "") -> str:
    """A name that a QuickBooks list accepts.

    Windows-1252 characters, a space for every colon (it divides parent from child), single
    spaces, trimmed. A name that is too long keeps its first characters, and the suffix whole.
    The answer is empty if nothing of the text can be written.
    """
    suffix = single_spaced(printable(suffix.replace(":", " ")))
    name = single_spaced(printable(text).replace(":", " ")).strip()
    tail = f" {suffix}" if suffix else ""
    return (name[: max(limit - len(tail), 0)].rstrip() + tail).strip()[:limit]


def escape(text: str) -> str:
    """The text as the content of an XML element, in ASCII."""
    if _PLAIN(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if text.isascii() else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def escape_attribute(text: str) -> str:
    """The text as the value of an XML attribute in double quotes, in ASCII."""
    return escape(text).replace('"', "&quot;")
