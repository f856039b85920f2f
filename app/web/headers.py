"""What every answer tells the browser about trust and caching."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, request

from app.web.access import is_static

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; "  # Bootstrap draws its small icons so
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
A_YEAR = 365 * 24 * 3600


def prepare(app: Flask) -> None:
    """Set the headers on each answer of the application."""
    app.after_request(_secure)


def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if current_app.config["SETTINGS"].is_https:
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    if not is_static(request.endpoint or ""):
        response.headers["Cache-Control"] = "no-store"
    elif "v" in request.args and response.status_code == HTTPStatus.OK:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response
