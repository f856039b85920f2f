"""The people who may log in: what the command line and the pages share.

An owner of the installation sees every company; other people are members of companies. There is
always an owner: the last one can neither be removed nor made a mere member.
"""

from __future__ import annotations

from sqlalchemy import delete, exists, func, select, text, update

from app.models import Company, Membership, User, db
from app.security import hash_password

LONGEST_EMAIL = 254
NO_PASSWORD = "!"  # noqa: S105 - no hash: nobody logs in with it
"""The hash of somebody who was invited and has not chosen a password yet."""


class PersonError(ValueError):
    """That cannot be done with a person; the sentence says why."""


class AlreadySetUpError(PersonError):
    """There are people already, so nobody becomes an owner just by asking."""


def email_of(typed: str) -> str:
    """The e-mail address as it is kept.

    Raises:
        PersonError: It is none.
    """
    email = typed.strip().casefold()
    name, _, host = email.rpartition("@")
    if not (name and host) or not email.isprintable() or len(email) > LONGEST_EMAIL or " " in email:
        raise PersonError(f"{email[:80]!r} is not an e-mail address.")
    return email


def with_email(email: str) -> User | None:
    """The person of that address."""
    found: User | None = db.session.scalar(select(User).where(User.email == email))
    return found


def is_nobody() -> bool:
    """Whether nobody can log in yet: the installation is new."""
    return not db.session.scalar(select(exists(select(User.id))))


def first_owner(email: str, password: str) -> User:
    """Make the first owner, and only the first, however many ask at once; commits.

    Raises:
        AlreadySetUpError: Somebody was faster.
        PersonError: The address is none.
        WeakPasswordError: The password is too short or too long.
    """
    user = User(email=email_of(email), password_hash=hash_password(password), is_owner=True)
    _lock()
    if not is_nobody():
        db.session.rollback()
        raise AlreadySetUpError("The owner is there already: log in instead.")
    db.session.add(user)
    db.session.commit()
    return user


def invite(email: str, company: Company | None, role: str) -> tuple[User, bool]:
    """Let a person into a company, or make them an owner of everything; the caller commits.

    Returns:
        The person, and whether they are new and have to choose a password.

    Raises:
        PersonError: The address is none, or they are in already.
    """
    email = email_of(email)
    _lock()
    user = with_email(email)
    is_new = user is None
    if user is None:
        user = User(email=email, password_hash=NO_PASSWORD)
        db.session.add(user)
        db.session.flush()
    if user.is_owner:
        raise PersonError(f"{email} is an owner and sees every company already.")
    if company is None:
        user.is_owner = True
    elif db.session.get(Membership, (user.id, company.id)) is not None:
        raise PersonError(f"{email} is a member already; change the role in the list below.")
    else:
        join(user, company, role)
    return user, is_new


def join(user: User, company: Company, role: str) -> None:
    """Make a person a member of a company, or change their role there; the caller commits."""
    member = db.session.get(Membership, (user.id, company.id))
    if member is None:
        db.session.add(Membership(user_id=user.id, company_id=company.id, role=role))
    else:
        member.role = role


def leave(user: User, company: Company) -> None:
    """Let a person see a company no more; the caller commits."""
    db.session.execute(
        delete(Membership).where(Membership.user_id == user.id, Membership.company_id == company.id)
    )


def demote(user: User) -> None:
    """Make an owner of the installation a mere person; the caller commits.

    Raises:
        PersonError: It is the last owner.
    """
    _keep_an_owner(user)
    user.is_owner = False


def remove(user: User) -> None:
    """Remove a person altogether; the caller commits.

    Raises:
        PersonError: It is the last owner.
    """
    _keep_an_owner(user)
    db.session.execute(delete(Membership).where(Membership.user_id == user.id))
    db.session.delete(user)


def companies_of(user: User) -> set[int]:
    """The ids of the companies that a person is a member of."""
    return set(
        db.session.scalars(select(Membership.company_id).where(Membership.user_id == user.id))
    )


def owners() -> int:
    """How many owners the installation has."""
    return db.session.scalar(select(func.count()).where(User.is_owner)) or 0


def _keep_an_owner(user: User) -> None:
    email = user.email
    _lock()
    if db.session.get(User, user.id, populate_existing=True) is None:
        raise PersonError(f"{email} is removed already.")
    if user.is_owner and owners() == 1:
        raise PersonError(
            f"{user.email} is the only owner. Make somebody else an owner first, "
            "or nobody could manage this installation."
        )


def _lock() -> None:
    """Let nobody else change people until this transaction ends."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    else:  # an update of no row is enough for SQLite's only write lock
        db.session.execute(update(User).where(User.id < 0).values(is_owner=False))
