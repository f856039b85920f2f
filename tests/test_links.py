"""Presets in a company's draft: applied, updated with a preview, detached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Company, Event, db
from app.rules import current_release, publish
from app.rules.draft_state import open_draft
from app.rules.drafts import publish_draft
from app.rules.links import (
    UnknownLinkError,
    apply_preset,
    detach_preset,
    linked,
    update_preset,
)
from rules_library import preset as library
from rules_library.preset import PresetError, presets
from tests.flows import is_, rule

UNPAID = "mark_unpaid_by_payment_method"
DECISION = "mark_invoice_unpaid"


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has version 2 of the preset: its case has another title."""
    old = presets()[UNPAID]
    cases = {
        key: [{**case, "title": "Unpaid for now"} for case in held]
        for key, held in old.cases.items()
    }
    made = {**presets(), UNPAID: replace(old, version=2, cases=cases)}
    monkeypatch.setattr(library, "presets", lambda: made)
    monkeypatch.setattr("app.rules.links.presets", lambda: made)


def inputs(*methods: str) -> dict[str, Any]:
    """The preset's answers."""
    return {"methods": list(methods)}


def cases(company: Company, key: str = DECISION) -> list[dict[str, Any]]:
    """The draft's cases of a decision."""
    found: list[dict[str, Any]] = open_draft(company).file["rules"][key]["cases"]
    return found


def test_a_preset_is_applied_in_the_draft_before_what_is_there(company: Company) -> None:
    other = (is_("payment.method", "Check"), True)
    publish(company, {"rulebooks": 1, "rules": {DECISION: rule(False, other)}})
    draft = apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    assert [case["then"] for case in cases(company)] == [True, True]
    assert cases(company)[0]["preset"] == {"key": UNPAID, "version": 1, "inputs": inputs("PayPal")}
    assert "PayPal" in draft.changes[0].words[0]
    assert current_release(company).number == 1  # type: ignore[union-attr]


def test_what_is_linked_is_told_with_its_cases(company: Company) -> None:
    apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    apply_preset(company, UNPAID, inputs("Venmo"), author="ada")
    found = linked(company)
    assert {tuple(one.inputs["methods"]) for one in found} == {("PayPal",), ("Venmo",)}
    assert [(one.key, one.version, one.newest, one.is_behind) for one in found] == [
        (UNPAID, 1, 1, False)
    ] * 2
    assert {one.cases[0].number for one in found} == {1, 2}


def test_tables_of_a_preset_come_with_it(company: Company) -> None:
    given = {"rows": [["LAMP", "Lights"]], "otherwise": "Other"}
    draft = apply_preset(company, "line_class_by_sku", given, author="ada")
    assert [one.part for one in draft.changes] == ["rules", "tables"]
    again = apply_preset(company, "line_class_by_sku", given, author="ada")
    assert len(again.file["tables"]) == 2


@pytest.mark.parametrize(
    ("key", "given"), [("nothing", {}), (UNPAID, {}), (UNPAID, {"methods": [], "x": 1})]
)
def test_a_preset_that_cannot_be_used_changes_nothing(
    company: Company, key: str, given: dict[str, Any]
) -> None:
    with pytest.raises(PresetError):
        apply_preset(company, key, given, author="ada")
    assert open_draft(company).changes == ()
    assert db.session.scalars(select(Event)).all() == []


@pytest.mark.usefixtures("newer")
def test_an_update_is_offered_and_previewed_as_a_draft(company: Company) -> None:
    old = {"key": UNPAID, "version": 1, "inputs": inputs("PayPal")}
    case = {"title": "Unpaid", "when": is_("payment.method", "PayPal"), "then": True, "preset": old}
    publish(company, {"rulebooks": 1, "rules": {DECISION: {"cases": [case], "otherwise": False}}})
    (link,) = linked(company)
    assert (link.version, link.newest, link.is_behind) == (1, 2, True)
    draft = update_preset(company, link.id, author="ada")
    assert any('renamed from "Unpaid"' in words for words in draft.changes[0].words)
    assert [one.version for one in linked(company)] == [2]
    assert current_release(company).number == 1  # type: ignore[union-attr]
    publish_draft(company, author="ada")
    with pytest.raises(PresetError, match="newest version"):
        update_preset(company, UNPAID, author="ada")


def test_the_newest_version_is_not_updated(company: Company) -> None:
    apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    with pytest.raises(PresetError, match="is at its newest version"):
        update_preset(company, UNPAID, author="ada")


def test_a_detached_case_stays_as_it_is_and_is_linked_no_more(company: Company) -> None:
    apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    apply_preset(company, UNPAID, inputs("Venmo"), author="ada")
    before = [(case["when"], case["then"]) for case in cases(company)]
    (link,) = [one for one in linked(company) if one.inputs == inputs("Venmo")]
    detach_preset(company, link.id, author="ada")
    assert [(case["when"], case["then"]) for case in cases(company)] == before
    assert [one.inputs for one in linked(company)] == [inputs("PayPal")]
    detach_preset(company, UNPAID, author="ada")
    assert linked(company) == []


def test_who_did_it_is_in_the_transaction_log(company: Company) -> None:
    apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    detach_preset(company, UNPAID, author="bob")
    texts = db.session.scalars(select(Event.text).where(Event.kind.like("preset.%"))).all()
    title = presets()[UNPAID].title
    assert texts == [
        f"Preset {title!r} applied in the draft by ada.",
        f"Preset {title!r} detached by bob.",
    ]


def test_the_links_of_another_company_are_not_found(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    apply_preset(company, UNPAID, inputs("PayPal"), author="ada")
    (link,) = linked(company)
    for change in (update_preset, detach_preset):
        with pytest.raises(UnknownLinkError):
            change(other, link.id, author="eve")
    assert linked(other) == []


def test_a_preset_that_the_library_has_no_more_stays_and_is_detached(company: Company) -> None:
    stamp = {"key": "gone", "version": 3}
    case = {"when": True, "then": True, "preset": stamp}
    publish(company, {"rulebooks": 1, "rules": {DECISION: {"cases": [case], "otherwise": False}}})
    (link,) = linked(company)
    assert (link.title, link.newest, link.is_behind) == ("gone", 0, False)
    detach_preset(company, "gone", author="ada")
    assert linked(company) == []
