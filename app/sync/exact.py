"""Sums of money in SQL, exact in both databases.

SQLite keeps amounts as text and knows only floats and whole numbers: amounts are added as whole
numbers of the smallest fraction that a column keeps.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Float, cast, func

from app.models import db

_FINEST: Final = 100_000
_CENT: Final = Decimal("0.01")


def whole(amount: Any) -> ColumnElement[Any]:
    """An amount's column as a whole number of its smallest fraction; nothing is 0."""
    number: ColumnElement[Any] = func.coalesce(amount, 0)
    if db.engine.dialect.name == "sqlite":
        number = func.round(cast(number, Float) * _FINEST)
    else:
        number = number * _FINEST
    return cast(number, BigInteger)


def amount(total: Any) -> Decimal:
    """The amount that a sum of whole numbers is; with more than two decimals only where needed."""
    exact = Decimal(total or 0) / _FINEST
    cents = exact.quantize(_CENT)
    return cents if cents == exact else exact
