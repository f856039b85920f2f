"""Error recovery: what QuickBooks remembers of message sets that carry an id."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, Literal

from lxml import etree

from qbwc.practice.envelope import MessageSet
from qbwc.practice.file import CompanyFile
from qbwc.practice.values import element

LONGEST_ID: Final = 23
CLEAR_ALL: Final = "ClearAllMessageSets"
Replay = Literal["stored", "ErrorRecovery"]

_RECOVERED = ("ListID", "TxnID", "TxnNumber", "EditSequence", "ExternalGUID")


class MessageSets:
    """The records of one company file, kept apart for each application."""

    def __init__(self, file: CompanyFile) -> None:
        self._file = file
        self.replay: Replay = "stored"

    def answer(
        self, message_set: MessageSet, document: str, app: str, process: Callable[[], str]
    ) -> str:
        """Answer a set by its ids: do it, recall it, forget it, or refuse.

        Args:
            message_set: The parsed document.
            document: Its text; a record answers only to the very same text.
            app: Whose records.
            process: Does the requests.

        Returns:
            The whole <QBXMLMsgsRs> element.
        """
        new, old = message_set.new_id, message_set.old_id
        if not new and not old:
            return _envelope(process())
        if len(new) > LONGEST_ID or (len(old) > LONGEST_ID and old != CLEAR_ALL):
            return _envelope("", new, 9004)
        if not message_set.requests:
            return self._without_requests(new, old, app)
        stored = self._stored(app, new) if new else None
        if stored is not None:
            digest, response = stored
            if digest != _digest(document):
                return _envelope("", new, 9001)
            return self._recalled(response)
        if old and old != new and not self._forget(app, old) and not new and old != CLEAR_ALL:
            return _envelope("", new, 600)
        if not new:
            return _envelope(process(), new, 0)
        response = _envelope(process(), new, 0)
        self._file.insert("message_set", {
            "app": app, "id": new, "digest": _digest(document), "response": response,
        })  # fmt: skip
        return response

    def knows(self, app: str, set_id: str) -> bool:
        """Whether QuickBooks has a record of this set."""
        return self._stored(app, set_id) is not None

    def _without_requests(self, new: str, old: str, app: str) -> str:
        if new:
            stored = self._stored(app, new)
            if stored is not None:
                return self._recalled(stored[1])
            if old and old != new:
                self._forget(app, old)
            return _envelope("", new, 9002)
        return _envelope("", new, 0 if self._forget(app, old) or old == CLEAR_ALL else 600)

    def _stored(self, app: str, set_id: str) -> tuple[str, str] | None:
        row = self._file.row(
            "SELECT digest, response FROM message_set WHERE app = ? AND id = ?", app, set_id
        )
        return None if row is None else (row["digest"], row["response"])

    def _forget(self, app: str, old: str) -> bool:
        if old == CLEAR_ALL:
            return self._file.run("DELETE FROM message_set WHERE app = ?", app) > 0
        return self._file.run("DELETE FROM message_set WHERE app = ? AND id = ?", app, old) > 0

    def _recalled(self, response: str) -> str:
        return response if self.replay == "stored" else error_recovery(response)


def _digest(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def _envelope(inner: str, new_id: str = "", code: int | None = None) -> str:
    attributes = f' newMessageSetID="{new_id}"' if new_id else ""
    if code is not None:
        attributes += f' messageSetStatusCode="{code}"'
    if not inner:
        return f"<QBXMLMsgsRs{attributes} />"
    return f"<QBXMLMsgsRs{attributes}>{inner}</QBXMLMsgsRs>"


def error_recovery(response: str) -> str:
    """A response that says of each Add and Mod only which object it made."""
    root = etree.fromstring(response.encode())
    for answer in root:
        if not str(answer.tag).endswith(("AddRs", "ModRs")):
            continue
        for ret in list(answer):
            found = {name: ret.findtext(name) for name in _RECOVERED}
            inner = "".join(element(name, text) for name, text in found.items() if text)
            answer.remove(ret)
            answer.append(etree.fromstring(f"<ErrorRecovery>{inner}</ErrorRecovery>"))
    return etree.tostring(root, encoding="unicode")
