"""/healthz: whether the database answers and has the tables of this version."""

from __future__ import annotations

from flask import Blueprint

from app.migrate import DatabaseError, is_current
from app.web import access

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access.public
def healthz() -> tuple[dict[str, str], int]:
    """200 when this node can work, 503 when it cannot."""
    try:
        migrated = is_current()
    except DatabaseError:
        return {"status": "fail", "database": "unreachable", "migrations": "unknown"}, 503
    if not migrated:
        return {"status": "fail", "database": "ok", "migrations": "outdated"}, 503
    return {"status": "ok", "database": "ok", "migrations": "current"}, 200
