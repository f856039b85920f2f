"""Errors as programs read them: problem details (RFC 9457), with JSON pointers to what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from flask import Response, json, request

API: Final = "/api/"
"""Whatever is asked below this path is answered for programs."""
CONTENT_TYPE: Final = "application/problem+json"
SENTENCES: Final[dict[int, str]] = {
    404: "There is nothing at this address, or it belongs to another company.",
    405: "This address does not take that method.",
    413: "What was sent is larger than this address takes.",
    500: "This is a fault of Rulebooks.",
    503: "The database cannot be reached at the moment.",
}


class Fault(NamedTuple):
    """One thing that is wrong with what was sent."""

    detail: str
    pointer: str | None = None
    """Where in the body (RFC 6901)."""
    parameter: str | None = None
    """The query parameter that it is about."""


class ProblemError(Exception):
    """What was asked is refused; the answer says why."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Refuse with that status.

        Args:
            status: 4xx.
            detail: One sentence.
            faults: Each thing that is wrong.
            headers: Beside those of every answer.
            more: Further members of the problem.
        """
        super().__init__(detail)
        self.status, self.detail, self.faults = status, detail, faults
        self.headers, self.more = headers or {}, more or {}


def wanted() -> bool:
    """Whether a program asks."""
    return request.path.startswith(API)


def refusal(error: ProblemError) -> Response:
    """The answer to what is refused."""
    errors = [
        {name: found for name, found in one._asdict().items() if found is not None}
        for one in error.faults
    ]
    more = {**({"errors": errors} if errors else {}), **error.more}
    answer = problem(error.status, error.detail, **more)
    answer.headers.update(error.headers)
    return answer


def problem(status: int, detail: str = "", **more: Any) -> Response:
    """An answer with that status; ``detail`` is by default what the status means here."""
    found = HTTPStatus(status)
    body = {
        "type": "about:blank",
        "title": found.phrase,
        "status": found.value,
        "detail": detail or SENTENCES.get(status, found.description or found.phrase),
        **more,
    }
    return Response(json.dumps(body), status, content_type=CONTENT_TYPE)
