"""Lint with what a company knows: the names of its mirror, and what its last orders were decided.

An order counts for a rule only if the release that decided it had this very rule: the number of
a case means nothing in another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Final

from sqlalchemy import select

from app.models import Company, ListEntry, Mirror, Order, Release, Store, db, now
from app.rules.draft_state import Draft
from app.rules.table_use import table_use
from app.stores.base import clients
from app.stores.formats import formats
from rules_library.decision import Scope, decisions, decisions_of
from rules_library.lint import OTHERWISE, Finding, lacking, lint
from rules_library.logic import Table
from rules_library.rule import Rule
from rules_library.rulebook import PARTS, Rulebook, RulebookError, content_hash

DAYS: Final = 90
"""How far lint looks back when nothing is said."""
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the last orders say about a rulebook."""

    orders: int = 0
    fired: Counter[tuple[str, str | int]] = field(default_factory=Counter)
    """How often each case won, by decision and number; ``OTHERWISE`` where none did, and always
    where values collect."""
    named: dict[str, Counter[str]] = field(default_factory=dict)
    """How often each name of a list came out, by decision."""


def lint_for(company: Company, rulebook: Rulebook, days: int = DAYS) -> list[Finding]:
    """Everything that a person should look at, the worst first."""
    found = evidence(company, rulebook, days)
    return lint(
        rulebook,
        names=mirrored_names(company),
        fired=found.fired,
        decided=found.named,
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


def lacking_in(company: Company, rule: Rule, tables: Mapping[str, Table]) -> list[Finding]:
    """The names that a rule, or a table that it reads, gives and QuickBooks lacks.

    Before QuickBooks told its list, nothing is lacking. A pointer begins at the rule.
    """
    kind = rule.decision.list
    return lacking(rule, tables, mirrored_names(company, {kind})) if kind else []


def lacking_in_draft(company: Company, draft: Draft) -> list[tuple[str, Finding]]:
    """What QuickBooks lacks of the names that the draft brings, with the rule that each is in."""
    changed = {(one.part, one.key) for one in draft.changes}
    try:
        book = Rulebook.from_file(draft.file)
    except RulebookError:
        return []
    used = {
        key: held.rule
        for key, held in book.rules.items()
        if ("rules", key) in changed or any(("tables", name) in changed for name in held.tables)
    }
    names = mirrored_names(company, {rule.decision.list for rule in used.values()})
    return [
        (rule.decision.label, one)
        for rule in used.values()
        for one in lacking(rule, book.tables, names)
    ]


def mirrored_names(company: Company, kinds: Collection[str] | None = None) -> dict[str, set[str]]:
    """The names in use of each list that decisions refer to; a list never read is not in it.

    ``kinds`` are the lists that matter, None for all.
    """
    wanted = {one.list for one in decisions().values() if one.list}
    if kinds is not None:
        wanted &= set(kinds)
        if not wanted:
            return {}
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
    same = _same(company, rulebook)
    releases = [release_id for release_id, keys in same.items() if keys]
    rows = db.session.execute(
        select(Order.release_id, Order.fired)
        .where(
            Order.company_id == company.id,
            Order.release_id.in_(releases),
            Order.decided_at >= now() - timedelta(days=days),
            Order.fired.is_not(None),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(most)
        .execution_options(yield_per=_AT_ONCE)
    )
    known, orders = decisions(), 0
    of = {release_id: Counter[str]() for release_id in releases}
    found = Evidence()
    for release_id, counted in rows:
        orders += 1
        of[release_id].update({"": 1, **counted["of"]})
        for key in same[release_id] & counted["won"].keys():
            for case, times in counted["won"][key].items():
                found.fired[key, int(case)] += times
        for key in same[release_id] & counted["named"].keys():
            found.named.setdefault(key, Counter()).update(counted["named"][key])
    for release_id, parts in of.items():
        for scope, part in (("order", ""), *PARTS.items()):
            for key in same[release_id] & _keys_of(scope):
                found.fired[key, OTHERWISE] += parts[part]
    for key, case in list(found.fired):
        if case != OTHERWISE and not known[key].collects:
            found.fired[key, OTHERWISE] -= found.fired[key, case]
    return replace(found, orders=orders)


def _same(company: Company, rulebook: Rulebook) -> dict[int, frozenset[str]]:
    """The decisions whose rule is this very one in a release, by the release's id."""
    hashes = {key: content_hash(one.rule.to_file()) for key, one in rulebook.rules.items()}
    releases = db.session.execute(
        select(Release.id, Release.rules).where(Release.company_id == company.id)
    )
    return {
        release_id: frozenset(key for key, name in hashes.items() if rules.get(key) == name)
        for release_id, rules in releases
    }


@cache
def _keys_of(scope: Scope) -> frozenset[str]:
    return frozenset(decision.key for decision in decisions_of(scope))
