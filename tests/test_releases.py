"""Releases: numbered, never changed, by content; what they make due, and who compiles them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.models import Company, Event, Order, Release, RuleContent, Store, db
from app.rules import (
    ReleaseConflictError,
    UnknownReleaseError,
    current_release,
    current_rulebook,
    file_of,
    history,
    publish,
    release_numbered,
    roll_back,
    rulebook_of,
)
from app.rules.changes import import_table
from rules_library.decision import decisions
from rules_library.rulebook import RulebookError
from tests.flows import is_, rule

STATES = ("new", "waiting", "skipped", "held", "queued", "posted")


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


def file(tables: dict[str, Any] | None = None, **rules: Any) -> dict[str, Any]:
    """A rulebook file."""
    return {"rulebooks": 1, "rules": rules, "tables": tables or {}}


def count(table: type) -> int:
    """How many rows a table has."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_company_without_release_decides_by_the_defaults(company: Company) -> None:
    assert current_release(company) is None
    release_id, rulebook = current_rulebook(company)
    assert release_id is None
    assert rulebook.to_file() == file()


def test_releases_are_numbered_from_one_for_each_company(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    numbers = [publish(each, file()).number for each in (company, company, other)]
    assert numbers == [1, 2, 1]


def test_the_newest_release_is_the_current_one(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    publish(company, file(terms=rule("Net 30")), author="ada@example.com", note="Longer")
    current = current_release(company)
    assert current is not None
    assert (current.number, current.author, current.note) == (2, "ada@example.com", "Longer")
    rulebook = current_rulebook(company)[1]
    assert rulebook.rule(decisions()["terms"]).rule.otherwise == "Net 30"


def test_an_old_release_stays_as_it_was(company: Company) -> None:
    first = publish(company, file(terms=rule("Net 15")))
    publish(company, file(terms=rule("Net 30")))
    assert file_of(first)["rules"]["terms"]["otherwise"] == "Net 15"


def test_a_release_gives_its_file_back(company: Company) -> None:
    tables = {"t": {"keys": ["a"], "rows": [["x", "Net 30"]], "otherwise": None}}
    written = file(tables, terms=rule(None, (is_("order.number", "1"), "Net 15")))
    released = file_of(publish(company, written))
    assert released["tables"] == tables
    assert file_of(publish(company, released)) == released


def test_equal_content_is_stored_once(company: Company) -> None:
    publish(company, file(terms=rule("Net 15"), memo=rule("Thanks")))
    publish(company, file(terms=rule("Net 30"), memo=rule("Thanks")))
    assert count(Release) == 2
    assert count(RuleContent) == 3


def test_a_faulty_file_is_not_published(company: Company) -> None:
    with pytest.raises(RulebookError) as refused:
        publish(company, file(nothing=rule(1), transaction_type=rule("cheque")))
    assert [pointer for pointer, _ in refused.value.faults] == [
        "/rules/nothing",
        "/rules/transaction_type/otherwise",
    ]
    assert count(Release) == count(RuleContent) == count(Event) == 0


def test_orders_that_are_not_posted_are_decided_again(company: Company) -> None:
    store = Store(company_id=company.id, key="shop", type="rulebooks", name="Shop")
    db.session.add(store)
    db.session.flush()
    for state in STATES:
        db.session.add(
            Order(
                company_id=company.id, store_id=store.id, source_id=state, number=state,
                state=state, due=False, format="rulebooks", raw="{}", content_hash="",
            )
        )  # fmt: skip
    publish(company, file())
    due = set(db.session.scalars(select(Order.state).where(Order.due)))
    assert due == {"new", "waiting", "skipped", "held"}


def test_the_orders_of_other_companies_are_left_alone(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.flush()
    store = Store(company_id=other.id, key="shop", type="rulebooks", name="Shop")
    db.session.add(store)
    db.session.flush()
    db.session.add(
        Order(
            company_id=other.id, store_id=store.id, source_id="1", number="1", state="held",
            due=False, format="rulebooks", raw="{}", content_hash="",
        )
    )  # fmt: skip
    publish(company, file())
    assert db.session.scalars(select(Order)).one().due is False


def test_a_publication_is_an_event(company: Company) -> None:
    publish(company, file())
    publish(company, file())
    texts = db.session.scalars(select(Event.text).order_by(Event.id)).all()
    assert texts == [
        "Release 1 published; it follows the defaults.",
        "Release 2 published; it follows release 1.",
    ]


def test_a_release_is_compiled_once(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    assert current_rulebook(company)[1] is current_rulebook(company)[1]


def test_the_history_has_the_newest_release_first(company: Company) -> None:
    publish(company, file(), note="One")
    publish(company, file(), note="Two")
    assert [(one.number, one.note) for one in history(company)] == [(2, "Two"), (1, "One")]


def test_a_roll_back_is_a_new_release_equal_to_the_old_one(company: Company) -> None:
    tables = {"t": {"keys": ["a"], "rows": [["x", "Net 30"]], "otherwise": None}}
    old = publish(company, file(tables, terms=rule("Net 15")))
    publish(company, file(terms=rule("Net 30")))
    again = roll_back(company, 1, author="ada")
    assert (again.number, again.author, again.note) == (3, "ada", "Back to release 1")
    assert (again.rules, again.tables) == (old.rules, old.tables)
    current = current_release(company)
    assert current is not None
    assert current.number == 3


def test_a_roll_back_to_nothing_is_a_release_of_the_defaults(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    again = roll_back(company, 0)
    assert (again.number, again.rules, again.note) == (2, {}, "Back to the defaults")


def test_a_release_that_there_is_not_is_named(company: Company) -> None:
    publish(company, file())
    for number in (2, -1, 2**80):
        with pytest.raises(UnknownReleaseError, match=f"Grove has no release {number}"):
            roll_back(company, number)
    assert release_numbered(company, 0) is None
    assert count(Release) == 1


def test_a_release_of_another_company_is_none_of_ours(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    publish(other, file())
    with pytest.raises(UnknownReleaseError):
        release_numbered(company, 1)


def test_what_was_made_from_an_older_release_is_not_published(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")), after=0)
    publish(company, file(terms=rule("Net 30")), after=1)
    with pytest.raises(ReleaseConflictError, match="Release 2 was published in the meantime"):
        publish(company, file(terms=rule("Net 60")), after=1)
    assert rulebook_of(current_release(company)).rule(decisions()["terms"]).rule.otherwise == (
        "Net 30"
    )
    assert count(RuleContent) == count(Event) == 2


def test_an_import_does_not_undo_what_was_published_meanwhile(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    change = import_table(company, "t", b"region,value\nCA,Net 15\notherwise,\n")
    publish(company, file(terms=rule("Net 30")))
    with pytest.raises(ReleaseConflictError, match="this change was made from release 1"):
        change.publish(company)
    assert count(Release) == 2


def test_the_release_stays_in_force_when_publishing_breaks_off(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(company, file(terms=rule("Net 15")))

    def fail() -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(db.session, "commit", fail)
        with pytest.raises(OSError, match="disk is full"):
            publish(company, file(terms=rule("Net 30")))
    release_id, rulebook = current_rulebook(company)
    assert (release_id, rulebook.rule(decisions()["terms"]).rule.otherwise) == (1, "Net 15")
    assert count(Release) == count(RuleContent) == count(Event) == 1


def test_many_who_publish_at_once_get_numbers_of_their_own(any_app: Flask) -> None:
    with any_app.app_context():
        db.session.add(Company(name="Grove", username="grove", password_digest=""))
        db.session.commit()
    start = threading.Barrier(6)
    numbers: list[int] = []

    def run() -> None:
        with any_app.app_context():
            owner = db.session.scalars(select(Company)).one()
            start.wait()
            numbers.append(publish(owner, file(terms=rule("Net 15"))).number)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
