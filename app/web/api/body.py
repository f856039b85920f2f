"""What a program sent: query parameters and JSON, checked, or refused with each fault's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from app.web.problems import Fault, ProblemError
from rules_library import strict_json

Model = TypeVar("Model", bound=BaseModel)
DEEPEST: Final = 64
MOST_FAULTS: Final = 50
LONGEST_POINTER: Final = 500


def query_of(model: type[Model]) -> Model:
    """The query parameters.

    Raises:
        ProblemError: 422, naming each parameter that cannot be used.
    """
    given = request.args.to_dict(flat=False)
    twice = [
        name for name, values in given.items() if len(values) > 1 and name in model.model_fields
    ]
    if twice:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "A parameter cannot be used.",
            faults=[Fault("it is given more than once", parameter=name) for name in twice],
        )  # fmt: skip
    try:
        return model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        faults = [
            Fault(one["msg"].removeprefix("Value error, "), parameter=_name(one["loc"]))
            for one in _errors(error)
        ]
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "A parameter cannot be used.", faults=faults
        ) from None


def body_of(model: type[Model], *, exact: bool) -> Model:
    """The body, as the model has it.

    Raises:
        ProblemError: 415, 400 or 422, saying what is wrong and where.
    """
    if request.mimetype != "application/json":
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body has to be JSON: application/json.",
            headers={"Accept": "application/json"},
        )  # fmt: skip
    try:
        value = strict_json.loads(request.get_data(cache=False), exact=exact)
    except strict_json.JsonError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}.") from None
    fault = next(_unusable(value), None)
    if fault is not None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The body cannot be used.", faults=[fault]
        )
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [
            Fault(one["msg"].removeprefix("Value error, "), pointer=pointer(*one["loc"]))
            for one in _errors(error)
        ]
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The body cannot be used.", faults=faults
        ) from None


def pointer(*keys: Any) -> str:
    """The JSON pointer of these keys (RFC 6901)."""
    return "".join(f"/{_escaped(str(key))}" for key in keys)[:LONGEST_POINTER]


def _escaped(key: str) -> str:
    text = key.encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")


def _unusable(value: Any) -> Iterator[Fault]:
    """What neither a database nor QuickBooks can hold, level by level."""
    level: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    for _ in range(DEEPEST):
        below: list[tuple[tuple[Any, ...], Any]] = []
        for at, one in level:
            if isinstance(one, str):
                if not _is_text(one):
                    yield Fault("half a character or a NUL in a text", pointer=pointer(*at))
            elif isinstance(one, Mapping):
                if not all(map(_is_text, one)):
                    yield Fault("half a character or a NUL in a name", pointer=pointer(*at))
                below += [((*at, key), inner) for key, inner in one.items()]
            elif isinstance(one, list):
                below += [((*at, place), inner) for place, inner in enumerate(one)]
        if not below:
            return
        level = below
    yield Fault(f"nested more than {DEEPEST} levels deep", pointer=pointer(*level[0][0]))


def _is_text(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any("\ud800" <= _ <= "\udfff" for _ in text))


def _errors(error: ValidationError) -> list[Any]:
    return error.errors(include_url=False, include_input=False, include_context=False)[:MOST_FAULTS]


def _name(place: tuple[int | str, ...]) -> str:
    return str(place[0])[:LONGEST_POINTER] if place else ""
