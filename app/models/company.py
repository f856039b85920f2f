"""Companies, and the people who may see them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Data, Moment, db, now
from qbwc.messages import FIRST_SIZE

if TYPE_CHECKING:
    from app.models.store import Store

OWNER_ID = "{7d1f2f4e-3c0b-4b0e-9a57-5d2c3b1e6a90}"
"""Rulebooks itself, to QuickBooks: one OwnerID an application, one FileID a company file."""


def guid() -> str:
    """A new GUID as QuickBooks writes it, in braces."""
    return "{" + str(uuid.uuid4()) + "}"


class Company(db.Model):  # type: ignore[name-defined,misc]
    """One QuickBooks company file, reached by one Web Connector log-in."""

    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str] = mapped_column(default="US")
    home_currency: Mapped[str] = mapped_column(default="USD")
    zone: Mapped[str] = mapped_column(default="UTC")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    username: Mapped[str] = mapped_column(unique=True)
    password_digest: Mapped[str]
    owner_id: Mapped[str] = mapped_column(default=OWNER_ID)
    file_id: Mapped[str] = mapped_column(default=guid)
    file_seen: Mapped[bool] = mapped_column(default=False)
    """Whether a session has shown our FileID; from then on a file without it is the wrong file."""
    is_practice: Mapped[bool] = mapped_column(default=False)
    """Whether it posts into a practice company file of ours instead of QuickBooks."""
    company_file: Mapped[str] = mapped_column(default="")
    quickbooks: Mapped[str] = mapped_column(default="")
    qbxml_version: Mapped[str] = mapped_column(default="13.0")
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    last_set_id: Mapped[str] = mapped_column(default="")
    """The newMessageSetID of the last settled set that wrote: the next one's oldMessageSetID."""
    set_size: Mapped[int] = mapped_column(default=FIRST_SIZE)
    """How many orders the next message set may carry; adapts to how fast QuickBooks answers."""
    set_up: Mapped[list[str]] = mapped_column(Data, default=list)
    """The steps of the set-up that somebody has gone through."""

    stores: Mapped[list[Store]] = relationship(back_populates="company")


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    """A person who logs in. An owner sees every company; others see those they are members of."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    is_owner: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_login_at: Mapped[datetime | None] = mapped_column(Moment)
    sessions_ended: Mapped[int] = mapped_column(default=0)
    """How often the person ended all their sessions; a session of an earlier count is nobody's."""


class Membership(Base):
    """Which person may see which company."""

    __tablename__ = "memberships"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    role: Mapped[str] = mapped_column(default="viewer")
