"""Releases: a company's published rulebooks, stored by content hash, numbered, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Company, Event, Order, Release, RuleContent, db
from rules_library.rulebook import Rulebook, content_hash

FRESH = ("new", "waiting", "skipped", "held")
"""States of orders of which nothing is posted or on its way; a new release decides them again."""
CHUNK = 500
_LARGEST = 2**31


class UnknownReleaseError(LookupError):
    """The company has no release of that number."""


class ReleaseConflictError(Exception):
    """Somebody published since the rulebook was read; nothing was published."""


def current_release(company: Company) -> Release | None:
    """The company's newest release; None while it has published nothing."""
    return db.session.scalars(
        select(Release)
        .where(Release.company_id == company.id)
        .order_by(Release.number.desc())
        .limit(1)
    ).first()


def history(company: Company) -> list[Release]:
    """Every release, the newest first."""
    query = select(Release).where(Release.company_id == company.id)
    return list(db.session.scalars(query.order_by(Release.number.desc())))


class Turn(NamedTuple):
    """A release that changed a rule or table, with what it was and became; None: the default."""

    release: Release
    before: Any
    after: Any


def turns_of(company: Company, part: str, key: str, most: int) -> list[Turn]:
    """The releases that changed a rule or table, the newest first.

    Args:
        company: Whose releases they are.
        part: rules or tables.
        key: The decision's key, or the table's name.
        most: How many, the newest ones.
    """
    releases = history(company)
    hashes = [hash_in(one, part, key) for one in releases] + [""]
    turned = [
        (one, now, was)
        for one, now, was in zip(releases, hashes, hashes[1:], strict=False)
        if now != was
    ][:most]
    found = _contents({name for _, now, was in turned for name in (now, was) if name})
    return [Turn(one, found.get(was), found.get(now)) for one, now, was in turned]


def release_numbered(company: Company, number: int) -> Release | None:
    """The release of that number; number 0 is None, which stands for the defaults.

    Raises:
        UnknownReleaseError: There is none.
    """
    if number == 0:
        return None
    found: Release | None = None
    if 0 < number < _LARGEST:
        found = db.session.scalar(
            select(Release).where(Release.company_id == company.id, Release.number == number)
        )
    if found is None:
        raise UnknownReleaseError(f"{company.name} has no release {number}.")
    return found


def file_of(release: Release | None) -> dict[str, Any]:
    """The rulebook file of a release; without one, the file that changes nothing."""
    if release is None:
        return {"rulebooks": 1, "rules": {}, "tables": {}}
    found = _contents({*release.rules.values(), *release.tables.values()})
    return {
        "rulebooks": 1,
        "rules": {key: found[name] for key, name in sorted(release.rules.items())},
        "tables": {key: found[name] for key, name in sorted(release.tables.items())},
    }


def _contents(hashes: set[str]) -> dict[str, Any]:
    """Rules and tables by the hash of their content."""
    rows = db.session.scalars(select(RuleContent).where(RuleContent.hash.in_(hashes)))
    return {row.hash: row.content for row in rows}


@lru_cache(maxsize=64)
def _compiled(release_id: int, database: str) -> Rulebook:
    del database
    return Rulebook.from_file(file_of(db.session.get(Release, release_id)))


def hash_in(release: Release | None, part: str, key: str) -> str:
    """The content hash of a rule or table of a release; "" where it has none."""
    named: Mapping[str, str] = getattr(release, part) if release else {}
    return named.get(key, "")


def content_of(release: Release | None, part: str, key: str) -> Any:
    """A rule or table of a release; None where it has none."""
    name = hash_in(release, part, key)
    return (
        db.session.scalar(select(RuleContent.content).where(RuleContent.hash == name))
        if name
        else None
    )


def rulebook_of(release: Release | None) -> Rulebook:
    """The rulebook of a release, compiled once a process; without one, the defaults."""
    return Rulebook() if release is None else _compiled(release.id, str(db.engine.url))


def current_rulebook(company: Company) -> tuple[int | None, Rulebook]:
    """The release's id and its rulebook, compiled once a process."""
    release = current_release(company)
    return release and release.id, rulebook_of(release)


@contextmanager
def changing(company: Company) -> Iterator[None]:
    """One transaction in which only this caller changes the company's rules: all or nothing.

    Rows that were read before may be old; whoever decides by them reads them again in here.
    """
    try:
        db.session.execute(
            update(Company)
            .where(Company.id == company.id)
            .values(name=Company.name)
            .execution_options(synchronize_session=False)
        )
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def add_release(
    company: Company, written: Mapping[str, Any], *, author: str, note: str, after: int | None
) -> Release:
    """The next release; call it within ``changing``, with a file that was checked.

    Raises:
        ReleaseConflictError: the present release is not ``after``.
    """
    before = current_release(company)
    present = before.number if before else 0
    if after is not None and after != present:
        raise ReleaseConflictError(
            f"Release {present} was published in the meantime; this change was made from "
            f"{f'release {after}' if after else 'the defaults'}."
        )
    hashes: dict[str, dict[str, str]] = {"rules": {}, "tables": {}}
    contents: dict[str, Any] = {}
    for part, named in hashes.items():
        for key, content in written[part].items():
            named[key] = content_hash(content)
            contents[named[key]] = content
    _store(contents)
    release = Release(company_id=company.id, number=present + 1, author=author, note=note, **hashes)
    db.session.add(release)
    db.session.execute(
        update(Order).where(Order.company_id == company.id, Order.state.in_(FRESH)).values(due=True)
    )
    was = f"release {present}" if present else "the defaults"
    by = f" by {author}" if author else ""
    db.session.add(
        Event(
            company_id=company.id,
            kind="release.published",
            text=f"Release {release.number} published{by}; it follows {was}.",
            area="rules",
            who=author,
            detail={"author": author, "note": note} if author or note else None,
        )
    )
    db.session.flush()
    return release


def _store(contents: Mapping[str, Any]) -> None:
    """Keep what is not kept yet; another company may be storing the same."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    known = set(db.session.scalars(select(RuleContent.hash).where(RuleContent.hash.in_(contents))))
    rows = [
        {"hash": name, "content": contents[name]} for name in sorted(contents) if name not in known
    ]
    for start in range(0, len(rows), CHUNK):
        statement = dialect.insert(RuleContent).values(rows[start : start + CHUNK])
        db.session.execute(statement.on_conflict_do_nothing())
