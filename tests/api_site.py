"""Programs that call the API, for its tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import tokens
from app.models import Company, Store, db
from app.samples import SAMPLES
from tests.web_site import Site

SMALL: dict[str, Any] = {
    "source_id": "A-1",
    "number": "1001",
    "placed_at": "2026-11-20T12:00:00+00:00",
    "total": "21.60",
    "payment_status": "paid",
    "taxes": [{"name": "CA", "amount": "1.60"}],
    "lines": [
        {
            "source_id": "1", "name": "Pen", "sku": "PEN", "quantity": "2", "gross": "20.00",
            "taxes": [{"name": "CA", "amount": "1.60"}],
        }
    ],
}  # fmt: skip


@dataclass
class Program:
    """A program with a token."""

    site: Site
    token: str

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        if body is not None:
            more["data"] = body if isinstance(body, (bytes, str)) else json.dumps(body)
            more.setdefault("content_type", "application/json")
        client = self.site.app.test_client(use_cookies=False)
        return client.open(path, method=method, headers=headers, **more)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", f"/api/v1{path}", query_string=query)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.ask("POST", f"/api/v1{path}", body, **more)


def program(site: Site, scope: str = "admin", company: int = 0) -> Program:
    """A program with a new token of that scope."""
    with site.app.app_context():
        owner = db.session.get(Company, company or site.rows.company)
        assert owner is not None
        _, text = tokens.create(owner, f"my {scope}", scope, who="owner@example.com")
        db.session.commit()
    return Program(site, text)


def add_shop(site: Site, key: str = "custom") -> None:
    """A store that orders are sent into."""
    with site.app.app_context():
        db.session.add(
            Store(company_id=site.rows.company, key=key, type="rulebooks", name=key, zone="UTC")
        )
        db.session.commit()


def own_sample() -> list[dict[str, Any]]:
    """The sample orders in our own form."""
    (sample,) = [one for one in SAMPLES if one.format_key == "rulebooks"]
    return [dict(one.raw) for one in sample.orders()]


@pytest.fixture
def api(site: Site) -> Program:
    """A program with an admin's token, and a shop to send orders into."""
    add_shop(site)
    return program(site)


@pytest.fixture
def any_api(any_site: Site) -> Program:
    """The same on each database in turn."""
    add_shop(any_site)
    return program(any_site)
