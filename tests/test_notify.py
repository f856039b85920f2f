"""Mails that a real SMTP server receives: digest and alerts, once each, grouped, and retried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, update

from app import backup
from app.checks import Check
from app.models import Company, Event, Job, Notice, Order, Store, Subscription, Task, db, now
from app.notify import letters, outgoing, ruled, running
from app.notify.letter import Letter, Row, Section
from app.notify.subscribe import addresses, choose, tell
from app.notify.topics import TOPICS
from app.notify.unsubscribe import Told, allow_again, link, switch_off, switched_off
from app.people import PersonError
from app.schedule import entries, run_now
from app.schedule.rows import complete
from app.scheduler import Scheduler
from rules_library.decision import BadValueError, decisions
from tests.flows import Flow, order
from tests.mailbox import Mailbox
from tests.web_site import Site, token

BOB = "bob@example.com"


@pytest.fixture
def company(mailbox: Mailbox, flow: Flow) -> Iterator[Company]:
    """The company, with an address that hears of everything."""
    given = {
        "smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none",
        "mail_from": "Rulebooks <books@example.com>",
    }  # fmt: skip
    flow.app.config["SETTINGS"] = flow.app.config["SETTINGS"].model_copy(update=given)
    with flow.app.app_context():
        found = db.session.scalars(select(Company)).one()
        choose(found, BOB, TOPICS)
        db.session.commit()
        yield found


def work(app: Flask, company: Company, *kinds: str) -> None:
    """Let the schedule do these kinds now."""
    for kind in (*kinds, "mail"):
        run_now(company, kind)
        Scheduler(app).run_due()


def happened(company: Company, kind: str, text: str, **values: Any) -> None:
    at = now() - timedelta(minutes=1)
    event = Event(company_id=company.id, kind=kind, text=text, at=at, **values)
    db.session.add(event)
    db.session.commit()


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    return plain.get_content(), html.get_content()


def said(company: Company, key: str) -> str:
    return next(one.said for one in entries(company) if one.key == key)


def test_the_digest_says_what_was_posted_what_needs_attention_and_how_the_books_compare(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules(when_item_missing={
        "cases": [{"title": "No ghosts", "when": {"==": [{"var": "line.sku"}, "GHOST"]},
                   "then": "hold"}],
        "otherwise": "create_non_inventory",
    })  # fmt: skip
    ghost = {"source_id": "1", "name": "Ghost", "sku": "GHOST", "quantity": 1, "gross": "5.00"}
    flow.post(order("1001"), order("1002"))
    flow.take(order("1003", [ghost]))
    flow.sync()
    with time_machine.travel(now() + timedelta(days=1)):
        work(flow.app, company, "digest")
        work(flow.app, company, "digest")
    (mail,) = [one for one in mailbox.mails if "summary" in one["Subject"]]
    assert mail["To"] == BOB
    assert mail["From"] == "Rulebooks <books@example.com>"
    assert mail["Subject"].endswith("1 order to look at")
    assert mail["Message-ID"]
    for body in parts(mail):
        assert "3 orders came in. 1 order needs you." in body
        assert "$40.00" in body
        assert "Needs attention" in body
        assert "GHOST" in body
        assert "Byron" not in body
        assert "ada" not in body.lower().replace("canada", "")


def test_nobody_gets_a_digest_who_did_not_ask(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    choose(company, BOB, {"failures"})
    db.session.commit()
    work(flow.app, company, "digest")
    assert mailbox.mails == []


def test_many_failures_are_one_mail_and_the_next_comes_an_hour_later(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    for number in range(30):
        happened(company, "document.held", f"Invoice {number % 2} was refused", level="error")
    work(flow.app, company, "alerts")
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    (mail,) = mailbox.mails
    assert "30 problems to look at" in mail["Subject"]
    assert parts(mail)[0].count("Invoice") == 2
    with time_machine.travel(now() + timedelta(hours=1, minutes=1)):
        work(flow.app, company, "alerts")
        work(flow.app, company, "alerts")
    assert [("Shop" in parts(one)[0]) for one in mailbox.mails] == [False, True]


def test_an_order_that_was_settled_meanwhile_is_not_told(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.take(order("1001"))
    row = db.session.scalars(select(Order)).one()
    happened(company, "order.held", "Order 1001 is held: no item.", order_id=row.id)
    work(flow.app, company, "alerts")
    assert mailbox.mails == []
    assert {one.told_at for one in db.session.scalars(select(Subscription))} == {None}


def test_what_was_created_in_quickbooks_is_told(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules()
    flow.post(order("1001"))
    with time_machine.travel(now() + timedelta(minutes=1)):
        work(flow.app, company, "alerts")
    (mail,) = mailbox.mails
    assert "new entries in QuickBooks" in mail["Subject"]
    assert "LAMP" in parts(mail)[0]


def test_a_silent_web_connector_is_told_once_and_when_it_is_back(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules()
    flow.post(order("1001"))
    choose(company, BOB, {"connector"})
    db.session.commit()
    later = now() + timedelta(days=2)
    for hours in range(3):
        with time_machine.travel(later + timedelta(hours=hours)):
            work(flow.app, company, "health")
            with time_machine.travel(later + timedelta(hours=hours, minutes=1)):
                work(flow.app, company, "alerts")
    with time_machine.travel(later + timedelta(hours=5)):
        company.last_seen_at = now()
        db.session.commit()
        work(flow.app, company, "health")
        with time_machine.travel(later + timedelta(hours=5, minutes=1)):
            work(flow.app, company, "alerts")
    subjects = [mail["Subject"].partition(": ")[2] for mail in mailbox.mails]
    assert subjects == ["The Web Connector is silent", "The Web Connector is back"]


def test_a_mail_server_that_is_down_loses_no_mail_and_is_told_once(
    flow: Flow, company: Company, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(company, "store.failed", "Shop: no answer.", level="error")

    def down(_settings: Any) -> Any:
        raise ConnectionRefusedError("refused")

    with monkeypatch.context() as patch:
        patch.setattr(outgoing, "_open", down)
        work(flow.app, company, "alerts")
        work(flow.app, company)
    assert mailbox.mails == []
    assert "cannot be used" in said(company, "mail")
    assert len(flow.events("task.failed")) == 1
    work(flow.app, company)
    work(flow.app, company)
    assert len(mailbox.mails) == 1
    assert db.session.scalars(select(Notice.state)).one() == "sent"


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    happened(company, "store.failed", "Shop: no answer.", level="error")
    mailbox.refuses = "550 no such person"
    work(flow.app, company, "alerts")
    mailbox.refuses = ""
    work(flow.app, company)
    notice = db.session.scalars(select(Notice)).one()
    assert (mailbox.mails, notice.state, notice.attempts) == ([], "failed", 1)
    assert "no such person" in notice.error


def test_an_address_that_is_refused_for_now_is_tried_later(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    happened(company, "store.failed", "Shop: no answer.", level="error")
    mailbox.refuses = "451 try later"
    work(flow.app, company, "alerts")
    mailbox.refuses = ""
    work(flow.app, company)
    assert mailbox.mails == []
    with time_machine.travel(now() + timedelta(minutes=11)):
        work(flow.app, company)
    assert len(mailbox.mails) == 1


def test_a_mail_that_a_dead_server_was_sending_goes_out_later_with_the_same_id(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    happened(company, "store.failed", "Shop: no answer.", level="error")
    run_now(company, "alerts")
    choose(company, BOB, TOPICS)
    with time_machine.travel(datetime.now(UTC)):
        assert tell(company) == 1
        db.session.commit()
        notice = db.session.scalars(select(Notice)).one()
        assert outgoing._begin(notice.id) is not None
    work(flow.app, company)
    assert mailbox.mails == []
    with time_machine.travel(now() + timedelta(minutes=6)):
        work(flow.app, company)
    (mail,) = mailbox.mails
    assert mail["Message-ID"] == notice.message_id


def test_an_address_at_which_the_mail_server_hangs_up_keeps_no_other_waiting(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    choose(company, "zoe@example.com", TOPICS)
    db.session.commit()
    happened(company, "store.failed", "Shop: no answer.", level="error")
    mailbox.hangs_up_at = BOB
    work(flow.app, company, "alerts")
    assert [mail["To"] for mail in mailbox.mails] == ["zoe@example.com"]
    mailbox.hangs_up_at = ""
    with time_machine.travel(now() + timedelta(minutes=11)):
        work(flow.app, company)
        work(flow.app, company)
    assert [mail["To"] for mail in mailbox.mails] == ["zoe@example.com", BOB]


def test_an_address_that_the_mail_server_cannot_write_keeps_no_other_waiting(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    choose(company, "åsa@example.com", TOPICS)
    choose(company, "zoe@exämple.com", TOPICS)
    db.session.commit()
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    assert BOB in [mail["To"] for mail in mailbox.mails]
    assert "ready" not in set(db.session.scalars(select(Notice.state)))


def test_a_slow_mail_server_loses_nothing_and_repeats_under_the_same_id(
    flow: Flow, company: Company, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.3)
    happened(company, "store.failed", "Shop: no answer.", level="error")
    mailbox.takes = 1.0
    work(flow.app, company, "alerts")
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.state, "cannot be used" in notice.error) == ("ready", True)
    mailbox.takes = 0.0
    with time_machine.travel(now() + timedelta(minutes=11)):
        work(flow.app, company)
        work(flow.app, company)
    db.session.refresh(notice)
    assert notice.state == "sent"
    assert {mail["Message-ID"] for mail in mailbox.mails} == {notice.message_id}


def test_what_a_rule_or_a_store_says_adds_no_header(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    company.name = "Shop\r\nBcc: eve@example.com\n\nBuy"
    db.session.commit()
    happened(company, "store.failed", "x\r\nBcc: eve@example.com", level="error")
    work(flow.app, company, "alerts")
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["To"] == BOB
    assert mail["Subject"].strip().startswith("Shop Bcc: eve@example.com Buy: ")


def switch_off_link(mail: EmailMessage) -> str:
    """Path of the link that ends the mail's topic."""
    url = mail["List-Unsubscribe"].strip("<>")
    for body in parts(mail):
        assert url in body
    return f"/{url.split('/', 3)[3]}"


def test_a_mail_says_how_to_get_no_more_and_one_click_does_it(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    https = {"url": "https://books.example.com"}
    flow.app.config["SETTINGS"] = flow.app.config["SETTINGS"].model_copy(update=https)
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    path = switch_off_link(mailbox.mails[0])
    assert mailbox.mails[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client = flow.app.test_client()
    asked = client.get(path)
    assert (asked.status_code, "No more of these mails?" in asked.text) == (200, True)
    assert addresses(company)[BOB] == set(TOPICS)
    assert "Switched off" in client.post(path, data={"List-Unsubscribe": "One-Click"}).text
    assert addresses(company)[BOB] == set(TOPICS) - {"failures"}
    assert "Switched off" in client.post(path).text
    happened(company, "store.failed", "Shop: again.", level="error")
    with time_machine.travel(now() + timedelta(hours=2)):
        work(flow.app, company, "alerts")
    assert len(mailbox.mails) == 1
    choose(company, BOB, TOPICS)
    assert addresses(company)[BOB] == set(TOPICS)


def test_one_click_is_not_promised_without_https(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    assert mailbox.mails[0]["List-Unsubscribe"]
    assert mailbox.mails[0]["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("made", ["x", "{}", "[1]", None])
def test_a_link_that_is_not_ours_switches_nothing_off(
    flow: Flow, company: Company, made: str | None
) -> None:
    good = link(Told(company.id, BOB, "failures")).rpartition("/")[2]
    token = good[:-3] + "AAA" if made is None else made
    assert flow.app.test_client().post(f"/unsubscribe/{token}").status_code == 404
    gone = link(Told(company.id + 1, BOB, "failures")).rpartition("/")[2]
    assert flow.app.test_client().post(f"/unsubscribe/{gone}").status_code == 404
    assert addresses(company)[BOB] == set(TOPICS)


@pytest.mark.parametrize(
    "email",
    ["", "bob", "a@x.example,b@y.example", "Bob <b@y.example>", "b@y.example\nBcc: c@z.example"],
)
def test_only_one_plain_address_is_taken(company: Company, email: str) -> None:
    with pytest.raises(PersonError):
        choose(company, email, TOPICS)
    assert list(addresses(company)) == [BOB]


def test_addresses_are_added_switched_and_removed_on_the_page(site: Site) -> None:
    page = f"/companies/{site.rows.company}/notifications"
    client = site.browser("owner")
    form = {"csrf_token": token(client, page), "email": BOB, "topics": ["digest", "failures"]}
    assert client.post(page, data=form).location == page
    assert BOB in client.get(page).text
    assert client.post(page, data=form | {"topics": ["connector"]}).location == page
    with site.app.app_context():
        found = db.session.get_one(Company, site.rows.company)
        assert addresses(found) == {BOB: {"connector"}}
    assert client.post(page, data=form | {"topics": ["nonsense"]}).status_code == 422
    wrong = client.post(page, data=form | {"email": "a@x.example,b@y.example"})
    assert (wrong.status_code, "is not one e-mail address" in wrong.text) == (422, True)
    client.post(page, data=form | {"topics": []})
    with site.app.app_context():
        assert addresses(db.session.get_one(Company, site.rows.company)) == {}
    nothing = client.post(page, data=form | {"topics": []})
    assert (nothing.status_code, "Tick at least one." in nothing.text) == (422, True)


def test_the_test_button_says_when_there_is_no_mail_server(site: Site) -> None:
    page = f"/companies/{site.rows.company}/notifications"
    client = site.browser("owner")
    form = {"csrf_token": token(client, page), "email": BOB, "topics": ["digest"]}
    client.post(page, data=form)
    answer = client.post(f"{page}/test", data=form, follow_redirects=True)
    assert "No mail server is set" in answer.text
    other = client.post(f"{page}/test", data=form | {"email": "eve@example.com"},
                        follow_redirects=True)  # fmt: skip
    assert "Add the address first" in other.text


def test_the_test_button_sends_a_mail(flow: Flow, company: Company, mailbox: Mailbox) -> None:
    outgoing.deliver_now(company, BOB, letters.trial(company))
    (mail,) = mailbox.mails
    assert "Mails arrive" in parts(mail)[0]


def test_the_schedule_is_steered_on_its_page(site: Site) -> None:
    page = f"/companies/{site.rows.company}/schedule"
    client = site.browser("owner")
    assert "Decide orders" in client.get(page).text
    form = {"csrf_token": token(client, f"/companies/{site.rows.company}/notifications")}
    for act, chip in (("pause", True), ("run", True), ("resume", False)):
        assert client.post(f"{page}/decide/{act}", data=form).location == page
        assert (">Paused<" in client.get(page).text) == chip
    assert client.post(f"{page}/nothing/pause", data=form).status_code == 404
    assert client.post(f"{page}/decide/destroy", data=form).status_code == 404


ANN = "ann@example.com"


def test_rules_say_for_each_order_who_hears_that_it_is_held(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    choose(company, BOB, {"connector"})
    db.session.commit()
    flow.rules(notify={
        "cases": [{"title": "Big", "when": {">": [{"var": "order.total"}, 500]},
                   "then": ["failures", ANN]}],
        "otherwise": [["entries", "eve@example.com"]],
    })  # fmt: skip
    big = [{"source_id": "1", "name": "Safe", "sku": "S", "quantity": 1, "gross": "900.00"}]
    flow.take(order("1001"), order("1002", big))
    for row in db.session.scalars(select(Order)).all():
        row.state = "held"
        happened(company, "order.held", f"Order {row.number} is held: no item.", order_id=row.id)
        happened(company, "document.held", f"Invoice {row.number}: refused.", order_id=row.id)
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    work(flow.app, company, "alerts")
    (mail,) = mailbox.mails
    assert mail["To"] == ANN
    assert "2 problems" in mail["Subject"]
    assert "1002" in parts(mail)[0]
    assert "1001" not in parts(mail)[0]
    happened(company, "addition.created", "Created the item LAMP.")
    with time_machine.travel(now() + timedelta(minutes=5)):
        work(flow.app, company, "alerts")
    assert [one["To"] for one in mailbox.mails] == [ANN, "eve@example.com"]


def test_who_ticked_a_topic_or_switched_it_off_is_not_written_to_by_rules_too(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules(notify={"otherwise": [["failures", BOB], ["failures", ANN]]})
    happened(company, "store.failed", "Shop: no answer.", level="error")
    work(flow.app, company, "alerts")
    assert sorted(mail["To"] for mail in mailbox.mails) == [ANN, BOB]
    flow.app.test_client().post(switch_off_link(next(m for m in mailbox.mails if m["To"] == ANN)))
    assert ANN not in addresses(company)
    happened(company, "store.failed", "Shop: again.", level="error")
    with time_machine.travel(now() + timedelta(hours=2)):
        work(flow.app, company, "alerts")
    assert sorted(mail["To"] for mail in mailbox.mails) == [ANN, BOB, BOB]


@pytest.mark.parametrize(("total", "to"), [(1, [ANN]), (10_000, [])])
def test_rules_say_who_gets_the_summary_of_a_day(
    flow: Flow, company: Company, mailbox: Mailbox, total: int, to: list[str]
) -> None:
    choose(company, BOB, ())
    db.session.commit()
    case = {"title": "Big", "when": {">": [{"var": "order.total"}, total]}, "then": ANN}
    flow.rules(digest_to={"cases": [case], "otherwise": None})
    flow.take(order("1001"))
    with time_machine.travel(now() + timedelta(days=1)):
        work(flow.app, company, "digest")
        work(flow.app, company, "digest")
    assert [mail["To"] for mail in mailbox.mails] == to


def test_a_summary_to_everybody_named_comes_also_of_days_without_orders(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules(digest_to={"otherwise": f"{ANN}, {BOB}"})
    work(flow.app, company, "digest")
    assert sorted(mail["To"] for mail in mailbox.mails) == [ANN, BOB]


@pytest.mark.parametrize(
    "value",
    [["failures"], ["nothing", ANN], ["failures", "x"], ["failures", "a@b\nBcc: c@d"], "text",
     ["failures", f"{ANN}, {BOB}"], ["failures", ["a@b"]]],
)  # fmt: skip
def test_a_rule_names_a_topic_and_one_plain_address(value: Any) -> None:
    with pytest.raises(BadValueError, match=r"\w+ \w+"):
        decisions()["notify"].read_one(value)


@pytest.mark.parametrize("value", ["x", "a@b.example <c@d.example>", "a@b\nc@d", {"a": 1}, "@", 5])
def test_a_rule_names_plain_addresses_for_the_summary(value: Any) -> None:
    with pytest.raises(BadValueError, match=r"\w+ \w+"):
        decisions()["digest_to"].read(value)


def test_the_digest_says_what_does_not_run_and_nothing_of_it_when_all_runs(
    flow: Flow, company: Company, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Store(company=company, key="web", type="woocommerce", name="Web shop", settings={},
                 next_pull_at=now() + timedelta(days=99))  # fmt: skip
    db.session.add(shop)
    company.last_seen_at = now() + timedelta(days=1)
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=1)):
        work(flow.app, company, "digest")
    for body in parts(mailbox.mails.pop()):
        assert "as it should" not in body
        assert "not run" not in body
    shop = db.session.scalars(select(Store).where(Store.key == "web")).one()
    shop.error = "The shop refuses the key. Make a new one."
    shop.pulled_at = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    shop.stock_error = "It has no such place."
    task = db.session.scalars(select(Task).where(Task.kind == "sales")).one()
    task.failures, task.result, task.next_at = 3, "OSError: no route", now() + timedelta(days=99)
    db.session.commit()
    full = Check("fail", "Disk", "12 MB free in /srv", "Free some space.")
    monkeypatch.setattr("app.notify.running.space", lambda _: [full])
    with time_machine.travel(now() + timedelta(days=4)):
        work(flow.app, company, "digest")
    (mail,) = [one for one in mailbox.mails if "summary" in one["Subject"]]
    for body in parts(mail):
        assert "5 things do not run." in body
        assert "The Web Connector has not come for" in body
        assert "Web shop is not read." in body
        assert "last on Nov 20, 10:00 AM" in body, "by the company's clock"
        assert "Make a new one." in body
        assert "Web shop is not told its stock." in body
        assert "never yet" in body
        assert "Send sales: failed 3 times." in body
        assert "12 MB free" in body
        assert "Free some space." in body


def told(company: Company, ago: timedelta = timedelta(0)) -> dict[str, str]:
    """What does not run -> since when."""
    return {row.label: row.value for row in running.besides(company, now() + ago)}


def test_work_that_nobody_does_is_told_and_what_only_queues_is_not(company: Company) -> None:
    complete(now())
    assert told(company) == {}
    db.session.execute(update(Task).values(next_at=now() - running.OVERDUE + timedelta(minutes=1)))
    db.session.add_all(
        Job(company_id=company.id, kind=kind, arguments={}, who=who, state=state,
            created_at=now() - ago, started_at=now() - ago)
        for kind, who, state, ago in (
            ("sync", "", "waiting", running.WAITS - timedelta(minutes=1)),
            ("sync", "", "running", running.RUNS - timedelta(minutes=1)),
            ("backtest", "", "failed", timedelta(days=3)),
            ("csv_import", "", "kept", timedelta(days=3)),
            ("sync", "", "lost", timedelta(days=3)),
        )
    )  # fmt: skip
    db.session.commit()
    assert told(company) == {}
    later = told(company, timedelta(minutes=2))
    assert set(later) == {
        "The schedule stands still.", "Sync waits.", "Sync is still at work."
    }  # fmt: skip
    assert later["The schedule stands still."].startswith("due since ")
    db.session.execute(update(Task).values(paused=True))
    db.session.execute(delete(Job))
    db.session.add(Job(company_id=company.id, kind="csv_import", arguments={}, state="waiting",
                       who="ann@example.com", created_at=now() - timedelta(days=1)))  # fmt: skip
    db.session.commit()
    assert list(told(company)) == ["Csv import, which ann@example.com started, waits."]


def test_a_task_that_failed_once_is_said_in_words(company: Company) -> None:
    complete(now())
    task = db.session.scalars(select(Task).where(Task.kind == "sales")).one()
    task.failures, task.result, task.ended_at = 1, "OSError: no route", now()
    db.session.commit()
    (row,) = running.besides(company, now())
    assert (row.label, row.note) == ("Send sales: failed once.", "OSError: no route")
    assert row.value.startswith("last on ")


def test_another_companys_jobs_are_theirs(company: Company) -> None:
    other = Company(name="Other", username="other", password_digest="x", zone="UTC")
    db.session.add(other)
    db.session.flush()
    db.session.add(Job(company_id=other.id, kind="sync", arguments={}, state="waiting",
                       created_at=now() - timedelta(days=1)))  # fmt: skip
    db.session.commit()
    assert told(company) == {}
    assert list(told(other)) == ["Sync waits."]


def test_an_old_backup_is_told_where_backups_are_made(company: Company) -> None:
    assert told(company, timedelta(days=400)) == {}, "other programs may make them"
    backup.note("backup.made", "Made a backup")
    assert told(company, timedelta(days=6)) == {}
    (said,) = told(company, timedelta(days=9))
    assert said == "The last backup is 9 days old."
    backup.note("backup.downloaded", "Downloaded a backup")
    assert told(company, timedelta(days=6)) == {}


def test_the_page_names_who_hears_by_rules_and_who_switched_off_and_lets_them_hear_again(
    flow: Flow, company: Company, mailbox: Mailbox
) -> None:
    flow.rules(digest_to={"otherwise": f"{ANN}, eve@example.com"})
    assert ruled.named(company) == {
        ANN: ["Daily summary to"], "eve@example.com": ["Daily summary to"],
    }  # fmt: skip
    told = Told(company.id, ANN, "digest")
    assert switch_off(told)
    db.session.commit()
    ((email, topic, _),) = switched_off(company)
    assert (email, topic) == (ANN, "digest")
    with time_machine.travel(now() + timedelta(days=1)):
        work(flow.app, company, "digest")
        assert ANN not in {mail["To"] for mail in mailbox.mails}
    assert allow_again(told)
    assert not allow_again(told)
    db.session.commit()
    with time_machine.travel(now() + timedelta(days=2)):
        work(flow.app, company, "digest")
    assert ANN in {mail["To"] for mail in mailbox.mails}


def test_an_admin_allows_mails_again_on_the_page(site: Site) -> None:
    page = f"/companies/{site.rows.company}/notifications"
    client = site.browser("owner")
    form = {"csrf_token": token(client, page), "email": ANN, "topic": "digest"}
    with site.app.app_context():
        switch_off(Told(site.rows.company, ANN, "digest"))
        db.session.commit()
    assert "Switched off by whoever reads the mails" in client.get(page).text
    client.post(f"{page}/again", data=form | {"topic": "nonsense"})
    assert ANN in client.get(page).text
    answer = client.post(f"{page}/again", data=form, follow_redirects=True)
    assert "count again" in answer.text
    assert "Switched off by whoever" not in client.get(page).text


@pytest.mark.parametrize(
    ("kind", "place"),
    [("store.failed", "log?level=error"), ("sale.astray", "attention"), ("order.held", None)],
)
def test_a_mail_leads_to_where_its_problems_are(
    company: Company, flow: Flow, kind: str, place: str | None
) -> None:
    """Not to a page that says that nothing needs anybody."""
    event = Event(company_id=company.id, kind=kind, level="error", text="It failed.", at=now())
    letter = letters.alert(company, "failures", [event])
    if place is None:
        assert letter is None, "the order is held no more"
        return
    assert letter is not None
    assert letter.link.endswith(f"/companies/{company.id}/{place}")
    assert letter.link in letter.text()


def test_what_else_there_is_to_say_has_the_whole_width() -> None:
    row = Row("Web shop is not read.", "last on Nov 24, 3:57 PM", "Make a new key. " * 9)
    with_note = Letter("s", "t", "c", "i", [Section("S", [row, Row("Only a label")])])
    app = Flask("x", template_folder=str(Path(letters.__file__).parents[1] / "templates"))
    with app.app_context():
        html = with_note.html()
    cells = re.findall(r"<td[^>]*>(?=Make a new key|Only a label|last on)", html)
    assert ['colspan="2"' in cell for cell in cells] == [False, True, True]
