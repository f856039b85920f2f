"""How WooCommerce's key is shown: Basic or in the query over https, OAuth 1.0a over plain http."""

from __future__ import annotations

import secrets
import time
from base64 import b64encode
from collections.abc import Generator
from hashlib import sha256
from hmac import new as new_hmac
from urllib.parse import quote

import httpx


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")


class InQuery(httpx.Auth):
    """For hosts that strip the Authorization header; https only, since addresses get logged."""

    def __init__(self, key: str, secret: str) -> None:
        self._pair = {"consumer_key": key, "consumer_secret": secret}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the pair to the query."""
        request.url = request.url.copy_merge_params(self._pair)
        yield request


class OAuth(httpx.Auth):
    """One-legged OAuth 1.0a in the query (RFC 5849, as WC_REST_Authentication checks it).

    The secret itself does not travel. WooCommerce takes nothing else over plain http.
    """

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign method, address and query."""
        pairs = [
            *request.url.params.multi_items(),
            ("oauth_consumer_key", self._key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", str(int(time.time()))),
        ]
        signed = "&".join(f"{key}={value}" for key, value in sorted(
            (_encoded(key), _encoded(value)) for key, value in pairs
        ))  # fmt: skip
        address = str(request.url.copy_with(query=None, fragment=None))
        base = "&".join((request.method, _encoded(address), _encoded(signed)))
        digest = new_hmac(f"{_encoded(self._secret)}&".encode(), base.encode(), sha256).digest()
        pairs.append(("oauth_signature", b64encode(digest).decode()))
        request.url = request.url.copy_with(
            query="&".join(f"{_encoded(key)}={_encoded(value)}" for key, value in pairs).encode()
        )
        yield request
