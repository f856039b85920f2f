"""Tokens by which programs reach a company through the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Moment, now


class ApiToken(Base):
    """One program's way in; only a digest of the token is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str]
    scope: Mapped[str]
    """What it may do, as a role: a key of app.tokens.SCOPES."""
    digest: Mapped[str] = mapped_column(unique=True)
    start: Mapped[str]
    """Its first characters, by which people tell tokens apart."""
    who: Mapped[str] = mapped_column(default="")
    """Who made it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
