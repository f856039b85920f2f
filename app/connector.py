"""What the Web Connector is given to reach a company: its file, its password, its FileID."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import current_app

from app.models import Company, guid
from app.security import digest, new_connector_password
from app.settings import Settings
from app.soap import PATH
from qbwc.connector import qwc

MINUTES: Final = 15
"""How often it runs unless told otherwise."""


def file_of(company: Company, *, address: str = "", minutes: int = MINUTES) -> bytes:
    """The .QWC file that adds the company to the Web Connector.

    Args:
        company: Which.
        address: The public address of the installation; by default its own setting.
        minutes: How often the Web Connector runs.

    Raises:
        qbwc.connector.ConnectorFileError: The Web Connector would refuse it.
    """
    settings: Settings = current_app.config["SETTINGS"]
    endpoint = (address or settings.url) + PATH
    return qwc(
        url=endpoint,
        user_name=company.username,
        owner_id=UUID(company.owner_id),
        file_id=UUID(company.file_id),
        support=endpoint,
        display_name=f"Rulebooks: {company.name}",
        every_minutes=minutes,
    )


def new_password(company: Company) -> str:
    """A new password for the company's Web Connector; the old one ends. The caller commits."""
    password = new_connector_password()
    company.password_digest = digest(password)
    return password


def new_file_id(company: Company) -> None:
    """Another FileID, for a company file that refuses the present one. The caller commits."""
    company.file_id, company.file_seen = guid(), False
