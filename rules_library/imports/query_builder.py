"""Conditions as react-awesome-query-builder and react-querybuilder export them, made into cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from rules_library import logic
from rules_library.decision import BadValueError, decisions
from rules_library.facts import FACTS
from rules_library.pairs import is_literal

from .fields import suggest

MOST_CASES: Final = 2000

_LOOPS: Final = frozenset({"some", "all", "none", "filter", "map"})
_DATES: Final = {
    "==": "on", "===": "on", "<": "before", "<=": "on_or_before", ">": "after",
    ">=": "on_or_after",
}  # fmt: skip
_UNEQUAL: Final = {"!=": "==", "!==": "==="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SAME_AS: Final = {"startsWith": "starts_with", "endsWith": "ends_with"}
_ENVELOPE: Final = frozenset({"logic", "data", "errors"})
_OF_REDUCE: Final = frozenset({"accumulator", "current"})
_ELEMENTS: Final = {
    "lines": "line",
    "charges": "charge",
    "payments": "payment",
    "refunds": "refund",
}
_SECONDS: Final = 10
_PAIR: Final = 2


class ImportRefusedError(ValueError):
    """Nothing can be imported; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be imported, with a JSON pointer into what was given."""

    pointer: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Imported:
    """The cases that could be made, and what was left behind."""

    decision: str
    cases: list[dict[str, Any]]
    problems: list[Problem]
    fields: dict[str, str]
    """The field names of the export that were read, and the fact that each became."""

    @property
    def fragment(self) -> dict[str, Any]:
        """A rulebook file of just these cases; the otherwise stays the decision's default."""
        return {"rulebooks": 1, "rules": {self.decision: {"cases": self.cases}}}


class _CannotError(Exception):
    """This expression cannot be kept."""

    def __init__(self, pointer: str, sentence: str) -> None:
        self.problem = Problem(pointer, sentence)
        super().__init__(sentence)


def import_queries(
    data: Any, decision: str, then: Any, *, fields: Mapping[str, str] | None = None
) -> Imported:
    """Cases of one decision from one exported condition, or from several by title.

    A condition that cannot be kept whole is left out and named; half of one would fit other orders.

    Args:
        data: A condition, an object of conditions by title, or a list of conditions; an export of
            the form {logic, data, errors} is its logic.
        decision: The key of the decision.
        then: The value that each case gives, as JSON-logic.
        fields: The fact for each field name of the export; names that it leaves out are
            suggested by their likeness to the paths and labels of facts.

    Raises:
        ImportRefusedError: There is no such decision, or it cannot use the value.
    """
    _check_then(decision, then)
    given = dict(fields or {})
    cases: list[dict[str, Any]] = []
    problems: list[Problem] = []
    used: dict[str, str] = {}
    queries = _queries(data)
    if len(queries) > MOST_CASES:
        raise ImportRefusedError(f"More than {MOST_CASES} conditions at once are not imported.")
    for title, pointer, query in queries:
        change = _Change(given)
        try:
            when = change.query(query, pointer)
            logic.compile_rule(when, path=pointer)
        except _CannotError as error:
            problems.append(error.problem)
            continue
        except logic.RuleError as error:
            problems.append(Problem(error.pointer, error.sentence))
            continue
        used |= change.used
        cases.append({"title": title, "note": "", "enabled": True, "when": when, "then": then})
    return Imported(decision, cases, problems, used)


def _check_then(key: str, then: Any) -> None:
    decision = decisions().get(key)
    if decision is None:
        raise ImportRefusedError(f"There is no decision {key!r:.60}.")
    try:
        logic.compile_rule(then)
        if is_literal(then):
            decision.read_one(then)
    except logic.RuleError as error:
        raise ImportRefusedError(error.sentence) from None
    except BadValueError as error:
        raise ImportRefusedError(f"{decision.label}: {error}") from None


def _queries(data: Any) -> list[tuple[str, str, Any]]:
    """Each condition with its title and its place."""
    if isinstance(data, Mapping):
        if "logic" in data and set(data) <= _ENVELOPE:
            return [("Imported", "/logic", data["logic"])]
        if len(data) == 1 and next(iter(data)) in logic.OPERATORS:
            return [("Imported", "", data)]
        if data and not any(_is_query(query) for query in data.values()):
            return [("Imported", "", data)]
        return [
            (str(title) or "Imported", _step("", str(title)), _unwrapped(query))
            for title, query in data.items()
        ]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [(f"Imported {n}", f"/{n - 1}", _unwrapped(q)) for n, q in enumerate(data, 1)]
    return [("Imported", "", data)]


def _is_query(value: Any) -> bool:
    return isinstance(value, (bool, Mapping))


def _unwrapped(query: Any) -> Any:
    if isinstance(query, Mapping) and "logic" in query and set(query) <= _ENVELOPE:
        return query["logic"]
    return query


@dataclass(slots=True)
class _Change:
    """Rewrites one condition, and remembers which fields it met."""

    fields: Mapping[str, str]
    used: dict[str, str] = field(default_factory=dict)

    def query(self, query: Any, pointer: str) -> Any:
        if isinstance(query, bool):
            raise _CannotError(pointer, "The query is empty: it has no condition.")
        if not isinstance(query, Mapping) or len(query) != 1:
            raise _CannotError(pointer, "This is not a condition of a query builder.")
        logic.compile_rule(query, path=pointer)
        return self._rule(query, pointer, ())

    def _rule(self, rule: Any, pointer: str, scope: tuple[str, ...]) -> Any:
        if isinstance(rule, (list, tuple)):
            return [self._rule(one, _step(pointer, n), scope) for n, one in enumerate(rule)]
        if not isinstance(rule, Mapping) or len(rule) != 1:
            return rule
        ((name, given),) = rule.items()
        below = _step(pointer, name)
        operands = list(given) if isinstance(given, (list, tuple)) else [given]
        if name == "var":
            return self._var(operands, pointer, scope)
        if name in {"missing", "missing_some", "lookup"}:
            raise _CannotError(pointer, f'"{name}" is nothing that a query builder exports.')
        if name == "and" and len(operands) == 1:
            return self._rule(operands[0], _step(below, 0), scope)
        if name in _LOOPS and len(operands) == _PAIR:
            return self._loop(name, operands, below, scope)
        if name == "reduce":
            source = self._rule(operands[0], _step(below, 0), scope)
            inner = (*scope, "reduce")
            rest = [self._rule(o, _step(below, n), inner) for n, o in enumerate(operands[1:], 1)]
            return {name: [source, *rest]}
        changed = self._rule(operands, below, scope)
        if name in _DATES or name in _UNEQUAL:
            return self._comparison(name, changed, pointer, scope)
        name = _SAME_AS.get(name, name)
        return {name: changed if isinstance(given, (list, tuple)) else changed[0]}

    def _var(self, operands: list[Any], pointer: str, scope: tuple[str, ...]) -> Any:
        path = operands[0] if operands else ""
        if not isinstance(path, str):
            raise _CannotError(pointer, "The name of this field is calculated.")
        if scope and (path == "" or (scope[-1] == "reduce" and path.split(".")[0] in _OF_REDUCE)):
            return {"var": path}
        names = [*scope, path] if scope else [path]
        fact = self._fact(".".join(names), pointer, scope)
        return {"var": [fact, *operands[1:]]} if operands[1:] else {"var": fact}

    def _fact(self, name: str, pointer: str, scope: tuple[str, ...]) -> str:
        fact = self.fields.get(name) or suggest(name)
        if not isinstance(fact, str) or not fact:
            raise _CannotError(pointer, f"No fact is known for the field {name!r:.80}.")
        self.used[name] = fact
        if not scope:
            return fact
        group = _ELEMENTS.get(self.used.get(scope[0], scope[0]))
        if group is None:
            return fact
        if not fact.startswith(f"{group}."):
            raise _CannotError(pointer, f"{fact} is not a fact of one {group}.")
        return fact.removeprefix(f"{group}.")

    def _loop(self, name: str, operands: list[Any], below: str, scope: tuple[str, ...]) -> Any:
        source, condition = operands
        field_name = source.get("var") if isinstance(source, Mapping) else None
        if isinstance(field_name, list) and len(field_name) == 1:
            field_name = field_name[0]
        if scope or not isinstance(field_name, str):
            raise _CannotError(below, "Only the lists of an order can be gone through.")
        return {
            name: [
                self._rule(source, _step(below, 0), scope),
                self._rule(condition, _step(below, 1), (field_name,)),
            ]
        }

    def _comparison(self, name: str, operands: list[Any], pointer: str, scope: Any) -> Any:
        ordered = name in _TURNED
        if ordered and any(operand is None for operand in operands):
            raise _CannotError(pointer, "It compares with nothing: the value is missing.")
        if not any(_is_moment(operand) for operand in operands):
            return {name: operands}
        if name in _UNEQUAL:
            return {"!": self._comparison(_UNEQUAL[name], operands, pointer, scope)}
        if len(operands) > _PAIR:
            low, middle, high = operands
            return {
                "and": [
                    self._comparison(name, [low, middle], pointer, scope),
                    self._comparison(name, [middle, high], pointer, scope),
                ]
            }
        left, right = operands
        if _is_moment(left):
            left, right, name = right, left, _TURNED.get(name, name)
        return {_DATES[name]: [left, _day(left, right, pointer, scope)]}


def _is_moment(value: Any) -> bool:
    """Whether a constant is an ISO date or moment."""
    if not isinstance(value, str) or len(value) < _SECONDS or value[4:5] != "-":
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _day(fact: Any, written: str, pointer: str, scope: Any) -> str:
    """The constant: a date when it is midnight, else the moment where the fact may have one."""
    moment = datetime.fromisoformat(written)
    path = fact.get("var") if isinstance(fact, Mapping) else None
    known = FACTS.get(path) if isinstance(path, str) and not scope else None
    if known is not None and known.type != "date":
        raise _CannotError(pointer, f"{known.label} is no date.")
    if not moment.time() or str(moment.time()) == "00:00:00":
        return date(moment.year, moment.month, moment.day).isoformat()
    if known is not None:
        raise _CannotError(pointer, f"{known.label} is a day; it has no time of day.")
    return written


def _step(pointer: str, key: str | int) -> str:
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
