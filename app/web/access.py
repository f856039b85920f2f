"""Who is logged in, and which companies they may see."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from flask import Flask, abort, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import Select, func, select

from app.models import Company, Membership, User, db, now

MOST = 2**31 - 1
"""The largest id that both databases hold."""
STAMP = "stamp"


def prepare(app: Flask) -> None:
    """Let people log in to the application."""
    manager = LoginManager(app)
    manager.login_view = "account.login"
    manager.login_message = None
    manager.user_loader(_load)


def log_in(user: User) -> None:
    """Begin a session of that person's own."""
    session.clear()
    session.permanent = True
    session[STAMP] = _stamp(user)
    login_user(user)
    user.last_login_at = now()
    db.session.commit()


def log_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def companies() -> Select[Company]:
    """The companies that the person who asks may see."""
    chosen = select(Company)
    if not current_user.is_owner:
        member = (Membership.company_id == Company.id) & (Membership.user_id == current_user.id)
        chosen = chosen.join(Membership, member)
    return chosen.order_by(func.lower(Company.name))


def company_or_404(company_id: int) -> Company:
    """The company, if the person may see it; what they may not see does not exist for them."""
    found: Company | None = db.session.scalar(companies().where(Company.id == company_id))
    if found is None:
        abort(404)
    return found


def _load(user_id: str) -> User | None:
    if not (user_id.isascii() and user_id.isdigit()) or int(user_id) > MOST:
        return None
    user: User | None = db.session.get(User, int(user_id))
    given: Any = session.get(STAMP)
    if user is None or not isinstance(given, str):
        return None
    return user if hmac.compare_digest(given, _stamp(user)) else None


def _stamp(user: User) -> str:
    """Changes with the password, so that a new password ends every session."""
    return sha256(user.password_hash.encode()).hexdigest()[:16]
