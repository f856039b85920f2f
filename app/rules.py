"""Releases: a company's published rulebooks, stored by content hash, numbered, never changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import func, select, update

from app.models import Company, Event, Order, Release, RuleContent, db
from rules_library.rulebook import Rulebook, content_hash

FRESH = ("new", "waiting", "skipped", "held")
"""States of orders of which nothing is posted or on its way; a new release decides them again."""


def current_release(company: Company) -> Release | None:
    """The company's newest release; None while it has published nothing."""
    return db.session.scalars(
        select(Release)
        .where(Release.company_id == company.id)
        .order_by(Release.number.desc())
        .limit(1)
    ).first()


def file_of(release: Release | None) -> dict[str, Any]:
    """The rulebook file of a release; without one, the file that changes nothing."""
    if release is None:
        return {"rulebooks": 1, "rules": {}, "tables": {}}
    hashes = {*release.rules.values(), *release.tables.values()}
    found = {
        row.hash: row.content
        for row in db.session.scalars(select(RuleContent).where(RuleContent.hash.in_(hashes)))
    }
    return {
        "rulebooks": 1,
        "rules": {key: found[name] for key, name in sorted(release.rules.items())},
        "tables": {key: found[name] for key, name in sorted(release.tables.items())},
    }


@lru_cache(maxsize=64)
def _compiled(release_id: int, database: str) -> Rulebook:
    del database
    return Rulebook.from_file(file_of(db.session.get(Release, release_id)))


def current_rulebook(company: Company) -> tuple[int | None, Rulebook]:
    """The release's id and its rulebook, compiled once a process."""
    release = current_release(company)
    if release is None:
        return None, Rulebook()
    return release.id, _compiled(release.id, str(db.engine.url))


def publish(company: Company, data: Any, *, author: str = "", note: str = "") -> Release:
    """Publish a rulebook file as the next release; unposted orders are decided again.

    Raises:
        rules_library.rulebook.RulebookError: with every fault and its JSON pointer.
    """
    written = Rulebook.from_file(data).to_file()
    before = current_release(company)
    hashes: dict[str, dict[str, str]] = {"rules": {}, "tables": {}}
    contents: dict[str, Any] = {}
    for part, named in hashes.items():
        for key, content in written[part].items():
            named[key] = content_hash(content)
            contents[named[key]] = content
    known = set(db.session.scalars(select(RuleContent.hash).where(RuleContent.hash.in_(contents))))
    db.session.add_all(
        RuleContent(hash=name, content=content)
        for name, content in contents.items()
        if name not in known
    )
    number = db.session.scalar(
        select(func.coalesce(func.max(Release.number), 0)).where(Release.company_id == company.id)
    )
    release = Release(
        company_id=company.id, number=(number or 0) + 1, author=author, note=note, **hashes
    )
    db.session.add(release)
    db.session.execute(
        update(Order).where(Order.company_id == company.id, Order.state.in_(FRESH)).values(due=True)
    )
    was = f"release {before.number}" if before else "the defaults"
    db.session.add(
        Event(
            company_id=company.id,
            kind="release.published",
            text=f"Release {release.number} published; it follows {was}.",
        )
    )
    db.session.commit()
    return release
