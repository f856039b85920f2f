"""Orders in: one row an order, its revisions, what adds to it, and both databases."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Company, Order, db
from app.rules.releases import changing
from app.stores.formats import MalformedPayload, UnknownFormat, load_raw
from app.sync import summary
from app.sync.intake import Received, receive, store_named, translate
from app.sync.runner import decide_due
from tests.flows import buyer, order


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="", zone="America/Chicago")
        db.session.add(made)
        db.session.commit()
        yield made


def take(company: Company, *orders: Mapping[str, Any], store: str = "shop") -> Received:
    """Import orders in our own form."""
    return receive(
        company, store_named(company, store, "rulebooks"), "rulebooks", json.dumps(list(orders))
    )


def row(number: str) -> Order:
    """The row of an order."""
    query = select(Order).where(Order.number == number).options(undefer(Order.raw))
    return db.session.scalars(query).one()


def test_a_row_shows_what_lists_need(company: Company) -> None:
    take(company, order("1001", customer=buyer("Mae", "Jemison", company="Stars Ltd")))
    found = row("1001")
    assert (found.source_id, found.customer, found.currency) == ("id-1001", "Stars Ltd", "USD")
    assert found.total == Decimal("20.00")
    assert found.placed_at == datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    assert (found.state, found.due, found.revision) == ("new", True, 1)


def test_the_raw_payload_is_kept_as_it_came(company: Company) -> None:
    sent = order("1001", attributes={"note": "Grüße 🎁", "amount": 1.10})
    take(company, sent)
    assert load_raw(row("1001").raw) == json.loads(json.dumps(sent), parse_float=Decimal)
    assert translate(row("1001")).number == "1001"


def test_an_order_twice_in_one_file_is_one_row(company: Company) -> None:
    received = take(company, order("1001"), order("1001"))
    assert (received.new, received.changed) == (1, 0)
    assert row("1001").revision == 1


def test_a_changed_order_is_a_new_revision_that_is_decided_again(company: Company) -> None:
    take(company, order("1001"))
    decide_due(company)
    assert row("1001").due is False
    assert take(company, order("1001", tags=["gift"])).changed == 1
    assert (row("1001").revision, row("1001").due) == (2, True)


def test_an_unchanged_order_is_not_decided_again(company: Company) -> None:
    take(company, order("1001"))
    decide_due(company)
    assert take(company, order("1001")).same == 1
    assert row("1001").due is False


def test_the_order_of_keys_is_no_change(company: Company) -> None:
    take(company, order("1001"))
    assert take(company, dict(reversed(order("1001").items()))).same == 1


def test_an_older_version_does_not_replace_a_newer_one(company: Company) -> None:
    take(company, order("1001", updated_at="2026-11-22T12:00:00Z", tags=["new"]))
    received = take(company, order("1001", updated_at="2026-11-21T12:00:00Z", tags=["old"]))
    assert received.older == 1
    assert load_raw(row("1001").raw)["tags"] == ["new"]


def test_stores_and_companies_keep_their_orders_apart(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    take(company, order("1001"))
    take(company, order("1001"), store="second")
    take(other, order("1001"))
    found = db.session.scalars(select(Order).where(Order.number == "1001")).all()
    assert len({(one.company_id, one.store_id) for one in found}) == 3


def test_more_orders_than_a_batch_go_in_together(company: Company) -> None:
    received = take(company, *(order(str(number)) for number in range(1, 1202)))
    assert received.new == 1201
    assert take(company, *(order(str(number)) for number in range(1, 1202))).same == 1201


def test_what_cannot_be_read_is_kept_and_held(company: Company) -> None:
    received = take(company, order("1001") | {"total": "x"}, order("1002"))
    assert [name for name, _ in received.bad] == ["id-1001"]
    held = row("id-1001")
    assert (held.state, held.due) == ("held", False)
    assert "/total" in held.reasons[0]
    assert load_raw(held.raw)["total"] == "x"
    assert row("1002").state == "new"


def test_a_revision_that_cannot_be_read_is_held_with_its_reason(company: Company) -> None:
    take(company, order("1001"))
    take(company, order("1001") | {"total": "x"})
    assert (row("1001").state, row("1001").due) == ("held", False)
    take(company, order("1001"))
    assert row("1001").due is True


def test_nothing_of_a_malformed_file_is_stored(company: Company) -> None:
    text = json.dumps([order("1001")]) + "]"
    store = store_named(company, "shop", "rulebooks")
    with pytest.raises(MalformedPayload, match=r"line 1, column \d+"):
        receive(company, store, "rulebooks", text, name="orders.json")
    assert db.session.scalars(select(Order)).all() == []


def test_an_unknown_format_is_refused(company: Company) -> None:
    store = store_named(company, "shop", "rulebooks")
    with pytest.raises(UnknownFormat):
        receive(company, store, "cobol", "[]")


def test_a_new_store_has_the_companys_zone(company: Company) -> None:
    assert store_named(company, "shop", "rulebooks").zone == "America/Chicago"
    again = store_named(company, "shop", "rulebooks")
    assert again is store_named(company, "shop", "rulebooks")


def test_endless_numbers_and_forbidden_characters_are_kept_short(company: Company) -> None:
    name = "Zo\x00e " + "x" * 5_000
    take(company, order("9" * 5_000, source_id="n1", customer=buyer(name, "Long")))
    found = db.session.scalars(select(Order)).one()
    assert (found.number, len(found.customer)) == ("9" * 100, 200)
    assert found.customer.startswith("Zoe xx")


def test_an_id_that_no_store_gives_is_told_and_the_rest_goes_in(company: Company) -> None:
    received = take(
        company,
        order("1", source_id="a\x00b"),
        order("2", source_id="i" * 5_000),
        order("3", source_id="n3"),
    )
    assert [reason for _, reason in received.bad] == ["the id is no identifier"] * 2
    assert db.session.scalars(select(Order.source_id)).all() == ["n3"]


class Meanwhile:
    """Decides what is due in a thread of its own, in the midst of another call."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Start once; it may have to wait for the database until the other call is through."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._decide)
            self._thread.start()
            self._thread.join(1)

    def wait(self) -> None:
        """Wait for its end."""
        assert self._thread is not None
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _decide(self) -> None:
        with self._app.app_context():
            company = db.session.scalars(select(Company)).one()
            with changing(company):
                decide_due(company)


def test_what_the_runner_decides_while_an_order_changes_is_decided_again(
    company: Company, any_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(company, order("1001", status="cancelled"))
    meanwhile = Meanwhile(any_app)

    def summarise(row: Order, told: Any) -> None:
        meanwhile()
        summary.summarise(row, told)

    receiving = importlib.import_module("app.sync.intake.receive")
    monkeypatch.setattr(receiving, "summarise", summarise)
    take(company, order("1001"))
    meanwhile.wait()
    decide_due(company)
    db.session.commit()
    db.session.expire_all()
    found = row("1001")
    assert (found.revision, found.due, found.state) == (2, False, "queued")


def test_an_answer_to_an_order_that_is_decided_meanwhile_is_not_lost(
    company: Company, any_app: Flask
) -> None:
    take(company, order("1001"))
    found = row("1001")
    assert found.due
    db.session.commit()
    assert found.due
    meanwhile = Meanwhile(any_app)
    meanwhile()
    meanwhile.wait()
    found.due = True
    db.session.commit()
    db.session.expire_all()
    assert found.due
