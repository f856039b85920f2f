"""Paging of queries: MaxReturned, and iterators that live as long as a session."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from qbwc.practice.errors import Refused, parse_error
from qbwc.practice.reader import Fields


@dataclass(frozen=True, slots=True)
class Page:
    """A query's answer, or a part of it.

    Attributes:
        inner: The Ret elements.
        count: How many.
        refused: A status other than 0 that comes with them.
        attributes: What the response says about the iterator.
    """

    inner: str
    count: int
    refused: Refused | None = None
    attributes: Fields = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    filters: str
    ids: list[str]
    position: int = 0


class Iterators:
    """The iterators that are open in this session."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def clear(self) -> None:
        """End the session: no iterator lives longer."""
        self._open.clear()

    def page(
        self,
        request: etree._Element,
        sent: Fields,
        search: Callable[[], list[str]],
        render: Callable[[list[str]], str],
    ) -> Page:
        """One page of a query.

        Args:
            request: The request; its attributes say whether it iterates.
            sent: Its fields.
            search: Finds the ids of everything that matches.
            render: Writes the records with these ids.

        Raises:
            Refused: 1 nothing matches, 3391 the iterator is not open.
        """
        mode = request.get("iterator")
        limit = int(sent["MaxReturned"]) if sent.get("MaxReturned") else None
        if limit is not None and limit < 1:
            raise Refused(3031, f'The value "{limit}" in the field "MaxReturned" is not valid.')
        if mode is None:
            ids = search()
            if not ids:
                raise nothing_found()
            if request.get("metaData") == "MetaDataOnly":
                return Page("", len(ids))
            chosen = ids[:limit]
            return Page(render(chosen), len(chosen))
        if mode == "Stop":
            self._open.pop(self._known(request), None)
            return Page("", 0)
        if limit is None:
            raise parse_error("an iterator needs MaxReturned")
        if mode == "Start":
            iterator_id = "{" + str(uuid.uuid4()) + "}"
            found = _Open(_filters(request), search())
            if not found.ids:
                raise nothing_found()
            self._open[iterator_id] = found
        else:
            iterator_id = self._known(request)
            found = self._open[iterator_id]
        chosen = found.ids[found.position : found.position + limit]
        found.position += len(chosen)
        remaining = len(found.ids) - found.position
        if not remaining:
            self._open.pop(iterator_id, None)
        return Page(
            render(chosen),
            len(chosen),
            attributes={"iteratorRemainingCount": remaining, "iteratorID": iterator_id},
        )

    def _known(self, request: etree._Element) -> str:
        iterator_id = request.get("iteratorID") or ""
        found = self._open.get(iterator_id)
        if found is None or found.filters != _filters(request):
            raise Refused(3391, f'The iteratorID "{iterator_id}" is not valid.')
        return iterator_id


def nothing_found() -> Refused:
    """1: a query that matches nothing."""
    return Refused(1, "A query request did not find a matching object in QuickBooks", "Info")


def _filters(request: etree._Element) -> str:
    return str(request.tag) + "".join(
        etree.tostring(child, method="c14n", with_tail=False).decode()
        for child in request
        if isinstance(child.tag, str) and child.tag != "MaxReturned"
    )
