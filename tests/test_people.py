"""People: the first owner, invitations, roles, and that an owner always remains."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import text

from app import people
from app.models import Company, Membership, User, db
from app.security import WeakPasswordError
from tests.database import close_app, open_app
from tests.web_rows import HASH, add_company

PASSWORD = "correct-horse-battery"


def at_once(url: str, *acts: Callable[[], str]) -> list[str]:
    """What each says, all begun at the same moment, each on a server of its own."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        app = open_app(url)
        try:
            with app.app_context():
                db.session.execute(text("SELECT 1"))
                db.session.rollback()
                barrier.wait(timeout=30)
                return act()
        finally:
            close_app(app)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def add(email: str, *, is_owner: bool = False) -> User:
    user = User(email=email, password_hash=HASH, is_owner=is_owner)
    db.session.add(user)
    db.session.flush()
    return user


def test_of_two_who_create_the_owner_at_once_one_does(database_url: str) -> None:
    def create(name: str) -> Callable[[], str]:
        def act() -> str:
            try:
                return people.first_owner(f"{name}@example.com", PASSWORD).email
            except people.AlreadySetUpError:
                return "too late"

        return act

    said = at_once(database_url, *(create(name) for name in ("ann", "bob", "cy")))
    assert sorted(said)[1:] == ["too late"] * 2
    app = open_app(database_url)
    with app.app_context():
        assert people.owners() == 1
    close_app(app)


def test_of_two_owners_who_demote_each_other_at_once_one_stays(database_url: str) -> None:
    app = open_app(database_url)
    with app.app_context():
        for name in ("ann", "bob"):
            add(f"{name}@example.com", is_owner=True)
        db.session.commit()

    def demote(name: str) -> Callable[[], str]:
        def act() -> str:
            user = people.with_email(f"{name}@example.com")
            assert user
            try:
                people.demote(user)
            except people.PersonError:
                db.session.rollback()
                return "refused"
            db.session.commit()
            return "demoted"

        return act

    assert sorted(at_once(database_url, demote("ann"), demote("bob"))) == ["demoted", "refused"]
    with app.app_context():
        assert people.owners() == 1
    close_app(app)


def test_who_is_invited_twice_at_once_is_one_person(database_url: str) -> None:
    app = open_app(database_url)
    with app.app_context():
        add_company("Cedar")
        db.session.commit()

    def invite() -> str:
        company = db.session.get_one(Company, 1)
        db.session.commit()
        try:
            people.invite("ann@example.com", company, "viewer")
        except people.PersonError:
            db.session.rollback()
            return "member already"
        db.session.commit()
        return "invited"

    assert sorted(at_once(database_url, invite, invite)) == ["invited", "member already"]
    close_app(app)


def test_who_is_removed_twice_at_once_is_gone(database_url: str) -> None:
    app = open_app(database_url)
    with app.app_context():
        add("ann@example.com", is_owner=True)
        add("bob@example.com")
        db.session.commit()

    def remove() -> str:
        user = people.with_email("bob@example.com")
        assert user
        db.session.commit()
        try:
            people.remove(user)
        except people.PersonError as error:
            db.session.rollback()
            return str(error)
        db.session.commit()
        return "removed"

    said = sorted(at_once(database_url, remove, remove))
    assert said == ["bob@example.com is removed already.", "removed"]
    close_app(app)


def test_the_last_owner_can_neither_be_removed_nor_demoted(any_app: Flask) -> None:
    with any_app.app_context():
        owner = add("ann@example.com", is_owner=True)
        add("bob@example.com")
        db.session.commit()
        for act in (people.remove, people.demote):
            with pytest.raises(people.PersonError, match="only owner"):
                act(owner)
            db.session.rollback()
        assert people.owners() == 1


def test_who_is_removed_is_gone_with_the_memberships(any_app: Flask) -> None:
    with any_app.app_context():
        company, user = add_company("Cedar"), add("bob@example.com")
        people.join(user, company, "admin")
        db.session.commit()
        people.remove(user)
        db.session.commit()
        assert people.with_email("bob@example.com") is None
        assert db.session.query(Membership).count() == 0


def test_who_is_invited_is_new_once_and_a_member_of_each_company(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        first, second = add_company("Cedar"), add_company("Pine")
        user, is_new = people.invite(" Ann@Example.com ", first, "viewer")
        again, is_still_new = people.invite("ann@example.com", second, "admin")
        assert (user.email, is_new, again, is_still_new) == ("ann@example.com", True, user, False)
        assert people.companies_of(user) == {first.id, second.id}
        with pytest.raises(people.PersonError, match="member already"):
            people.invite("ann@example.com", first, "admin")


def test_an_owner_is_not_invited_anywhere(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        add("ann@example.com", is_owner=True)
        with pytest.raises(people.PersonError, match="every company already"):
            people.invite("ann@example.com", add_company("Cedar"), "viewer")


@pytest.mark.parametrize(
    "typed",
    ["", "@", "ann", "ann@", "@example.com", "a b@example.com", "ann@x\0", "x" * 255 + "@y"],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(people.PersonError, match="not an e-mail address"):
        people.email_of(typed)


def test_the_first_owners_password_must_be_long_enough(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        with pytest.raises(WeakPasswordError):
            people.first_owner("ann@example.com", "short")
        assert people.is_nobody()
