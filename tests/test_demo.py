"""The demo: sample orders posted to the cent through real SOAP, and why others are not."""

from __future__ import annotations

import http.client
import time
from decimal import Decimal
from typing import Any

import pytest
import waitress
from flask import Flask

from app.commands import demo
from app.jobs.kinds.sync import start_sync
from app.jobs.rows import read
from app.models import db
from app.sync.manual import Wanted
from tests.flows import run
from tests.web_rows import add_company

UNPAID_BY_RULE = {"5101", "5106", "5112", "5118"}
"""Paid by PayPal, which the demo's rules leave to be received from the payout."""
ON_ACCOUNT = {"2004": Decimal("461.50"), "W-7001": Decimal("2298.16")}
"""Paid in part, and Net 30."""
NOT_SHIPPED = {"LB3001", "LB3003", "LB3004", "LB3006", "LB3007", "LB3008"}
"""Of the shop that makes its invoices when it ships: sales orders, payments not applied yet."""
TOO_EARLY = (
    "the invoice is not made yet: "
    "Wait until the order is paid or shipped, unless it has payment terms"
)
DOES_NOT_ADD_UP = (
    "the order does not add up: lines 86.40 + shipping 6.95 + tax 7.67 = 101.02, "
    "but the store says 102.12 (difference 1.10)"
)
REASONS = {
    "5104": ("waiting", [TOO_EARLY]),
    "5105": ("waiting", [TOO_EARLY]),
    "#2002": (
        "waiting",
        ["not fully paid: 0.00 of 44.27, and a sales receipt is for paid orders"],
    ),
    "5114": ("held", ["the order is in EUR, the company's home currency is USD"]),
    "B-2204": ("held", ["the order is in EUR, the company's home currency is USD"]),
    "5116": (
        "held",
        [DOES_NOT_ADD_UP],
    ),
    "5109": ("skipped", ["left out by rule: Leave out cancelled, failed and draft orders"]),
    "5120": ("skipped", ["left out by rule: Leave out cancelled, failed and draft orders"]),
    "#2009": ("skipped", ["left out by rule: Leave out test orders"]),
    "#2010": ("skipped", ["left out by rule: Leave out cancelled, failed and draft orders"]),
}


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    """What `rulebooks demo --json` prints, with its exit code and its HTTP requests."""
    request, posts = http.client.HTTPConnection.request, []

    def noted(connection: Any, method: str, target: str, *rest: Any, **more: Any) -> None:
        posts.append((method, target))
        request(connection, method, target, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http.client.HTTPConnection, "request", noted)
        ran = run("demo", "--json")
    found: dict[str, Any] = ran.json
    return found | {"exit code": ran.code, "requests": posts}


def documents(answer: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The documents of a kind."""
    return [one for one in answer["posted_documents"] if one["kind"] == kind]


def balances(answer: dict[str, Any], kind: str) -> dict[str, Decimal]:
    """RefNumber -> balance of the documents of a kind that are not settled."""
    return {
        one["ref_number"]: Decimal(one["balance"])
        for one in documents(answer, kind)
        if Decimal(one["balance"])
    }


def test_the_totals_are_equal_and_the_exit_code_says_so(answer: dict[str, Any]) -> None:
    assert answer["difference"] == "0.00"
    assert answer["store_total"] == answer["quickbooks_total"]
    assert Decimal(answer["store_total"]) > 10_000
    assert answer["exit code"] == 0


def test_at_least_36_of_at_least_40_orders_are_posted_within_a_minute(
    answer: dict[str, Any],
) -> None:
    assert answer["orders"] >= 40
    assert answer["posted"] >= 36
    assert answer["seconds"] < 60


def test_every_order_is_posted_waiting_held_or_skipped(answer: dict[str, Any]) -> None:
    counted = [answer[state] for state in ("posted", "waiting", "held", "skipped")]
    assert sum(counted) == answer["orders"]
    assert len(answer["others"]) == answer["orders"] - answer["posted"]


def test_each_order_that_is_not_posted_has_its_reason(answer: dict[str, Any]) -> None:
    told = {one["order"]: (one["state"], one["reasons"]) for one in answer["others"]}
    assert told == REASONS


def test_the_documents_are_counted(answer: dict[str, Any]) -> None:
    kinds = ("CreditMemo", "Invoice", "ReceivePayment", "SalesOrder", "SalesReceipt")
    counted = {kind: len(documents(answer, kind)) for kind in kinds}
    assert answer["documents"] == counted
    assert len(answer["posted_documents"]) == sum(counted.values())
    assert min(counted.values()) >= 5


def test_an_invoice_that_was_paid_has_no_balance(answer: dict[str, Any]) -> None:
    open_invoices = balances(answer, "Invoice")
    assert open_invoices.keys() == UNPAID_BY_RULE | ON_ACCOUNT.keys()
    assert {number: open_invoices[number] for number in ON_ACCOUNT} == ON_ACCOUNT
    totals = {one["ref_number"]: Decimal(one["total"]) for one in documents(answer, "Invoice")}
    assert all(open_invoices[number] == totals[number] for number in UNPAID_BY_RULE)


def test_a_payment_is_used_up_unless_its_invoice_is_still_to_come(
    answer: dict[str, Any],
) -> None:
    unused = [one for one in documents(answer, "ReceivePayment") if Decimal(one["balance"])]
    assert unused
    assert {one["memo"].split()[1] for one in unused} <= NOT_SHIPPED
    assert all(one["total"] == one["balance"] for one in unused)


def test_a_document_names_its_store_and_order_in_its_memo(answer: dict[str, Any]) -> None:
    shops = ("cedar-pine ", "harbor-tea #", "lantern-bikes LB", "trailhead ")
    assert all(one["memo"].startswith(shops) for one in answer["posted_documents"])


def test_each_soap_call_is_a_real_http_request(answer: dict[str, Any]) -> None:
    assert answer["requests"] == [("POST", "/qbwc")] * answer["soap_calls"]
    assert answer["soap_calls"] >= 10


def test_what_is_asked_for_on_the_demos_pages_is_done(
    empty_site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty_site.app_context():
        company = add_company("Demo")
        db.session.commit()
        start_sync(company, who="a visitor", wanted=Wanted(numbers=("5104",)))
    states: list[str] = []

    def served(app: Flask, **_: Any) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and states[-1:] != ["done"]:
            with app.app_context():
                states.append(read(db.session.merge(company), 1).state)
            time.sleep(0.05)

    monkeypatch.setattr(waitress, "serve", served)
    demo._serve(empty_site, 8000)
    assert states[-1] == "done"
