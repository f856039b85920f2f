"""Conditions between form and JSON-logic, in both directions."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from rules_library import logic

from .model import (
    LISTS,
    Always,
    Condition,
    Copy,
    FormError,
    Group,
    Lines,
    NotAForm,
    Operand,
    When,
)
from .vocabulary import OPERATORS, Operator

DEEPEST: Final = 45
"""Groups inside groups; a rule itself may be 50 deep."""

_QUANTIFIERS: Final = {"any": "some", "every": "all", "no": "none"}
_BY_LOGIC: Final = {
    (row.logic, row.negated): row for row in OPERATORS.values() if row.key != "between"
}
_EXACT: Final = {"==": "is", "!=": "is_not"}
_MIRRORED: Final = {
    "==": "==", "!=": "!=", "===": "===", "!==": "!==", "is": "is", "is_not": "is_not",
    ">": "<", "<": ">", ">=": "<=", "<=": ">=", "on": "on",
    "before": "after", "after": "before",
    "on_or_before": "on_or_after", "on_or_after": "on_or_before",
}  # fmt: skip
_RANGE: Final = 3


class _Unshown(Exception):  # noqa: N818 - it never leaves this package
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(read: Callable[[Any], Any], rule: Any) -> Any:
    """What a reader makes of a rule, or the reason why there is no form of it."""
    try:
        logic.compile_rule(rule)
        return read(rule)
    except logic.RuleError as error:
        return NotAForm(f"It cannot be run: {error.sentence}")
    except _Unshown as unshown:
        return NotAForm(unshown.reason)


def unshown(reason: str) -> Exception:
    """The reason why there is no form, to be raised."""
    return _Unshown(reason)


def operation(rule: Any) -> tuple[str, list[Any]] | None:
    """The operator and the operands of an expression; None for a literal."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return None
    ((name, operands),) = rule.items()
    return name, list(operands) if isinstance(operands, (list, tuple)) else [operands]


def is_scalar(value: Any) -> bool:
    """Whether a value is one that a person can type into a field."""
    if isinstance(value, (float, Decimal)):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int))


def read_when(rule: Any) -> When | NotAForm:
    """The form of a condition, or why there is none."""
    result: When | NotAForm = shown(lambda rule: _read(rule, ""), rule)
    return result


def write_when(when: When) -> Any:
    """The JSON-logic of a condition.

    Raises:
        FormError: The form is not filled in; the sentence says what is missing.
    """
    return _write(when, "", 0)


def path_of(rule: Any) -> str | None:
    """The path that a plain `var` without a default reads."""
    found = operation(rule)
    if found is None or found[0] != "var" or len(found[1]) != 1:
        return None
    (path,) = found[1]
    return path if isinstance(path, str) and path else None


def _fact(rule: Any, group: str) -> str | None:
    path = path_of(rule)
    return f"{group}.{path}" if path and group else path


def _operand(rule: Any, group: str) -> Operand:
    if is_scalar(rule):
        scalar: Operand = rule
        return scalar
    path = _fact(rule, group)
    if path is None:
        raise _Unshown("It compares with a value that is calculated, or with a list.")
    return Copy(path)


def _read(rule: Any, group: str) -> When:
    found = operation(rule)
    if found is None:
        if not is_scalar(rule):
            raise _Unshown("A list or an object stands where a condition should be.")
        return Always(logic.truthy(rule))
    name, operands = found
    if name == "var":
        return Condition(_only_fact(rule, group), "is_true")
    if name in {"and", "or"}:
        items = tuple(_read(item, group) for item in operands)
        return Group("all" if name == "and" else "any", items)
    if name == "!!":
        return _read(operands[0], group)
    if name == "!":
        return _read_not(operands[0], group)
    for kind, quantifier in _QUANTIFIERS.items():
        if name == quantifier:
            return _read_lines(kind, operands, group)
    return _read_condition(name, operands, group, negated=False)


def _only_fact(rule: Any, group: str) -> str:
    path = _fact(rule, group)
    if path is None:
        raise _Unshown("It reads a fact with a default, or a whole element, not one plain fact.")
    return path


def _read_not(inner: Any, group: str) -> When:
    found = operation(inner)
    if found:
        name, operands = found
        if name == "var":
            return Condition(_only_fact(inner, group), "is_false")
        if name == "or":
            return Group("none", tuple(_read(item, group) for item in operands))
        if (name, True) in _BY_LOGIC or name == "in":
            return _read_condition(name, operands, group, negated=True)
    return Group("none", (_read(inner, group),))


def _read_lines(kind: Any, operands: list[Any], group: str) -> Lines:
    source, where = operands
    name = path_of(source)
    if group:
        raise _Unshown("It goes through a list inside a list.")
    if name is None or name not in LISTS:
        raise _Unshown(f"It goes through a list that is none of {', '.join(LISTS)}.")
    return Lines(kind, _read(where, LISTS[name]), name)


def _read_condition(name: str, operands: list[Any], group: str, *, negated: bool) -> When:
    if name == "in":
        return _read_in(operands, group, negated=negated)
    if name in {"<", "<="} and len(operands) == _RANGE:
        return _read_range(name, operands, group)
    row = OPERATORS[_EXACT[name]] if name in _EXACT else _BY_LOGIC.get((name, negated))
    if row is None:
        raise _Unshown(f'The form has no condition for "{name}".')
    fact = _fact(operands[0], group)
    if fact is None and name in _MIRRORED and _fact(operands[1], group):
        return _read_condition(_MIRRORED[name], operands[::-1], group, negated=negated)
    if fact is None:
        raise _Unshown("It compares something that is calculated, not a fact.")
    values = _list(operands[1]) if row.values is None else operands[1:]
    read = tuple(_operand(value, group) for value in values)
    return Condition(fact, row.key, read, match_case=name in _EXACT)


def _list(options: Any) -> list[Any]:
    if not isinstance(options, (list, tuple)) or not options or not all(map(is_scalar, options)):
        raise _Unshown("It looks into a list that is empty or is not a plain list of values.")
    return list(options)


def _read_in(operands: list[Any], group: str, *, negated: bool) -> Condition:
    part, container = operands
    fact = _fact(container, group)
    if fact:
        key = "not_contains" if negated else "contains"
        return Condition(fact, key, (_operand(part, group),), match_case=True)
    fact = _fact(part, group)
    if fact is None:
        raise _Unshown("It compares something that is calculated, not a fact.")
    key = "none_of" if negated else "one_of"
    return Condition(fact, key, tuple(_list(container)), match_case=True)


def _read_range(name: str, operands: list[Any], group: str) -> When:
    low, middle, high = operands
    fact = _fact(middle, group)
    if fact is None:
        raise _Unshown("It compares something that is calculated, not a fact.")
    least, most = _operand(low, group), _operand(high, group)
    if name == "<=":
        return Condition(fact, "between", (least, most))
    return Group("all", (Condition(fact, "greater", (least,)), Condition(fact, "less", (most,))))


def _write(when: When, group: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise FormError(f"Groups are nested more than {DEEPEST} deep.")
    match when:
        case Always(holds):
            return holds
        case Group(kind, items):
            if not items:
                raise FormError("A group needs at least one condition.")
            written = [_write(item, group, depth + 1) for item in items]
            return {"and": written} if kind == "all" else _any(written, negated=kind == "none")
        case Lines(kind, where, name):
            if group:
                raise FormError(f"A condition on a {group} cannot go through another list.")
            if name not in LISTS:
                raise FormError(f"An order has no list called {name}.")
            return {_QUANTIFIERS[kind]: [{"var": name}, _write(where, LISTS[name], depth + 1)]}
        case Condition():
            return _write_condition(when, group)


def _any(written: list[Any], *, negated: bool) -> Any:
    return {"!": {"or": written}} if negated else {"or": written}


def _var(fact: str, group: str) -> dict[str, str]:
    if not fact:
        raise FormError("Choose the field that the condition looks at.")
    if not group:
        return {"var": fact}
    inside = fact.removeprefix(f"{group}.")
    if inside in {fact, ""}:
        raise FormError(f"Inside a list, only fields of the {group} can be used, not {fact}.")
    return {"var": inside}


def _value(value: Operand, group: str) -> Any:
    if isinstance(value, Copy):
        if value.default is not None:
            raise FormError("A field that is compared with has no default.")
        return _var(value.fact, group)
    if not is_scalar(value):
        raise FormError(f"{value!r} is not a value to compare with.")
    return value


def _write_condition(condition: Condition, group: str) -> Any:
    row = OPERATORS.get(condition.operator)
    if row is None:
        raise FormError(f"There is no operator called {condition.operator}.")
    if condition.match_case and not row.exact:
        raise FormError(f'"{row.words}" never looks at case.')
    _count(row, condition)
    fact = _var(condition.fact, group)
    values = [_value(value, group) for value in condition.values]
    written = _positive(row, fact, values, match_case=condition.match_case)
    return {"!": written} if row.negated else written


def _count(row: Operator, condition: Condition) -> None:
    given = len(condition.values)
    if row.values is None:
        if not given:
            raise FormError(f'"{row.words}" needs at least one value.')
        if any(isinstance(value, Copy) for value in condition.values):
            raise FormError(f'"{row.words}" takes values, not fields.')
    elif given != row.values:
        raise FormError(f'"{row.words}" takes {row.values} values, not {given}.')


def _positive(row: Operator, fact: Any, values: list[Any], *, match_case: bool) -> Any:
    name = row.exact if match_case else row.logic
    if not name:
        return fact
    if row.values == 0:
        return {name: fact}
    if row.values is None:
        return {name: [fact, values]}
    if row.key == "between":
        return {name: [values[0], fact, values[1]]}
    return {name: [values[0], fact]} if name == "in" else {name: [fact, *values]}
