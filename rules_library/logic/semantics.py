"""How JavaScript converts and compares JSON values, with exact decimals for its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from . import dates
from .errors import EvaluationError, Run

EXACT: Final = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-308, Emax=308, traps=[])
"""28 digits; what JavaScript calls Infinity or NaN is that here too, for `finite` to refuse."""
WIDE: Final = Context(prec=1400, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])
"""Enough digits for the whole quotient of any two numbers that JavaScript could hold."""

NAN: Final = Decimal("NaN")
INFINITY: Final = Decimal("Infinity")
JS_BLANKS: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims before it reads a number."""

_LONG: Final = 64
_DEEPEST: Final = 100
_LARGEST_INT: Final = 10**28
_PLAIN_DIGITS: Final = 21
_SMALLEST_PLAIN: Final = -6
_DECIMAL: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER: Final = re.compile(rf"[+-]?(?:{_DECIMAL})")
_RADIX: Final = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_INFINITE: Final = re.compile(r"[+-]?Infinity")

Number = int | Decimal


def truthy(value: Any) -> bool:
    """Whether a condition with this value holds: not for null, false, 0, "" and []."""
    return bool(value) or isinstance(value, Mapping)


def is_number(value: Any) -> bool:
    """Whether the value is a JSON number."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def exact(value: float) -> Decimal:
    """The decimal that a float was written as."""
    return Decimal(repr(float(value)))


def finite(value: Number) -> Number:
    """The value itself.

    Raises:
        EvaluationError: It is what JavaScript calls NaN or Infinity.
    """
    if value.__class__ is int or value.is_finite():  # type: ignore[union-attr]
        return value
    raise EvaluationError("This calculation has no result: something in it is no number, or zero.")


def small(value: Number) -> Number:
    """A whole number as it is while it is short, else rounded to the 28 digits of a decimal."""
    if -_LARGEST_INT < value < _LARGEST_INT:
        return value
    return finite(EXACT.plus(Decimal(value)))


def number(value: Any, run: Run) -> Number:
    """The value as JavaScript's Number() sees it; NaN and Infinity come as decimals."""
    kind = value.__class__
    if kind is int or kind is Decimal:
        return value  # type: ignore[no-any-return]
    if isinstance(value, str):
        return _number_in_text(value, run)
    if value is None:
        return 0
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, float):
        return exact(value)
    if isinstance(value, Decimal):
        return value
    return NAN if isinstance(value, Mapping) else _number_in_text(text(value, run), run)


def leading_number(value: Any, run: Run) -> Number:
    """The value as JavaScript's parseFloat() sees it: the number that its text begins with."""
    if is_number(value):
        return number(value, run)
    written = text(value, run).lstrip(JS_BLANKS)
    if len(written) > _LONG:
        run.charge(len(written) >> 4)
    found = _NUMBER.match(written)
    if found:
        return _in_range(Decimal(found[0]))
    if _INFINITE.match(written):
        return INFINITY
    return NAN


def _number_in_text(written: str, run: Run) -> Number:
    if len(written) > _LONG:
        run.charge(len(written) >> 4)
    elif written.isdigit() and written.isascii():
        return int(written)
    written = written.strip(JS_BLANKS)
    if not written:
        return 0
    if _NUMBER.fullmatch(written):
        return _in_range(Decimal(written))
    if _RADIX.fullmatch(written):
        return _in_range(Decimal(int(written, 0)))
    if _INFINITE.fullmatch(written):
        return Decimal(written)
    return NAN


def _in_range(value: Decimal) -> Decimal:
    if value.adjusted() > EXACT.Emax:
        return INFINITY.copy_sign(value)
    return value if value.adjusted() >= EXACT.Etiny() else Decimal(0)


def text(value: Any, run: Run, depth: int = 0) -> str:
    """The value as JavaScript's String() writes it.

    Raises:
        EvaluationError: Lists are nested too deep to be written.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    if isinstance(value, (list, tuple)):
        if depth > _DEEPEST:
            raise EvaluationError("Lists are nested too deep here to be used as text.")
        run.charge(len(value))
        parts = [joined(item, run, depth + 1) for item in value]
        run.charge(sum(map(len, parts)) >> 4)
        return ",".join(parts)
    if isinstance(value, date):
        return value.isoformat()
    return "[object Object]"


def joined(value: Any, run: Run, depth: int = 0) -> str:
    """The value as a part of a longer text, in which null is nothing."""
    return "" if value is None else text(value, run, depth)


def number_text(value: float | Decimal) -> str:
    """A number as JavaScript writes it, with all its digits: 19.9, 1e+21, 0.3."""
    if isinstance(value, int) and -(10**_PLAIN_DIGITS) < value < 10**_PLAIN_DIGITS:
        return str(int(value))
    decimal = exact(value) if isinstance(value, float) else Decimal(value)
    if not decimal.is_finite():
        return "NaN" if decimal.is_nan() else ("Infinity" if decimal > 0 else "-Infinity")
    if not decimal:
        return "0"
    sign, figures, exponent = decimal.as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(exponent)
    digits = digits.rstrip("0")
    minus = "-" if sign else ""
    if len(digits) <= point <= _PLAIN_DIGITS:
        return minus + digits.ljust(point, "0")
    if 0 < point <= _PLAIN_DIGITS:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{minus}{digits[0]}{fraction}e{point - 1:+d}"


def order(left: Any, right: Any, run: Run) -> int | None:
    """How JavaScript's < and > see two values: -1, 0, 1, or None when they have no order."""
    if isinstance(left, date) or isinstance(right, date):
        return dates.order(left, right)
    if isinstance(left, (list, tuple, Mapping)):
        left = text(left, run)
    if isinstance(right, (list, tuple, Mapping)):
        right = text(right, run)
    if isinstance(left, str) and isinstance(right, str):
        if left.isascii() or right.isascii():
            return _sign(left, right)
        return _sign(_utf16(left), _utf16(right))
    first, second = number(left, run), number(right, run)
    if first != first or second != second:  # noqa: PLR0124 - NaN is the number that is not itself
        return None
    return _sign(first, second)


def _sign(first: Any, second: Any) -> int:
    return int(first > second) - int(first < second)


def _utf16(written: str) -> bytes:
    return written.encode("utf-16-be", "surrogatepass")


def units(written: str, run: Run) -> str:
    """The text with one character for each that JavaScript counts: two for an emoji.

    Args:
        written: Any text.
        run: Pays for looking at long text.
    """
    if written.isascii():
        return written
    run.charge(len(written) >> 4)
    return "".join(map(_halves, written)) if max(written) > "\uffff" else written


def whole(written: str) -> str:
    """Text from `units` as Python counts it; half an emoji at a cut end is dropped."""
    return written if written.isascii() else _utf16(written).decode("utf-16-be", "ignore")


def _halves(char: str) -> str:
    above = ord(char) - 0x10000
    return char if above < 0 else chr(0xD800 + (above >> 10)) + chr(0xDC00 + (above & 0x3FF))
