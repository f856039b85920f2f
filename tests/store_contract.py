"""What a fake shop offers to the contract suite: orders, honest answers, and faults."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.stores.base import StoreClient, client_named
from app.stores.formats import Shop

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
Fault = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]


class FakeShop(ABC):
    """A shop with orders that answers as the real one does; faults come between."""

    type: ClassVar[str]
    settings: ClassVar[dict[str, Any]]
    many: ClassVar[int] = 230
    """Orders that come in three pages or more."""
    zone: ClassVar[str] = "America/New_York"
    secret: ClassVar[str]
    """What no message and no log may hold."""
    wrong_webhook: ClassVar[tuple[dict[str, str], bytes]] = ({}, b"{}")

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.requests: list[httpx.Request] = []
        self.fault: Fault | None = None
        self.clock = START + timedelta(days=10)

    @abstractmethod
    def make(self, number: int, changed: datetime, lines: int) -> dict[str, Any]:
        """An order of ten dollars a line, as the shop keeps it."""

    @abstractmethod
    def answer(self, request: httpx.Request) -> httpx.Response:
        """The honest answer."""

    @abstractmethod
    def lists(self, request: httpx.Request) -> bool:
        """Whether the request asks for a page of orders."""

    @abstractmethod
    def touch(self, order: dict[str, Any], changed: datetime) -> None:
        """Change the order's note at that time."""

    @abstractmethod
    def without_id(self, order: dict[str, Any]) -> None:
        """Take the order's id away."""

    def add(self, count: int, *, lines: int = 1) -> None:
        """More orders, each a minute after the one before."""
        for _ in range(count):
            number = len(self.orders) + 1
            changed = START + timedelta(minutes=number)
            self.orders.append(self.make(number, changed, lines))

    def remove(self, place: int) -> None:
        """Delete an order for good."""
        del self.orders[place]

    def client(self) -> StoreClient[Any]:
        """Our client of this shop."""
        of = client_named(self.type)
        settings = of.settings_model.read(self.settings)
        http = of.connect(settings, transport=httpx.MockTransport(self._handle))
        return of(settings, Shop(key="shop", type=self.type), http)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)

        def honest() -> httpx.Response:
            answer = self.answer(request)
            answer.headers.setdefault("date", f"{self.clock:%a, %d %b %Y %H:%M:%S} GMT")
            return answer

        return self.fault(request, honest) if self.fault else honest()


def always(make: Callable[[], httpx.Response]) -> Fault:
    """Whatever is asked, this comes."""
    return lambda request, honest: make()


def times(count: int, make: Callable[[], httpx.Response]) -> Fault:
    """The first so many answers are this, then the honest ones."""
    left = [count]

    def fault(request: httpx.Request, honest: Callable[[], httpx.Response]) -> httpx.Response:
        left[0] -= 1
        return make() if left[0] >= 0 else honest()

    return fault


def after_pages(shop: FakeShop, count: int, make: Callable[[], httpx.Response]) -> Fault:
    """So many pages of orders come, and then this."""
    left = [count]

    def fault(request: httpx.Request, honest: Callable[[], httpx.Response]) -> httpx.Response:
        if shop.lists(request):
            left[0] -= 1
            if left[0] < 0:
                return make()
        return honest()

    return fault


def replays(shop: FakeShop, *, most: int) -> Fault:
    """The first page of orders comes again in place of so many of the next."""
    first: list[tuple[int, dict[str, str], bytes]] = []
    left = [most]

    def fault(request: httpx.Request, honest: Callable[[], httpx.Response]) -> httpx.Response:
        if not shop.lists(request):
            return honest()
        if not first:
            answer = honest()
            first.append((answer.status_code, dict(answer.headers), answer.content))
            return answer
        left[0] -= 1
        if left[0] < 0:
            return honest()
        status, headers, content = first[0]
        return httpx.Response(status, headers=headers, content=content)

    return fault


def half(request: httpx.Request, honest: Callable[[], httpx.Response]) -> httpx.Response:
    """Every answer breaks off in the middle."""
    answer = honest()
    kept = answer.content[: len(answer.content) // 2].rstrip(b"]} \n")
    return httpx.Response(200, headers={"content-type": "application/json"}, content=kept)


def html() -> httpx.Response:
    return httpx.Response(200, html="<!DOCTYPE html><title>Just a moment...</title>")


def status(code: int, **headers: str) -> Callable[[], httpx.Response]:
    made = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda: httpx.Response(code, headers=made, json={"message": "No."})


def huge() -> httpx.Response:
    """Six megabytes, without saying so before."""

    def parts() -> Iterator[bytes]:
        yield b"["
        for _ in range(6):
            yield b" " * 2**20

    return httpx.Response(200, headers={"content-type": "application/json"}, content=parts())


def slow() -> httpx.Response:
    raise httpx.ReadTimeout("too slow")


def cut() -> httpx.Response:
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def expired() -> httpx.Response:
    problem = ssl.SSLCertVerificationError(1, "certificate verify failed: expired")
    problem.verify_code = 10
    raise httpx.ConnectError("certificate verify failed") from problem


def to_an_internal_address() -> httpx.Response:
    return httpx.Response(302, headers={"location": "http://169.254.169.254/latest/meta-data"})
