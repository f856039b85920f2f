"""One row or one case published at once, whoever else changes rules at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.models import Company, Order, Release, Store, db
from app.rules import current_release, file_of, publish
from app.rules.changes import UnknownTableError
from app.rules.draft_state import UnknownDecisionError, open_draft, rule_in, table_in
from app.rules.drafts import publish_draft, save_rule, save_table
from app.rules.one_click import RowTakenError, add_case, add_row
from rules_library.logic import RuleError, TableError
from rules_library.rulebook import RulebookError
from tests.flows import is_, rule

TABLE = {"keys": ["sku"], "rows": [["LAMP", "Light"]], "otherwise": None}
TWO_KEYS = {"keys": ["state", "kind"], "rows": [], "otherwise": None}
PAYPAL = is_("payment.method", "PayPal")


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn with two published tables."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        publish(made, {"rulebooks": 1, "tables": {"items": TABLE, "two": TWO_KEYS}})
        yield made


def rows(company: Company, table: str = "items") -> list[list[Any]]:
    """The rows of a published table."""
    found: list[list[Any]] = file_of(current_release(company))["tables"][table]["rows"]
    return found


def thens(company: Company, key: str = "terms") -> list[Any]:
    """Then of each published case."""
    return [case["then"] for case in file_of(current_release(company))["rules"][key]["cases"]]


def test_a_row_is_published_with_all_the_rest(company: Company) -> None:
    release = add_row(company, "items", "DESK", "Furniture:Desk", author="ada")
    assert (release.number, release.author, release.note) == (2, "ada", "DESK in table items")
    assert rows(company) == [["LAMP", "Light"], ["DESK", "Furniture:Desk"]]
    add_row(company, "two", ["CA", "book"], "Exempt", author="ada", note="Books")
    assert rows(company, "two") == [["CA", "book", "Exempt"]]


def test_a_row_that_is_there_publishes_nothing(company: Company) -> None:
    assert add_row(company, "items", " lamp", "Light", author="ada").number == 1


def test_a_row_with_another_value_is_replaced_only_when_told(company: Company) -> None:
    with pytest.raises(RowTakenError, match="Table items has 'Light' for lamp already"):
        add_row(company, "items", "lamp", "Other", author="ada")
    assert rows(company) == [["LAMP", "Light"]]
    add_row(company, "items", "lamp", "Other", author="ada", replace=True)
    assert rows(company) == [["lamp", "Other"]]


def test_a_row_makes_orders_due_that_are_not_posted(company: Company) -> None:
    store = Store(company_id=company.id, key="shop", type="rulebooks", name="Shop")
    db.session.add(store)
    db.session.flush()
    held = Order(
        company_id=company.id, store_id=store.id, source_id="1", number="1", state="held",
        due=False, format="rulebooks", raw="{}", content_hash="",
    )  # fmt: skip
    db.session.add(held)
    db.session.commit()
    add_row(company, "items", "DESK", "Desk", author="ada")
    db.session.refresh(held)
    assert held.due


@pytest.mark.parametrize(
    ("key", "value"), [(["a", "b"], "x"), ([], "x"), ([["a"]], "x"), ({"a": 1}, "x")]
)
def test_a_row_that_does_not_fit_is_refused(company: Company, key: Any, value: Any) -> None:
    with pytest.raises(TableError):
        add_row(company, "items", key, value, author="ada")
    assert rows(company) == [["LAMP", "Light"]]


def test_a_table_of_another_company_is_not_found(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    with pytest.raises(UnknownTableError, match="Other has no table 'items'; its tables: none"):
        add_row(other, "items", "DESK", "x", author="eve")
    assert current_release(other) is None


def test_a_case_comes_first_and_the_default_stays(company: Company) -> None:
    add_case(company, "terms", {"when": PAYPAL, "then": "Net 15"}, author="ada")
    add_case(company, "terms", {"when": is_("order.number", "1"), "then": "Net 30"}, author="ada")
    assert thens(company) == ["Net 30", "Net 15"]


def test_a_case_that_is_first_already_publishes_nothing(company: Company) -> None:
    case = {"when": PAYPAL, "then": "Net 15"}
    assert add_case(company, "terms", case, author="ada").number == 2
    assert add_case(company, "terms", {**case, "title": "x"}, author="ada").number == 2
    add_case(company, "terms", {"when": True, "then": "Net 30"}, author="ada")
    assert add_case(company, "terms", case, author="ada").number == 4
    assert thens(company) == ["Net 15", "Net 30"]


@pytest.mark.parametrize(
    ("case", "pointer"),
    [
        ({"when": {"nope": 1}, "then": "x"}, "/cases/0/when"),
        ({"when": True, "then": 7}, "/cases/0/then"),
        ({"when": True}, "/cases/0"),
        (None, "/cases/0"),
    ],
)
def test_a_bad_case_is_refused_with_its_place(company: Company, case: Any, pointer: str) -> None:
    with pytest.raises(RuleError) as refused:
        add_case(company, "terms", case, author="ada")
    assert refused.value.pointer == pointer
    with pytest.raises(UnknownDecisionError):
        add_case(company, "nothing", {"when": True, "then": 1}, author="ada")
    lookup = {"lookup": ["x", 1]}
    with pytest.raises(RulebookError, match="there is no table 'x'"):
        add_case(company, "terms", {"when": True, "then": lookup}, author="ada")
    assert current_release(company).number == 1  # type: ignore[union-attr]


def test_the_open_draft_follows_a_row_and_a_case(company: Company) -> None:
    drafted = {**TABLE, "rows": [*TABLE["rows"], ["CHAIR", "Chair"]]}
    save_table(company, "items", drafted, version=table_in(company, "items").version, author="bob")
    ours = rule("Net 90", (is_("order.number", "1"), "Net 30"))
    save_rule(company, "terms", ours, version=rule_in(company, "terms").version, author="bob")
    add_row(company, "items", "DESK", "Desk", author="ada")
    add_case(company, "terms", {"when": PAYPAL, "then": "Net 15"}, author="ada")
    draft = open_draft(company)
    assert draft.conflicts == ()
    assert [words for one in draft.changes for words in one.words if "Desk" in words] == []
    publish_draft(company, author="bob")
    assert rows(company) == [["LAMP", "Light"], ["DESK", "Desk"], ["CHAIR", "Chair"]]
    assert thens(company) == ["Net 30", "Net 15"]


def test_a_row_that_the_draft_has_otherwise_is_a_conflict_and_published(company: Company) -> None:
    drafted = {**TABLE, "rows": [["LAMP", "Light"], ["DESK", "Chair"]]}
    save_table(company, "items", drafted, version=table_in(company, "items").version, author="bob")
    add_row(company, "items", "DESK", "Desk", author="ada")
    (conflict,) = open_draft(company).conflicts
    assert conflict.sentences == ("Row DESK was set to Chair and set to Desk",)
    assert rows(company)[-1] == ["DESK", "Desk"]


def at_once(app: Flask, *work: Callable[[Company], object]) -> list[BaseException]:
    """Let each work run in a thread of its own, all at the same moment; what went wrong."""
    start = threading.Barrier(len(work))
    wrong: list[BaseException] = []

    def run(one: Callable[[Company], object]) -> None:
        with app.app_context():
            owner = db.session.scalars(select(Company)).one()
            start.wait()
            try:
                one(owner)
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                wrong.append(error)

    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return wrong


def test_of_many_who_map_at_once_nobodys_row_is_lost(company: Company, any_app: Flask) -> None:
    skus = [f"SKU-{number}" for number in range(6)]
    wrong = at_once(
        any_app,
        *(lambda owner, sku=sku: add_row(owner, "items", sku, "x", author=sku) for sku in skus),
    )
    assert wrong == []
    assert {row[0] for row in rows(company)} == {"LAMP", *skus}
    assert db.session.scalar(select(func.count()).select_from(Release)) == 7


def test_rows_cases_saves_and_a_publication_at_once_lose_nothing(
    company: Company, any_app: Flask
) -> None:
    def saving(key: str, text: str) -> Callable[[Company], object]:
        return lambda owner: save_rule(
            owner, key, rule(text), version=rule_in(owner, key).version, author="bob"
        )

    save_rule(company, "memo", rule("Thanks"), version="", author="bob")
    wrong = at_once(
        any_app,
        lambda owner: add_row(owner, "items", "DESK", "Desk", author="ada"),
        lambda owner: add_case(owner, "terms", {"when": PAYPAL, "then": "Net 15"}, author="ada"),
        saving("po_number", "PO"),
        saving("sales_rep", "AB"),
        lambda owner: publish_draft(owner, author="bob"),
    )
    assert wrong == []
    file = open_draft(company).file
    assert set(file["rules"]) == {"memo", "terms", "po_number", "sales_rep"}
    assert [row[0] for row in file["tables"]["items"]["rows"]] == ["LAMP", "DESK"]
    numbers = db.session.scalars(select(Release.number).order_by(Release.number)).all()
    assert numbers == [1, 2, 3, 4]


def test_of_two_who_save_the_same_rule_at_once_one_is_told(
    company: Company, any_app: Flask
) -> None:
    def saving(text: str) -> Callable[[Company], object]:
        return lambda owner: save_rule(owner, "terms", rule(text), version="", author=text)

    wrong = at_once(any_app, saving("Net 15"), saving("Net 30"))
    assert [type(error).__name__ for error in wrong] == ["StaleDraftError"]
    held = rule_in(company, "terms").content["otherwise"]
    assert held in {"Net 15", "Net 30"}
    assert wrong[0].now.content["otherwise"] == held  # type: ignore[attr-defined]
