"""A dry run of one order: decisions with reasons, documents and qbXML, as data; nothing is sent."""

from __future__ import annotations

from typing import Any, Final

from app.models import Company, Order, db
from app.rules import current_release, rulebook_of
from app.sync.preview import Planned, plan_orders
from app.sync.trace import described
from qbwc import qbxml
from qbwc.documents.base import Document, Key
from rules_library.explain import explain, plain
from rules_library.facts import facts
from rules_library.rulebook import Rulebook

REQUEST_NAME: Final = 46
"""Characters of a request's id, with room for the number of a custom field."""


class UnreadableOrderError(Exception):
    """The order cannot be read, so nothing can be planned for it; says why."""


def dry_run(company: Company, row: Order, *, explained: bool = False) -> dict[str, Any]:
    """What would be posted for an order now, and why. What was not committed is undone.

    Args:
        company: Whose.
        row: The order, with its payload.
        explained: Whether every case and condition is told, too.

    Raises:
        UnreadableOrderError: Its payload cannot be read.
    """
    release = current_release(company)
    rulebook = rulebook_of(release)
    planned = plan_orders(company, [row], rulebook)
    reasons = list(row.reasons)
    number = release.number if release else 0
    db.session.rollback()
    if not planned:
        raise UnreadableOrderError("; ".join(reasons))
    one = planned[0]
    key = (one.of.order.store, one.of.order.source_id)
    answer = {
        "order": one.of.order.number,
        "release": number,
        **described(one.of.decided, one.plan),
        "qbxml": "\n".join(
            text for document in one.plan.documents for text in requests(*key, document)
        ),
    }
    return answer | {"explain": explanation(one, rulebook)} if explained else answer


def explanation(planned: Planned, rulebook: Rulebook) -> dict[str, Any]:
    """What the rules say now and why; with ``kept`` where a posted order keeps another value."""
    found = explain(facts(planned.of.order, planned.of.context), rulebook)
    for key, outcome in planned.of.decided.order.items():
        if plain(outcome.value) != found["order"][key]["value"]:
            found["order"][key]["kept"] = plain(outcome.value)
    return found


def requests(store: str, source_id: str, document: Document) -> list[str]:
    """A document's requests as they will be sent, its custom fields after it.

    An id that QuickBooks has not given yet is named.
    """
    key = Key(store, source_id, document.kind, document.part)
    name = qbxml.printable(f"{document.kind}:{document.part}" if document.part else document.kind)
    name = name[:REQUEST_NAME].strip()
    whole = qbxml.request(
        document,
        name,
        key_guid=key.guid() if document.action == "add" else None,
        resolve=lambda reference: reference.list_id,
        txn=lambda target: f"({target.kind})",
        macro=None,
    )
    fields = qbxml.custom_fields_of(document)
    return [
        whole,
        *(
            qbxml.custom_field_request(
                document.kind, f"({document.kind})", field, text, f"{name}:{number}"
            )
            for number, (field, text) in enumerate(fields, start=1)
        ),
    ]
