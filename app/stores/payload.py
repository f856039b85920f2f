"""JSON as stores write it: read without loss, walked with an error that says where, hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_BYTES = 256 * 1024 * 1024


class MalformedPayload(ValueError):  # noqa: N818 - says what it is
    """The payload is not what its format promises; the message is one line that says where."""


def parse(text: str | bytes, name: str = "") -> list[Any]:
    """Every JSON document in the text (one, or one after the other as in NDJSON).

    Numbers with a fraction become Decimal. A UTF-8 byte order mark is skipped.

    Raises:
        MalformedPayload: naming line and column of what is no JSON.
    """
    where = f"{name}: " if name else ""
    if len(text) > MAX_BYTES:
        raise MalformedPayload(f"{where}more than {MAX_BYTES // 1024 // 1024} MB")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise MalformedPayload(f"{where}not UTF-8 at byte {error.start}") from None
    text = text.removeprefix("\ufeff")
    decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
    documents: list[Any] = []
    at = _skip_space(text, 0)
    while at < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise MalformedPayload(f"{where}nested too deeply") from None
        except json.JSONDecodeError as error:
            raise MalformedPayload(
                f"{where}line {error.lineno}, column {error.colno}: {error.msg}"
            ) from None
        except (ValueError, InvalidOperation) as error:
            said = str(error).split(";", 1)[0].split("\n", 1)[0]
            raise MalformedPayload(f"{where}document {len(documents) + 1}: {said}") from None
        _refuse_depth(document, where)
        documents.append(document)
        at = _skip_space(text, at)
    if not documents:
        raise MalformedPayload(f"{where}the file is empty")
    return documents


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n\x1e":
        at += 1
    return at


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _refuse_depth(document: Any, where: str) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise MalformedPayload(f"{where}nested too deeply (more than {MAX_DEPTH} levels)")


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def dump_raw(raw: Any) -> str:
    """Compact JSON text of a raw payload, every number as it was; ``load_raw`` reads it back."""
    return "".join(_written(raw, in_order=False))


def load_raw(text: str) -> Any:
    """What ``dump_raw`` wrote: looked through when it came in, so not again."""
    return json.loads(text, parse_float=Decimal)


def content_hash(raw: Mapping[str, Any]) -> str:
    """The same for payloads with the same content, whatever the order of their keys."""
    return hashlib.sha256("".join(_written(raw, in_order=True)).encode()).hexdigest()


def _written(value: Any, *, in_order: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield encode_basestring_ascii(value)
    elif value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, (int, Decimal)):
        yield str(value)
    elif isinstance(value, Mapping):
        yield "{"
        keys = sorted(value) if in_order else value
        for place, key in enumerate(keys):
            yield f"{',' if place else ''}{encode_basestring_ascii(key)}:"
            yield from _written(value[key], in_order=in_order)
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield "["
        for place, item in enumerate(value):
            if place:
                yield ","
            yield from _written(item, in_order=in_order)
        yield "]"
    else:
        raise MalformedPayload(f"a {type(value).__name__} cannot be written as JSON")
