"""Orders by the API: in, listed, one, planned, answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import func, select

from app.models import Event, Order, db
from app.sync.intake import translate
from tests.api_site import SMALL, Program, own_sample

IN = "/stores/custom/orders"


def sent(api: Program, body: Any) -> list[dict[str, Any]]:
    answer = api.post(IN, body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


def test_an_order_comes_in_once(any_api: Program) -> None:
    (first,) = sent(any_api, SMALL)
    (again,) = sent(any_api, SMALL)
    assert (first["outcome"], again["outcome"]) == ("new", "same")
    assert first["id"] == again["id"]
    (changed,) = sent(any_api, [SMALL | {"payment_status": "refunded"}])
    assert (changed["outcome"], changed["id"]) == ("changed", first["id"])
    shown = any_api.get(f"/orders/{first['id']}").get_json()
    assert (shown["number"], shown["total"], shown["revision"]) == ("1001", "21.60", 2)
    assert (shown["store"], shown["source_id"], shown["state"]) == ("custom", "A-1", "new")
    assert shown["documents"] == []


def test_an_older_revision_changes_nothing(api: Program) -> None:
    sent(api, SMALL | {"updated_at": "2026-11-22T00:00:00+00:00"})
    (late,) = sent(api, SMALL | {"updated_at": "2026-11-21T00:00:00+00:00", "total": "1"})
    assert late["outcome"] == "older"


def test_many_orders_come_in_together_each_with_its_outcome(api: Program) -> None:
    sample = own_sample()
    results = sent(api, {"orders": sample})
    assert [one["source_id"] for one in results] == [one["source_id"] for one in sample]
    assert {one["outcome"] for one in results} == {"new"}
    assert {one["outcome"] for one in sent(api, sample)} == {"same"}


def test_amounts_are_exact_even_as_numbers(api: Program) -> None:
    text = '{"source_id": "n", "placed_at": "2026-11-20", "total": 0.30, "lines": [' + ",".join(
        f'{{"source_id": "{n}", "name": "x", "quantity": 1, "gross": 0.1}}' for n in range(3)
    )
    (one,) = sent(api, text + "]}")
    with api.site.app.app_context():
        order = translate(db.session.get_one(Order, one["id"]))
        assert (str(order.total), order.difference) == ("0.30", 0)


def test_what_is_wrong_is_told_with_its_place_and_the_others_come_in(api: Program) -> None:
    line = {"source_id": "1", "name": "Pen", "quantity": "two", "gross": "5"}
    results = sent(
        api,
        {
            "orders": [
                SMALL, {"placed_at": "2026-11-20", "total": 1},
                SMALL | {"source_id": "B", "totl": 1},
                SMALL | {"source_id": "C", "lines": [line]}, {"source_id": "D", "total": 1}, 7,
                SMALL | {"source_id": "x" * 201},
            ]
        },
    )  # fmt: skip
    assert [(one["outcome"], one["pointer"], one["problem"]) for one in results] == [
        ("new", "", ""),
        ("bad", "/orders/1/source_id", "the order has no id"),
        ("bad", "/orders/2/totl", "there is no such field"),
        ("bad", "/orders/3/lines/0/quantity", "expected a number, found 'two'"),
        ("bad", "/orders/4", "the order has no placed_at"),
        ("bad", "/orders/5", "expected an order"),
        ("bad", "/orders/6/source_id", "the id is no identifier"),
    ]
    assert [one["id"] is None for one in results] == [False] + [True] * 6


def test_a_bad_revision_leaves_the_good_one(api: Program) -> None:
    (one,) = sent(api, SMALL)
    answer = api.post(IN, SMALL | {"total": "lots"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {"detail": "expected a number, found 'lots'", "pointer": "/total"}
    ]
    shown = api.get(f"/orders/{one['id']}").get_json()
    assert (shown["total"], shown["revision"], shown["state"]) == ("21.60", 1, "new")


def test_at_most_500_orders_come_at_once(api: Program) -> None:
    many = [SMALL | {"source_id": str(n)} for n in range(501)]
    assert api.post(IN, many).status_code == 413
    assert api.get("/orders", store="custom").get_json()["orders"] == []
    assert len(sent(api, many[:500])) == 500


def test_orders_go_into_a_store_of_that_kind_only(api: Program) -> None:
    assert api.post("/stores/nowhere/orders", SMALL).status_code == 404
    answer = api.post("/stores/cedar-pine/orders", SMALL)
    assert answer.status_code == 409
    assert "comes from woocommerce" in answer.get_json()["detail"]


def test_two_programs_that_send_the_same_order_make_one(any_api: Program) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: any_api.post(IN, SMALL), range(6)))
    assert [one.status_code for one in answers] == [200] * 6
    outcomes = sorted(one.get_json()["results"][0]["outcome"] for one in answers)
    assert outcomes == ["new"] + ["same"] * 5
    with any_api.site.app.app_context():
        count = select(func.count()).select_from(Order).where(Order.source_id == "A-1")
        assert db.session.scalar(count) == 1


def test_the_list_goes_on_where_it_ended(any_api: Program) -> None:
    wanted = sorted(any_api.site.rows.all_orders)
    found: list[int] = []
    after = 0
    while after is not None:
        page = any_api.get("/orders", limit=5, after=after).get_json()
        found += [one["id"] for one in page["orders"]]
        after = page["next"]
    assert found == wanted


def test_the_list_is_filtered(any_api: Program) -> None:
    rows = any_api.site.rows
    held = any_api.get("/orders", state="held").get_json()["orders"]
    assert [one["id"] for one in held] == sorted(rows.orders["held"])
    assert all(one["reasons"] for one in held)
    (one,) = sent(any_api, SMALL)
    for query in ({"number": "1001"}, {"source_id": "A-1"}, {"store": "custom"}):
        found = any_api.get("/orders", **query).get_json()["orders"]
        assert [row["id"] for row in found] == [one["id"]], query


def test_a_posted_order_tells_its_transaction(any_api: Program) -> None:
    order = any_api.site.rows.orders["posted"][0]
    shown = any_api.get(f"/orders/{order}").get_json()
    (document,) = shown["documents"]
    assert (document["kind"], document["state"]) == ("SalesReceipt", "posted")
    assert document["txn_id"] == f"{order:X}-{1795000000 + order}"
    assert document["ref_number"]
    assert document["total"] == shown["total"]
    queued = any_api.site.rows.orders["queued"][0]
    (waiting,) = any_api.get(f"/orders/{queued}").get_json()["documents"]
    assert (waiting["state"], waiting["txn_id"], waiting["total"]) == ("ready", "", None)


def test_a_plan_is_a_dry_run(api: Program) -> None:
    (one,) = sent(api, SMALL)
    plan = api.get(f"/orders/{one['id']}/plan").get_json()
    assert (plan["order"], plan["release"], plan["verdict"]) == ("1001", 3, "post")
    assert [one["total"] for one in plan["documents"] if one["kind"] != "ReceivePayment"] == [
        "21.60"
    ]
    assert "<RefNumber>1001</RefNumber>" in plan["qbxml"]
    assert plan["decided"]["transaction_type"]["case"] is None
    assert api.get(f"/orders/{one['id']}").get_json()["state"] == "new"


def test_a_held_order_is_approved(api: Program) -> None:
    order = api.site.rows.orders["held"][0]
    answer = api.post(f"/orders/{order}/approve", {})
    assert answer.status_code == 409
    assert "not held for review" in answer.get_json()["detail"]
    with api.site.app.app_context():
        db.session.get_one(Order, order).causes = [["review", ""]]
        db.session.commit()
    answer = api.post(f"/orders/{order}/approve", {"comment": "asked the customer"})
    assert answer.get_json()["causes"] == [{"code": "review", "about": ""}]
    with api.site.app.app_context():
        row = db.session.get_one(Order, order)
        assert row.answers == {"hold_for_review": [False, "API token my admin"]}
        assert row.due
        told = db.session.scalars(select(Event).where(Event.kind == "order.approved")).one()
        assert (told.who, told.text) == (
            "API token my admin", "Approved it: asked the customer",
        )  # fmt: skip


def test_an_order_is_left_out_unless_it_is_in_quickbooks(api: Program) -> None:
    held, posted = (api.site.rows.orders[state][0] for state in ("held", "posted"))
    assert api.post(f"/orders/{held}/skip", {"comment": "a test"}).status_code == 200
    answer = api.post(f"/orders/{posted}/skip", {})
    assert answer.status_code == 409
    assert "are in QuickBooks" in answer.get_json()["detail"]
    with api.site.app.app_context():
        assert "sync_order" in db.session.get_one(Order, held).answers
        assert not db.session.get_one(Order, posted).answers


def test_an_order_is_decided_again(api: Program) -> None:
    held = api.site.rows.orders["held"][0]
    assert api.post(f"/orders/{held}/decide-again").status_code == 200
    with api.site.app.app_context():
        assert db.session.get_one(Order, held).due
