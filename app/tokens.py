"""API tokens: made with a name and a scope, shown once, kept as digests, found, revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from app.models import ApiToken, Company, db, now
from app.security import digest

MARK: Final = "rb_"
"""What every token begins with, so that people and scanners of leaked secrets know one."""
BYTES: Final = 32
LONGEST: Final = 200
LONGEST_NAME: Final = 100
START: Final = 8
SCOPES: Final[dict[str, str]] = {
    "viewer": "Read: orders, documents, rules, the log",
    "bookkeeper": "Read, send orders in, post, hold, skip and answer them, sync now",
    "admin": "All of that, and change rules, tables, stores and settings",
}
"""What a token may be made for: roles as people have them, so the same table says what they may."""
USED_EVERY: Final = timedelta(minutes=1)
"""How often a token's use is noted."""


class TokenError(ValueError):
    """A token cannot be made like that."""


def create(company: Company, name: str, scope: str, *, who: str) -> tuple[ApiToken, str]:
    """A new token; its text is in this answer only. The caller commits.

    Raises:
        TokenError: The name or the scope cannot be used.
    """
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise TokenError(f"A token needs a name of at most {LONGEST_NAME} characters, on one line.")
    if scope not in SCOPES:
        raise TokenError(f"{scope!r} is none of {', '.join(SCOPES)}.")
    text = MARK + secrets.token_urlsafe(BYTES)
    row = ApiToken(
        company_id=company.id,
        name=name,
        scope=scope,
        digest=digest(text),
        start=text[:START],
        who=who,
    )
    db.session.add(row)
    db.session.flush()
    return row, text


def find(token: str) -> tuple[Company, ApiToken] | None:
    """Whose token that is and what it may do (``scope``, a role); None for one that is not valid.

    Its use is noted and committed, about once a minute.
    """
    if not token.startswith(MARK) or len(token) > LONGEST:
        return None
    found = db.session.execute(
        select(Company, ApiToken)
        .join(ApiToken, ApiToken.company_id == Company.id)
        .where(ApiToken.digest == digest(token), ApiToken.revoked_at.is_(None))
    ).one_or_none()
    if found is None:
        return None
    company, row = found
    if row.used_at is None or now() - row.used_at > USED_EVERY:
        db.session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_at=now()))
        db.session.commit()
    return company, row


def tokens(company: Company) -> list[ApiToken]:
    """The company's tokens that are valid, the newest first."""
    query = select(ApiToken).where(ApiToken.company_id == company.id, ApiToken.revoked_at.is_(None))
    return list(db.session.scalars(query.order_by(ApiToken.id.desc())))


def revoke(company: Company, token_id: int) -> ApiToken | None:
    """End a token for ever; None if the company has no such token. The caller commits."""
    found = next((one for one in tokens(company) if one.id == token_id), None)
    if found is not None:
        found.revoked_at = now()
    return found
