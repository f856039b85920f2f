"""An address as QuickBooks prints it: five lines of 41 characters, then city, state and country.

QuickBooks prints an address as a block and refuses one that has too many lines (3205), so short
lines are joined with a comma where that loses nothing, and a long line goes on in the next one.
"""

from __future__ import annotations

from itertools import pairwise

from qbwc.documents.base import Address
from qbwc.documents.encoding import cut, printable, single_spaced

LINES = 5
WIDTH = 41


def address_lines(address: Address) -> dict[str, str]:
    """The address's elements in order, in Windows-1252; a line beyond the fifth is ``Addr6`` on."""
    lines = [line for line in map(_clean, address.lines) if line]
    below = {
        "City": _clean(address.city),
        "State": _clean(address.state),
        "PostalCode": _clean(address.postal_code),
        "Country": _clean(address.country),
    }
    place = any((below["City"], below["State"], below["PostalCode"]))
    room = LINES - place - bool(below["Country"])
    lines = _wrapped(_joined(lines, room), room)
    parts = {f"Addr{number}": line for number, line in enumerate(lines, 1)}
    return parts | {
        name: text for name, text in {**below, "Note": _clean(address.note)}.items() if text
    }


def _clean(text: str) -> str:
    return single_spaced(printable(text))


def _joined(lines: list[str], most: int) -> list[str]:
    """The lines, the shortest neighbours joined while there are more than ``most`` and they fit."""
    lines = list(lines)
    while len(lines) > max(most, 1):
        size, at = min((len(a) + len(b) + 2, at) for at, (a, b) in enumerate(pairwise(lines)))
        if size > WIDTH:
            break
        lines[at : at + 2] = [f"{lines[at]}, {lines[at + 1]}"]
    return lines


def _wrapped(lines: list[str], room: int) -> list[str]:
    """The lines, each that is too long going on in a line of its own while there is room."""
    spare = room - len(lines)
    out: list[str] = []
    for line in lines:
        rest = line
        while len(rest) > WIDTH and spare > 0:
            head = cut(rest, WIDTH)
            out.append(head)
            rest = rest[len(head) :].lstrip()
            spare -= 1
        out.append(rest)
    return out
