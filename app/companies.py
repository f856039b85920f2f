"""Adding and renaming companies: what the command line and the pages share."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.numbers import list_currencies
from sqlalchemy.exc import IntegrityError

from app.models import Company, db
from app.security import digest, new_connector_password

LONGEST_NAME = 120


class CompanyError(ValueError):
    """A company cannot be like that; says which field, and why."""

    def __init__(self, field: str, sentence: str) -> None:
        """Blame the field: name, country, home_currency or zone."""
        super().__init__(sentence)
        self.field = field


def add(
    name: str, *, country: str, home_currency: str, zone: str, is_practice: bool = False
) -> tuple[Company, str]:
    """A new company, and the password of its Web Connector, which nobody can ask for again.

    The caller commits.

    Args:
        name: What it is called here; not yet another company's name.
        country: ISO 3166 code of two letters.
        home_currency: ISO 4217 code.
        zone: A time zone's name, e.g. America/New_York.
        is_practice: Whether it posts into a practice company file instead of QuickBooks.

    Raises:
        CompanyError: One of them cannot be used.
    """
    name, country, home_currency = _name(name), country.upper(), home_currency.upper()
    if country not in get_global("territory_currencies"):
        raise CompanyError(
            "country", f"{country!r} is not the code of a country, such as US or CA."
        )
    if home_currency not in list_currencies():
        raise CompanyError(
            "home_currency", f"{home_currency!r} is not the code of a currency, such as USD."
        )
    check_zone(zone)
    password = new_connector_password()
    company = Company(
        name=name,
        country=country,
        home_currency=home_currency,
        zone=zone,
        username=f"rulebooks-{secrets.token_hex(4)}",
        password_digest=digest(password),
        is_practice=is_practice,
    )
    db.session.add(company)
    _flush(name)
    return company, password


def rename(company: Company, name: str) -> None:
    """Give the company another name; the caller commits.

    Raises:
        CompanyError: The name cannot be used.
    """
    company.name = _name(name)
    _flush(company.name)


def check_zone(zone: str) -> None:
    """Refuse what is no time zone.

    Raises:
        CompanyError: It is none.
    """
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise CompanyError(
            "zone", f"{zone!r} is not a time zone, such as America/New_York."
        ) from None


def _name(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable():
        raise CompanyError("name", "A company needs a name, on one line.")
    if name.isdigit():
        raise CompanyError(
            "name", "A company's name cannot be a number: that would be taken for an id."
        )
    if len(name) > LONGEST_NAME:
        raise CompanyError("name", f"A name has at most {LONGEST_NAME} characters.")
    return name


def _flush(name: str) -> None:
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CompanyError("name", f"There is a company {name!r} already.") from None
