"""A button of the builder that changes the form, and what it took out so that it can come back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from app.web.rules.sketch import DEEPEST, SketchError, Tree, act, free
from app.web.rules.turned import paste

_NAMES: Final = {
    "cases": "The case", "items": "The condition", "rows": "The row", "picks": "The choice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of the form."""

    words: str
    text: str
    """It and its place, as a hidden field keeps it until the next button is pressed."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button did."""

    focus: str
    """The place of what is new or moved."""
    removed: Removed | None = None


def press(tree: Tree, said: str) -> Pressed:
    """Do what a button says, e.g. ``remove:cases.3``, or ``restore`` what the last one took out.

    Raises:
        SketchError: There is no such button, or nothing at its place.
    """
    kept = str(tree.pop("removed", ""))
    if said == "restore":
        return Pressed(_restored(tree, kept))
    verb, _, place = said.partition(":")
    removed = _taken(tree, place) if verb == "remove" else None
    focus = act(tree, said)
    if verb == "paste":
        paste(tree, place)
    return Pressed(focus, removed)


def _taken(tree: Tree, place: str) -> Removed | None:
    """What is about to be removed; nothing where there is none."""
    *steps, number = place.split(".")
    below = _at(tree, steps)
    if below is None or number not in below:
        return None
    part = below[number]
    is_group = isinstance(part, dict) and part.get("form") in {"group", "lines"}
    name = "The group" if is_group else _NAMES.get(steps[-1] if steps else "", "The part")
    title = part.get("title") if isinstance(part, dict) else ""
    words = f"{name} “{title}” is out." if title else f"{name} is out."
    kept = {"list": steps, "number": number, "at": list(below).index(number), "part": part}
    return Removed(words, json.dumps(kept, ensure_ascii=False, separators=(",", ":")))


def _restored(tree: Tree, kept: str) -> str:
    try:
        data = json.loads(kept)
        steps, number, at, part = (data[key] for key in ("list", "number", "at", "part"))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SketchError("There is nothing to bring back.") from None
    is_place = isinstance(steps, list) and steps and all(isinstance(one, str) for one in steps)
    if not is_place or not isinstance(number, str) or type(at) is not int or not _is_tree(part):
        raise SketchError("There is nothing to bring back.")
    if len(steps) == 1:
        tree.setdefault(steps[0], {})
    node = _at(tree, steps[:-1])
    below = node.setdefault(steps[-1], {}) if node is not None else None
    if not isinstance(below, dict):
        raise SketchError("What it belonged to is not there any more.")
    if number in below or not number.isdecimal():
        number = free(below)
    rows = list(below.items())
    rows.insert(at, (number, part))
    below.clear()
    below.update(rows)
    return ".".join([*steps, number])


def _at(tree: Tree, steps: list[str]) -> Tree | None:
    node: Any = tree
    for step in steps:
        node = node.get(step)
        if not isinstance(node, dict):
            return None
    return node if isinstance(node, dict) else None


def _is_tree(part: Any, depth: int = 0) -> bool:
    """Whether it is what the fields of a form can be."""
    if isinstance(part, dict) and depth < DEEPEST:
        return all(_is_tree(one, depth + 1) for one in part.values())
    return isinstance(part, str)
