"""Shipments by the API: of sales that a shop of one's own was sent, once, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, Event, Sale, SaleSent, SaleShipment, Store, db
from app.rules import publish
from app.sync.sales.gone import SHIPPED
from app.sync.stores import add_store
from tests.api_site import Program, add_shop, program
from tests.web_site import Site

IN = "/stores/custom/shipments"
ONE: dict[str, Any] = {
    "key": "S-1", "sale": "txn-1", "shipped_on": "2026-11-26", "tracking_number": "1Z9",
}  # fmt: skip


def sell(site: Site, company_id: int, store_key: str, name: str) -> None:
    """A sale that the store was sent."""
    with site.app.app_context():
        company = db.session.get_one(Company, company_id)
        store = db.session.scalars(
            select(Store).where(Store.company_id == company_id, Store.key == store_key)
        ).one()
        file = {"rulebooks": 1, "rules": {}, "tables": {}}
        publish(company, file, author="a", note="n")
        sale = Sale(
            company_id=company_id, kind="SalesOrder", txn_id=name, number=name,
            modified_at=datetime(2026, 11, 20, tzinfo=UTC),
            data={"TxnID": name, "TxnDate": "2026-11-20", "Memo": "By phone"},
        )  # fmt: skip
        db.session.add(sale)
        db.session.flush()
        db.session.add(
            SaleSent(store_id=store.id, sale_id=sale.id, state="sent", reference=name, digest="d")
        )
        db.session.commit()


@pytest.fixture
def shop(api: Program) -> Program:
    """A shop that was sent two sales; another company's was sent one."""
    for name in ("txn-1", "txn-2"):
        sell(api.site, api.site.rows.company, "custom", name)
    with api.site.app.app_context():
        other = db.session.get_one(Company, api.site.rows.other)
        add_store(other, "rulebooks", {"secret": "s" * 30}, key="custom")
        db.session.commit()
    sell(api.site, api.site.rows.other, "custom", "txn-9")
    return api


def sent(api: Program, *shipments: dict[str, Any]) -> list[tuple[str, str]]:
    answer = api.post(IN, {"shipments": list(shipments)})
    assert answer.status_code == 200, answer.text
    return [(one["outcome"], one["pointer"]) for one in answer.get_json()["results"]]


def kept(api: Program) -> list[tuple[str, str, str]]:
    with api.site.app.app_context():
        rows = db.session.scalars(select(SaleShipment).order_by(SaleShipment.id))
        return [(row.key, row.tracking, row.state) for row in rows]


def state(api: Program, name: str) -> str:
    with api.site.app.app_context():
        found = select(SaleSent.state).join(Sale, Sale.id == SaleSent.sale_id)
        return db.session.scalars(found.where(Sale.txn_id == name)).one()


def test_a_shipment_is_taken_once_and_goes_back_to_quickbooks(shop: Program) -> None:
    assert sent(shop, ONE) == [("new", "")]
    assert sent(shop, ONE) == [("same", "")]
    assert kept(shop) == [("S-1", "1Z9", "ready")]
    assert (state(shop, "txn-1"), state(shop, "txn-2")) == ("closed", "sent")


def test_what_differs_under_the_same_key_is_refused(shop: Program) -> None:
    sent(shop, ONE)
    for wrong in ({"tracking_number": "1Z8"}, {"shipped_on": "2026-11-27"}, {"sale": "txn-2"}):
        answer = shop.post(IN, {"shipments": [ONE | wrong]})
        assert answer.status_code == 422
        assert answer.get_json()["errors"] == [
            {"detail": "another shipment has that key", "pointer": "/shipments/0/key"}
        ]
    assert kept(shop) == [("S-1", "1Z9", "ready")]


def test_each_of_many_has_its_outcome(shop: Program) -> None:
    assert sent(
        shop, ONE, ONE, ONE | {"key": "S-2", "tracking_number": ""},
        ONE | {"key": "S-3", "sale": "nobody's"}, ONE | {"key": "S-4", "sale": "txn-9"},
        ONE | {"key": "S-5", "sale": "txn-2"},
    ) == [
        ("new", ""), ("same", ""), ("new", ""), ("bad", "/shipments/3/sale"),
        ("bad", "/shipments/4/sale"), ("new", ""),
    ]  # fmt: skip
    assert [key for key, _, _ in kept(shop)] == ["S-1", "S-2", "S-5"]
    assert state(shop, "txn-9") == "sent", "another company's"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"shipments": []}, "/shipments"),
        ({"shipments": [ONE] * 501}, "/shipments"),
        ({"shipments": ONE}, "/shipments"),
        ({"shipments": [7]}, "/shipments/0"),
        ({"shipments": [ONE | {"key": ""}]}, "/shipments/0/key"),
        ({"shipments": [ONE | {"key": "x" * 201}]}, "/shipments/0/key"),
        ({"shipments": [ONE | {"key": "a\nb"}]}, "/shipments/0/key"),
        ({"shipments": [ONE | {"key": None}]}, "/shipments/0/key"),
        ({"shipments": [ONE | {"sale": ["txn-1"]}]}, "/shipments/0/sale"),
        ({"shipments": [ONE | {"shipped_on": "26/11/2026"}]}, "/shipments/0/shipped_on"),
        ({"shipments": [ONE | {"shipped_on": 0}]}, "/shipments/0/shipped_on"),
        ({"shipments": [ONE | {"shipped_on": "1999-12-31"}]}, "/shipments/0/shipped_on"),
        ({"shipments": [ONE | {"shipped_on": "9999-12-31"}]}, "/shipments/0/shipped_on"),
        ({"shipments": [ONE | {"tracking_number": "9" * 101}]}, "/shipments/0/tracking_number"),
        ({"shipments": [ONE | {"tracking_number": "\x07"}]}, "/shipments/0/tracking_number"),
        ({"shipments": [ONE | {"paid": True}]}, "/shipments/0/paid"),
        ({"shipments": [{"key": "S-1"}]}, "/shipments/0/sale"),
        ({}, "/shipments"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(shop: Program, body: Any, pointer: str) -> None:
    answer = shop.post(IN, body)
    assert answer.status_code == 422, answer.text
    assert pointer in {one["pointer"] for one in answer.get_json()["errors"]}
    assert kept(shop) == []


@pytest.mark.parametrize("body", [b"[" * 5_000, b"\xff", b'{"shipments": [NaN]}', b""])
def test_what_is_no_json_is_refused(shop: Program, body: bytes) -> None:
    assert shop.post(IN, body).status_code in {400, 413, 422}
    assert kept(shop) == []


def test_a_body_that_is_too_large_is_refused(shop: Program) -> None:
    assert shop.post(IN, b" " * (600 * 2**10)).status_code == 413


def test_who_may_tell(shop: Program) -> None:
    viewer = program(shop.site, "viewer")
    assert viewer.post(IN, {"shipments": [ONE]}).status_code == 403
    other = program(shop.site, "admin", company=shop.site.rows.other)
    assert other.post(IN, {"shipments": [ONE]}).status_code == 422, "they have no such sale"
    assert shop.post("/stores/nowhere/shipments", {"shipments": [ONE]}).status_code == 404
    assert shop.post("/stores/cedar-pine/shipments", {"shipments": [ONE]}).status_code == 409
    assert kept(shop) == []


def test_programs_that_tell_the_same_at_once_tell_it_once(any_site: Site) -> None:
    add_shop(any_site)
    sell(any_site, any_site.rows.company, "custom", "txn-1")
    api = program(any_site)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.post(IN, {"shipments": [ONE]}), range(6)))
    assert [one.status_code for one in answers] == [200] * 6
    outcomes = sorted(one.get_json()["results"][0]["outcome"] for one in answers)
    assert outcomes == ["new"] + ["same"] * 5
    assert kept(api) == [("S-1", "1Z9", "ready")]


def test_what_is_shipped_after_it_was_deleted_is_for_a_person(shop: Program) -> None:
    with shop.site.app.app_context():
        sale = db.session.scalars(select(Sale).where(Sale.txn_id == "txn-1")).one()
        sale.gone = "deleted"
        db.session.commit()
    assert sent(shop, ONE) == [("new", "")]
    assert sent(shop, ONE | {"key": "S-2"}) == [("new", "")]
    assert state(shop, "txn-1") == "astray"
    assert {state for _, _, state in kept(shop)} == {"left_out"}, "QuickBooks has it no more"
    with shop.site.app.app_context():
        (text,) = db.session.scalars(select(Event.text).where(Event.kind == "sale.astray"))
        assert SHIPPED in text
