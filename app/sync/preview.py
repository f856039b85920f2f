"""Gather, decide and plan: the functions that a preview and the run both call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.models import Company, Order
from app.stores.formats import MalformedPayload
from app.sync.buyers import earlier_orders
from app.sync.gather import add_pending, load_ledgers, load_lists
from app.sync.intake import translate
from qbwc.planning import Ledger, Lists, Plan, Sold, buys_what_is_short, numbers, plan, wanted
from rules_library.compiled import Outcome
from rules_library.decision import decisions_of
from rules_library.explain import plain
from rules_library.facts import Context, facts
from rules_library.logic import CLEAR
from rules_library.order import Order as StoreOrder
from rules_library.rulebook import Decided, Rulebook, decide


@dataclass(frozen=True, slots=True)
class Prepared:
    """One order with what was gathered and decided for it."""

    row: Order
    order: StoreOrder
    context: Context
    decided: Decided
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Planned:
    """One order and its plan."""

    of: Prepared
    plan: Plan


def plan_orders(company: Company, rows: Sequence[Order], rulebook: Rulebook) -> list[Planned]:
    """Gather, decide and plan; orders that cannot be read are held and left out."""
    ledgers = load_ledgers(rows)
    earlier = earlier_orders([row.id for row in rows])
    today = datetime.now(ZoneInfo(company.zone or "UTC")).date()
    made: list[Prepared] = []
    asked, asked_numbers = set(), set()
    for row in rows:
        try:
            order = translate(row)
        except MalformedPayload as error:
            row.state, row.due = "held", False
            row.reasons, row.causes = [f"the order cannot be read: {error}"], [["unreadable", ""]]
            continue
        ledger = ledgers[row.id]
        context = Context(
            today=today,
            customer_orders=earlier.get(row.id),
            in_quickbooks=tuple(kind for kind, _ in ledger.posted),
        )
        decided = decide(facts(order, context), rulebook)
        decided = answered(decided, row.answers or {})
        if row.shape and not ledger.is_empty:
            decided = keeping(decided, row.shape)
        asked |= wanted(order, decided)
        asked_numbers |= numbers(order, decided)
        made.append(Prepared(row, order, context, decided, ledger))
    made.sort(key=lambda one: one.order.placed_at)  # who ordered first has what there is
    short = any(buys_what_is_short(one.decided) for one in made)
    lists = load_lists(company, asked, asked_numbers, [row.id for row in rows] if short else ())
    return [Planned(one, plan_next(one.order, one.decided, one.ledger, lists)) for one in made]


def plan_next(order: StoreOrder, decided: Decided, ledger: Ledger, lists: Lists) -> Plan:
    """The plan of one order of a batch; the next ones see what it creates and numbers."""
    made = plan(order, decided, ledger, lists)
    see(order, made, lists)
    return made


def see(order: StoreOrder, made: Plan, lists: Lists) -> None:
    """Let the next orders of a batch see what a plan creates, numbers and takes of the stock."""
    add_pending(lists, made.additions)
    taken: Any = lists.taken
    mine = (order.store, order.source_id)
    for document in made.documents:
        number = document.fields.get("RefNumber")
        if number:
            taken.setdefault((document.kind, number), set()).add(mine)
    sold: Any = lists.sold
    if sold is not None:
        for list_id, quantity in made.taken.coming.items():
            one = Sold(mine, order.placed_at, quantity, is_posted=False)
            sold.setdefault(list_id, []).append(one)


def answered(decided: Decided, answers: Mapping[str, Any]) -> Decided:
    """The decisions with a person's answers for this order in place of the rules'."""
    if not answers:
        return decided
    given = dict(decided.order)
    for decision in decisions_of("order"):
        if decision.key in answers:
            value, who = answers[decision.key]
            given[decision.key] = Outcome(decision.read(value), None, f"decided by {who}")
    return replace(decided, order=given)


def keeping(decided: Decided, shape: Mapping[str, Any]) -> Decided:
    """The decisions with those of the posted shape as they were when it was posted.

    An order for which nothing would be created any more is left out.
    """
    kept = dict(decided.order)
    kind = kept["transaction_type"]
    was = shape.get("transaction_type", ["none"])[0]
    if kind.value == "none" != was and not kind.error:
        title = kind.title or "nothing is created for this order"
        kept["sync_order"] = Outcome(value=False, title=title)
    for decision in decisions_of("order"):
        if decision.keeps_shape and decision.key in shape:
            value, case, title = shape[decision.key]
            kept[decision.key] = Outcome(decision.read(value), case, title)
    return replace(decided, order=kept)


def shape_of(decided: Decided) -> dict[str, Any]:
    """What a posted order keeps."""
    return {
        decision.key: [plain(outcome.value), outcome.case, outcome.title]
        for decision in decisions_of("order")
        if decision.keeps_shape
        and not (outcome := decided.order[decision.key]).error
        and outcome.value is not CLEAR
    }
