"""Which addresses a store may have: public ones, and networks that the installation allows.

The check is made on what the name resolves to, when the connection is opened, and the connection
goes to the very address that was checked: a name cannot point elsewhere in between.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from app.stores.errors import AddressRefused, StoreUnavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64: the last 32 bits are an IPv4 address (RFC 6052)."""


def networks(text: str) -> tuple[Network, ...]:
    """The networks in a list with commas or spaces, e.g. ``127.0.0.0/8 192.168.1.0/24``.

    Raises:
        ValueError: naming what is no network.
    """
    return tuple(ip_network(word) for word in text.replace(",", " ").split())


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a store may be there."""
    found = inner(address)
    if any(found in network for network in allowed if network.version == found.version):
        return True
    if isinstance(found, IPv6Address) and found.teredo:
        return False
    return found.is_global and not found.is_multicast


def checked(url: str, allowed: Iterable[Network]) -> SplitResult:
    """The parts of a store's address: https, or http on this computer.

    Raises:
        AddressRefused: saying which rule it breaks.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("The store's address is not an address.") from None
    if not host or parts.scheme not in {"http", "https"}:
        raise AddressRefused("The store's address must begin with https:// and name a host.")
    if parts.username or parts.password:
        raise AddressRefused("The store's address must not contain a user name or password.")
    if parts.scheme == "http" and not is_this_computer(host):
        raise AddressRefused(
            f"http://{host} is not encrypted: keys and orders could be read on the way.",
            advice="Enter the address with https://.",
        )
    try:
        address = ip_address(host)
    except ValueError:
        return parts
    _refuse_unless(is_allowed(address, allowed), host, str(address))
    return parts


def is_this_computer(host: str) -> bool:
    """Whether the host is written as this computer."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_unless(allowed: bool, host: str, address: str) -> None:  # noqa: FBT001
    if not allowed:
        where = host if host == address else f"{host} ({address})"
        raise AddressRefused(f"{where} is an internal address, which no store may have.")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host.

    Raises:
        OSError: if there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to allowed addresses only."""

    def __init__(self, allowed: Sequence[Network], lookup: Resolve = resolve) -> None:
        """Allow these networks beside the public ones; `lookup` turns a name into addresses."""
        self._allowed = allowed
        self._lookup = lookup
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers.

        Raises:
            AddressRefused: if any of them is internal: an honest name has none.
            StoreUnavailable: if the name has no address.
        """
        try:
            found = self._lookup(host, port)
        except (OSError, UnicodeError):
            raise StoreUnavailable(
                f"No host is named {host}.", advice="Check the address; else it is asked again."
            ) from None
        for one in found:
            address = ip_address(one.split("%")[0])
            honest = not inner(address).is_loopback or is_this_computer(host)
            _refuse_unless(honest and is_allowed(address, self._allowed), host, one)
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for one in found:
            try:
                return self._plain.connect_tcp(one, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem
