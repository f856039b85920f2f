"""Rules in plain English: a sentence for each condition, value, case and rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final

from rules_library import logic
from rules_library.decision import Decision
from rules_library.facts import FACTS
from rules_library.form import (
    OPERATORS,
    Always,
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    NotAForm,
    Part,
    Rounded,
    Several,
    Then,
    When,
    read_then,
    read_when,
)
from rules_library.form.model import LISTS
from rules_library.logic.equality import fold
from rules_library.logic.semantics import is_number, number_text
from rules_library.rule import Case, Rule
from rules_library.rule import canonical as canonical_json

Mark = Callable[[str], str]
"""What sets off the fields and values of a sentence, for example in bold."""

_LONGEST: Final = 60
_MOST_FACTS: Final = 6
_SIGNS: Final = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_TRUTH: Final = {
    ("is_true", True): "is there and not 0",
    ("is_false", True): "is 0 or empty",
    ("is_true", False): "has a value",
    ("is_false", False): "has no value",
}
"""Truth of a fact that is no yes/no, by whether it is a number."""
_CHANGES: Final = {
    "trim": "without blanks around it",
    "lower": "in small letters",
    "upper": "in capital letters",
}


def describe_fact(path: str) -> str:
    """What a fact is called inside a sentence."""
    fact = FACTS.get(path)
    if fact:
        return _inside(fact.label)
    if path in LISTS:
        return path
    group, _, rest = path.partition(".")
    if rest and group == "custom":
        return f'custom field "{rest}"'
    if rest and group == "raw":
        return f'the store\'s field "{rest}"'
    head, _, inner = path.partition(".*.")
    if inner and head in LISTS:
        return f"{describe_fact(f'{LISTS[head]}.{inner}')} of each {LISTS[head]}"
    return f'field "{path}"' if path else "all fields"


def _inside(label: str) -> str:
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def describe_value(value: Any, options: Mapping[str, str] | None = None) -> str:
    """A plain value as people say it; the label instead of the key of a choice."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_number(value):
        return number_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return (options or {}).get(value) or _quoted(value)
    if value == logic.CLEAR:
        return "emptied"
    if isinstance(value, (list, tuple)):
        return ", ".join(describe_value(item, options) for item in value) or "nothing"
    return _short(canonical_json(value))


def _quoted(value: str) -> str:
    plain = value.strip() == value and value and not set(value) & set(',;"\r\n')
    return _short(value) if plain else f'"{_short(value)}"'


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."


def describe_when(rule: Any, mark: Mark = str) -> str:
    """A condition as a sentence without its "When"; ``mark`` sets off its fields and values."""
    form = read_when(rule)
    return _formula(rule, "is true") if isinstance(form, NotAForm) else _when(form, mark=mark)


def describe_then(rule: Any, decision: Decision | None = None) -> str:
    """The value of one case in words, with the labels of the decision's choices."""
    in_parts = bool(decision and decision.parts)
    form = read_then(rule, in_parts=in_parts)
    if decision and in_parts and isinstance(form, Several):
        return _in_parts(decision, [_then(part, None) for part in form.parts])
    options = getattr(decision.kind, "options", None) if decision else None
    return _formula(rule) if isinstance(form, NotAForm) else _then(form, options)


def describe_otherwise(rule: Rule, mark: Mark = str) -> str:
    """What holds otherwise; of a decision that collects, what is always added."""
    said = [describe_then(one, rule.decision) for one, _ in rule.always()]
    return mark("; ".join(said) or "nothing")


def describe_decided(value: Any, decision: Decision) -> str:
    """What was decided, as it is or read back from a trace."""
    if decision.collects:
        return "; ".join(_collected(one, decision) for one in decision.read(value)) or "nothing"
    return describe_value(value, getattr(decision.kind, "options", None))


def _collected(value: Any, decision: Decision) -> str:
    if decision.parts and is_dataclass(value):
        names = [field.name for field in fields(value)]
        return _in_parts(decision, [describe_value(getattr(value, name)) for name in names])
    return describe_value(value, getattr(decision.kind, "options", None))


def _in_parts(decision: Decision, parts: Sequence[str]) -> str:
    said: str = decision.kind.say(parts)  # type: ignore[attr-defined]
    return said


def describe_case(decision: Decision, case: Case, mark: Mark = str) -> str:
    """A case as a sentence: When payment method is PayPal -> PayPal Bank."""
    when, then = describe_when(case.when, mark), mark(describe_then(case.then, decision))
    if decision.collects:
        return f"Always add {then}" if when == "always" else f"When {when}, add {then}"
    return f"Always -> {then}" if when == "always" else f"When {when} -> {then}"


def describe_rule(rule: Rule) -> list[str]:
    """A sentence for each case in order, and one for what holds otherwise."""
    said = []
    for number, case in enumerate(rule.cases, 1):
        title = f"{case.title}: " if case.title else ""
        off = "" if case.enabled else " (switched off)"
        said.append(f"{number}. {title}{describe_case(rule.decision, case)}{off}")
    otherwise = describe_otherwise(rule)
    if rule.decision.collects:
        return [*said, f"Always add {otherwise}"] if rule.otherwise != [] or not said else said
    return [*said, f"{'Otherwise' if said else 'Always'} -> {otherwise}"]


def _formula(rule: Any, ending: str = "") -> str:
    try:
        compiled = logic.compile_rule(rule)
    except logic.RuleError as error:
        return f"a formula that cannot be run ({error.sentence})"
    inner = {path.partition(".*.")[0] for path in compiled.facts if ".*." in path}
    names = list(dict.fromkeys(map(describe_fact, sorted(compiled.facts - inner))))
    more = [f"{len(names) - _MOST_FACTS} more"] if len(names) > _MOST_FACTS else []
    names = [*names[:_MOST_FACTS], *more, *(f"table {name}" for name in sorted(compiled.tables))]
    over = f" over {', '.join(names)}" if names else ""
    return f"a formula{over} {ending}".rstrip()


def _when(form: When, outer: str = "", mark: Mark = str) -> str:
    match form:
        case Always(holds):
            return "always" if holds else "never"
        case Condition():
            return _condition(form, mark)
        case Group(kind, items):
            return _group(kind, items, outer, mark)
        case Lines(kind, where, name):
            said, element = _when(where, "lines", mark), LISTS[name]
            if said == "always" and kind != "every":
                return f"there is {kind} {element}"
            return f"on {kind} {element} {said}"


def _group(kind: str, items: Sequence[When], outer: str, mark: Mark) -> str:
    word = "and" if kind == "all" else "or"
    if len(items) == 1 and kind != "none":
        return _when(items[0], outer, mark)
    parts = f" {word} ".join(_when(item, word, mark) for item in items)
    if kind == "none":
        return f"not ({parts})"
    return f"({parts})" if outer and outer != word else parts


def _condition(form: Condition, mark: Mark) -> str:
    operator = OPERATORS[form.operator]
    fact = FACTS.get(form.fact)
    words = operator.said(fact.type if fact else "", match_case=form.match_case)
    if fact and fact.type != "yes/no":
        words = _TRUTH.get((form.operator, fact.type in {"number", "money"}), words)
    said = f"{mark(describe_fact(form.fact))} {words}"
    values = [mark(_operand(value, fact.options if fact else {})) for value in form.values]
    if form.operator == "between":
        return f"{said} {values[0]} and {values[1]}"
    if form.operator == "within_days":
        return f"{said} {values[1]} days of {values[0]}"
    return f"{said} {', '.join(values)}".rstrip()


def _operand(value: Any, options: Mapping[str, str]) -> str:
    """What a fact is compared with; of a choice, its label as it stands inside a sentence."""
    if isinstance(value, Copy):
        return _then(value, None)
    label = options.get(fold(value)) if isinstance(value, str) else None
    if label:
        return label.lower() if label[1:].islower() else label
    return describe_value(value)


def _then(form: Then, options: Mapping[str, str] | None) -> str:
    match form:
        case Literal(value):
            return describe_value(value, options)
        case Copy(fact, default):
            said = describe_fact(fact)
            return said if default is None else f"{said}, else {describe_value(default, options)}"
        case Clear():
            return "emptied"
        case LookUp(table, keys, fallback):
            by = ", ".join(_then(key, None) for key in keys)
            rest = "" if fallback is None else f", else {_then(fallback, options)}"
            return f"from table {table} by {by}{rest}"
        case InlineMap():
            return _map(form, options)
        case _:
            return _computed(form)


def _map(form: InlineMap, options: Mapping[str, str] | None) -> str:
    exactly = " exactly" if form.match_case else ""
    pairs = "; ".join(
        f"{describe_value(row.source)} -> {_then(row.target, options)}" for row in form.rows
    )
    otherwise = _then(form.otherwise, options)
    return f"by {describe_fact(form.fact)}{exactly} ({pairs}; otherwise {otherwise})"


def _computed(
    form: FirstOf | Join | Part | Changed | Arithmetic | Rounded | DaysLater | Several,
) -> str:
    match form:
        case FirstOf(parts):
            return ", else ".join(_then(part, None) for part in parts)
        case Several(parts):
            return ", ".join(_then(part, None) for part in parts)
        case Join(parts):
            return "joined text (" + " + ".join(_joined(part) for part in parts) + ")"
        case Part(of, start, length):
            return f"{_span(start, length)} of {_then(of, None)}"
        case Changed(how, of):
            return f"{_then(of, None)} {_CHANGES[how]}"
        case Arithmetic(sign, (only,)):
            return f"minus {_then(only, None)}" if sign == "-" else _then(only, None)
        case Arithmetic(sign, parts):
            return "(" + f" {_SIGNS[sign]} ".join(_then(part, None) for part in parts) + ")"
        case Rounded(of, places):
            return f"{_then(of, None)} rounded to {places} decimals"
        case DaysLater(of, days):
            side = "after" if days >= 0 else "before"
            return f"{abs(days)} days {side} {_then(of, None)}"


def _joined(part: Then) -> str:
    text = isinstance(part, Literal) and isinstance(part.value, str)
    return f'"{_short(part.value)}"' if text and isinstance(part, Literal) else _then(part, None)


def _span(start: int, length: int | None) -> str:
    if length is None:
        if start < 0:
            return f"the last {-start} characters"
        return f"the text from character {start + 1}"
    if length < 0:
        begin = f"from character {start + 1}" if start >= 0 else f"of the last {-start} characters"
        return f"the text {begin} without the last {-length} characters"
    if start == 0:
        return f"the first {length} characters"
    if start < 0:
        return f"{length} of the last {-start} characters"
    return f"{length} characters from character {start + 1}"
