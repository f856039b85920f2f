"""Error pages: what happened, why, and what to do; never a traceback."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import structlog
from flask import Flask, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from app.web import access, problems
from app.web.pages import is_part

log = structlog.get_logger(__name__)

Answer = tuple[str | Response, int]

TOLD = {
    400: (
        "That cannot be read",
        (
            "The address or the form has something that this page does not understand. "
            "Go back, reload the page and try again."
        ),
    ),
    403: (
        "You may not do that",
        "Your role in this company does not let you. An owner can change your role under People.",
    ),
    404: (
        "There is nothing here",
        (
            "The address may be mistyped or old, or the page is of a company that you are not a "
            "member of. Look for it from the first page, or ask an owner to let you in."
        ),
    ),
    405: (
        "This page cannot be opened so",
        "It only takes what a form or a button sends. Start from the page that has them.",
    ),
    413: (
        "That is too large",
        "What was sent is larger than this page takes. Send a smaller file, or split it.",
    ),
    422: (
        "That answer does not fit",
        (
            "Something that was chosen is not among the choices any more. "
            "Go back, reload the page and choose again."
        ),
    ),
    429: (
        "Too many tries",
        "That was tried too often. Wait a few minutes, then try again.",
    ),
    503: (
        "The database does not answer",
        (
            "Nothing is lost. Try again in a minute; if it stays so, whoever runs the server finds "
            "the reason with the command rulebooks doctor."
        ),
    ),
}
"""What a page that cannot be shown is called, and why it cannot be and what to do."""
LOGGED_OUT = (
    "You were logged out",
    "Nothing was saved. Log in in another tab, then go back here and save again.",
)
OTHER = ("That was refused", "Go back, reload the page and try again.")


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
        return Response(f"{title}. {sentence}", content_type="text/plain; charset=utf-8"), code
    return render_template("error.html", code=code, title=title, sentence=sentence), code


def _stale(_error: CSRFError) -> Answer:
    if not current_user.is_authenticated and access.is_for_people(request.endpoint):
        return _page(401, *LOGGED_OUT)
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
    sentence = (
        "It is our mistake, not yours; what you saved before is kept. Try again; if it stays so, "
        f"tell whoever runs the server: its log has the details under {reference}."
    )
    return _page(500, "Something went wrong here", sentence)


def _refused(error: HTTPException) -> Answer | Response:
    code = error.code or 500
    if error.response is not None or code < 400:  # noqa: PLR2004 - redirects are exceptions too
        return error.get_response()
    answer, _code = _page(code, *TOLD.get(code, OTHER))
    response = error.get_response()
    if isinstance(answer, Response):
        response.set_data(answer.get_data())
        response.content_type = answer.content_type
    else:
        response.set_data(answer)
        response.content_type = "text/html; charset=utf-8"
    return response
