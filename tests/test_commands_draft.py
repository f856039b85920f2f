"""`rulebooks rules draft`, `presets apply` and its kin, `backtest --draft`, and release numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.models import Company, DraftChange, Job, Posting, Release, db
from app.rules import publish
from app.rules.one_click import add_case
from tests.flows import CREATE, Flow, Ran, is_, order, rule

UNPAID = "mark_unpaid_by_payment_method"
PAYPAL = is_("payment.method", "PayPal")


def draft(flow: Flow, action: str, *arguments: str | Path) -> Ran:
    """Run `rulebooks rules draft ACTION` for the company."""
    return flow.run("rules", "draft", action, flow.company_name, *arguments)


def preset(flow: Flow, action: str, *arguments: str) -> Ran:
    """Run `rulebooks presets ACTION` for the company."""
    return flow.run("presets", action, flow.company_name, *arguments)


def written(folder: Path, **rules: Any) -> Path:
    """A rulebook file."""
    path = folder / "draft.json"
    path.write_text(json.dumps({"rulebooks": 1, "rules": rules}), encoding="utf-8")
    return path


def refused(ran: Ran) -> str:
    """The one line that a refusal is."""
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran
    assert ran.err.startswith("rulebooks: ")
    assert not ran.err.startswith("rulebooks: Failed")
    return ran.err


def test_a_draft_is_saved_shown_backtested_and_published(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.take(order("1001"), order("1002"))
    path = written(tmp_path, terms=rule("Net 30"))
    saved = draft(flow, "save", path)
    assert saved.out == (
        "1 change from release 1\n\nTerms  (command line)\n"
        "  Otherwise changed: from nothing to Net 30\n"
    )
    assert draft(flow, "show").out == saved.out
    shown = draft(flow, "show", "--json").json
    assert shown["changes"][0]["words"] == ["Otherwise changed: from nothing to Net 30"]
    tried = flow.run("backtest", flow.company_name, "--draft", "--json").json
    assert (tried["release"], tried["changed"], list(tried["decisions"])) == (1, 2, ["terms"])
    assert draft(flow, "publish", "--note", "Longer", "--json").json == {"release": 2}
    assert draft(flow, "show", "--json").json["changes"] == []
    assert set(flow.run("rules", "export", flow.company_name).json["rules"]) == {*CREATE, "terms"}


def test_an_empty_draft_is_not_published_and_discarding_it_is_no_fault(flow: Flow) -> None:
    assert "no changes to publish" in refused(draft(flow, "publish"))
    assert draft(flow, "discard", "--json").json == {"discarded": 0}


def test_a_draft_is_thrown_away(flow: Flow, tmp_path: Path) -> None:
    draft(flow, "save", written(tmp_path, terms=rule("Net 30"), memo=rule("Thanks")))
    assert draft(flow, "discard").out == "Changes thrown away: 2.\n"
    assert flow.count(DraftChange) == 0


def test_a_faulty_file_is_refused_whole_with_its_places(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path, terms=rule(7), memo=rule("Thanks"), nothing=rule(1))
    ran = draft(flow, "save", path, "--json")
    refused(ran)
    assert [one["pointer"] for one in ran.json["faults"]] == [
        "/rules/nothing",
        "/rules/terms/otherwise",
    ]
    assert flow.count(DraftChange) == 0


@pytest.mark.parametrize(("side", "then"), [("draft", "Net 30"), ("published", "Net 60")])
def test_a_conflict_is_told_and_settled(flow: Flow, tmp_path: Path, side: str, then: str) -> None:
    draft(flow, "save", written(tmp_path, terms=rule("Net 30"), memo=rule("Thanks")))
    flow.rules(terms="Net 60")
    assert "Terms: Otherwise was changed to Net 30 and to Net 60" in refused(draft(flow, "publish"))
    told = draft(flow, "rebase").out
    assert "Conflict with what was published: Terms" in told
    assert draft(flow, "rebase", "--keep", side, "--json").json["conflicts"] == []
    assert draft(flow, "publish").code == 0
    rules = flow.run("rules", "export", flow.company_name).json["rules"]
    assert rules["terms"]["otherwise"] == then


def test_a_backtest_is_of_a_file_or_of_the_draft(flow: Flow, tmp_path: Path) -> None:
    path = written(tmp_path)
    for arguments in ([], [str(path), "--draft"]):
        ran = flow.run("backtest", flow.company_name, *arguments)
        assert "either a FILE or --draft" in refused(ran)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_control_c_stops_a_backtest_and_leaves_nothing_behind(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.take(order("1001"))
    code = (
        "import os, signal, app.sync.backtest as b; from app.commands import main; "
        "b.translate = lambda row: os.kill(os.getpid(), signal.SIGINT); main()"
    )
    path = written(tmp_path, terms=rule("Net 30"))
    ended = subprocess.run(
        [sys.executable, "-c", code, "backtest", flow.company_name, str(path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1],
        env={**os.environ, "RULEBOOKS_INSTANCE": str(tmp_path), "RULEBOOKS_SECRET_KEY": "s" * 40},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.strip() == "rulebooks: Stopped."
    assert flow.count(Job) == flow.count(DraftChange) == 0
    assert flow.count(Release) == 1


def test_a_preset_is_applied_linked_and_detached(flow: Flow) -> None:
    ran = preset(flow, "apply", UNPAID, "--input", 'methods=["PayPal", "Venmo"]')
    assert ran.out.startswith("1 change from the defaults\n\nMark the invoice as unpaid")
    (link,) = preset(flow, "linked", "--json").json["links"]
    assert (link["key"], link["version"], link["update"]) == (UNPAID, 1, False)
    assert link["inputs"] == {"methods": ["PayPal", "Venmo"]}
    assert link["id"] in preset(flow, "linked").out
    assert "newest version" in refused(preset(flow, "update", link["id"]))
    assert preset(flow, "detach", link["id"], "--json").json["changes"]
    assert preset(flow, "linked").out == "No case is linked to a preset.\n"
    assert "is linked to a preset" in refused(preset(flow, "detach", link["id"]))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "there is no preset 'nothing'"),
        ([UNPAID], "methods: "),
        ([UNPAID, "--input", "methods"], "is not NAME=VALUE"),
        ([UNPAID, "--input", "methods=PayPal", "--input", "x=1"], "has no such input"),
    ],
)
def test_a_preset_that_cannot_be_used_is_one_line(
    flow: Flow, arguments: list[str], words: str
) -> None:
    assert words in refused(preset(flow, "apply", *arguments))
    assert flow.count(DraftChange) == 0


def test_an_applied_preset_posts_as_it_says_once_published(flow: Flow) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    preset(flow, "apply", UNPAID, "--input", "methods=PayPal")
    draft(flow, "publish")
    flow.post(order("1001", paid="PayPal"))
    assert flow.kinds() == ["Invoice"]


def test_plan_and_backtest_name_the_release_by_its_number(flow: Flow, tmp_path: Path) -> None:
    flow.take(order("1001"))
    plan = ("plan", flow.company_name, "1001")
    assert flow.run(*plan, "--json").json["release"] == 0
    assert "\nDecisions of the defaults\n" in flow.run(*plan).out
    with flow.app.app_context():
        ours = db.session.query(Company).one()
        other = Company(name="Other", username="other", password_digest="")
        db.session.add(other)
        db.session.commit()
        publish(other, {"rulebooks": 1})
        assert publish(ours, {"rulebooks": 1}).id == 2
    assert flow.run(*plan, "--json").json["release"] == 1
    assert "\nDecisions of release 1\n" in flow.run(*plan).out
    tried = flow.run("backtest", flow.company_name, written(tmp_path, terms=rule("Net 30")))
    assert "Compared with release 1\n" in tried.out


def test_a_posting_keeps_the_release_that_decided_it(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    with flow.app.app_context():
        company = db.session.query(Company).one()
        add_case(company, "memo", {"when": PAYPAL, "then": "Thanks"}, author="ada")
    flow.post(order("1002"))
    with flow.app.app_context():
        numbers = {
            posting.order.number: db.session.get_one(Release, posting.release_id).number
            for posting in db.session.query(Posting)
        }
    assert numbers == {"1001": 1, "1002": 2}
