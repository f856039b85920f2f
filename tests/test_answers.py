"""What is held is grouped by cause, and one answer settles the group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, Event, Order, Outbox, Posting, db
from app.sync import answers, attention, doubts
from app.sync.answers import AnswerRefusedError
from app.sync.runner import decide_due
from tests.flows import Flow, buyer, is_, line, order, rule

WHO = "ada@grove.example"


@contextmanager
def company(flow: Flow) -> Iterator[Company]:
    with flow.app.app_context():
        yield db.session.scalars(select(Company)).one()


def groups(flow: Flow) -> dict[tuple[str, str], list[str]]:
    """(cause, about) -> the numbers of the orders."""
    with company(flow) as owner:
        found = {}
        for group in attention.groups(owner):
            rows = answers.orders_named(owner, group.orders)
            found[group.code, group.about] = [row.number for row in rows]
        return found


def ids(flow: Flow, *numbers: str) -> list[int]:
    return [flow.order(number).id for number in numbers]


def trail(flow: Flow) -> list[str]:
    with flow.app.app_context():
        return list(db.session.scalars(select(Event.text).where(Event.who == WHO)))


def held(flow: Flow, *orders: Any, **rules: Any) -> None:
    flow.rules(**{"when_item_missing": "hold", **rules})
    flow.take(*orders)
    flow.sync()


def test_orders_are_grouped_by_cause_the_largest_first(flow: Flow) -> None:
    held(
        flow,
        order("1", [line("NEW-1", "5.00")]),
        order("2", [line("NEW-1", "7.00"), line("NEW-2", "1.00")]),
        order("3", currency="CAD"),
    )
    assert next(iter(groups(flow).items())) == (("item", "NEW-1"), ["1", "2"])
    assert groups(flow)["item", "NEW-2"] == ["2"]
    assert groups(flow)["currency", "CAD"] == ["3"]
    with company(flow) as owner:
        group = attention.group(owner, "item", "NEW-1")
        assert group is not None
        assert group.title == "QuickBooks does not have the item: NEW-1"
        assert group.answers[0] == "map_item"
        assert str(group.totals["USD"]) == "13.00"
        assert attention.count(owner) == 3


def test_a_sku_is_mapped_once_and_the_next_order_goes_through(flow: Flow) -> None:
    flow.add(
        "ItemService",
        "<Name>Lamp</Name><SalesOrPurchase><AccountRef><FullName>Sales</FullName></AccountRef>"
        "</SalesOrPurchase>",
    )
    held(flow, order("1", [line("NEW-1", "5.00")]), order("2", [line("NEW-1", "7.00")]))
    with company(flow) as owner:
        answers.map_item(owner, "NEW-1", "Lamp", ids(flow, "1", "2"), who=WHO)
    flow.post(order("3", [line("new-1", "9.00")]))
    assert flow.states() == dict.fromkeys("123", "posted")
    assert {each["item"] for txn in flow.txns("Invoice") for each in txn.lines} == {"Lamp"}
    assert "Mapped the SKU “NEW-1” to Lamp." in trail(flow)


def test_an_item_is_created_by_one_answer(flow: Flow) -> None:
    held(flow, order("1", [line("NEW-1", "5.00")]), order("2", [line("NEW-2", "5.00")]))
    with company(flow) as owner:
        answers.create_item(owner, "NEW-1", "create_service", who=WHO)
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "held"}
    assert "NEW-1" in flow.names("ItemService")


def test_an_order_is_booked_under_the_customer_that_is_chosen(flow: Flow) -> None:
    flow.rules(when_customer_missing="hold")
    flow.add("Customer", "<Name>Countess Lovelace</Name>")
    ada = buyer("Ada", "King") | {"source_id": "77"}
    flow.take(order("1", customer=ada))
    flow.sync()
    with company(flow) as owner:
        answers.use_customer(owner, ids(flow, "1"), "Countess Lovelace", who=WHO)
    flow.post(order("2", customer=ada))
    assert flow.states() == {"1": "posted", "2": "posted"}
    assert {txn.customer for txn in flow.txns("Invoice")} == {"Countess Lovelace"}


def test_a_customer_is_created_for_one_order(flow: Flow) -> None:
    flow.rules(when_customer_missing="hold")
    flow.take(order("1"), order("2", customer=buyer("Grace", "Hopper")))
    flow.sync()
    with company(flow) as owner:
        answers.create_customer(owner, ids(flow, "1"), who=WHO, name="Ada B")
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "held"}
    assert "Ada B" in flow.names("Customer")


def test_orders_for_review_are_approved_or_left_out_with_a_comment(flow: Flow) -> None:
    flow.rules(hold_for_review=True)
    flow.take(order("1"), order("2"), order("3"))
    flow.sync()
    with company(flow) as owner:
        answers.let_go(owner, ids(flow, "1"), who=WHO, comment="called them")
        answers.skip(owner, ids(flow, "2"), who=WHO, comment="a test")
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "skipped", "3": "held"}
    assert {"Approved it: called them", "Left it out for good: a test"} <= set(trail(flow))
    flow.take(order("2", customer_note="now please"))
    flow.sync()
    assert flow.states()["2"] == "skipped"
    with company(flow) as owner:
        answers.take_back(owner, ids(flow, "2"), who=WHO)
    flow.sync()
    assert flow.states()["2"] == "held"


def test_what_is_posted_is_not_left_out(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1"))
    with company(flow) as owner, pytest.raises(AnswerRefusedError, match="in QuickBooks"):
        answers.skip(owner, ids(flow, "1"), who=WHO)
    assert flow.states() == {"1": "posted"}


@pytest.mark.parametrize(
    ("act", "becomes"), [(answers.skip, "skipped"), (answers.hold, "held")], ids=["skip", "hold"]
)
def test_what_is_posted_stays_and_the_others_are_seen_to(
    flow: Flow, act: Callable[..., answers.Rest], becomes: str
) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(order("2"))
    with company(flow) as owner:
        rest = act(owner, [*ids(flow, "1"), *ids(flow, "2")], who=WHO, comment="a test")
    assert rest.many == 1
    assert "Documents of 1 are in QuickBooks" in rest.why
    flow.sync()
    assert flow.states() == {"1": "posted", "2": becomes}
    assert len(flow.txns("Invoice")) == 1


def test_a_person_holds_an_order_until_somebody_lets_it_go(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1"))
    with company(flow) as owner:
        assert answers.hold(owner, ids(flow, "1"), who=WHO) == (0, "")
    flow.sync()
    flow.take(order("1", customer_note="quickly"))
    flow.sync()
    assert flow.states() == {"1": "held"}
    with company(flow) as owner:
        answers.let_go(owner, ids(flow, "1"), who=WHO)
    flow.sync()
    assert flow.states() == {"1": "posted"}


def test_a_person_posts_what_rules_leave_out_or_hold(flow: Flow) -> None:
    flow.rules(sync_order=False, hold_for_review=True)
    flow.take(order("1"), order("2"))
    flow.sync()
    assert flow.states() == {"1": "skipped", "2": "skipped"}
    with company(flow) as owner:
        answers.post(owner, ids(flow, "1"), who=WHO, comment="the owner asked")
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "skipped"}
    assert "Said to post it: the owner asked" in trail(flow)


def test_a_number_that_another_order_has_gets_a_suffix(flow: Flow) -> None:
    flow.rules(ref_number="7")
    flow.take(order("1"), order("2"))
    flow.sync()
    assert groups(flow) == {("number", "7"): ["2"]}
    with company(flow) as owner:
        answers.add_suffix(owner, ids(flow, "2"), "-B", who=WHO)
    flow.sync()
    assert {txn.ref_number for txn in flow.txns("Invoice")} == {"7", "7-B"}


def test_an_order_that_was_cancelled_before_it_was_sent_holds_no_number(flow: Flow) -> None:
    flow.rules(transaction_type="invoice")
    flow.sync()
    for status in ("open", "cancelled"):
        flow.take(order("7", status=status), store="first")
        with company(flow) as owner:
            decide_due(owner)
            db.session.commit()
    with flow.app.app_context():
        assert [row.state for row in db.session.scalars(select(Outbox))] == ["dropped"]
    flow.take(order("7", customer=buyer("Bo", "Diddley")), store="second")
    flow.sync()
    assert groups(flow) == {}
    assert [txn.ref_number for txn in flow.txns("Invoice")] == ["7"]


def test_what_quickbooks_refused_is_sent_again(flow: Flow) -> None:
    flow.rules(transaction_type=rule("invoice"))
    flow.quickbooks.prefer("ClosingDate", "2026-11-30")
    flow.take(order("1"))
    flow.sync()
    assert flow.states() == {"1": "held"}
    flow.quickbooks.prefer("ClosingDate", "")
    flow.sync()
    with company(flow) as owner:
        answers.retry(owner, ids(flow, "1"), who=WHO)
    flow.sync()
    assert flow.states() == {"1": "posted"}


def review(flow: Flow) -> int:
    """Leave the one invoice in review, as after an answer that nobody got."""
    with flow.app.app_context():
        row = db.session.scalars(select(Outbox).order_by(Outbox.id.desc())).first()
        assert row is not None
        row.state = "review"
        row.order.state, row.order.causes = "held", [["uncertain", ""]]
        db.session.commit()
        return row.id


def test_a_document_that_is_there_already_is_bound_to_its_transaction(flow: Flow) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1"))
    txn = flow.txn("Invoice")
    with flow.app.app_context():
        db.session.delete(db.session.scalars(select(Posting)).one())
        db.session.commit()
    document = review(flow)
    with company(flow) as owner:
        doubts.bind(owner, document, txn.txn_id.lower(), who=WHO)
    flow.sync()
    assert flow.states() == {"1": "posted"}
    assert len(flow.txns("Invoice")) == 1
    with flow.app.app_context():
        row = db.session.scalars(select(Posting)).one()
        assert (row.how, row.stale, str(row.total)) == ("bound", False, "20.00")


def test_a_document_that_is_not_there_is_sent_again_when_a_person_says_so(flow: Flow) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1"))
    flow.take(order("2"))
    with company(flow) as owner:
        decide_due(owner)
        db.session.commit()
    document = review(flow)
    flow.sync()
    assert flow.kinds() == ["Invoice"]
    with company(flow) as owner:
        doubts.send_again(owner, document, who=WHO)
        with pytest.raises(AnswerRefusedError, match="any more"):
            doubts.send_again(owner, document, who=WHO)
    flow.sync()
    assert flow.kinds() == ["Invoice", "Invoice"]


def test_answers_with_what_does_not_exist_change_nothing(flow: Flow) -> None:
    held(flow, order("1", [line("NEW-1", "5.00")]))
    flow.rules(when_item_missing=rule("hold", (is_("order.number", "9"), "create_service")))
    with company(flow) as owner:
        for refused in (
            lambda: answers.map_item(owner, "NEW-1", "No such", ids(flow, "1"), who=WHO),
            lambda: answers.map_item(owner, "", "LAMP", ids(flow, "1"), who=WHO),
            lambda: answers.create_item(owner, "NEW-1", "delete", who=WHO),
            lambda: answers.use_customer(owner, ids(flow, "1"), "Nobody", who=WHO),
            lambda: answers.add_suffix(owner, ids(flow, "1"), "  ", who=WHO),
            lambda: doubts.bind(owner, 1, "X" * 40, who=WHO),
            lambda: doubts.send_again(owner, 99, who=WHO),
            lambda: answers.allow_rounding(owner, ids(flow, "1"), "Nothing", "0.01", who=WHO),
            lambda: answers.allow_rounding(owner, ids(flow, "1"), "Rounding", "1.01", who=WHO),
            lambda: answers.allow_rounding(owner, ids(flow, "1"), "Rounding", "NaN", who=WHO),
            lambda: answers.allow_rounding(owner, ids(flow, "1"), "Rounding", "0", who=WHO),
        ):
            with pytest.raises(AnswerRefusedError):
                refused()
            db.session.rollback()
    assert trail(flow) == []


def test_orders_of_another_company_are_not_touched(flow: Flow) -> None:
    flow.rules(hold_for_review=True)
    flow.take(order("1"))
    flow.sync()
    with flow.app.app_context():
        other = Company(name="Other", username="other", password_digest="")
        db.session.add(other)
        db.session.commit()
        answers.let_go(other, ids(flow, "1"), who=WHO)
        answers.retry(other, ids(flow, "1"), who=WHO)
        row = db.session.scalars(select(Order)).one()
        assert (row.answers, row.due, row.state) == ({}, False, "held")
