"""A company's open draft: saved rule by rule, published as a whole, following new releases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.models import Company, DraftChange, Event, Release, RuleContent, db
from app.rules import current_release, file_of, publish, roll_back
from app.rules.draft_state import (
    StaleDraftError,
    UnknownDecisionError,
    open_draft,
    rule_in,
    table_in,
)
from app.rules.drafts import (
    DraftConflictError,
    EmptyDraftError,
    UnknownChangeError,
    discard,
    drop,
    publish_draft,
    rebase,
    reset_rule,
    save_rule,
    save_table,
)
from rules_library.logic import RuleError, TableError
from rules_library.rulebook import RulebookError
from tests.database import close_app, open_app
from tests.faults import Killed, Killer
from tests.flows import is_, rule

TABLE = {"keys": ["sku"], "rows": [["LAMP", "Light"]], "otherwise": None}
ONE = is_("order.number", "1")
TWO = is_("order.number", "2")


@pytest.fixture
def company(any_app: Flask) -> Iterator[Company]:
    """A company on each database in turn, within its application's context."""
    with any_app.app_context():
        made = Company(name="Grove", username="grove", password_digest="")
        db.session.add(made)
        db.session.commit()
        yield made


def file(tables: dict[str, Any] | None = None, **rules: Any) -> dict[str, Any]:
    """A rulebook file."""
    return {"rulebooks": 1, "rules": rules, "tables": tables or {}}


def count(table: type) -> int:
    """How many rows a table has."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def save(company: Company, key: str, content: Any, author: str = "ada") -> None:
    """Save a rule as somebody does who sees it as it is."""
    save_rule(company, key, content, version=rule_in(company, key).version, author=author)


def events(kind: str) -> list[str]:
    """The texts of the events of a kind."""
    query = select(Event.text).where(Event.kind == kind).order_by(Event.id)
    return list(db.session.scalars(query))


def terms(company: Company) -> Any:
    """Then of each case of the published rule for the terms, and its otherwise."""
    held = file_of(current_release(company))["rules"]["terms"]
    return [case["then"] for case in held["cases"]], held["otherwise"]


def test_without_changes_the_draft_is_the_present_release(company: Company) -> None:
    publish(company, file({"t": TABLE}, terms=rule("Net 15")))
    draft = open_draft(company)
    assert (draft.release, draft.changes, draft.conflicts) == (1, (), ())
    assert draft.file == file_of(current_release(company))
    with pytest.raises(EmptyDraftError):
        publish_draft(company, author="ada")
    assert count(Release) == 1


def test_a_saved_rule_is_in_the_draft_and_not_in_force(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    save(company, "terms", rule("Net 30"))
    assert terms(company) == ([], "Net 15")
    draft = open_draft(company)
    assert draft.file["rules"]["terms"]["otherwise"] == "Net 30"
    (change,) = draft.changes
    assert (change.label, change.author, change.made_from) == ("Terms", "ada", 1)
    assert change.words == ("Otherwise changed: from Net 15 to Net 30",)


def test_publishing_consumes_the_draft(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    save_table(company, "t", TABLE, version="", author="ada")
    version = open_draft(company).version
    release = publish_draft(company, author="ada", note="Longer", version=version)
    assert (release.number, release.author, release.note) == (1, "ada", "Longer")
    assert file_of(release)["tables"] == {"t": TABLE}
    assert open_draft(company).changes == ()
    assert events("release.published") == ["Release 1 published by ada; it follows the defaults."]
    assert rule_in(company, "terms").version == release.rules["terms"]


def test_an_old_version_is_refused_and_nothing_is_lost(company: Company) -> None:
    seen = rule_in(company, "terms").version
    save(company, "terms", rule("Net 30"), author="ada")
    with pytest.raises(StaleDraftError, match="Terms was changed since you opened it") as refused:
        save_rule(company, "terms", rule("Net 60"), version=seen, author="bob")
    assert refused.value.now is not None
    assert refused.value.now.content["otherwise"] == "Net 30"
    assert rule_in(company, "terms").content["otherwise"] == "Net 30"
    save_rule(company, "terms", rule("Net 60"), version=refused.value.now.version, author="bob")
    assert rule_in(company, "terms").content["otherwise"] == "Net 60"


def test_what_was_published_meanwhile_makes_a_version_old(company: Company) -> None:
    seen = rule_in(company, "terms").version
    publish(company, file(terms=rule("Net 15")))
    with pytest.raises(StaleDraftError):
        save_rule(company, "terms", rule("Net 60"), version=seen, author="bob")
    assert count(DraftChange) == 0


def test_two_people_save_different_rules_at_once(company: Company) -> None:
    seen = {key: rule_in(company, key).version for key in ("terms", "memo")}
    save_rule(company, "terms", rule("Net 30"), version=seen["terms"], author="ada")
    save_rule(company, "memo", rule("Thanks"), version=seen["memo"], author="bob")
    assert [(one.key, one.author) for one in open_draft(company).changes] == [
        ("memo", "bob"),
        ("terms", "ada"),
    ]


def test_a_draft_that_grew_since_it_was_seen_is_not_published(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    seen = open_draft(company).version
    save(company, "memo", rule("Thanks"), author="bob")
    with pytest.raises(StaleDraftError, match="The draft was changed"):
        publish_draft(company, author="ada", version=seen)
    assert count(Release) == 0
    assert len(open_draft(company).changes) == 2


def test_the_json_tab_keeps_titles_and_cases_that_are_off(company: Company) -> None:
    off = {"title": "Off", "enabled": False, "when": TWO, "then": "Net 60"}
    kept = {"title": "First", "when": ONE, "then": "Net 15"}
    save(company, "terms", {"cases": [kept, off], "otherwise": None})
    save(company, "terms", {"logic": {"if": [ONE, "Net 15", TWO, "Net 90", "Net 30"]}})
    held = rule_in(company, "terms").content
    assert [case["title"] for case in held["cases"]] == ["First", "Off", ""]
    assert held["otherwise"] == "Net 30"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"logic": {"if": [ONE, {"nope": 1}, None]}}, "/logic/if/1"),
        ({"logic": {"if": [ONE, "Net 15", TWO, 7, None]}}, "/logic/if/3"),
        ({"logic": {"if": [ONE, "Net 15", 7]}}, "/logic/if/2"),
        ({"logic": 7}, "/logic"),
        ({"cases": [{"when": {"nope": 1}, "then": 1}]}, "/cases/0/when"),
        ({"cases": [{"when": ONE, "then": "x", "preset": "y"}]}, "/cases/0/preset"),
        ({"cases": 3}, "/cases"),
        ("terms", ""),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(company: Company, given: Any, pointer: str) -> None:
    save(company, "terms", rule("Net 15"))
    with pytest.raises(RuleError) as refused:
        save(company, "terms", given)
    assert refused.value.pointer == pointer
    assert rule_in(company, "terms").content["otherwise"] == "Net 15"


def test_text_that_no_database_keeps_is_refused(company: Company) -> None:
    with pytest.raises(RuleError, match="JSON cannot keep"):
        save(company, "terms", {"cases": [{"title": "\ud800", "when": ONE, "then": "x"}]})
    save(company, "memo", {"cases": [{"title": "a\x00b", "when": ONE, "then": "x"}]})
    assert rule_in(company, "memo").content["cases"][0]["title"] == "a\x00b"


def test_a_decision_that_there_is_not_is_not_found(company: Company) -> None:
    with pytest.raises(UnknownDecisionError):
        save_rule(company, "nothing", rule("x"), version="", author="ada")
    with pytest.raises(UnknownDecisionError):
        rule_in(company, "nothing")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "x" * 101, "\ud800"])
def test_a_table_needs_a_name(company: Company, name: str) -> None:
    with pytest.raises(TableError, match="A table's name"):
        save_table(company, name, TABLE, version="", author="ada")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"keys": ["a"], "rows": [["x", 1], ["X", 2]]}, "Row 2 has the same keys as row 1"),
        ({"keys": ["a"], "rows": [["x", "\ud800"]]}, "cannot be kept"),
        ({"keys": ["a"], "rows": [["x", object()]]}, "cannot be kept"),
        ([], "A table is an object"),
    ],
)
def test_a_bad_table_is_refused(company: Company, table: Any, words: str) -> None:
    with pytest.raises(TableError, match=words):
        save_table(company, "t", table, version="", author="ada")
    assert table_in(company, "t").content is None


def test_a_table_is_changed_and_removed_in_the_draft(company: Company) -> None:
    publish(company, file({"t": TABLE}))
    rows = {**TABLE, "rows": [["LAMP", "Lamps"]]}
    held = save_table(company, "t", rows, version=table_in(company, "t").version, author="ada")
    assert open_draft(company).changes[0].words == ("row LAMP changed: from Light to Lamps",)
    save_table(company, "t", None, version=held.version, author="ada")
    assert open_draft(company).changes[0].words == ("Table removed",)
    assert file_of(publish_draft(company, author="ada"))["tables"] == {}


def test_a_table_that_a_rule_reads_is_not_removed_by_publishing(company: Company) -> None:
    lookup = {"lookup": ["t", {"var": "order.number"}]}
    publish(company, file({"t": TABLE}, terms=rule(lookup)))
    save_table(company, "t", None, version=table_in(company, "t").version, author="ada")
    with pytest.raises(RulebookError, match="there is no table 't'"):
        publish_draft(company, author="ada")
    assert count(Release) == 1
    assert len(open_draft(company).changes) == 1


def test_what_is_as_published_again_is_no_change(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    held = rule_in(company, "terms").content
    save(company, "terms", rule("Net 30"))
    save(company, "terms", held)
    assert open_draft(company).changes == ()
    default = rule_in(company, "memo").content
    save(company, "memo", default)
    assert open_draft(company).changes == ()


def test_a_rule_goes_back_to_its_default(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    reset_rule(company, "terms", version=rule_in(company, "terms").version, author="ada")
    assert "Back to the default" in open_draft(company).changes[0].words
    assert publish_draft(company, author="ada").rules == {}


def test_one_change_is_dropped_or_all_are_discarded(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    save(company, "memo", rule("Thanks"))
    drop(company, "rules", "memo", author="bob")
    assert [one.key for one in open_draft(company).changes] == ["terms"]
    with pytest.raises(UnknownChangeError):
        drop(company, "rules", "memo", author="bob")
    assert discard(company, author="bob") == 1
    assert discard(company, author="bob") == 0
    assert open_draft(company).changes == ()
    assert events("draft.dropped") == ["Memo: change dropped by bob."]
    assert events("draft.discarded") == ["Draft with 1 change discarded by bob."]


def test_who_changed_what_is_in_the_transaction_log_once(company: Company) -> None:
    for number in range(3):
        save(company, "terms", rule(f"Net {number}"), author="ada")
    save(company, "terms", rule("Net 30"), author="bob")
    assert events("draft.changed") == [
        "Terms changed in the draft by ada.",
        "Terms changed in the draft by bob.",
    ]


def test_saving_leaves_nothing_behind_but_the_draft(company: Company) -> None:
    for number in range(5):
        save(company, "terms", rule(f"Net {number}"))
    assert (count(RuleContent), count(DraftChange)) == (0, 1)


def test_a_release_of_another_rule_changes_nothing_in_the_draft(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    publish(company, file(memo=rule("Thanks")))
    draft = open_draft(company)
    assert (draft.changes[0].made_from, draft.conflicts) == (1, ())
    release = publish_draft(company, author="ada")
    assert set(release.rules) == {"terms", "memo"}


def test_a_draft_merges_with_a_release_that_changed_another_case(company: Company) -> None:
    publish(company, file(terms=rule(None, (ONE, "Net 15"))))
    save(company, "terms", rule("Net 90", (ONE, "Net 15")))
    publish(company, file(terms=rule(None, (TWO, "Net 20"), (ONE, "Net 15"))))
    assert open_draft(company).conflicts == ()
    publish_draft(company, author="ada")
    assert terms(company) == (["Net 20", "Net 15"], "Net 90")


def test_the_same_changed_differently_is_a_conflict_with_both_sides(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    save(company, "terms", rule("Net 30"))
    publish(company, file(terms=rule("Net 60")))
    (conflict,) = open_draft(company).conflicts
    assert (conflict.label, conflict.draft["otherwise"]) == ("Terms", "Net 30")
    assert conflict.published["otherwise"] == "Net 60"
    assert conflict.sentences == ("Otherwise was changed to Net 30 and to Net 60",)
    with pytest.raises(DraftConflictError, match="Terms: Otherwise was changed"):
        publish_draft(company, author="ada")
    assert terms(company) == ([], "Net 60")
    assert rebase(company, author="ada") == (conflict,)


@pytest.mark.parametrize(("side", "then"), [("draft", "Net 30"), ("published", "Net 60")])
def test_a_conflict_is_settled_by_choosing_a_side(company: Company, side: Any, then: str) -> None:
    save(company, "terms", rule("Net 30"))
    save(company, "memo", rule("Thanks"))
    publish(company, file(terms=rule("Net 60")))
    assert rebase(company, author="ada", keep={("rules", "terms"): side}) == ()
    assert open_draft(company).conflicts == ()
    publish_draft(company, author="ada")
    assert terms(company) == ([], then)
    assert events("draft.rebased") == ["Draft rebased onto release 1, 0 conflicts left by ada."]


def test_saving_again_does_not_undo_what_was_published_in_a_conflict(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    save(company, "terms", rule("Net 30"))
    publish(company, file(terms=rule("Net 60")))
    save(company, "terms", rule("Net 45"))
    assert len(open_draft(company).conflicts) == 1
    save(company, "terms", rule("Net 60"))
    assert open_draft(company).conflicts == ()


def test_what_was_published_as_drafted_is_no_change_any_more(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    publish(company, open_draft(company).file)
    assert open_draft(company).changes == ()


def test_a_roll_back_keeps_the_draft(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    publish(company, file(terms=rule("Net 15"), memo=rule("Thanks")))
    save(company, "terms", rule("Net 30"))
    roll_back(company, 1)
    assert set(publish_draft(company, author="ada").rules) == {"terms"}
    assert terms(company) == ([], "Net 30")


def test_a_hostile_file_leaves_release_and_draft_as_they_are(company: Company) -> None:
    publish(company, file(terms=rule("Net 15")))
    save(company, "memo", rule("Thanks"))
    before = open_draft(company)
    with pytest.raises(RulebookError) as refused:
        publish(company, file(terms=rule(7), nothing=rule(1), memo={"cases": [{"when": True}]}))
    assert [pointer for pointer, _ in refused.value.faults] == [
        "/rules/memo/cases/0",
        "/rules/nothing",
        "/rules/terms/otherwise",
    ]
    assert open_draft(company) == before
    assert terms(company) == ([], "Net 15")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (file(terms=rule("\ud800")), "/rules/terms"),
        (file({"t": {"keys": ["a"], "rows": [["\ud800", 1]]}}), "/tables/t"),
    ],
)
def test_half_a_character_is_refused_with_its_place(
    company: Company, given: Any, pointer: str
) -> None:
    with pytest.raises(RulebookError) as refused:
        publish(company, given)
    assert [place for place, _ in refused.value.faults] == [pointer]
    assert count(Release) == 0


def test_a_change_that_cannot_be_read_any_more_holds_no_release_up(company: Company) -> None:
    save(company, "terms", rule("Net 30"))
    change = db.session.scalars(select(DraftChange)).one()
    change.content = {"cases": [{"no": "case"}]}
    db.session.commit()
    publish(company, file(terms=rule("Net 60")))
    assert terms(company) == ([], "Net 60")
    draft = open_draft(company)
    assert "cannot be read any more" in draft.changes[0].words[0]
    assert len(draft.conflicts) == 1
    assert discard(company, author="ada") == 1


def test_another_companys_draft_is_not_ours(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="")
    db.session.add(other)
    db.session.commit()
    save(company, "terms", rule("Net 30"))
    save_table(company, "t", TABLE, version="", author="ada")
    assert open_draft(other).changes == ()
    assert table_in(other, "t").content is None
    assert discard(other, author="eve") == 0
    with pytest.raises(UnknownChangeError):
        drop(other, "rules", "terms", author="eve")
    with pytest.raises(EmptyDraftError):
        publish_draft(other, author="eve")
    assert len(open_draft(company).changes) == 2


def test_a_power_failure_at_any_line_publishes_all_or_nothing(database_url: str) -> None:
    killer = Killer()
    moments = 0
    while True:
        app = open_app(database_url)
        with app.app_context():
            name = f"Grove {moments}"
            owner = Company(name=name, username=name, password_digest="")
            db.session.add(owner)
            db.session.commit()
            save(owner, "terms", rule("Net 30"))
            before = open_draft(owner)
            killer.arm(moments + 1)
            try:
                with killer.watching(app):
                    publish_draft(owner, author="ada")
            except Killed:
                died = True
            else:
                died = False
            killer.at = None
        close_app(app)
        app = open_app(database_url)
        with app.app_context():
            owner = db.session.scalars(select(Company).where(Company.name == name)).one()
            draft = open_draft(owner)
            assert (draft.release, len(draft.changes)) in {(0, 1), (1, 0)}
            assert draft.file == before.file
        close_app(app)
        if not died:
            break
        moments += 1
    assert moments > 8
