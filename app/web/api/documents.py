"""/api/openapi.json: what the API is (OpenAPI 3.1), made of the declarations of its routes."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, current_app, json
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.stores.rulebooks import schemas
from app.tokens import SCOPES
from app.web import access
from app.web.api.endpoint import ENDPOINTS, Endpoint, blueprint
from app.web.problems import CONTENT_TYPE

COMPONENTS: Final = "#/components/schemas/"
_PARAMETER: Final = re.compile(r"<(?:(int)[^:>]*:)?(\w+)>")
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "The query parameter."},
                },
            },
        },
    },
}


class AmbiguousNameError(Exception):
    """A model of the API has the name of a part of an order."""


@blueprint.get("/openapi.json")
@access.public
def openapi() -> Response:
    """The description, for everybody."""
    return Response(json.dumps(described()), content_type="application/json")


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    wanted: list[tuple[Any, JsonSchemaMode]] = []
    for one in ENDPOINTS:
        wanted.append((one.answer, "serialization"))
        wanted += [(model, "validation") for model in (one.body, one.query) if model is not None]
    names, made = models_json_schema(wanted, ref_template=COMPONENTS + "{model}")
    defined: dict[str, Any] = made["$defs"]
    queries = {one.query: defined.pop(_name(names[one.query, "validation"]), None) or {}
               for one in ENDPOINTS if one.query is not None}  # fmt: skip
    parts = schemas(COMPONENTS)
    if both := defined.keys() & parts.keys():
        raise AmbiguousNameError(", ".join(sorted(both)))
    paths: dict[str, dict[str, Any]] = {}
    for one in ENDPOINTS:
        path = _PARAMETER.sub(r"{\2}", f"{blueprint.url_prefix}{one.path}")
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, names, queries)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rulebooks",
            "version": "1.0.0",
            "description": _said(),
        },
        "servers": [{"url": current_app.config["SETTINGS"].url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**defined, **parts, "Problem": _PROBLEM},
            "responses": {
                "Problem": {
                    "description": "It is refused; the answer says why.",
                    "content": {CONTENT_TYPE: {"schema": {"$ref": f"{COMPONENTS}Problem"}}},
                }
            },
        },
    }


def _said() -> str:
    scopes = [
        f"{scope} may {', '.join(said for one, said in access.PERMISSIONS.items() if one in may)}"
        for scope, may in access.ROLES.items()
        if scope in SCOPES
    ]
    return (
        "Orders in, what became of them, and the rules. A token belongs to one company; its scope "
        f"says what it may do: {'; '.join(scopes)}."
    )


def _operation(one: Endpoint, names: Any, queries: Any) -> dict[str, Any]:
    summary, _, more = one.said.strip().partition("\n")
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": summary,
        "description": " ".join([*more.split(), f"Needs: {access.PERMISSIONS[one.needs]}."]),
        "parameters": [*_in_path(one.path), *_in_query(queries.get(one.query, {}))],
        "responses": {
            "200": {
                "description": "As asked.",
                "content": {"application/json": {"schema": names[one.answer, "serialization"]}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if one.body is not None:
        schema = names[one.body, "validation"]
        found["requestBody"] = {
            "required": True, "content": {"application/json": {"schema": schema}}
        }  # fmt: skip
    return found


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "in": "path", "required": True,
            "schema": {"type": "integer" if kind else "string"},
        }
        for kind, name in _PARAMETER.findall(path)
    ]  # fmt: skip


def _in_query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    needed = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": found}
        for name, found in schema.get("properties", {}).items()
    ]


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).removeprefix(COMPONENTS)
