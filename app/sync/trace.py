"""One order's decisions and plan as plain data: what the trace keeps and ``plan --json`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from qbwc import documents
from qbwc.documents.base import Document, Ref, TxnRef
from qbwc.planning import Plan
from qbwc.planning.gone import CLOSED
from qbwc.qbxml import custom_fields_of
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.explain import plain
from rules_library.rulebook import PARTS, Decided


def described(decided: Decided, plan: Plan) -> dict[str, Any]:
    """The decisions with their cases, the verdict and the documents."""
    return _described(decided, plan, outcomes)


def kept(decided: Decided, plan: Plan) -> dict[str, Any]:
    """The same for keeping with the order: of its parts only what is not simply nothing."""
    return _described(decided, plan, _something)


def _described(
    decided: Decided, plan: Plan, of_part: Callable[[Mapping[str, Outcome]], Any]
) -> dict[str, Any]:
    return {
        "verdict": plan.verdict,
        "reasons": list(plan.reasons),
        "decided": outcomes(decided.order),
        **{name: [of_part(one) for one in getattr(decided, name)] for name in PARTS.values()},
        "documents": [document(one) for one in plan.documents],
        "creates": [[one.kind, one.full_name] for one in plan.additions],
    }


def _something(decided: Mapping[str, Outcome]) -> dict[str, dict[str, Any]]:
    return outcomes(
        {
            key: outcome
            for key, outcome in decided.items()
            if outcome.value not in (None, ()) or outcome.case is not None or outcome.error
        }
    )


def counted(decided: Decided) -> dict[str, Any]:
    """How often each case won for the order and its parts, and each name of a list that came out.

    ``of`` is how many parts of each kind there are, ``won`` and ``named`` are by decision: number
    of the case, or name, -> how often. What is at its otherwise in every part is not mentioned.
    """
    won: dict[str, Counter[str]] = {}
    named: dict[str, Counter[str]] = {}
    parts = {name: getattr(decided, name) for name in PARTS.values()}
    for part in (decided.order, *chain.from_iterable(parts.values())):
        for key, outcome in part.items():
            decision = decisions()[key]
            cases = outcome.cases if decision.collects else filter(None, [outcome.case])
            for case in cases:
                won.setdefault(key, Counter())[str(case)] += 1
            for name in _names(outcome) if decision.list else ():
                named.setdefault(key, Counter())[name] += 1
    return {"of": {name: len(of) for name, of in parts.items()}, "won": won, "named": named}


def _names(outcome: Outcome) -> Iterator[str]:
    """The texts of a value that may name an entry; of several values, those of each."""
    value = plain(outcome.value)
    if outcome.error:
        return
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        yield from (one["item"] for one in value if isinstance(one, dict) and "item" in one)


def outcomes(decided: Mapping[str, Outcome]) -> dict[str, dict[str, Any]]:
    """Each decision's value, the number of the case that won (None = otherwise) and its title.

    Of a decision that collects also the numbers of all cases that fit, if any did.
    """
    found = {}
    for key, outcome in decided.items():
        value = plain(outcome.value)
        found[key] = {"value": value, "case": outcome.case, "title": outcome.title}
        if outcome.cases:
            found[key]["cases"] = list(outcome.cases)
        if outcome.error:
            found[key]["error"] = outcome.error
    return found


def document(planned: Document) -> dict[str, Any]:
    """A document as people and scripts read it."""
    fields, totals = planned.fields, planned.totals
    known = documents.kind(planned.kind)
    described = {
        "kind": planned.kind,
        "part": planned.part,
        "action": planned.action,
        "ref_number": fields.get("RefNumber"),
        "customer": _name(fields.get(known.entity)),
        "date": fields.get("TxnDate"),
        "memo": fields.get("Memo"),
        "posting": known.posting,
        "lines": [
            {
                "item": _name(line.get("ItemRef") or line.get("ItemGroupRef")),
                "description": line.get("Desc"),
                "quantity": _count(line.get("Quantity")),
                "rate": line.get("Rate"),
                "amount": line.get("Amount"),
                "tax_code": _name(line.get("SalesTaxCodeRef")),
                "class": _name(line.get("ClassRef")),
            }
            for line in fields.get("lines", ())
        ],
        "subtotal": totals and totals.subtotal,
        "tax": totals and totals.tax,
        "total": totals and totals.total,
        "links": list(_links(fields)),
    }
    if fields.get(CLOSED):
        described["is_closed"] = True
    extra = {
        name: _name(held) if isinstance(held, Ref) else held
        for name, held in fields.items()
        if (name.endswith("Ref") and name != known.entity) or name in {"DueDate", "PONumber"}
    }
    custom = dict(custom_fields_of(planned))
    return described | {"fields": extra} | ({"custom_fields": custom} if custom else {})


def _name(reference: Any) -> Any:
    return reference.full_name if isinstance(reference, Ref) else None


def _count(quantity: Decimal | None) -> Decimal | None:
    """A quantity without the zeros that only fill its decimals."""
    return quantity and Decimal(format(quantity.normalize(), "f"))


def _links(fields: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for target in fields.get("LinkToTxnID", ()):
        yield {"kind": _target(target), "how": "closes"}
    for row in fields.get("applied", ()):
        yield {"kind": _target(row["TxnID"]), "how": "pays", "amount": row["PaymentAmount"]}
    for row in fields.get("refunded", ()):
        amount = row.get("RefundAmount", row.get("Amount"))
        yield {"kind": _target(row["TxnID"]), "how": "gives back", "amount": amount}


def _target(target: Any) -> str:
    return target.kind if isinstance(target, TxnRef) else str(target)
