"""Creating list entries: in sets of their own, parents before children, safe by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from app.models import Addition, MessageSet, Order, Outbox, db, needs
from app.sync import mirrored
from app.sync.queue import references, sets
from app.sync.queue.call import Call, words
from app.sync.queue.orders import conclude
from app.sync.queue.outcome import delay, explain, judge
from app.sync.queue.posted import Pairs
from app.sync.queue.repeatable import ADDITION
from qbwc import lists, qbxml, status
from qbwc.documents import Key, Ref, refs
from qbwc.lists import normal
from qbwc.messages import Draft

MOST_TRIES = 3
"""How often an entry is tried again because something that it refers to was not there."""

_RANK = case((Addition.kind == "Account", 0), (Addition.kind.in_(("Customer", "Item")), 2), else_=1)
_DEPTH = func.length(Addition.full_name) - func.length(func.replace(Addition.full_name, ":", ""))
_OTHER_LIST = (
    "The name is used in QuickBooks by a vendor, an employee or another name. "
    "Rename that entry in QuickBooks, or change the rule that forms the name; then release it."
)


def _ready(call: Call, state: str) -> Any:
    return and_(
        Addition.company_id == call.company.id,
        Addition.state == state,
        or_(Addition.not_before.is_(None), Addition.not_before <= call.at),
    )


def send(call: Call) -> str | None:
    """A set of entries to create, none of which refers to another that is still to be created."""
    found = _suspects(call) or list(
        db.session.scalars(
            select(Addition)
            .where(_ready(call, "ready"), Addition.within.is_(None))
            .order_by(_RANK, _DEPTH, Addition.id)
            .limit(call.company.set_size)
        )
    )
    if not found:
        return None
    draft = _write(call, found)
    return sets.hand_out(call, draft, "entries", writes=True) if draft else send(call)


def _suspects(call: Call) -> list[Addition]:
    query = select(Addition).where(_ready(call, "ready"), Addition.within.is_not(None))
    first = db.session.scalars(query.order_by(Addition.within).limit(1)).first()
    if first is None:
        return []
    return list(
        db.session.scalars(
            query.where(Addition.within == first.within)
            .order_by(_RANK, _DEPTH, Addition.id)
            .limit(first.within)
        )
    )


def _write(call: Call, found: list[Addition]) -> Draft:
    loaded = {row.id: lists.Addition.loads(row.payload) for row in found}
    referred = {row.id: refs(dict(loaded[row.id].elements())) for row in found}
    resolve = references.resolver(call, (ref for some in referred.values() for ref in some))
    unknown = {ref for some in referred.values() for ref in some if resolve(ref) is None}
    coming = _coming(call, unknown)
    sequences = references.edit_sequences(call.company.id, loaded.values())
    draft = Draft()
    held: dict[int, str] = {}
    later: list[Addition] = []
    for row in found:
        if draft.full:
            break
        parents = [
            coming[key]
            for ref in referred[row.id]
            if resolve(ref) is None and (key := (ref.kind, normal(ref.full_name))) in coming
        ]
        if any(state == "held" for _, state in parents):
            held[row.id] = "Something that it refers to could not be created."
            continue
        if any(parent != row.id for parent, _ in parents):
            later.append(row)
            continue
        guid = Key(call.company.file_id, "", row.kind, row.name_key).guid()
        try:
            text = qbxml.addition_request(
                loaded[row.id],
                draft.next_id(),
                resolve,
                guid=guid,
                edit_sequence=sequences.get(loaded[row.id].list_id, ""),
            )
        except (qbxml.CannotRender, lists.CannotAddError) as problem:
            held[row.id] = f"It cannot be written for QuickBooks: {problem}."
            continue
        draft.add(text, [ADDITION, row.id])
        row.state = "sent"
    if later and not draft and not held:
        held = {row.id: "It refers to an entry that refers to it." for row in later}
    hold(call, held)
    return draft


def _coming(call: Call, wanted: set[Ref]) -> dict[tuple[str, str], tuple[int, str]]:
    """Those names that are additions themselves, with their state."""
    if not wanted:
        return {}
    return {
        (kind, normal(full_name)): (addition_id, state)
        for addition_id, kind, full_name, state in db.session.execute(
            select(Addition.id, Addition.kind, Addition.full_name, Addition.state).where(
                Addition.company_id == call.company.id,
                Addition.kind.in_({ref.kind for ref in wanted}),
                Addition.state != "done",
                Addition.name_key.in_(
                    {ref.key for ref in wanted} | {normal(ref.full_name) for ref in wanted}
                ),
            )
        )
    }


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write what became of each new entry."""
    del message_set
    answers = {about[1]: result for about, result in pairs if result is not None}
    made: defaultdict[str, list[qbxml.Record]] = defaultdict(list)
    held: dict[int, str] = {}
    for row in _rows(answers, "sent"):
        result = answers[row.id]
        judged = status.judge(result.code, result.name, result.message)
        row.status_code = result.code
        if judged.outcome == "done" and result.list_id:
            _made(call, row, result, made)
        elif result.code == 3100:  # noqa: PLR2004 - the name is in use
            row.state = "find"
        elif judged.outcome == "again" and row.attempts + 1 < judged.tries:
            _again(call, row)
        elif judged.outcome in {"create", "refresh"} and row.attempts + 1 < MOST_TRIES:
            loaded = lists.Addition.loads(row.payload)
            _again(call, row)
            if loaded.list_id:
                row.not_before = None
                references.distrust(call, {row.kind})
            references.distrust(call, {ref.kind for ref in refs(dict(loaded.elements()))})
        else:
            held[row.id] = explain(judged, result)
    for kind, records in made.items():
        mirrored.take_in(call.company.id, lists.kind(kind), records)
    hold(call, held)


def _rows(answers: Iterable[int], state: str) -> list[Addition]:
    return list(
        db.session.scalars(
            select(Addition)
            .where(Addition.id.in_(answers), Addition.state == state)
            .order_by(Addition.id)
        )
    )


def _again(call: Call, row: Addition) -> None:
    row.state = "ready"
    row.attempts += 1
    row.not_before = call.at + delay(row.attempts)


def _made(
    call: Call,
    row: Addition,
    result: qbxml.Result,
    made: defaultdict[str, list[qbxml.Record]],
) -> None:
    row.state = "done"
    row.advice = ""
    row.within = None
    row.list_id = result.list_id
    if result.record is not None:
        made[row.kind].append(result.record)
    else:
        mirrored.stand_in(call.company.id, row.kind, row.list_id, row.full_name)
        references.distrust(call, [row.kind])
    changed = row.name_key == result.list_id
    done = "was changed in" if changed else "was added to"
    call.log(
        "addition.changed" if changed else "addition.created",
        f"{row.kind} “{row.full_name}” {done} QuickBooks.",
    )


def ask(call: Call) -> str | None:
    """Look up the entries whose names are in use."""
    found = db.session.scalars(
        select(Addition).where(_ready(call, "find")).order_by(Addition.id).limit(200)
    )
    draft = Draft()
    for row in found:
        text = qbxml.query_request(lists.kind(row.kind), draft.next_id(), names=[row.full_name])
        draft.add(text, ["find", row.id])
    return sets.hand_out(call, draft, "entries", writes=False) if draft else None


def found(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Bind the entries that exist in the list; a name of another list is for a person."""
    del message_set
    answers = {about[1]: result for about, result in pairs}
    made: defaultdict[str, list[qbxml.Record]] = defaultdict(list)
    held: dict[int, str] = {}
    for row in _rows(answers, "find"):
        result = answers[row.id]
        record = result.record if result else None
        judged = judge(result)
        if record is not None:
            row.state = "done"
            row.advice = ""
            row.list_id = record.text("ListID")
            made[row.kind].append(record)
            call.log("addition.found", f"{row.kind} “{row.full_name}” was in QuickBooks already.")
        elif judged and judged.outcome == "again" and row.attempts + 1 < judged.tries:
            row.attempts += 1
            row.not_before = call.at + delay(row.attempts)
        else:
            held[row.id] = _OTHER_LIST
    for kind, records in made.items():
        mirrored.take_in(call.company.id, lists.kind(kind), records)
    hold(call, held)


def hold(call: Call, held: dict[int, str]) -> None:
    """A person has to see to these entries first, and so to the orders that need them."""
    if not held:
        return
    db.session.execute(
        update(Addition),
        [
            {"id": addition_id, "state": "held", "advice": advice, "within": None}
            for addition_id, advice in held.items()
        ],
    )
    touched: set[int] = set()
    changes = []
    for outbox_id, kind, order_id, number, need, name, addition_id in db.session.execute(
        select(
            Outbox.id, Outbox.kind, Outbox.order_id, Order.number,
            Addition.kind, Addition.full_name, Addition.id,
        )
        .join(Order, Order.id == Outbox.order_id)
        .join(needs, needs.c.outbox_id == Outbox.id)
        .join(Addition, Addition.id == needs.c.addition_id)
        .where(Addition.id.in_(held), Outbox.state == "ready")
    ):  # fmt: skip
        advice = f"{need} “{name}” is needed and could not be created. {held[addition_id]}"
        changes.append({"id": outbox_id, "state": "held", "advice": advice})
        touched.add(order_id)
        call.log(
            "document.held",
            f"The {words(kind)} of order {number} is held: {advice}",
            order_id=order_id,
            level="error",
        )
    if changes:
        db.session.execute(update(Outbox), changes)
    conclude(touched)
