"""Tables as CSV files to download: streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import stream_with_context
from werkzeug.wrappers import Response

from app.csv_text import lines

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's old code page."""
CHUNK = 64 * 1024


def csv_response(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], filename: str
) -> Response:
    """The rows as a file to download.

    Args:
        rows: Read one by one while the answer is sent, so they may be a query's result; read them
            with ``yield_per`` when there may be many.
        columns: The keys that become columns, in this order; they are the first line.
        filename: What the browser saves it as, with its ending.
    """
    response = Response(
        stream_with_context(_chunks(lines(columns, rows))), content_type="text/csv; charset=utf-8"
    )
    response.headers.set("Content-Disposition", "attachment", filename=" ".join(filename.split()))
    return response


def _chunks(pieces: Iterator[str]) -> Iterator[str]:
    held, size = [BYTE_ORDER_MARK], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > CHUNK:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)
