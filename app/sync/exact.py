"""Sums of money in SQL, exact in both databases.

SQLite keeps amounts as text and knows only floats and whole numbers: amounts are added as whole
numbers of the smallest fraction that a column keeps.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, cast, func

from app.models import db
from app.models.base import FINEST, from_whole


def whole(amount: Any) -> ColumnElement[Any]:
    """An amount's column as a whole number of its smallest fraction; nothing is 0."""
    number: ColumnElement[Any] = func.coalesce(amount, 0)
    if db.engine.dialect.name == "sqlite":
        number = func.round(cast(number, Float) * FINEST)
    else:
        number = number * FINEST
    return cast(number, BigInteger)


def amount(total: Any) -> Decimal:
    """The amount that a sum of whole numbers is; nothing is 0."""
    return from_whole(total or 0)
