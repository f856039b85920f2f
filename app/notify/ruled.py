"""Who hears of what because rules say so: ``notify`` and ``digest_to``, decided for each order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Company, Event, Order, db
from app.rules.releases import current_rulebook
from app.stores.formats import MalformedPayload
from app.sync.buyers import earlier_orders
from app.sync.intake import translate
from rules_library.compiled import CompiledRule, Outcome
from rules_library.decision import decisions
from rules_library.facts import Context, facts
from rules_library.rulebook import Rulebook

BATCH = 200


def listeners(company: Company, topic: str, events: Sequence[Event]) -> dict[str, list[Event]]:
    """Address -> the lines of the log that rules let it hear of, in their order."""
    _, rulebook = current_rulebook(company)
    rule = rulebook.rule(decisions()["notify"])
    always = _addresses(rule.settle({}, rulebook.tables), topic)
    asked = {event.order_id for event in events if event.order_id is not None}
    by_order = {} if rule.constant else dict(_decided(company, rulebook, rule, asked))
    heard: dict[str, list[Event]] = {}
    for event in events:
        outcome = by_order.get(event.order_id or 0)
        for address in always if outcome is None else _addresses(outcome, topic):
            heard.setdefault(address, []).append(event)
    return heard


def readers(company: Company, first: datetime, last: datetime) -> list[str]:
    """The addresses that get the summary of the day between those moments."""
    _, rulebook = current_rulebook(company)
    rule = rulebook.rule(decisions()["digest_to"])
    if rule.constant:
        return list(rule.constant.value or ())
    ids = db.session.scalars(
        select(Order.id).where(
            Order.company_id == company.id, Order.received_at >= first, Order.received_at < last
        )
    )
    outcomes = _decided(company, rulebook, rule, ids)
    return sorted({one for _, outcome in outcomes for one in outcome.value or ()})


def named(company: Company) -> dict[str, list[str]]:
    """Address -> labels of the decisions whose rules name it in so many letters."""
    _, rulebook = current_rulebook(company)
    found: dict[str, list[str]] = {}
    for key in ("notify", "digest_to"):
        decision = decisions()[key]
        rule = rulebook.rule(decision).rule
        given = [rule.otherwise, *(case.then for case in rule.cases if case.enabled)]
        for address in sorted({one for value in given for one in _written(value)}):
            found.setdefault(address, []).append(decision.label)
    return found


def _written(value: Any) -> Iterator[str]:
    """The addresses among the texts of an expression."""
    if isinstance(value, str):
        yield from (word.strip() for word in value.split(",") if "@" in word)
    elif isinstance(value, (list, Mapping)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _written(inner)


def _decided(
    company: Company, rulebook: Rulebook, rule: CompiledRule, ids: Iterable[int]
) -> Iterator[tuple[int, Outcome]]:
    """What the rule gives for each order that can be read; the others are told as of no order."""
    today = datetime.now(ZoneInfo(company.zone or "UTC")).date()
    left = sorted(ids)
    for start in range(0, len(left), BATCH):
        some = left[start : start + BATCH]
        earlier = earlier_orders(some)
        rows = db.session.scalars(
            select(Order).where(Order.id.in_(some)).options(undefer(Order.raw))
        )
        for row in rows:
            try:
                order = translate(row)
            except MalformedPayload:
                continue
            context = Context(today=today, customer_orders=earlier.get(row.id))
            yield row.id, rule.decide(facts(order, context), rulebook.tables)


def _addresses(outcome: Outcome, topic: str) -> list[str]:
    """Who hears of the topic; nobody by a rule that cannot be used, which holds orders anyway."""
    told = [one.address for one in outcome.value or () if one.topic == topic]
    return list(dict.fromkeys(told))
