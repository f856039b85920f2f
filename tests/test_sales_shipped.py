"""What a store shipped of a sale goes back to QuickBooks: ship date and tracking number, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import stamina
from sqlalchemy import select

from app.models import SaleShipment, db
from app.sync.sales import rounds
from qbwc.planning import sales_out
from qbwc.practice import Faults
from rules_library.rulebook import Rulebook
from tests.fake_shipstation import FakeShipStation
from tests.flows import Flow
from tests.sales import read, selling
from tests.test_sales import KEY, SALE, change, ready, sell, sent_to, states

INTO = "shipment_back_as"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def shop(flow: Flow) -> FakeShipStation:
    """A store that was sent one sales order."""
    made = FakeShipStation()
    ready(flow)
    sell(flow, "1", head="<Memo>By phone</Memo><Other>West</Other>")
    read(flow)
    sent_to(flow, made)
    return made


def take_back(flow: Flow, shop: FakeShipStation) -> None:
    """A round of the schedule, which asks the store for shipments."""
    with selling(flow) as (company, store):
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
        assert store.sales_error == ""


def shipments(flow: Flow) -> list[tuple[str, str]]:
    """Tracking number and state of each shipment."""
    with flow.app.app_context():
        rows = db.session.scalars(select(SaleShipment).order_by(SaleShipment.id))
        return [(row.tracking, row.state) for row in rows]


def fields(flow: Flow) -> dict[str, Any]:
    return flow.txn("SalesOrder").fields


@pytest.mark.parametrize(
    ("into", "memo", "other", "day"),
    [
        ("memo", "By phone 1Z9", "West", "2026-11-26"),
        ("other", "By phone", "1Z9", "2026-11-26"),
        ("date", "By phone", "West", "2026-11-26"),
        ("none", "By phone", "West", None),
    ],
)
def test_a_rule_says_what_is_written_back(  # noqa: PLR0917
    flow: Flow, shop: FakeShipStation, into: str, memo: str, other: str, day: str | None
) -> None:
    flow.rules(**{KEY: True, INTO: into})
    before = fields(flow).get("ShipDate")
    lines = len(flow.txn("SalesOrder").lines)
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    take_back(flow, shop)
    flow.sync()
    held = fields(flow)
    assert (held.get("Memo"), held.get("Other")) == (memo, other)
    assert held.get("ShipDate") == (day or before)
    assert len(flow.txn("SalesOrder").lines) == lines
    assert len(flow.events("sale.shipped")) == (into != "none")


def test_a_shipment_is_written_back_once(flow: Flow, shop: FakeShipStation) -> None:
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    shop.ship(shop.orders[0], "2026-11-26", "void", voided=True)
    shop.add(1)
    shop.ship(shop.orders[-1], "2026-11-26", "another order's")
    for _ in range(3):
        take_back(flow, shop)
        flow.sync()
    assert shipments(flow) == [("1Z9", "done")]
    assert fields(flow)["Memo"] == "By phone 1Z9"
    assert flow.events("sale.shipped") == [
        "Sales order 1 was shipped by Dispatch as 1Z9; QuickBooks has it."
    ]
    assert states(flow) == {"1": "closed"}
    read(flow)
    assert sent_to(flow, shop).closed == 0, "our own change is none to send"


def test_two_shipments_are_both_there(flow: Flow, shop: FakeShipStation) -> None:
    shop.ship(shop.orders[0], "2026-11-26", "1Z8")
    shop.ship(shop.orders[0], "2026-11-27", "1Z9")
    take_back(flow, shop)
    flow.sync()
    assert fields(flow)["Memo"] == "By phone 1Z8 1Z9"
    assert fields(flow)["ShipDate"] == "2026-11-27"


def test_an_order_that_was_marked_as_shipped_counts_too(flow: Flow, shop: FakeShipStation) -> None:
    row = shop.orders[0]
    shop._mark("/orders/markasshipped", {
        "orderId": row["orderId"], "shipDate": "2026-11-26", "trackingNumber": "X1",
        "carrierCode": "other",
    })  # fmt: skip
    take_back(flow, shop)
    flow.sync()
    assert shipments(flow) == [("X1", "done")]


def test_a_sale_that_was_changed_meanwhile_is_read_again(flow: Flow, shop: FakeShipStation) -> None:
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    take_back(flow, shop)
    change(flow, "Ring twice")
    flow.sync()
    assert shipments(flow) == [("1Z9", "done")]
    assert fields(flow)["Memo"] == "Ring twice 1Z9"


def test_a_session_that_ends_anywhere_writes_nothing_twice(
    flow: Flow, shop: FakeShipStation
) -> None:
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    take_back(flow, shop)
    for call in range(3, 12):
        flow.connector(Faults(stop_after_call=call)).run()
    flow.sync()
    assert fields(flow)["Memo"] == "By phone 1Z9"
    assert shipments(flow) == [("1Z9", "done")]


def test_the_memo_names_a_number_once() -> None:
    data = {"TxnID": "1-2", "TxnDate": "2026-11-02", "Memo": "By phone 1Z9"}
    made = sales_out.shipped("Invoice", data, date(2026, 11, 3), "1Z9", "memo")
    assert made.fields == {"ShipDate": date(2026, 11, 3)}


def test_a_rule_that_fails_holds_the_shipment() -> None:
    book = Rulebook.from_file(
        {"rulebooks": 1, "rules": {INTO: {"logic": {"cat": ["pigeon"]}}}, "tables": {}}
    )
    into, fault = sales_out.written_back(book, SALE, "dispatch", "shipstation")
    assert into == "none"
    assert "pigeon" in fault
