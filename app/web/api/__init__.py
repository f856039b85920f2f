"""The REST API: a module a topic; to add an address, decorate a function with ``endpoint``.

A program sends ``Authorization: Bearer <token>``; the token (app/tokens.py) says which company is
meant, and its scope is a role of `app.web.access.ROLES`. Nothing else lets anybody in: no cookie,
no query parameter. Bodies and answers are JSON; refusals are problem details (RFC 9457) with JSON
pointers. /api/openapi.json (OpenAPI 3.1) is made of the same declarations as the routes::

    @endpoint("GET", "/releases", needs="see", answer=Releases)
    def releases(company: Company) -> Releases:
        \"\"\"Every release, the newest first.\"\"\"

Below an address, ids of other companies do not exist. What a list leaves out comes with
``after``, the ``next`` of the answer before.
"""

from app.web.api import answering, documents, log, orders, reconciliation, rules, shipments, status
from app.web.api.endpoint import blueprint

__all__ = [
    "answering", "blueprint", "documents", "log", "orders", "reconciliation", "rules", "shipments",
    "status",
]  # fmt: skip
