"""Asking Shopify: the token, the cost of a query, and what its errors mean."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog

from app.stores.errors import (
    CredentialsRefused,
    PermissionMissing,
    RequestRefused,
    StoreAnsweredOddly,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from app.stores.http import Http
from app.stores.pace import Bucket
from app.stores.shopify.queries import VERSION

log = structlog.get_logger(__name__)

PATH = f"/admin/api/{VERSION}/graphql.json"
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 - an address
TRIES = 6
GUESS = 100.0
"""Points that a query is taken to cost before Shopify has said."""
EARLY = 300.0
"""Seconds before its end that a token is replaced."""


class CostsTooMuch(StoreError):  # noqa: N818 - says what it is
    """The query may bring more than Shopify allows one query to bring."""


@dataclass
class Token:
    """The permanent token of an old app, or one of 24 hours for an app's id and secret."""

    http: Http
    permanent: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    _fresh: str = field(default="", repr=False)
    _until: float = 0.0

    def value(self) -> str:
        """The token; asked for anew when it ends soon.

        Raises:
            CredentialsRefused: if Shopify gives none.
        """
        if self.permanent:
            return self.permanent
        if not self._fresh or time.monotonic() > self._until:
            self._ask()
        return self._fresh

    def drop(self) -> bool:
        """Forget a token that was refused; False when there is no way to another."""
        had, self._fresh = bool(self._fresh), ""
        return had

    def _ask(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        try:
            found = self.http.json("POST", TOKEN_PATH, form=form, repeatable=True).value
        except RequestRefused as error:
            raise CredentialsRefused(
                error.what.replace("refuses", "gives no token"),
                advice="Check client id and secret in the Dev Dashboard, and that the app is "
                "installed in this shop, which must belong to the app's organization.",
            ) from None
        token = found.get("access_token") if isinstance(found, Mapping) else None
        if not isinstance(token, str) or not token:
            raise StoreAnsweredOddly("Shopify answers the request for a token without one.")
        lasts = found.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, (int, Decimal)) else 3600.0
        self._fresh, self._until = token, time.monotonic() + max(seconds - EARLY, 60.0)


@dataclass
class Api:
    """One shop's GraphQL."""

    http: Http
    token: Token
    bucket: Bucket = field(default_factory=Bucket)
    costs: dict[str, float] = field(default_factory=dict)
    """What each query last was said to cost."""
    version: str = ""
    """The version that Shopify answered in."""

    def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> Any:
        """The data of the answer.

        Args:
            query: The document; its first line names it.
            variables: Its variables.
            repeatable: False for a mutation that must not be done twice.

        Raises:
            CostsTooMuch: ask for less.
            StoreError: the one that says what to do next.
        """
        name = query.split("(", 1)[0].split("{", 1)[0].strip()
        wait = timedelta()
        for _ in range(TRIES):
            self.bucket.spend(self.costs.get(name, GUESS))
            value = self._post({"query": query, "variables": variables or {}}, repeatable)
            self._learn(name, value.get("extensions"))
            problem = _problem(value)
            if not isinstance(problem, StoreBusy):
                if problem is not None:
                    raise problem
                return value["data"]
            wait = problem.retry_after or wait
        raise StoreBusy("Shopify has no room for more questions.", retry_after=timedelta(minutes=1))

    def _post(self, body: Mapping[str, Any], repeatable: bool) -> Mapping[str, Any]:  # noqa: FBT001
        try:
            answer = self._send(body, repeatable)
        except CredentialsRefused:
            if not self.token.drop():
                raise
            answer = self._send(body, repeatable)
        self.version = answer.headers.get("x-shopify-api-version", VERSION)
        if not isinstance(answer.value, Mapping):
            raise StoreAnsweredOddly("Shopify answers without data.")
        return answer.value

    def _send(self, body: Mapping[str, Any], repeatable: bool) -> Any:  # noqa: FBT001
        token = self.token.value()
        self.http.secrets = tuple({*self.http.secrets, token})
        headers = {"X-Shopify-Access-Token": token}
        return self.http.json("POST", PATH, body=body, headers=headers, repeatable=repeatable)

    def _learn(self, name: str, extensions: Any) -> None:
        cost = extensions.get("cost") if isinstance(extensions, Mapping) else None
        if not isinstance(cost, Mapping):
            return
        requested, state = cost.get("requestedQueryCost"), cost.get("throttleStatus")
        if isinstance(requested, (int, Decimal)):
            self.costs[name] = float(requested)
        if isinstance(state, Mapping):
            said = [
                state.get(key) for key in ("currentlyAvailable", "restoreRate", "maximumAvailable")
            ]
            numbers = [float(one) for one in said if isinstance(one, (int, Decimal))]
            if len(numbers) == len(said):
                self.bucket.learn(*numbers)


def _problem(value: Mapping[str, Any]) -> StoreError | None:
    """What the answer's errors are; None if its data can be used."""
    errors = value.get("errors")
    if not errors:
        if not isinstance(value.get("data"), Mapping):
            return StoreAnsweredOddly("Shopify answers without data.")
        return None
    if not isinstance(errors, list):
        return RequestRefused(f"Shopify refuses: {str(errors)[:200]}.")
    found = [one for one in errors if isinstance(one, Mapping)]
    codes = {_code(one) for one in found}
    said = "; ".join(dict.fromkeys(str(one.get("message", ""))[:200].rstrip(".") for one in found))
    if "THROTTLED" in codes:
        return StoreBusy("Shopify asks to be left alone for a moment.")
    if "MAX_COST_EXCEEDED" in codes:
        return CostsTooMuch(f"Shopify refuses: {said}.")
    if "ACCESS_DENIED" in codes:
        if isinstance(value.get("data"), Mapping) and all(_is_detail(one) for one in found):
            log.warning("shopify.withheld", said=said)
            return None
        return PermissionMissing(f"Shopify does not let the app do this: {said}.")
    if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
        return StoreUnavailable(f"Shopify has a problem of its own: {said}.")
    return RequestRefused(f"Shopify refuses: {said}.")


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, Mapping) else ""


def _is_detail(error: Mapping[str, Any]) -> bool:
    """Whether it concerns a field within an order: some plans withhold who the customer is."""
    path = error.get("path")
    depth = [one for one in path if isinstance(one, str)] if isinstance(path, Sequence) else []
    return _code(error) == "ACCESS_DENIED" and len(depth) > 2  # noqa: PLR2004 - orders, nodes, x


def user_errors(payload: Any) -> list[Mapping[str, Any]]:
    """What a mutation was refused for."""
    errors = payload.get("userErrors") if isinstance(payload, Mapping) else None
    return [one for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []


def refuse(errors: Sequence[Mapping[str, Any]]) -> None:
    """Raise what a mutation was refused for, if anything."""
    if errors:
        said = "; ".join(str(one.get("message", ""))[:200].rstrip(".") for one in errors)
        raise RequestRefused(f"Shopify refuses: {said}.")
