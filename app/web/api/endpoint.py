"""One address of the API: its declaration makes route and OpenAPI; the door stands before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, Literal

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from pydantic import BaseModel

from app import tokens
from app.models import ApiToken, Company, db
from app.web import access
from app.web.access import Permission
from app.web.api.body import body_of, query_of
from app.web.problems import ProblemError, refusal

Method = Literal["GET", "POST"]
View = Callable[..., BaseModel]
VERSION: Final = "/v1"
SMALL: Final = 64 * 2**10
"""Bytes of a body, where nothing else is said."""
EXTENSION: Final = "api-requests"

blueprint = Blueprint("api", __name__, url_prefix="/api")
blueprint.register_error_handler(ProblemError, refusal)


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(blueprint)
    state.app.extensions[EXTENSION] = SlidingWindowCounterRateLimiter(MemoryStorage())


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address and method."""

    method: Method
    path: str
    needs: Permission
    answer: type[BaseModel]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    name: str
    said: str


ENDPOINTS: Final[list[Endpoint]] = []


def endpoint(
    method: Method,
    path: str,
    *,
    needs: Permission,
    answer: type[BaseModel],
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    largest: int = SMALL,
    exact: bool = False,
) -> Callable[[View], View]:
    """Let programs call a function; its docstring is what the OpenAPI document says of it.

    Args:
        method: GET or POST.
        path: Below /api/v1, as routes are written.
        needs: What the token's role must allow.
        answer: The model that the function gives back.
        query: The query parameters, given as ``query``.
        body: The JSON body, given as ``body``.
        largest: Bytes that the body may have.
        exact: Whether the body's numbers are Decimal.
    """

    def declare(view: View) -> View:
        @access.guarded_by("API token")
        @access.takes(largest)
        @wraps(view)
        def answered(**values: Any) -> Response:
            company = _let_in(needs)
            if query is not None:
                values["query"] = query_of(query)
            if body is not None:
                values["body"] = body_of(body, exact=exact)
            found = view(company, **values)
            return Response(found.model_dump_json(), content_type="application/json")

        ENDPOINTS.append(
            Endpoint(
                method=method, path=VERSION + path, needs=needs, answer=answer, query=query,
                body=body, name=view.__name__, said=view.__doc__ or "",
            )
        )  # fmt: skip
        blueprint.add_url_rule(VERSION + path, view.__name__, answered, methods=[method])
        return view

    return declare


def who() -> str:
    """Who acts, for the audit trail: the token that is used."""
    token: ApiToken = g.token
    return f"API token {token.name}"


def _let_in(needs: Permission) -> Company:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED, "Send Authorization: Bearer and a token of the company.",
            headers={"WWW-Authenticate": 'Bearer realm="Rulebooks"'},
        )  # fmt: skip
    found = tokens.find(text.strip())
    if found is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED, "This token is not valid (any more).",
            headers={"WWW-Authenticate": 'Bearer realm="Rulebooks", error="invalid_token"'},
        )  # fmt: skip
    company, token = found
    _slow_down(token)
    g.company, g.zone, g.role, g.token = company, company.zone, token.scope, token
    if not access.can(needs):
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            f"This token's scope is {token.scope}; it may not {access.PERMISSIONS[needs]}.",
            headers={"WWW-Authenticate": 'Bearer realm="Rulebooks", error="insufficient_scope"'},
        )
    return company


def _slow_down(token: ApiToken) -> None:
    limiter: SlidingWindowCounterRateLimiter = current_app.extensions[EXTENSION]
    most = current_app.config["SETTINGS"].api_requests
    if not limiter.hit(RateLimitItemPerMinute(most), str(token.id)):
        db.session.rollback()
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"This token made more than {most} requests in a minute.",
            headers={"Retry-After": "60"},
        )
