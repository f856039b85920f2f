"""A decision: one configuration choice, declared once, and the kinds of value it may have."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Protocol

from rules_library.logic import CLEAR

Group = Literal[
    "Routing", "Customer", "Header", "Items", "Charges", "Tax", "Payment", "Refunds",
    "Purchasing", "Inventory", "From QuickBooks", "Notices",
]  # fmt: skip
Scope = Literal["order", "line", "charge", "payment", "refund", "item", "sale"]
APART: frozenset[Scope] = frozenset({"item", "sale"})
"""Scopes of what QuickBooks holds: decisions there know of no order, only of a store."""


MOST_PIECES = 10**9


class BadValueError(ValueError):
    """A rule gave something that the decision cannot use; the order is held with this sentence."""


class Kind(Protocol):
    """What a decision's value may be."""

    def read(self, value: Any) -> Any:
        """The value as planning uses it; raises BadValueError with the reason."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a fixed set of keys, each with its label."""

    options: Mapping[str, str]

    def read(self, value: Any) -> str:
        """The key."""
        if isinstance(value, str) and value in self.options:
            return value
        raise BadValueError(f"{value!r} is none of {', '.join(self.options)}")


@dataclass(frozen=True, slots=True)
class Choices:
    """An ordered list of keys out of a fixed set."""

    options: Mapping[str, str]

    def read(self, value: Any) -> tuple[str, ...]:
        """The keys in order; a single key stands for a list of one."""
        chosen = value if isinstance(value, (list, tuple)) else [value]
        for key in chosen:
            if not isinstance(key, str) or key not in self.options:
                raise BadValueError(f"{key!r} is none of {', '.join(self.options)}")
        return tuple(chosen)


@dataclass(frozen=True, slots=True)
class YesNo:
    """True or false."""

    def read(self, value: Any) -> bool:
        """The truth; nothing is false, and text is refused rather than guessed at."""
        if value is None or isinstance(value, bool):
            return bool(value)
        raise BadValueError(f"{value!r} is neither true nor false")


@dataclass(frozen=True, slots=True)
class OptionalFlag:
    """True, false, or nothing: the element is not sent."""

    def read(self, value: Any) -> bool | None:
        """The flag."""
        return None if value is None else YesNo().read(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Free text; how many characters QuickBooks takes is the document's own fact."""

    def read(self, value: Any) -> Any:
        """The text, trimmed; empty is nothing."""
        if value is None or value is CLEAR:
            return value
        if isinstance(value, (dict, list)):
            raise BadValueError(f"{value!r} is not text")
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return format(value, "f")
        return str(value).strip() or None


def _number(value: Any, what: str = "a number") -> Decimal | None:
    """A number as rules give it; None when there is none; raises BadValueError for all else."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BadValueError(f"{value!r} is not {what}") from None
    if not number.is_finite():
        raise BadValueError(f"{value!r} is not {what}")
    return number


def _below_a_million(value: Any) -> Decimal | None:
    number = _number(value)
    if number is not None and not 0 < number < 1_000_000:  # noqa: PLR2004 - a plain number
        raise BadValueError(f"{value!r} is not a number between 0 and a million")
    return number


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with at most two decimals."""

    def read(self, value: Any) -> Decimal | None:
        """The amount."""
        amount = _number(value, "an amount")
        if amount is None:
            return None
        try:
            cents = amount.quantize(Decimal("0.01"))
        except InvalidOperation:
            raise BadValueError(f"{value!r} is not an amount") from None
        if cents != amount:
            raise BadValueError(f"{value!r} has more than two decimals")
        return cents


@dataclass(frozen=True, slots=True)
class Factor:
    """A number above zero with at most five decimals, as QuickBooks' quantities have."""

    def read(self, value: Any) -> Decimal | None:
        """The number."""
        number = _below_a_million(value)
        if number is not None and round(number, 5) != number:
            raise BadValueError(f"{value!r} has more than five decimals")
        return number


@dataclass(frozen=True, slots=True)
class Rate(Factor):
    """A rate of exchange: a number above zero, kept to ten decimals."""

    def read(self, value: Any) -> Decimal | None:
        """The rate."""
        number = _below_a_million(value)
        return None if number is None else round(number, 10)


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number of pieces; a broken one is rounded down, and less than none is none."""

    def read(self, value: Any) -> Decimal | None:
        """The number; None when there is none."""
        number = _number(value, "a number of pieces")
        if number is None:
            return None
        if abs(number) >= MOST_PIECES:
            raise BadValueError(f"{value!r} is not a number of pieces")
        return max(number, Decimal(0)).to_integral_value(ROUND_FLOOR)


@dataclass(frozen=True, slots=True)
class Day:
    """A date."""

    def read(self, value: Any) -> Any:
        """The date, from ISO text or a date-time's day."""
        if value is None or value is CLEAR or value == "":
            return value or None
        if isinstance(value, date):
            return date(value.year, value.month, value.day)
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            raise BadValueError(f"{value!r} is not a date (year-month-day)") from None


@dataclass(frozen=True, slots=True)
class Reference:
    """The FullName of an entry of a QuickBooks list; nothing means: element not sent."""

    list: str
    create: bool = False
    """Whether an entry that is missing may be created just from its name."""

    def read(self, value: Any) -> Any:
        """The name."""
        if isinstance(value, (bool, int, Decimal)):
            raise BadValueError(f"{value!r} is not the name of a {self.list}")
        return Text().read(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """One configuration choice. Either it fills an element, or a planning module honours it."""

    key: str
    label: str
    help: str
    group: Group
    kind: Kind
    default: Any = None
    """JSON-logic; a top-level ``if`` is cases and otherwise."""
    titles: tuple[str, ...] = ()
    """Titles of the default's cases, in order."""
    scope: Scope = "order"
    also: tuple[Scope, ...] = ()
    """Further scopes in which it is decided."""
    fills: str = ""
    """The qbXML element that it fills on every document that has it."""
    honoured_by: str = ""
    """The planning module that honours it, e.g. ``qbwc.planning.tax``."""
    keeps_shape: bool = True
    """Whether a posted order keeps the value that it was posted with."""
    collects: bool = False
    """Whether every case that fits adds a value, instead of the first giving the only one.

    The otherwise is then the list of values that are always added, after those of the cases.
    """

    def read(self, value: Any) -> Any:
        """The value as planning uses it; of a decision that collects, a tuple of all in a list.

        Raises:
            BadValueError: the value is of no use, with the reason.
        """
        if not self.collects:
            return self.read_one(value)
        given = value if isinstance(value, (list, tuple)) else [value]
        return tuple(one for part in given if (one := self.read_one(part)) is not None)

    def read_one(self, value: Any) -> Any:
        """The value of one case; only an element can be cleared, all else is left out.

        Raises:
            BadValueError: the value is of no use, with the reason.
        """
        return self.kind.read(None if value is CLEAR and not self.fills else value)

    @property
    def list(self) -> str:
        """The QuickBooks list whose entries its values name; "" for none."""
        name: str = getattr(self.kind, "list", "")
        return name

    @property
    def parts(self) -> tuple[str, ...]:
        """What the parts of a value are called, for a kind whose values have several."""
        names: tuple[str, ...] = getattr(self.kind, "parts", ())
        return names

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope in which it is decided."""
        return (self.scope, *self.also)


@cache
def decisions() -> Mapping[str, Decision]:
    """Every declared decision by key, in the order of their modules and places."""
    package = importlib.import_module("rules_library.decisions")
    found: dict[str, Decision] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for decision in vars(module).values():
            if isinstance(decision, Decision):
                if decision.key in found:
                    raise TypeError(f"the decision {decision.key} is declared twice")
                found[decision.key] = decision
    return found


@cache
def decisions_of(scope: Scope) -> tuple[Decision, ...]:
    """The decisions that are made in a scope."""
    return tuple(decision for decision in decisions().values() if scope in decision.scopes)
