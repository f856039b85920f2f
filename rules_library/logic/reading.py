"""The operators that read facts: var, missing, missing_some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .errors import EvaluationError, Run
from .node import ABSENT, Call, Node, Part, attempt, constant, operator
from .semantics import exact, order, text, units, whole

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

_NOTHING: Final[dict[str, Any]] = {}
_INDEX_DIGITS: Final = 9
_NAMES_A_STEP: Final = 8


def find(data: Any, names: tuple[str, ...] | list[str], run: Run) -> Any:
    """What a path leads to: members of objects, elements of lists, characters of text.

    Nothing of Python can be reached: no attribute is ever looked up. ABSENT is returned where
    JavaScript has undefined.
    """
    for name in names:
        if isinstance(data, Mapping):
            data = data.get(name, ABSENT)
        elif isinstance(data, (list, tuple)):
            data = len(data) if name == "length" else _element(data, name)
        elif isinstance(data, str):
            data = _in_text(units(data, run), name)
        else:
            return ABSENT
    return exact(data) if isinstance(data, float) else data


def _element(values: list[Any] | tuple[Any, ...] | str, name: str) -> Any:
    if not (name.isascii() and name.isdigit()) or len(name) > _INDEX_DIGITS:
        return ABSENT
    index = int(name)
    return values[index] if str(index) == name and index < len(values) else ABSENT


def _in_text(written: str, name: str) -> Any:
    if name == "length":
        return len(written)
    found = _element(written, name)
    return found if found is ABSENT else whole(found)


def look_up(run: Run, data: Any, key: Any) -> Any:
    """What `var` finds for a key that is known only now."""
    if key is None or key == "":
        return data
    name = text(key, run)
    run.charge(len(name) >> 4)
    return find(data, name.split("."), run)


@operator(
    "var", (0, 2), "standard", "A fact by its path; the second operand is used if it is missing."
)
def _var(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    key = compiler.one(operands[0]) if operands else constant(None)
    default = compiler.one(operands[1]) if len(operands) > 1 else constant(None)
    cost = 1 + key.cost + default.cost
    if not key.constant:
        return Node(_dynamic(key.call, default.call, place.pointer), cost=cost)
    whole_scope = key.value is None or key.value == ""
    name = "" if whole_scope else text(key.value, Run())
    path = place.path(name)
    if path is not None:
        compiler.facts.add(path)
    names = () if whole_scope else tuple(name.split("."))
    return Node(
        _static(names, default),
        cost=cost + len(names) // _NAMES_A_STEP,
        items=f"{path}.*".lstrip(".") if path is not None else None,
    )


def _dynamic(key: Call, default: Call, pointer: str) -> Call:
    def read(data: Any, run: Run) -> Any:
        name = key(data, run)
        value = attempt(pointer, look_up, run, data, name)
        return default(data, run) if value is ABSENT else value

    return read


def _static(names: tuple[str, ...], default: Node) -> Call:
    otherwise = default.call
    plain = default.constant and default.value is None

    def read(data: Any, run: Run) -> Any:
        value = find(data, names, run)
        return otherwise(data, run) if value is ABSENT else value

    if not names:
        return lambda data, _run: exact(data) if data.__class__ is float else data
    if len(names) == 1 and plain:
        (only,) = names

        def read_one(data: Any, run: Run) -> Any:
            try:
                value = data.get(only)
            except AttributeError:
                return read(data, run)
            return exact(value) if value.__class__ is float else value

        return read_one
    if len(names) == 2 and plain:  # noqa: PLR2004
        first, second = names

        def read_two(data: Any, run: Run) -> Any:
            try:
                value = data.get(first, _NOTHING).get(second)
            except AttributeError:
                return read(data, run)
            return exact(value) if value.__class__ is float else value

        return read_two
    return read


def _missing(run: Run, data: Any, keys: list[Any] | tuple[Any, ...]) -> list[Any]:
    run.charge(len(keys))
    missing = []
    for key in keys:
        name, default = key, None
        if isinstance(key, (list, tuple)):
            name, default = (*key, None, None)[:2]
        value = look_up(run, data, name)
        if value is ABSENT:
            value = default
        if value is None or value == "":
            missing.append(key)
    return missing


def _note_paths(compiler: Compiler, nodes: list[Node], place: Place) -> None:
    for node in nodes:
        values = node.value if isinstance(node.value, list) else [node.value]
        for value in values:
            path = place.path(value) if isinstance(value, str) else None
            if path is not None:
                compiler.facts.add(path)


@operator(
    "missing", (0, None), "standard", "Which of these paths have no value: null or empty text."
)
def _missing_build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    nodes = compiler.all(operands)
    _note_paths(compiler, nodes, place)
    calls = [node.call for node in nodes]

    def missing(data: Any, run: Run) -> Any:
        values = [call(data, run) for call in calls]
        keys = values[0] if values and isinstance(values[0], (list, tuple)) else values
        return attempt(place.pointer, _missing, run, data, keys)

    return Node(missing, cost=1 + sum(node.cost for node in nodes))


@operator("missing_some", 2, "standard", "The missing paths, unless at least so many have a value.")
def _missing_some(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    nodes = compiler.all(operands)
    _note_paths(compiler, nodes[1:], place)
    needed, options = nodes[0].call, nodes[1].call

    def missing_some(data: Any, run: Run) -> Any:
        need, keys = needed(data, run), options(data, run)
        return attempt(place.pointer, _missing_unless, run, data, need, keys)

    return Node(missing_some, cost=1 + sum(node.cost for node in nodes))


def _missing_unless(run: Run, data: Any, need: Any, keys: Any) -> list[Any]:
    if keys is None:
        raise EvaluationError("missing_some needs a list of paths.")
    is_list = isinstance(keys, (list, tuple))
    options = keys if is_list else [keys]
    if options and isinstance(options[0], (list, tuple)):
        options = options[0]
    missing = _missing(run, data, options)
    if not is_list and not isinstance(keys, str):
        return missing
    present = len(keys if is_list else units(keys, run)) - len(missing)
    ahead = order(present, need, run)
    return [] if ahead is not None and ahead >= 0 else missing
