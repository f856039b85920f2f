"""`rulebooks rules lint, describe, diff, history`: what is said about rules, and from what."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, ListEntry, Mirror, Order, Release, Store, db, now
from app.sync.trace import counted
from rules_library.compiled import Outcome
from rules_library.rulebook import Decided
from tests.flows import Flow, Ran, is_, order, rule

PAYPAL, VISA, GIFT = (is_("payment.method", name) for name in ("PayPal", "Visa", "Gift"))


def rules(flow: Flow, action: str, *arguments: str | Path) -> Ran:
    """Run `rulebooks rules ACTION` for the company."""
    return flow.run("rules", action, flow.company_name, *arguments)


def file(folder: Path, tables: dict[str, Any] | None = None, **held: Any) -> Path:
    """A rulebook file."""
    path = folder / "rules.json"
    path.write_text(json.dumps({"rulebooks": 1, "rules": held, "tables": tables or {}}))
    return path


def findings(ran: Ran, code: str) -> list[tuple[str, int | None]]:
    """The decision and case of every finding of a code."""
    assert ran.code == 0, ran.err
    return [(one["decision"], one["case"]) for one in ran.json["findings"] if one["code"] == code]


def mirror(flow: Flow, kind: str, *names: str, inactive: str = "") -> None:
    """Let the mirror of a list have been read."""
    with flow.app.app_context():
        owner = db.session.scalars(select(Company.id)).one()
        db.session.merge(Mirror(company_id=owner, kind=kind, loaded_at=now()))
        for name in (*names, inactive):
            if name:
                db.session.add(
                    ListEntry(
                        company_id=owner, kind=kind, list_id=name, full_name=name,
                        is_active=name != inactive,
                    )
                )  # fmt: skip
        db.session.commit()


def decided(flow: Flow, *outcomes: Decided, release: int = 1, days_ago: int = 1) -> None:
    """Store orders that a release decided so."""
    with flow.app.app_context():
        owner = db.session.scalars(select(Company.id)).one()
        store = db.session.scalar(select(Store)) or Store(
            company_id=owner, key="shop", type="rulebooks", name="Shop"
        )
        db.session.add(store)
        db.session.flush()
        made = db.session.scalar(select(Release.id).where(Release.number == release))
        for outcome in outcomes:
            name = str(len(db.session.scalars(select(Order.id)).all()))
            db.session.add(
                Order(
                    company_id=owner, store_id=store.id, source_id=name, number=name,
                    state="posted", format="rulebooks", raw="{}", content_hash="",
                    fired=counted(outcome), release_id=made,
                    decided_at=now() - timedelta(days=days_ago),
                )
            )  # fmt: skip
        db.session.commit()


def terms(case: int | None, value: str | None = "Net 15") -> Decided:
    """An order for which a case of the terms won."""
    return Decided({"terms": Outcome(value, case)}, (), (), (), ())


def test_lint_names_a_case_that_cannot_win(flow: Flow, tmp_path: Path) -> None:
    path = file(tmp_path, terms=rule(None, (PAYPAL, "Net 15"), (PAYPAL, "Net 30")))
    ran = rules(flow, "lint", path, "--json")
    assert findings(ran, "unreachable") == [("terms", 2)]
    (found,) = (one for one in ran.json["findings"] if one["code"] == "unreachable")
    assert found["pointer"] == "/rules/terms/cases/1"
    assert "never reached" in rules(flow, "lint", path).out


def test_lint_without_a_file_looks_at_the_published_rules(flow: Flow) -> None:
    flow.rules(terms=rule(None, (False, "Net 15")))
    assert findings(rules(flow, "lint", "--json"), "constant") == [("terms", 1)]


def test_lint_of_nothing_says_so_and_counts_the_defaults(flow: Flow) -> None:
    first, second = rules(flow, "lint").out.splitlines()
    assert first == "Nothing looks wrong."
    assert second.endswith("decisions are at their default.")


def test_lint_knows_the_names_that_quickbooks_has(flow: Flow, tmp_path: Path) -> None:
    path = file(tmp_path, terms=rule("Net 99", (PAYPAL, " net 15"), (VISA, "Old")))
    assert findings(rules(flow, "lint", path, "--json"), "missing-in-quickbooks") == []
    mirror(flow, "Terms", "Net 15", inactive="Old")
    found = findings(rules(flow, "lint", path, "--json"), "missing-in-quickbooks")
    assert sorted(found, key=str) == [("terms", 2), ("terms", None)]


def test_lint_names_a_case_that_never_won(flow: Flow, tmp_path: Path) -> None:
    flow.rules(terms=rule(None, (PAYPAL, "Net 15"), (VISA, "Net 30")))
    decided(flow, terms(1), terms(1), terms(None, None))
    ran = rules(flow, "lint", "--json")
    assert findings(ran, "never-fired") == [("terms", 2)]
    assert "won none of the last 3 decisions" in ran.out


def test_lint_counts_no_orders_from_before_the_last_days(flow: Flow) -> None:
    flow.rules(terms=rule(None, (PAYPAL, "Net 15"), (VISA, "Net 30")))
    decided(flow, terms(1))
    decided(flow, terms(2), days_ago=40)
    assert findings(rules(flow, "lint", "--json"), "never-fired") == []
    assert findings(rules(flow, "lint", "--days", "30", "--json"), "never-fired") == [("terms", 2)]


def test_lint_counts_no_orders_that_another_rule_decided(flow: Flow) -> None:
    flow.rules(terms=rule(None, (PAYPAL, "Net 15")))
    decided(flow, terms(1))
    flow.rules(terms=rule(None, (GIFT, "Net 15"), (VISA, "Net 30")))
    assert findings(rules(flow, "lint", "--json"), "never-fired") == []
    decided(flow, terms(1), release=2)
    assert findings(rules(flow, "lint", "--json"), "never-fired") == [("terms", 2)]


def test_lint_counts_lines_that_no_case_fits_as_otherwise(flow: Flow) -> None:
    flow.rules(line_class=rule(None, (is_("line.sku", "A"), "Lamps")))
    lamps = {"line_class": Outcome("Lamps", 1)}
    decided(flow, Decided({}, (lamps, *({} for _ in range(24))), (), (), ()))
    ran = rules(flow, "lint", "--json")
    assert findings(ran, "mostly-otherwise") == [("line_class", None)]
    assert "24 of the last 25 decisions" in ran.out


def test_lint_names_calculated_values_that_quickbooks_lacks(flow: Flow) -> None:
    flow.rules(terms=rule({"var": "custom.terms"}))
    mirror(flow, "Terms", "Net 15")
    decided(flow, terms(None), terms(None, "Net 77"))
    ran = rules(flow, "lint", "--json")
    assert findings(ran, "missing-in-quickbooks") == [("terms", None)]
    assert "Net 77" in ran.out


def test_lint_reads_what_the_runner_counted(flow: Flow) -> None:
    flow.rules(transaction_type=rule("sales_receipt", (PAYPAL, "invoice"), (GIFT, "estimate")))
    flow.post(order("1001", paid="PayPal"), order("1002"))
    never = findings(rules(flow, "lint", "--json"), "never-fired")
    assert never == [("transaction_type", 2)]


def test_describe_says_each_rule_in_words(flow: Flow) -> None:
    flow.rules(terms=rule(None, (PAYPAL, "Net 15")))
    ran = rules(flow, "describe")
    assert "  1. Case 1: When payment method is PayPal -> Net 15\n  Otherwise -> nothing" in ran.out
    told = rules(flow, "describe", "--json").json["rules"]["terms"]
    assert told["default"] is False
    assert told["sentences"][1] == "Otherwise -> nothing"


def test_describe_of_a_file_does_not_publish_it(flow: Flow, tmp_path: Path) -> None:
    ran = rules(flow, "describe", file(tmp_path, terms=rule("Net 30")))
    assert "Always -> Net 30" in ran.out
    assert flow.count(Release) == 0


def test_describe_all_has_a_sentence_for_every_decision(flow: Flow) -> None:
    told = rules(flow, "describe", "--all", "--json").json["rules"]
    assert len(told) > 30
    assert all(one["default"] and one["sentences"] for one in told.values())
    assert rules(flow, "describe").out == "Every decision keeps its default.\n"


def test_diff_says_what_the_present_release_changed(flow: Flow) -> None:
    flow.rules(terms="Net 15")
    flow.rules(terms="Net 30")
    ran = rules(flow, "diff")
    assert ran.out.startswith("From release 1 to release 2:\n")
    assert "Otherwise changed: from Net 15 to Net 30" in ran.out


def test_diff_says_what_a_file_would_change(flow: Flow, tmp_path: Path) -> None:
    flow.rules(terms="Net 15")
    flow.rules(terms="Net 30")
    rules(flow, "export", tmp_path / "same.json")
    assert rules(flow, "diff", tmp_path / "same.json").out == "Nothing changes.\n"
    said = rules(flow, "diff", tmp_path / "same.json", "1", "--json").json
    assert (said["from"], said["to"]) == ("release 1", str(tmp_path / "same.json"))
    (change,) = said["changes"]
    assert change.endswith("from Net 15 to Net 30")


def test_diff_compares_any_two_releases_and_the_defaults(flow: Flow) -> None:
    for days in ("15", "30", "60"):
        flow.rules(terms=f"Net {days}")
    (change,) = rules(flow, "diff", "1", "2", "--json").json["changes"]
    assert change.endswith("from Net 15 to Net 30")
    (change,) = rules(flow, "diff", "1", "--json").json["changes"]
    assert change.endswith("from Net 15 to Net 60")
    assert rules(flow, "diff", "0", "1", "--json").json["from"] == "the defaults"


@pytest.mark.parametrize("arguments", [["9"], ["1", "9"], ["99999999999"], ["1", "x"], ["nowhere"]])
def test_diff_with_what_is_not_there_is_one_line(flow: Flow, arguments: list[str]) -> None:
    flow.rules(terms="Net 15")
    ran = rules(flow, "diff", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert not ran.err.startswith("rulebooks: Failed")


def test_history_shows_who_and_why(flow: Flow, tmp_path: Path) -> None:
    assert "has published nothing" in rules(flow, "history").out
    rules(flow, "publish", file(tmp_path), "--note", "The first")
    rules(flow, "publish", file(tmp_path, terms=rule("Net 15")))
    newest, first = rules(flow, "history").out.splitlines()
    assert newest.split()[0] == "2"
    assert first.endswith("The first")
    told = rules(flow, "history", "--json").json["releases"]
    assert [one["release"] for one in told] == [2, 1]
    assert (told[1]["author"], told[1]["note"]) == ("command line", "The first")


def test_a_file_with_faults_is_refused_in_one_line(flow: Flow, tmp_path: Path) -> None:
    path = file(tmp_path, nothing=rule(1))
    for action in ("lint", "describe", "diff"):
        ran = rules(flow, action, path)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert "/rules/nothing" in ran.err
