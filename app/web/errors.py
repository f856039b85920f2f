"""Error pages: what happened, why, and what to do; never a traceback."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import structlog
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from app.web import problems
from app.web.pages import is_part

log = structlog.get_logger(__name__)

Answer = tuple[str | Response, int]

SENTENCES = {
    400: "The browser sent something that this page does not understand.",
    403: "You may see this, but not do that.",
    404: "There is no such page, or it belongs to a company that you are not a member of.",
    405: "This address does not take that kind of request.",
    413: "What was sent is larger than this page takes.",
    429: "That was tried too often. Wait a few minutes, then try again.",
    503: "The database cannot be reached at the moment. Try again in a minute.",
}


def prepare(app: Flask) -> None:
    """Show the application's errors as pages."""
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(InternalServerError, _failed)
    app.register_error_handler(HTTPException, _refused)


def _page(code: int, title: str, sentence: str) -> Answer:
    if problems.wanted():
        return problems.problem(
            code, sentence if code == HTTPStatus.INTERNAL_SERVER_ERROR else ""
        ), code
    if is_part():  # app.js shows it as a message; what is on the page stays
        return Response(sentence, content_type="text/plain; charset=utf-8"), code
    return render_template("error.html", code=code, title=title, sentence=sentence), code


def _stale(_error: CSRFError) -> Answer:
    return _page(
        400,
        "This form is out of date",
        "It was opened before you last logged in or out, or your browser keeps no cookies. "
        "Go back, reload the page and send it again.",
    )


def _failed(error: InternalServerError) -> Answer:
    reference = secrets.token_hex(4)
    log.error(
        "page failed",
        reference=reference,
        path=request.path,
        exc_info=error.original_exception or error,
    )
    sentence = f"Something went wrong here; the server's log has the details under {reference}."
    return _page(500, "This page failed", sentence)


def _refused(error: HTTPException) -> Answer | Response:
    code = error.code or 500
    if error.response is not None or code < 400:  # noqa: PLR2004 - redirects are exceptions too
        return error.get_response()
    answer, _code = _page(code, error.name, SENTENCES.get(code, "The request was refused."))
    response = error.get_response()
    if isinstance(answer, Response):
        response.set_data(answer.get_data())
        response.content_type = answer.content_type
    else:
        response.set_data(answer)
        response.content_type = "text/html; charset=utf-8"
    return response
