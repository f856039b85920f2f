"""What a store's answer means: its JSON, or the error that says what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.stores.errors import (
    CredentialsRefused,
    PermissionMissing,
    RequestRefused,
    StoreAnsweredHtml,
    StoreAnsweredOddly,
    StoreBusy,
    StoreError,
    StoreMoved,
    StoreNotFound,
    StoreUnavailable,
)
from app.stores.node import clean
from app.stores.payload import MalformedPayload, parse

LONGEST_SAID = 200
_PAGE = re.compile(
    rb"\s*(<!doctype html|<html|<head|<body|<\?xml|<!--|<br|<b>|<p>|<div)", re.IGNORECASE
)
_SAYS = ("message", "error_description", "error", "errors", "title", "detail")


def value_of(content: bytes, headers: Mapping[str, str], *, url: str) -> Any:
    """The JSON of an answer, numbers with a fraction as Decimal; None when it is empty.

    Raises:
        StoreAnsweredHtml: it is a web page.
        StoreUnavailable: it is JSON that breaks off.
        StoreAnsweredOddly: it is neither.
    """
    if not content.strip():
        return None
    if is_page(content, headers):
        raise StoreAnsweredHtml(f"{url} answers with a web page{_titled(content)}.")
    try:
        found = parse(content)
    except MalformedPayload as error:
        if content.lstrip()[:1] in {b"{", b"["} and content.rstrip()[-1:] not in {b"}", b"]"}:
            raise StoreUnavailable(f"{url} sent half an answer.") from None
        raise StoreAnsweredOddly(
            f"{url} answers with something that is no JSON ({error})."
        ) from None
    if len(found) != 1:
        raise StoreAnsweredOddly(f"{url} answers with several JSON documents.")
    return found[0]


def is_page(content: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the answer is a web page, whatever it calls itself."""
    called = headers.get("content-type", "").lower()
    starts = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return bool(_PAGE.match(content)) or ("html" in called and starts not in {b"{", b"["})


def _titled(content: bytes) -> str:
    found = re.search(rb"<title[^>]*>([^<]{1,200})", content[:20_000], re.IGNORECASE)
    said = " ".join(clean(found[1].decode("utf-8", "replace")).split()) if found else ""
    return f' titled "{said[:80]}"' if said else ""


def refusal(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    host: str,
    secrets: Sequence[str] = (),
) -> StoreError:
    """The error that a status other than success is."""
    page = is_page(content, headers)
    said = "" if page else said_in(content, secrets)
    told = f": {said}" if said else ""
    wait = retry_after(headers)
    if 300 <= status < 400:  # noqa: PLR2004
        return StoreMoved(f"{host} redirects to {_target(headers, host)}; that is not followed.")
    if status == 429:  # noqa: PLR2004
        for_how_long = f" for {in_words(wait)}" if wait else ""
        return StoreBusy(f"{host} asks to be left alone{for_how_long}{told}.", retry_after=wait)
    if status >= 500 or status in {408, 425}:  # noqa: PLR2004
        return StoreUnavailable(
            f"{host} has a problem of its own (status {status}){told}.", retry_after=wait
        )
    if page:
        return StoreAnsweredHtml(
            f"{host} answers with a web page{_titled(content)} (status {status})."
        )
    if status == 401:  # noqa: PLR2004
        return CredentialsRefused(f"{host} does not accept the key{told}.")
    if status == 402:  # noqa: PLR2004
        return PermissionMissing(f"{host} is frozen until its bill is paid{told}.", advice="")
    if status == 403:  # noqa: PLR2004
        return PermissionMissing(f"{host} does not let this key do it{told}.")
    if status in {404, 410}:
        return StoreNotFound(f"{host} knows nothing at that address{told}.")
    return RequestRefused(f"{host} refuses (status {status}){told}.")


def said_in(content: bytes, secrets: Sequence[str] = ()) -> str:
    """The store's own sentence in an error's body, short and without secrets."""
    try:
        found = parse(content)[0]
    except MalformedPayload:
        return ""
    text = _sentence(found)
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    return " ".join(clean(re.sub(r"<[^>]*>", "", text)).split())[:LONGEST_SAID].rstrip(".")


def _sentence(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_sentence(one) for one in value[:3])))
    if isinstance(value, Mapping):
        return next(filter(None, (_sentence(value.get(key)) for key in _SAYS)), "")
    return ""


def _target(headers: Mapping[str, str], host: str) -> str:
    """Where a redirect leads, without its query."""
    try:
        parts = urlsplit(urljoin(f"https://{host}/", headers.get("location", "")))
    except ValueError:
        return "another address"
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:LONGEST_SAID]


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the store wants to be left alone: seconds or a date; at most a day."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - _now(headers)).total_seconds()
        except (ValueError, TypeError):
            return None
    if not 0 <= seconds < float("inf"):
        return None
    return timedelta(seconds=min(seconds, 86_400))


def _now(headers: Mapping[str, str]) -> datetime:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return datetime.now(UTC)


def in_words(wait: timedelta) -> str:
    """A length of time as people say it."""
    seconds = round(wait.total_seconds())
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"  # noqa: PLR2004
