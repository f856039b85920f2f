"""Presets: rule templates with typed inputs, help, and examples that run as tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from rules_library.decision import decisions
from rules_library.preset_inputs import Input, InputError
from rules_library.rule import Rule, canonical

INPUT: Final = "$input"
TABLE: Final = "$table"
_COMMON: Final = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from"),
        *("goes", "how", "i", "in", "into", "is", "it", "my", "of", "on", "or", "our", "so"),
        *("that", "the", "their", "them", "this", "to", "until", "want", "we", "what", "when"),
        *("with", "you", "your"),
    }
)
"""Words of a question that say nothing about what is asked."""


class PresetError(ValueError):
    """A preset cannot be used; the sentences say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Facts in, inputs, and what is decided; it fires when one of the preset's cases wins."""

    facts: Mapping[str, Any]
    inputs: Mapping[str, Any]
    decided: Mapping[str, Any]
    fires: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A rule template as its file says it."""

    key: str
    version: int
    question: str
    """What it answers, in a user's words."""
    title: str
    help: str
    group: str
    tags: tuple[str, ...]
    inputs: tuple[Input, ...]
    cases: Mapping[str, list[Mapping[str, Any]]]
    """Cases by decision, with placeholders ``{"$input": name}``."""
    tables: Mapping[str, Mapping[str, Any]]
    """Look-up tables by name; cases name one as ``{"$table": name}``."""
    examples: tuple[Example, ...]
    place: Literal["first", "last"] = "first"
    """Whether its cases go before those that are there, or after them."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preset:
        """The preset of a file's content."""
        inputs = tuple(
            Input(**{**one, "columns": tuple(one.get("columns", ()))}) for one in data["inputs"]
        )
        return cls(
            **{
                "tables": {},
                **data,
                "inputs": inputs,
                "tags": tuple(data["tags"]),
                "examples": tuple(Example(**one) for one in data["examples"]),
            }
        )

    @property
    def placeholders(self) -> frozenset[str]:
        """The inputs that its cases and tables name."""
        return frozenset(_named([self.cases, self.tables], INPUT))


@dataclass(frozen=True, slots=True)
class Filled:
    """A fragment of a rulebook file: cases by decision, tables by name."""

    cases: Mapping[str, list[dict[str, Any]]]
    tables: Mapping[str, Any]


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by key."""
    found = (one for one in files("rules_library.presets").iterdir() if one.name.endswith(".json"))
    read = [Preset.from_json(json.loads(one.read_text(encoding="utf-8"))) for one in found]
    return {one.key: one for one in sorted(read, key=lambda one: (one.group, one.key))}


def find(key: str) -> Preset:
    """The preset with that key; raises PresetError."""
    if key not in presets():
        raise PresetError(f"there is no preset {key!r}")
    return presets()[key]


def fill(preset: Preset, inputs: Mapping[str, Any], tables: Mapping[str, str] = {}) -> Filled:
    """The preset's cases and tables with the inputs in them.

    Args:
        preset: the template.
        inputs: values by the inputs' names; what is left out takes its default.
        tables: other names for the preset's tables.

    Raises:
        PresetError: with every input that is unknown, missing or wrong.
    """
    known = {one.name: one for one in preset.inputs}
    faults = [
        f"{name}: {preset.key} has no such input" for name in sorted(set(inputs) - set(known))
    ]
    values: dict[str, Any] = {}
    for name, one in known.items():
        try:
            values[name] = one.read(inputs.get(name))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise PresetError("; ".join(faults))
    kept = {name: value for name, value in values.items() if known[name].kind != "table"}
    stamp: dict[str, Any] = {"key": preset.key, "version": preset.version, "inputs": kept}
    if preset.tables:
        stamp["tables"] = {name: tables.get(name, name) for name in preset.tables}
    put = {INPUT: values, TABLE: {name: tables.get(name, name) for name in preset.tables}}
    return Filled(
        {
            decision: [{**_put(case, put), "preset": deepcopy(stamp)} for case in cases]
            for decision, cases in preset.cases.items()
        },
        {put[TABLE][name]: _put(table, put) for name, table in preset.tables.items()},
    )


def apply(rulebook_file: Mapping[str, Any], preset: Preset, inputs: Mapping[str, Any]) -> Any:
    """The rulebook file with the preset's cases and tables added to it; raises PresetError.

    A decision that the file does not have begins with its default's cases. A table whose name is
    taken gets a free one.
    """
    result = deepcopy(dict(rulebook_file))
    taken = result.setdefault("tables", {})
    filled = fill(preset, inputs, {name: _free(name, taken) for name in preset.tables})
    taken.update(filled.tables)
    rules = result.setdefault("rules", {})
    for key, cases in filled.cases.items():
        rule = rules[key] = _rule(key, rules)
        there = rule["cases"]
        rule["cases"] = [*cases, *there] if preset.place == "first" else [*there, *cases]
    return result


def newer(case: Mapping[str, Any]) -> Preset | None:
    """The newer version of the preset that a case came from; None when there is none."""
    stamp = case.get("preset") or {}
    found = presets().get(stamp.get("key", ""))
    return found if found and found.version > stamp["version"] else None


def update(rulebook_file: Mapping[str, Any], case: Mapping[str, Any]) -> Any:
    """The rulebook file with a case, and those made with it, as the preset's newer version says.

    Their tables are kept as the company has them, and so is whether they are off.

    Raises:
        PresetError: there is no newer version, or it asks for what the case has no answer to.
    """
    preset = newer(case)
    if preset is None:
        raise PresetError("the case comes from no preset, or from its newest version")
    stamp = case["preset"]
    result = deepcopy(dict(rulebook_file))
    tables = result.setdefault("tables", {})
    names = {name: stamp.get("tables", {}).get(name, name) for name in preset.tables}
    known = {one.name for one in preset.inputs}
    inputs = {name: value for name, value in stamp["inputs"].items() if name in known}
    for name in preset.tables:
        if names[name] in tables:
            inputs |= _answers(preset.tables[name], tables[names[name]])
    filled = fill(preset, inputs, names)
    result["tables"] = {**filled.tables, **tables}
    rules = result.setdefault("rules", {})
    off = case.get("enabled") is False
    for key in dict.fromkeys([*rules, *filled.cases]):
        made = [{**one, "enabled": False} if off else one for one in filled.cases.get(key, [])]
        rule = _rule(key, rules)
        ours = [n for n, one in enumerate(rule["cases"]) if _same(one.get("preset"), stamp)]
        if not ours and not made:
            continue
        at = ours[0] if ours else 0
        others = [one for n, one in enumerate(rule["cases"]) if n not in ours]
        rules[key] = {**rule, "cases": [*others[:at], *made, *others[at:]]}
    return result


def detach(case: Mapping[str, Any]) -> dict[str, Any]:
    """The case as one of the company's own."""
    return {key: value for key, value in case.items() if key != "preset"}


def search(text: str) -> list[Preset]:
    """The presets that answer a question, the best first; all of them for no question."""
    wanted = set(_words(text)) - _COMMON
    if not wanted:
        return list(presets().values())
    scored = [(_score(preset, wanted), preset) for preset in presets().values()]
    most = max(words for (words, _), _ in scored)
    found = [(score, preset) for score, preset in scored if score[0] and score[0] == most]
    return [preset for _, preset in sorted(found, key=lambda one: one[0], reverse=True)]


def _score(preset: Preset, wanted: set[str]) -> tuple[int, int]:
    labels = [known.label for key in preset.cases if (known := decisions().get(key))]
    places = (
        (3, [preset.title, preset.question, preset.key.replace("_", " "), *preset.tags]),
        (1, [preset.help, preset.group, *preset.cases, *labels]),
    )
    weights = []
    for word in wanted:
        stem = word.rstrip("s") or word
        hits = [
            weight
            for weight, texts in places
            if any(said.startswith(stem) for said in _words(" ".join(texts)))
        ]
        weights.append(max(hits, default=0))
    return sum(weight > 0 for weight in weights), sum(weights)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold().replace("e-mail", "email").replace("_", " "))


def _named(value: Any, mark: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {mark}:
            yield str(value[mark])
        else:
            for part in value.values():
                yield from _named(part, mark)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _named(part, mark)


def _put(value: Any, values: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(value, Mapping):
        for mark, known in values.items():
            if set(value) == {mark}:
                return deepcopy(known[value[mark]])
        return {key: _put(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, values) for part in value]
    return value


def _answers(template: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a company's table answers: those that stand in its template as they are."""
    return {
        part[INPUT]: table[key]
        for key, part in template.items()
        if isinstance(part, Mapping) and set(part) == {INPUT} and key in table
    }


def _rule(key: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    decision = decisions()[key]
    rule = Rule.from_file(decision, rules[key]) if key in rules else Rule.default(decision)
    return rule.to_file()


def _same(stamp: Any, other: Mapping[str, Any]) -> bool:
    return bool(stamp) and canonical(stamp) == canonical(other)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
