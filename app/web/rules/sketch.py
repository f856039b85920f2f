"""A rule as it stands in a form's fields: read from their names, and changed by its buttons.

A field is called after its place, such as ``cases.3.when.items.0.fact``. What is numbered is a
list, in the order in which the fields stand on the page, whatever the numbers are; so dragging
needs no renumbering. What is not filled in yet is kept as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Final

from app.web.rules.typed import operators_of

Tree = dict[str, Any]
"""A place's name, or number, to what is there: text or another tree."""

LISTS: Final = frozenset({"cases", "items", "values", "rows", "keys", "parts", "picks"})
MOST_FIELDS: Final = 20_000
DEEPEST: Final = 80
"""Steps from the top to a field."""
LONGEST_NAME: Final = 1_000


class SketchError(ValueError):
    """The form is none that our page sends; the sentence says what is wrong with it."""


def decode(fields: Iterable[tuple[str, str]]) -> Tree:
    """The fields of a form as a tree; numbered places keep the order of the fields.

    Raises:
        SketchError: It is too large, too deep, or two fields contradict each other.
    """
    tree: Tree = {}
    for count, (name, value) in enumerate(fields, 1):
        if count > MOST_FIELDS:
            raise SketchError(f"The rule has more than {MOST_FIELDS:,} fields.")
        steps = name.split(".")
        if len(steps) > DEEPEST or len(name) > LONGEST_NAME:
            raise SketchError("The rule is nested deeper than a form can be.")
        node = tree
        for step in steps[:-1]:
            below = node.setdefault(step, {})
            if not isinstance(below, dict):
                raise SketchError("Two fields of the form contradict each other.")
            node = below
        if isinstance(node.get(steps[-1]), dict):
            raise SketchError("Two fields of the form contradict each other.")
        node[steps[-1]] = value
    return tree


def listed(tree: Tree) -> Any:
    """The tree with lists where places are numbered; a case keeps its number as ``k``."""
    found: dict[str, Any] = {}
    for name, below in tree.items():
        if name not in LISTS:
            found[name] = listed(below) if isinstance(below, dict) else below
        elif isinstance(below, dict):
            found[name] = [
                _numbered(number, one, keep=name == "cases") for number, one in below.items()
            ]
    return found


def _numbered(number: str, one: Any, *, keep: bool) -> Any:
    if not isinstance(one, dict):
        return one
    return {"k": number, **listed(one)} if keep else listed(one)


def numbered(value: Any) -> Any:
    """A sketch's lists as trees again."""
    if isinstance(value, dict):
        return {name: numbered(one) for name, one in value.items()}
    if isinstance(value, list):
        return {str(place): numbered(one) for place, one in enumerate(value)}
    return value


def act(tree: Tree, said: str) -> str:
    """Do what a button says, e.g. ``up:cases.3``; returns the place of what is new or moved.

    Raises:
        SketchError: There is no such button, or nothing at its place.
    """
    verb, _, place = said.partition(":")
    steps = place.split(".") if place else []
    if verb not in _ACTS or not steps:
        raise SketchError("The page has no such button.")
    node: Any = tree
    for step in steps[:-1]:
        below = node.get(step)
        if below is None and (step in LISTS or step in {"otherwise", "when", "then"}):
            below = node[step] = {}
        if not isinstance(below, dict):
            raise SketchError("What the button is for is not there any more.")
        node = below
    return _ACTS[verb](node, steps)


def blank_case() -> Tree:
    """A case with nothing filled in."""
    return {
        "title": "", "note": "", "enabled": "on", "mode": "form",
        "when": {"form": "group", "kind": "all", "bare": "1", "items": {"0": blank_condition()}},
        "then": {"form": "literal", "value": ""},
    }  # fmt: skip


def blank_condition() -> Tree:
    """A condition whose field has to be chosen."""
    return {"form": "condition", "fact": "", "operator": "", "values": {"0": {"value": ""}}}


def free(node: Tree) -> str:
    """A number that no place of a list has."""
    return str(max((int(one) for one in node if one.isdecimal() and len(one) < 9), default=-1) + 1)  # noqa: PLR2004 - a plain number


def _add(made: Callable[[], Any]) -> Callable[[Tree, list[str]], str]:
    def add(node: Tree, steps: list[str]) -> str:
        below = node.setdefault(steps[-1], {})
        if not isinstance(below, dict):
            raise SketchError("What the button is for is not there any more.")
        number = free(below)
        below[number] = made()
        return ".".join([*steps, number])

    return add


def _remove(node: Tree, steps: list[str]) -> str:
    node.pop(steps[-1], None)
    return ".".join(steps[:-1])


def _duplicate(node: Tree, steps: list[str]) -> str:
    if not isinstance(node.get(steps[-1]), dict):
        raise SketchError("What the button is for is not there any more.")
    number = free(node)
    copied = deepcopy(node[steps[-1]])
    for gone in ("id", "from"):
        copied.pop(gone, None)
    if copied.get("title"):
        copied["title"] = f"{copied['title']} (copy)"
    _put_after(node, steps[-1], number, copied)
    return ".".join([*steps[:-1], number])


def _put_after(node: Tree, before: str, number: str, new: Any) -> None:
    order = [(name, one) for name, one in node.items() if name != number]
    node.clear()
    for name, one in order:
        node[name] = one
        if name == before:
            node[number] = new


def _move(by: int) -> Callable[[Tree, list[str]], str]:
    def move(node: Tree, steps: list[str]) -> str:
        names = list(node)
        if steps[-1] in names:
            at = names.index(steps[-1])
            to = max(0, min(len(names) - 1, at + by))
            names.insert(to, names.pop(at))
            held = dict(node)
            node.clear()
            node.update({name: held[name] for name in names})
        return ".".join(steps)

    return move


def _set(name: str, value: Any) -> Callable[[Tree, list[str]], str]:
    def put(node: Tree, steps: list[str]) -> str:
        below = node.setdefault(steps[-1], {})
        if not isinstance(below, dict):
            raise SketchError("What the button is for is not there any more.")
        below[name] = value
        return ".".join(steps)

    return put


def _wrap(kind: str) -> Callable[[], Tree]:
    return lambda: {"form": "group", "kind": kind, "items": {"0": blank_condition()}}


def _lines() -> Tree:
    return {
        "form": "lines", "kind": "any", "list": "lines",
        "where": {"form": "group", "kind": "all", "bare": "1", "items": {"0": blank_condition()}},
    }  # fmt: skip


def _field(node: Tree, steps: list[str]) -> str:
    """Another field was chosen: what is asked of it and its values are kept if they can be."""
    condition = node.get(steps[-1])
    if not isinstance(condition, dict):
        raise SketchError("What the button is for is not there any more.")
    offered = [one.key for one in operators_of(str(condition.get("fact", "")))]
    if condition.get("operator") not in offered:
        condition["operator"] = offered[0]
    condition.pop("match_case", None)
    return ".".join(steps)


_ACTS: Final[dict[str, Callable[[Tree, list[str]], str]]] = {
    "add-case": _add(blank_case),
    "add-condition": _add(blank_condition),
    "add-group": _add(_wrap("any")),
    "add-lines": _add(_lines),
    "add-row": _add(lambda: {"source": "", "target": {"form": "literal", "value": ""}}),
    "add-part": _add(lambda: {"form": "literal", "value": ""}),
    "add-pick": _add(lambda: ""),
    "add-key": _add(lambda: {"form": "copy", "fact": ""}),
    "compare-field": _set("form", "copy"),
    "compare-value": _set("form", ""),
    "remove": _remove,
    "duplicate": _duplicate,
    "up": _move(-1),
    "down": _move(1),
    "to-json": _set("mode", "json"),
    "to-form": _set("mode", "form"),
    "paste": lambda _node, steps: ".".join(steps),
    "field": _field,
    "open": lambda _node, steps: ".".join(steps),
    "close": lambda _node, steps: ".".join(steps),
    "show": lambda _node, steps: ".".join(steps),
}
"""What the buttons do; those that need more than the tree do the rest where they are handled."""
