"""The one way to a store: guarded addresses, limits, safe repetition, errors in words.

Nothing is logged but method, host, path, status, size and time; redirects are never followed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx
import stamina
import structlog

from app.stores.addresses import LOOPBACK, GuardedBackend, Network, Resolve, checked, resolve
from app.stores.answers import refusal, value_of
from app.stores.certificates import certificate_error, trusted
from app.stores.errors import AnswerTooLarge, CertificateRefused, StoreError, StoreUnavailable

log = structlog.get_logger(__name__)

stamina.instrumentation.set_on_retry_hooks([])  # each try has a line of ours; the end has words

LARGEST = 50 * 2**20
LONGEST = 300.0
"""Seconds for one whole answer, however slowly it drips."""
PATIENCE = timedelta(seconds=60)
"""A store that wants to be left alone for longer is left alone: the pull ends and comes back."""
TRIES = 5
REPEATABLE = frozenset({"GET", "HEAD"})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_NEVER_DONE = frozenset({429})


@dataclass(frozen=True, slots=True)
class Answer:
    """A store's answer: the JSON in it (None when it is empty) and its headers."""

    status: int
    headers: Mapping[str, str]
    value: Any


class _Again(Exception):  # noqa: N818 - not an error yet
    def __init__(self, problem: StoreError) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _backoff(error: Exception) -> bool | timedelta:
    """What stamina asks: again, and after how long; the store's own word goes first."""
    if not isinstance(error, _Again):
        return False
    wanted = error.problem.retry_after
    return True if wanted is None else wanted


@dataclass
class Http:
    """A connection to one store; close it."""

    base: str
    """The address that relative paths are added to."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: httpx.Auth | tuple[str, str] | None = field(default=None, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)
    """What no message may hold, even if the store repeats it."""
    allowed: Sequence[Network] = LOOPBACK
    transport: httpx.BaseTransport | None = None
    lookup: Resolve = resolve
    timeout: float = 60.0
    pause_header: str = ""
    """The header in which the store says for how many seconds to leave it alone, if it has one of
    its own in place of Retry-After."""
    clock: datetime | None = field(default=None, init=False)
    """The store's own time in its last answer."""

    def __post_init__(self) -> None:
        """Refuse an address that no store may have."""
        checked(self.base, self.allowed)
        self._client = httpx.Client(
            transport=self.transport or _transport(self.allowed, self.lookup),
            timeout=httpx.Timeout(self.timeout, connect=15),
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": "Rulebooks (orders to QuickBooks)",
                "Accept": "application/json",
            },
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def now(self) -> datetime:
        """The store's time as last told, else ours."""
        return self.clock or datetime.now(UTC)

    def json(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Sequence[int] = (),
    ) -> Answer:
        """Ask, and read the JSON of the answer.

        Args:
            method: GET, POST ...
            path: Relative to the store's address, or a whole address.
            params: The query.
            body: What is sent as JSON.
            form: What is sent as a form instead.
            headers: Beside those of every request.
            repeatable: Whether doing it twice is the same as once; by default only for GET.
            accept: Statuses of 400 and more that are an answer to the caller.

        Raises:
            StoreError: the one that says what to do next.
        """
        url = path if path.startswith(("http://", "https://")) else self._url(path)
        checked(url, self.allowed)
        safe = method in REPEATABLE if repeatable is None else repeatable
        try:
            for attempt in stamina.retry_context(
                on=_backoff, attempts=TRIES, timeout=None, wait_initial=1.0, wait_max=20.0
            ):
                with attempt:
                    return self._once(
                        method, url, safe=safe, accept=accept,
                        params=params, json=body, data=form,
                        headers={**self.headers, **(headers or {})},
                    )  # fmt: skip
        except _Again as again:
            raise again.problem from None
        raise AssertionError("stamina ends with an answer or an error")

    def _url(self, path: str) -> str:
        return f"{self.base.rstrip('/')}/{path.lstrip('/')}"

    def _once(
        self, method: str, url: str, *, safe: bool, accept: Sequence[int], **request: Any
    ) -> Answer:
        begun = time.monotonic()
        parts = httpx.URL(url)
        said = log.bind(method=method, host=parts.host, path=parts.path)
        try:
            with self._reach(), self._client.stream(method, url, auth=self.auth, **request) as got:
                self._hear_clock(got.headers.get("date", ""))
                content = _read(got, begun)
        except httpx.ConnectError as error:
            said.debug("store.unreachable", seconds=round(time.monotonic() - begun, 3))
            unreached = StoreUnavailable(f"{parts.host} cannot be reached ({_short(error)}).")
            raise _Again(unreached) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            said.debug("store.cut_off", error=type(error).__name__)
            slow = isinstance(error, httpx.TimeoutException)
            why = "does not answer in time" if slow else "broke off its answer"
            unavailable = StoreUnavailable(f"{parts.host} {why}.")
            raise (_Again(unavailable) if safe else unavailable) from None
        said.debug(
            "store.answered",
            status=got.status_code,
            bytes=len(content),
            seconds=round(time.monotonic() - begun, 3),
        )
        headers = dict(got.headers)
        if got.is_success or got.status_code in accept:
            try:
                value = value_of(content, headers, url=f"{parts.host}{parts.path}")
            except StoreUnavailable as cut:
                raise (_Again(cut) if safe else cut) from None
            except StoreError:
                if got.is_success:
                    raise
                value = None
            return Answer(got.status_code, headers, value)
        if self.pause_header in headers:
            headers.setdefault("retry-after", headers[self.pause_header])
        problem = refusal(got.status_code, headers, content, host=parts.host, secrets=self.secrets)
        if self._comes_again(got.status_code, problem, safe=safe):
            raise _Again(problem)
        raise problem

    @staticmethod
    def _comes_again(status: int, problem: StoreError, *, safe: bool) -> bool:
        if status not in _TRY_AGAIN or not (safe or status in _NEVER_DONE):
            return False
        return problem.retry_after is None or problem.retry_after <= PATIENCE

    def lines(self, url: str, *, largest: int) -> Iterator[str]:
        """A file's lines, one by one, asked for without any credentials.

        Raises:
            StoreError: the one that says what to do next.
        """
        host = checked(url, self.allowed).hostname or ""
        size = 0
        try:
            with self._reach(), self._client.stream("GET", url, auth=None) as got:
                if not got.is_success:
                    raise refusal(
                        got.status_code, dict(got.headers), got.read()[:LARGEST], host=host
                    )
                for line in got.iter_lines():
                    size += len(line)
                    if size > largest or len(line) > LARGEST:
                        raise AnswerTooLarge(f"{host} sends a file that is too large.")
                    yield line
        except httpx.TransportError:
            raise StoreUnavailable(f"{host} broke off the file.") from None

    @contextmanager
    def _reach(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            if words := certificate_error(error):
                raise CertificateRefused(words) from None
            raise

    def _hear_clock(self, date: str) -> None:
        try:
            heard = parsedate_to_datetime(date)
        except (ValueError, TypeError):
            return
        if heard.tzinfo is not None:
            self.clock = heard.astimezone(UTC)


def _transport(allowed: Sequence[Network], lookup: Resolve) -> httpx.HTTPTransport:
    context = trusted()
    transport = httpx.HTTPTransport(verify=context, trust_env=False)
    transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 - httpx has no way to give a backend
        ssl_context=context,
        max_connections=4,
        keepalive_expiry=30,
        network_backend=GuardedBackend(allowed, lookup),
    )
    return transport


def _read(got: httpx.Response, begun: float) -> bytes:
    host = got.request.url.host
    stated = got.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > LARGEST:
        raise AnswerTooLarge(f"{host} sends {int(stated) >> 20} MB; {LARGEST >> 20} MB are read.")
    parts: list[bytes] = []
    size = 0
    for part in got.iter_bytes():
        size += len(part)
        if size > LARGEST:
            raise AnswerTooLarge(f"{host} sends more than {LARGEST >> 20} MB.")
        if time.monotonic() - begun > LONGEST:
            raise httpx.ReadTimeout("too slow", request=got.request)
        parts.append(part)
    return b"".join(parts)


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:120] or type(error).__name__
