"""Our own conditions, for people: they trim text and do not care about its case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import re2

from .clear import CLEAR
from .equality import fold, same
from .errors import EvaluationError, RuleError, Run
from .node import Call, Node, Part, apply, attempt, eager, operator
from .semantics import joined

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

_PATTERN_MEMORY: Final = 1 << 20
_LONGEST_PATTERN: Final = 1000


def _folded(value: Any, run: Run) -> str:
    written = joined(value, run)
    run.charge(len(written) >> 4)
    return fold(written)


def _one_of(run: Run, value: Any, options: Any) -> bool:
    values = value if isinstance(value, (list, tuple)) else [value]
    choices = options if isinstance(options, (list, tuple)) else [options]
    run.charge(len(values) * len(choices))
    return any(same(item, choice, run) for item in values for choice in choices)


def _contains(run: Run, container: Any, part: Any) -> bool:
    if isinstance(container, (list, tuple)):
        return _one_of(run, list(container), [part])
    if container is None or part is None or isinstance(container, Mapping):
        return False
    return _folded(part, run) in _folded(container, run)


def _starts_with(run: Run, value: Any, beginning: Any) -> bool:
    return value is not None and _folded(value, run).startswith(_folded(beginning, run))


def _ends_with(run: Run, value: Any, ending: Any) -> bool:
    return value is not None and _folded(value, run).endswith(_folded(ending, run))


def _is_empty(_run: Run, value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)


for _name, _operation, _help in (
    ("contains", _contains, "The text contains the text, or the list has the element."),
    ("starts_with", _starts_with, "The text begins with the text."),
    ("startsWith", _starts_with, "Same as starts_with, for rules of other builders."),
    ("ends_with", _ends_with, "The text ends with the text."),
    ("endsWith", _ends_with, "Same as ends_with, for rules of other builders."),
):
    operator(_name, 2, "own", _help)(eager(_operation, boolean=True))

operator("is_empty", 1, "own", "Nothing is there: null, blank text, or an empty list.")(
    eager(_is_empty, boolean=True)
)


def _is(name: str, help_text: str, *, wanted: bool) -> None:
    def slow(run: Run, left: Any, right: Any) -> bool:
        return same(left, right, run) is wanted

    def build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
        left, right = compiler.all(operands)
        call = apply(slow, [left.call, right.call], place.pointer)
        if right.constant and isinstance(right.value, str):
            call = _is_text(left.call, right.value, slow, place.pointer, wanted=wanted)
        return Node(call, cost=1 + left.cost + right.cost, boolean=True)

    operator(name, 2, "own", help_text)(build)


def _is_text(
    read: Call, constant: str, slow: Callable[..., bool], pointer: str, *, wanted: bool
) -> Call:
    folded = fold(constant)

    def is_text(data: Any, run: Run) -> Any:
        value = read(data, run)
        if value.__class__ is str and len(value) < _LONGEST_PATTERN:
            return (value == constant or fold(value) == folded) is wanted
        return attempt(pointer, slow, run, value, constant)

    return is_text


_is("is", "Both are the same; blanks around them and case do not count.", wanted=True)
_is("is_not", "They are not the same; blanks around them and case do not count.", wanted=False)


@operator("one_of", 2, "own", "The value, or an element of it, is one of the list.")
def _one_of_build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    value, options = compiler.all(operands)
    call = apply(_one_of, [value.call, options.call], place.pointer)
    cost = 1 + value.cost + options.cost
    if options.constant and isinstance(options.value, list):
        cost = 2 + value.cost
        if all(isinstance(option, str) for option in options.value):
            call = _one_of_texts(value.call, options.value, place.pointer)
    return Node(call, cost=cost, boolean=True)


def _one_of_texts(read: Call, options: list[str], pointer: str) -> Call:
    folded = frozenset(map(fold, options))

    def one_of_texts(data: Any, run: Run) -> Any:
        value = read(data, run)
        if value.__class__ is str and len(value) < _LONGEST_PATTERN:
            return value in folded or fold(value) in folded
        return attempt(pointer, _one_of, run, value, options)

    return one_of_texts


@lru_cache(maxsize=256)
def _pattern(written: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    options.never_capture = True
    if len(written) > _LONGEST_PATTERN:
        raise EvaluationError(f"A pattern has at most {_LONGEST_PATTERN} characters.")
    try:
        return re2.compile(written, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0]
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else "not text"
        raise EvaluationError(f"This pattern cannot be used: {said}.") from None


def _matches(run: Run, value: Any, pattern: Any) -> bool:
    if value is None or pattern is None:
        return False
    written = joined(value, run).strip()
    run.charge(len(written) >> 4)
    found = _pattern(joined(pattern, run)).search(written.encode("utf-8", "replace"))
    return found is not None


@operator("matches", 2, "own", "The regular expression is found in the text; ^ and $ are its ends.")
def _matches_build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    node = eager(_matches, boolean=True)(compiler, operands, place)
    pattern = operands[1].rule
    if isinstance(pattern, str):
        try:
            _pattern(pattern)
        except EvaluationError as error:
            raise RuleError(error.sentence, operands[1].place.pointer) from None
    return node


operator("clear", 0, "own", "The field is sent empty, so that QuickBooks empties it.")(
    eager(lambda _run: CLEAR)
)
