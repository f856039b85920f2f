"""Which certificates are trusted, and what is wrong with one that is not, in words."""

from __future__ import annotations

import ssl
from contextlib import suppress
from functools import cache

import certifi

_WORDS = {
    10: "has expired",
    9: "is not valid yet",
    18: "is signed by the shop itself, so that it proves nothing",
    19: "comes from an authority that nobody knows",
    20: "comes without its chain, or from an authority that nobody knows",
    21: "comes without its chain, or from an authority that nobody knows",
    23: "was revoked",
    62: "is for another host name",
    64: "is for another address",
}
"""OpenSSL's X509_V_ERR_*."""
_BROKEN_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@cache
def trusted() -> ssl.SSLContext:
    """The authorities of this computer and Mozilla's."""
    context = ssl.create_default_context()
    with suppress(OSError, ssl.SSLError):
        context.load_verify_locations(certifi.where())
    return context


def certificate_error(error: BaseException | None) -> str:
    """The sentence about a certificate that made a connection fail; "" if none did."""
    seen = 0
    while error is not None and seen < 10:  # noqa: PLR2004 - a chain of causes may be circular
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"The store's certificate {_WORDS.get(error.verify_code, 'is not valid')}."
        if isinstance(error, ssl.SSLError) and not isinstance(error, _BROKEN_OFF):
            return "The store offers no encryption that can be used."
        error, seen = error.__cause__ or error.__context__, seen + 1
    return ""
