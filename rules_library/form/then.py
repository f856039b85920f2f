"""Values between form and JSON-logic, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from rules_library.logic import CLEAR

from .model import (
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    FormError,
    InlineMap,
    Join,
    Literal,
    LookUp,
    MapRow,
    NotAForm,
    Part,
    Rounded,
    Scalar,
    Several,
    Then,
)
from .when import DEEPEST, is_scalar, operation, read_when, shown, unshown, write_when

_ONE_KEY: Final = 1


def read_then(rule: Any, *, in_parts: bool = False) -> Then | NotAForm:
    """The form of a value, or why there is none.

    Args:
        rule: JSON-logic.
        in_parts: Whether a list has a field for each of its places though none is calculated, as
            for a decision with ``parts``.
    """
    result: Then | NotAForm = shown(_read, rule)
    if in_parts and isinstance(result, Literal) and isinstance(result.value, (list, tuple)):
        return Several(tuple(map(Literal, result.value)))
    return result


def write_then(then: Then) -> Any:
    """The JSON-logic of a value.

    Raises:
        FormError: The form is not filled in; the sentence says what is missing.
    """
    return _write(then, 0)


def _is_literal(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_literal, value))
    return is_scalar(value) or (isinstance(value, dict) and len(value) != 1)


def _read(rule: Any) -> Then:
    found = operation(rule)
    if found is None:
        return Literal(rule) if _is_literal(rule) else Several(tuple(map(_read, rule)))
    name, operands = found
    reader = _READERS.get(name)
    if reader is None or not (operands or name in {"clear", "var"}):
        raise unshown(f'The form has no value for "{name}".')
    return reader(name, operands)


def _read_join(_name: str, operands: list[Any]) -> Join:
    return Join(tuple(map(_read, operands)))


def _read_first(_name: str, operands: list[Any]) -> FirstOf:
    return FirstOf(tuple(map(_read, operands)))


def _read_part(_name: str, operands: list[Any]) -> Part:
    of, *numbers = operands
    return Part(_read(of), *map(_whole, numbers))


def _read_changed(name: Any, operands: list[Any]) -> Changed:
    return Changed(name, _read(operands[0]))


def _read_arithmetic(name: Any, operands: list[Any]) -> Arithmetic:
    return Arithmetic(name, tuple(map(_read, operands)))


def _read_rounded(_name: str, operands: list[Any]) -> Rounded:
    of, *numbers = operands
    return Rounded(_read(of), *map(_whole, numbers))


def _read_days(_name: str, operands: list[Any]) -> DaysLater:
    of, days = operands
    return DaysLater(_read(of), _whole(days))


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise unshown("A place, a length or a number of days in it is calculated, not a whole number.")


def _read_copy(_name: str, operands: list[Any]) -> Copy:
    path, *rest = operands or [""]
    default = rest[0] if rest else None
    if not isinstance(path, str) or not path or not is_scalar(default):
        raise unshown("It reads a fact whose name or default is calculated, or all facts at once.")
    return Copy(path, default)


def _read_lookup(_name: str, operands: list[Any]) -> LookUp:
    table, key, *rest = operands
    several = isinstance(key, (list, tuple))
    if several and not key:
        raise unshown("It looks into a table without a key.")
    keys = tuple(map(_read, key)) if several else (_read(key),)
    fallback = _read(rest[0]) if rest else None
    listed = several and len(keys) == _ONE_KEY and not isinstance(key[0], (list, tuple))
    return LookUp(table, keys, fallback, listed)


def _read_map(_name: str, operands: list[Any]) -> InlineMap:
    rows: list[MapRow] = []
    facts: set[tuple[str, bool]] = set()
    for when, target in zip(operands[0::2], operands[1::2], strict=False):
        form = read_when(when)
        source = _source(form)
        if not isinstance(form, Condition) or source is None:
            raise unshown(
                "It has cases of its own, which are more than a list of map from, map to."
            )
        facts.add((form.fact, form.match_case))
        rows.append(MapRow(source[0], _read(target)))
    if len(facts) != 1:
        raise unshown("Its cases look at different facts, or only some of them match case.")
    ((fact, match_case),) = facts
    otherwise = _read(operands[-1]) if len(operands) % 2 else Literal(None)
    return InlineMap(fact, tuple(rows), otherwise, match_case)


def _source(form: Any) -> tuple[Scalar | tuple[Scalar, ...]] | None:
    """What a row maps from, in a tuple, since nothing is a value too."""
    if not isinstance(form, Condition) or any(isinstance(value, Copy) for value in form.values):
        return None
    values = cast("tuple[Scalar, ...]", form.values)
    if form.operator == "is":
        return (values[0],)
    return (values,) if form.operator == "one_of" else None


_READERS: Final[dict[str, Callable[[str, list[Any]], Then]]] = {
    "var": _read_copy,
    "clear": lambda _name, _operands: Clear(),
    "lookup": _read_lookup,
    "if": _read_map,
    "?:": _read_map,
    "cat": _read_join,
    "or": _read_first,
    "substr": _read_part,
    **dict.fromkeys(("trim", "lower", "upper"), _read_changed),
    **dict.fromkeys("+-*/", _read_arithmetic),
    "round": _read_rounded,
    "add_days": _read_days,
}


def _write(then: Then, depth: int) -> Any:
    if depth > DEEPEST:
        raise FormError(f"Values are nested more than {DEEPEST} deep.")
    match then:
        case Literal(value):
            if not _is_literal(value):
                raise FormError("This value is a formula, not a value.")
            return value
        case Clear():
            return dict(CLEAR)
        case Copy():
            return _write_copy(then)
        case LookUp():
            return _write_lookup(then, depth + 1)
        case InlineMap():
            return _write_map(then, depth + 1)
        case _:
            return _write_formula(then, depth + 1)


def _write_formula(
    then: FirstOf | Join | Part | Changed | Arithmetic | Rounded | DaysLater | Several,
    depth: int,
) -> Any:
    match then:
        case Several(parts):
            return _several(parts, depth)
        case FirstOf(parts):
            return {"or": _several(parts, depth)}
        case Join(parts):
            return {"cat": _several(parts, depth)}
        case Part(of, start, length):
            return {"substr": [_write(of, depth), start, *([] if length is None else [length])]}
        case Changed(how, of):
            return {how: _operand(of, depth)}
        case Arithmetic(name, parts):
            return {name: _enough(name, _several(parts, depth))}
        case Rounded(of, places):
            return {"round": [_write(of, depth), places]}
        case DaysLater(of, days):
            return {"add_days": [_write(of, depth), days]}


def _operand(of: Then, depth: int) -> Any:
    written = _write(of, depth)
    return [written] if isinstance(written, (list, tuple)) else written


def _several(parts: tuple[Then, ...], depth: int) -> list[Any]:
    if not parts:
        raise FormError("Give at least one value.")
    return [_write(part, depth) for part in parts]


def _enough(name: str, written: list[Any]) -> list[Any]:
    most = {"-": 2, "/": 2}.get(name)
    least = 2 if name == "/" else 1
    if len(written) < least or (most and len(written) > most):
        raise FormError(f'"{name}" takes two values.')
    return written


def _write_copy(copy: Copy) -> Any:
    if not copy.fact:
        raise FormError("Choose the field to copy.")
    if not is_scalar(copy.default):
        raise FormError("A default is a plain value.")
    return {"var": copy.fact if copy.default is None else [copy.fact, copy.default]}


def _write_lookup(found: LookUp, depth: int) -> Any:
    if not found.table:
        raise FormError("Choose the table to look into.")
    keys = _several(found.keys, depth)
    plain = not found.listed and not isinstance(keys[0], (list, tuple))
    one = len(keys) == _ONE_KEY and plain
    rest = [] if found.fallback is None else [_write(found.fallback, depth)]
    return {"lookup": [found.table, keys[0] if one else keys, *rest]}


def _write_map(table: InlineMap, depth: int) -> Any:
    if not table.rows:
        raise FormError("Map at least one value.")
    pairs: list[Any] = []
    for row in table.rows:
        several = isinstance(row.source, tuple)
        values = row.source if isinstance(row.source, tuple) else (row.source,)
        operator = "one_of" if several else "is"
        pairs.append(write_when(Condition(table.fact, operator, values, table.match_case)))
        pairs.append(_write(row.target, depth))
    return {"if": [*pairs, _write(table.otherwise, depth)]}
