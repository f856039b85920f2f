"""Lint with what a company knows: the names of its mirror, and what its last orders were decided.

An order counts for a rule only if the release that decided it had this very rule: the number of
a case means nothing in another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import select

from app.models import Company, ListEntry, Mirror, Order, Release, Store, db, now
from app.rules.table_use import table_use
from app.stores.base import clients
from app.stores.formats import formats
from rules_library.decision import Scope, decisions, decisions_of
from rules_library.lint import OTHERWISE, Finding, lint
from rules_library.rulebook import PARTS, Rulebook, content_hash

DAYS: Final = 90
"""How far lint looks back when nothing is said."""
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the last orders say about a rulebook."""

    orders: int = 0
    fired: Counter[tuple[str, str | int]] = field(default_factory=Counter)
    """How often each case won, by decision and number; ``OTHERWISE`` where none did."""
    decided: dict[str, Counter[Any]] = field(default_factory=dict)
    """How often each text came out, by decision."""


def lint_for(company: Company, rulebook: Rulebook, days: int = DAYS) -> list[Finding]:
    """Everything that a person should look at, the worst first."""
    found = evidence(company, rulebook, days)
    return lint(
        rulebook,
        names=mirrored_names(company),
        fired=found.fired,
        decided=found.decided,
        choices=own_choices(company),
        use=table_use(company, rulebook, days),
    )


def own_choices(company: Company) -> dict[str, dict[str, str]]:
    """What the facts may be whose values are the company's own, with labels, by path."""
    stores = db.session.scalars(select(Store).where(Store.company_id == company.id)).all()
    if not stores:
        return {}
    named = {key: client.label for key, client in clients().items()}
    others = {store.type for store in stores} | formats().keys()
    return {
        "store.key": {store.key: store.name for store in stores},
        "store.type": {one: one for one in sorted(others)} | named,
    }


def mirrored_names(company: Company) -> dict[str, set[str]]:
    """The names in use of each list that decisions refer to; a list never read is not in it."""
    wanted = {one.list for one in decisions().values() if one.list}
    read = select(Mirror.kind).where(
        Mirror.company_id == company.id, Mirror.kind.in_(wanted), Mirror.loaded_at.is_not(None)
    )
    names: dict[str, set[str]] = {kind: set() for kind in db.session.scalars(read)}
    rows = db.session.execute(
        select(ListEntry.kind, ListEntry.full_name).where(
            ListEntry.company_id == company.id,
            ListEntry.kind.in_(names),
            ListEntry.is_active,
        )
    )
    for kind, name in rows:
        names[kind].add(name)
    return names


def evidence(
    company: Company, rulebook: Rulebook, days: int = DAYS, *, most: int | None = None
) -> Evidence:
    """What the orders that were decided in the last days say about the rules of a rulebook.

    Args:
        company: Whose orders they are.
        rulebook: The rules.
        days: How far to look back.
        most: How many orders are looked at, the newest; None for all.
    """
    hashes = {key: content_hash(one.rule.to_file()) for key, one in rulebook.rules.items()}
    same: dict[int, frozenset[str]] = {}
    for release_id, rules in db.session.execute(
        select(Release.id, Release.rules).where(Release.company_id == company.id)
    ):
        same[release_id] = frozenset(key for key, name in hashes.items() if rules.get(key) == name)
    releases = [release_id for release_id, keys in same.items() if keys]
    rows = db.session.execute(
        select(Order.release_id, Order.trace)
        .where(
            Order.company_id == company.id,
            Order.release_id.in_(releases),
            Order.decided_at >= now() - timedelta(days=days),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(most)
        .execution_options(yield_per=_AT_ONCE)
    )
    fired: Counter[tuple[str, str | int]] = Counter()
    decided: dict[str, Counter[Any]] = {}
    known = decisions()
    orders = 0
    for release_id, trace in rows:
        if not trace:
            continue
        orders += 1
        for key, outcome in _outcomes(trace, same[release_id]):
            for case in _won(outcome, collects=known[key].collects):
                fired[key, case] += 1
            if "error" not in outcome:
                for value in _texts(outcome.get("value")):
                    decided.setdefault(key, Counter())[value] += 1
    return Evidence(orders, fired, decided)


def _won(outcome: Mapping[str, Any], *, collects: bool) -> Iterator[str | int]:
    """The numbers of the cases that won; ``OTHERWISE`` is always added where values collect."""
    if collects:
        yield OTHERWISE
        yield from outcome.get("cases") or ()
    else:
        yield outcome.get("case") or OTHERWISE


def _texts(value: Any) -> Iterator[str]:
    """The texts of a decided value that may name an entry; of several values, those of each."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        yield from (one["item"] for one in value if isinstance(one, dict) and "item" in one)


def _outcomes(
    trace: Mapping[str, Any], keys: frozenset[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The outcomes of an order and its parts; what a part does not name was simply nothing."""
    of_order = trace.get("decided") or {}
    for key in keys & of_order.keys():
        yield key, of_order[key]
    for scope, part in PARTS.items():
        wanted = keys & _keys_of(scope)
        if wanted:
            for of_part in trace.get(part) or ():
                for key in wanted:
                    yield key, of_part.get(key, {})


@cache
def _keys_of(scope: Scope) -> frozenset[str]:
    return frozenset(decision.key for decision in decisions_of(scope))
