"""What a preset asks for: typed inputs, and how each kind is checked and put into a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from rules_library.decision import decisions
from rules_library.facts import FACTS


class InputError(ValueError):
    """One input is missing or wrong; the sentence says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing that a preset asks for."""

    name: str
    label: str
    kind: str
    """One of KINDS."""
    help: str = ""
    required: bool = True
    default: Any = None
    list: str = ""
    """The QuickBooks list that a reference is from."""
    decision: str = ""
    """The decision that a choice is one of."""
    columns: tuple[str, ...] = field(default=())
    """What the columns of a table hold; the last one is the value."""

    def read(self, value: Any) -> Any:
        """The value as it goes into the rule; raises InputError."""
        if value is None or value in ("", []):
            if self.default is None and self.required:
                raise InputError(f"{self.name}: {self.label} is needed")
            if self.default is None:
                return None
            value = self.default
        try:
            return KINDS[self.kind](self, value)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None


def _text(_input: Input, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{value!r} is not text")
    return value.strip()


def _texts(one: Input, value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{value!r} is not a list of texts")
    return [_text(one, part) for part in value]


def _decimal(value: Any, what: str) -> Decimal:
    try:
        number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal("1e12"):
        raise InputError(f"{value!r} is not {what}")
    return number


def _money(_input: Input, value: Any) -> str:
    amount = _decimal(value, "an amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise InputError(f"{value!r} has more than two decimals")
    return f"{amount:.2f}"


def _number(_input: Input, value: Any) -> int:
    number = _decimal(value, "a whole number")
    if number != number.to_integral_value():
        raise InputError(f"{value!r} is not a whole number")
    return int(number)


def _yes_no(_input: Input, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{value!r} is neither true nor false")
    return value


def _fact(_input: Input, value: Any) -> str:
    if isinstance(value, str):
        group, _, rest = value.partition(".")
        if value in FACTS or (rest and group in {"custom", "raw"}):
            return value
    raise InputError(f"there is no fact {value!r}; custom.NAME and raw.PATH are the store's own")


def _choice(one: Input, value: Any) -> str:
    options: Mapping[str, str] = getattr(decisions()[one.decision].kind, "options", {})
    if not isinstance(value, str) or value not in options:
        raise InputError(f"{value!r} is none of {', '.join(options)}")
    return value


def _table(one: Input, value: Any) -> list[list[Any]]:
    width = len(one.columns)
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{value!r} is not a list of rows ({', '.join(one.columns)})")
    for number, row in enumerate(value, start=1):
        if not isinstance(row, (list, tuple)) or len(row) != width:
            raise InputError(f"row {number} is not {width} cells ({', '.join(one.columns)})")
        if not all(isinstance(cell, (str, bool, int)) for cell in row):
            raise InputError(f"row {number} has a cell that is neither text nor a whole number")
    return [list(row) for row in value]


KINDS: Final[Mapping[str, Callable[[Input, Any], Any]]] = {
    "text": _text,
    "texts": _texts,
    "money": _money,
    "number": _number,
    "yes/no": _yes_no,
    "fact": _fact,
    "reference": _text,
    "choice": _choice,
    "table": _table,
}
"""Every kind of input; texts may be given as a list or as text with commas."""
