"""What writing a request needs beside the tables: identities to ask for, cuts to tell, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from qbwc.documents.base import Ref, TxnRef
from qbwc.documents.encoding import escape_attribute

_MACRO = re.compile(r"[A-Za-z0-9_]{1,40}").fullmatch


class CannotRender(Exception):  # noqa: N818  it says what happened
    """A value that QuickBooks would refuse, with the element and the reason."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(f"{element}: {reason}")
        self.element = element
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that was shortened to the length that QuickBooks keeps."""

    element: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Macro:
    """The name under which an earlier request of the same set defined its TxnID."""

    name: str

    @property
    def attribute(self) -> str:
        """The value of defMacro and useMacro."""
        return macro_attribute(self.name)


def macro_attribute(name: str) -> str:
    """The value of defMacro and useMacro for a macro's name.

    Raises:
        CannotRender: the name has other than letters, digits and underscores, or too many.
    """
    if not _MACRO(name):
        raise CannotRender("defMacro", f"{name!r} is no macro name")
    return escape_attribute(f"TxnID:{name}")


Resolve = Callable[[Ref], str | None]
"""The ListID of a list entry; "" = send its FullName; None = not known."""
Txn = Callable[[TxnRef], str | Macro | None]
"""The TxnID of another document of the order, or the macro that stands for it; None = none."""


class Pen:
    """Where a request is being written, and what it may ask while it is."""

    __slots__ = ("cuts", "out", "path", "resolve", "txn")

    def __init__(self, resolve: Resolve, txn: Txn, cuts: list[Cut] | None) -> None:
        self.resolve = resolve
        self.txn = txn
        self.cuts = [] if cuts is None else cuts
        self.out: list[str] = []
        self.path: list[str] = []

    def where(self, name: str) -> str:
        """The element's path, for people."""
        return "/".join((*self.path, name))

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Raise CannotRender for the element."""
        raise CannotRender(self.where(name), reason)

    def text(self, name: str, value: str) -> None:
        """Write an element with a text that is known to be in order."""
        self.out.append(f"<{name}>{value}</{name}>")
