"""The set-up's steps: choices become rules, cases stay, nothing is lost or overwritten."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import Company, Event, ListEntry, Mirror, db, now
from app.rules import current_release, current_rulebook, file_of, history, publish
from app.rules.draft_state import open_draft, rule_in
from app.rules.drafts import save_rule
from app.rules.settling import published_rule, settle_otherwise
from app.web.setup_steps import steps
from app.web.setup_tax import LOOK_UP, read_table
from rules_library.decision import Choice, YesNo, decisions
from rules_library.logic import TableError
from tests.browser import NARROW, Live, assert_accessible, assert_fits, opened
from tests.web_site import Site

SETUP = "/companies/1/setup"
FIELD = re.compile(r"<(?:input|textarea|option|select)\b[^>]*?>(?:[^<]*</textarea>)?", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form as it is."""
    body = page[page.index('<form class="paper"') : page.index('<aside class="faq"')]
    found: dict[str, list[str]] = {}
    select_name = ""
    for tag in FIELD.findall(body):
        given = {name: html.unescape(text) for name, text in ATTRIBUTE.findall(tag)}
        name = given.get("name", "")
        if tag.startswith("<select"):
            select_name = name
            found.setdefault(name, [])
        elif tag.startswith("<option"):
            if " selected" in tag:
                found[select_name].append(given["value"])
        elif tag.startswith("<textarea"):
            found[name] = [html.unescape(tag[tag.index(">") + 1 : tag.rindex("<")]).lstrip("\n")]
        elif given.get("type") != "radio" or " checked" in tag:
            found.setdefault(name, []).append(given.get("value", ""))
    return found


def save(client: FlaskClient, step: str, path: str = SETUP, **changed: Any) -> TestResponse:
    """Open a step, change these fields, and send it."""
    return client.post(f"{path}/{step}", data=form_of(client.get(f"{path}/{step}").text) | changed)


def rule(site: Site, key: str) -> dict[str, Any]:
    with site.app.app_context():
        return published_rule(db.session.get_one(Company, 1), key)


def releases(site: Site) -> list[tuple[str, str]]:
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        return [(one.note, one.author) for one in history(company)]


def mirror(site: Site, kind: str, *names: str, **data: str) -> None:
    with site.app.app_context():
        if db.session.get(Mirror, (1, kind)) is None:
            db.session.add(Mirror(company_id=1, kind=kind, loaded_at=now()))
        for name in names:
            db.session.add(
                ListEntry(company_id=1, kind=kind, list_id=name, full_name=name, data=data)
            )
        db.session.commit()


def test_every_step_asks_decisions_that_exist_or_says_why_not(site: Site) -> None:
    assert len(steps()) == 7
    client = site.session("admin")
    for step in steps():
        page = client.get(f"{SETUP}/{step.key}")
        assert page.status_code == 200
        for ask in step.asks:
            decision = decisions().get(ask.decision)
            assert decision or ask.lacking, ask.decision
            if decision is None:
                assert ask.lacking in html.unescape(page.text)
                continue
            options = getattr(decision.kind, "options", {"yes", "no"})
            assert set(ask.choices) <= set(options), ask.decision
            if isinstance(decision.kind, (Choice, YesNo)) and not ask.lacking:
                assert set(ask.choices) == set(options), ask.decision


def test_a_step_that_is_sent_as_it_is_changes_nothing_and_goes_on(site: Site) -> None:
    client = site.session("admin")
    before = releases(site)
    path = client.get(SETUP).location
    for step in steps():
        assert path.endswith(f"/setup/{step.key}")
        path = save(client, step.key, go="next").location
    assert path.endswith("/setup/complete")
    assert "Set-up complete" in client.get(path).text
    assert client.get(SETUP).location.endswith("/setup/complete")
    assert releases(site) == before


def test_a_choice_becomes_the_otherwise_and_the_cases_stay(site: Site) -> None:
    before = rule(site, "create_invoice")
    assert before["cases"]
    answer = save(site.session("admin"), "orders", create_invoice="shipped", number_prefix="W-")
    assert answer.status_code == 303
    assert rule(site, "create_invoice") == before | {"otherwise": "shipped"}
    assert rule(site, "number_prefix")["otherwise"] == "W-"
    assert releases(site)[0] == ("Set-up: Orders", "admin@example.com")
    with site.app.app_context():
        told = db.session.scalars(select(Event).where(Event.kind == "setup.saved")).one()
        assert "Create the invoice" in told.text
        assert told.company_id == 1


def test_going_back_saves_too(site: Site) -> None:
    client = site.session("admin")
    answer = save(client, "customers", single_customer_name="Walk-in", go="back")
    assert answer.location.endswith("/setup/orders")
    assert 'value="Walk-in"' in client.get(f"{SETUP}/customers").text


def test_ordered_attempts_are_saved_in_their_order_once_each(site: Site) -> None:
    save(site.session("admin"), "customers", customer_match=["phone", "", "email", "phone"])
    assert rule(site, "customer_match")["otherwise"] == ["phone", "email"]


@pytest.mark.parametrize(
    ("step", "field", "value", "said"),
    [
        ("orders", "transaction_type", "everything", "is none of"),
        ("orders", "number_from_quickbooks", "perhaps", "Choose yes or no"),
        ("orders", "number_prefix", "x" * 501, "at most 500"),
        ("orders", "number_prefix", "a\0b", "on one line"),
        ("customers", "customer_match", ["email", "fingerprint"], "is none of"),
        ("customers", "customer_match", [], "Choose at least one"),
    ],
)
def test_what_cannot_be_used_is_refused_and_what_was_typed_stays(
    site: Site, step: str, field: str, value: Any, said: str
) -> None:
    before = releases(site)
    kept = {"number_suffix": "-kept"} if step == "orders" else {"single_customer_name": "-kept"}
    answer = save(site.session("admin"), step, **{field: value}, **kept)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="-kept"' in answer.text
    assert releases(site) == before


def test_an_expression_stays_until_it_is_replaced(site: Site) -> None:
    copy = {"var": "order.channel"}
    with site.app.app_context():
        publish(db.session.get_one(Company, 1), {
            "rulebooks": 1,
            "rules": {"memo": {"otherwise": copy}, "class": {"otherwise": copy},
                      "number_suffix": {"otherwise": copy}},
        })  # fmt: skip
    client = site.session("admin")
    save(client, "orders", number_prefix="W-")
    assert rule(site, "class")["otherwise"] == copy
    assert rule(site, "number_suffix")["otherwise"] == copy
    save(client, "orders", number_suffix="-X")
    assert rule(site, "number_suffix")["otherwise"] == "-X"


def test_a_choice_that_somebody_changed_meanwhile_is_not_overwritten(site: Site) -> None:
    client = site.session("admin")
    old = form_of(client.get(f"{SETUP}/orders").text)
    save(client, "orders", number_prefix="A-")
    answer = client.post(f"{SETUP}/orders", data=old | {"number_prefix": ["B-"]})
    assert answer.status_code == 422
    assert "somebody changed it meanwhile" in answer.text
    assert rule(site, "number_prefix")["otherwise"] == "A-"
    untouched = client.post(f"{SETUP}/orders", data=old | {"number_suffix": ["-Z"]})
    assert untouched.status_code == 303
    assert rule(site, "number_prefix")["otherwise"] == "A-"


def test_the_open_draft_is_not_published_along(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        held = rule_in(company, "memo")
        save_rule(company, "memo", {"otherwise": "draft"}, version=held.version, author="ann")
    save(site.session("admin"), "orders", number_prefix="W-")
    assert rule(site, "memo")["otherwise"] is None
    with site.app.app_context():
        draft = open_draft(db.session.get_one(Company, 1))
        assert [one.key for one in draft.changes] == ["memo"]
        assert not draft.conflicts


def test_names_come_from_quickbooks_once_it_has_told_them(site: Site) -> None:
    client = site.session("admin")
    assert "once QuickBooks is connected" in client.get(f"{SETUP}/accounts").text
    save(client, "accounts", deposit_account="Typed Bank")
    mirror(site, "Account", "PayPal Bank", AccountType="Bank")
    mirror(site, "Account", "Sales of Goods", AccountType="Income")
    page = client.get(f"{SETUP}/accounts").text
    deposit = page[page.index('id="f-deposit_account"') : page.index('id="f-receivables_account"')]
    assert "PayPal Bank" in deposit
    assert "Sales of Goods" not in deposit
    assert "Typed Bank (not in QuickBooks)" in deposit
    save(client, "accounts", deposit_account="PayPal Bank")
    assert rule(site, "deposit_account")["otherwise"] == "PayPal Bank"


def test_a_name_that_quickbooks_lacks_is_saved_only_when_it_is_sent_again(site: Site) -> None:
    mirror(site, "Item", *(f"Item {number:04}" for number in range(301)))
    client = site.session("admin")
    before = rule(site, "tax_line_item")
    refused = save(client, "tax", tax_line_item="No Such Item")
    assert refused.status_code == 422
    assert "has no active entry of this name" in refused.text
    assert 'value="No Such Item"' in refused.text
    assert rule(site, "tax_line_item") == before
    other = form_of(refused.text) | {"tax_line_item": ["No Such Either"]}
    assert client.post(f"{SETUP}/tax", data=other).status_code == 422
    assert client.post(f"{SETUP}/tax", data=form_of(refused.text)).status_code == 303
    assert rule(site, "tax_line_item")["otherwise"] == "No Such Item"
    save(client, "tax", tax_line_item="item 0300")
    assert rule(site, "tax_line_item")["otherwise"] == "item 0300"


def test_a_long_list_is_searched_while_typing(site: Site) -> None:
    mirror(site, "Item", *(f"Item {number:04}" for number in range(301)), "100% <Wool>")
    client = site.session("admin")
    assert f"{SETUP}/names/tax_line_item" in client.get(f"{SETUP}/tax").text
    found = client.get(f"{SETUP}/names/tax_line_item?tax_line_item=100%25").text
    assert found.strip() == '<option value="100% &lt;Wool&gt;"></option>'
    assert client.get(f"{SETUP}/names/memo").status_code == 404
    assert client.get(f"{SETUP}/names/nonsense").status_code == 404


def test_a_pasted_tax_table_is_looked_up_and_can_be_taken_out(site: Site) -> None:
    client = site.session("admin")
    text = (
        "Country\tState\tCity\tZIP\tTax item\nUS\tCO\tDenver\t\tDenver Tax\nUS\tCO\t*\t*\tCO Tax\n"
    )
    save(client, "tax", table=text, **{"table-otherwise": "Out of State"})
    assert rule(site, "tax_item")["otherwise"] == LOOK_UP
    with site.app.app_context():
        _, rulebook = current_rulebook(db.session.get_one(Company, 1))
        table = rulebook.tables["sales_tax"]
        assert table.lookup(["US", "CO", "Denver", "80202"]) == "Denver Tax"
        assert table.lookup(["US", "CO", "Boulder", "80301"]) == "CO Tax"
        assert table.lookup(["US", "NY", "Albany", "12207"]) == "Out of State"
    count = len(releases(site))
    save(client, "tax")
    assert len(releases(site)) == count
    save(client, "tax", table="", **{"table-otherwise": ""})
    assert rule(site, "tax_item")["otherwise"] is None
    with site.app.app_context():
        assert "sales_tax" not in file_of(current_release(db.session.get_one(Company, 1)))["tables"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("US\tCO\tDenver", "Row 1 has 3 columns"),
        ("CO\tCO Tax\nCO\tOther", "same keys"),
        ("CO\t", "no tax in its last column"),
        ("CO\ta\x01b", "a character that cannot be kept"),
        ('CO\t"a', "cannot be read"),
        ("CO\tx\n" * 400_000, "too long"),
    ],
)
def test_a_table_that_cannot_be_used_says_which_row(site: Site, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_table(text, "")
    if len(text) < 1000:
        answer = save(site.session("admin"), "tax", table=text)
        assert answer.status_code == 422
        assert said in answer.text


def test_states_alone_are_enough() -> None:
    table = read_table("State;Tax\nCO;CO Tax\n\nNY;NY Tax", "")
    assert table is not None
    assert table["rows"] == [["*", "CO", "*", "*", "CO Tax"], ["*", "NY", "*", "*", "NY Tax"]]


@pytest.mark.parametrize("path", [SETUP, "/companies/1/settings/set-up"])
def test_hostile_forms_change_nothing(site: Site, path: str) -> None:
    client = site.session("admin")
    before = releases(site)
    assert client.get(f"{path}/nonsense").status_code == 404
    csrf = form_of(client.get(f"{path}/orders").text)["csrf_token"]
    assert client.post(f"{path}/orders", data={"csrf_token": csrf}).status_code == 400
    answer = save(client, "orders", path, **{"was-class": "[" * 100_000})
    assert answer.status_code == 400
    assert releases(site) == before


def test_a_step_is_also_a_page_of_settings(site: Site) -> None:
    client = site.session("admin")
    path = "/companies/1/settings/set-up"
    answer = save(client, "products", path, when_item_missing="fallback", fallback_item="Misc")
    assert answer.location.endswith("/settings/set-up/products")
    assert rule(site, "fallback_item")["otherwise"] == "Misc"
    assert "Save and continue" not in client.get(f"{path}/products").text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_accessible_and_fits(chromium: Browser, site: Site, scheme: str) -> None:
    mirror(site, "Account", "Undeposited Funds", AccountType="OtherCurrentAsset")
    screens = [f"{SETUP}/{step.key}" for step in steps()] + [
        f"{SETUP}/complete", "/companies/1/settings", "/companies/1/settings/company",
        "/companies/1/settings/set-up/tax", "/companies/1/settings/tokens", "/companies/1/stores",
        "/companies/1/stores/1", "/companies/1/stores/new/woocommerce", "/backup",
    ]  # fmt: skip
    with opened(chromium, site.app, color_scheme=scheme) as live:
        live.log_in()
        for screen in screens:
            live.open(screen)
            assert_accessible(live.page)
            live.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
            assert_fits(live.page)
            live.page.set_viewport_size({"width": 1280, "height": 800})


def test_the_set_up_of_a_new_company_from_the_first_run_on(fresh: Live) -> None:
    page = fresh.create_owner()
    page.get_by_role("link", name="Connect QuickBooks").click()
    page.get_by_label("Name").fill("Grove Tools")
    page.get_by_role("button", name="Add company").click()
    page.wait_for_url("**/setup/direction")
    for number, step in enumerate(steps(), 1):
        expect(page.get_by_role("heading", level=1)).to_have_text(step.title)
        if step.key == "orders":
            page.get_by_label("Sales receipts").check()
        page.get_by_role("button", name="Save and ").first.click()
        if number < len(steps()):
            page.wait_for_url(f"**/setup/{steps()[number].key}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set-up complete")
    page.locator("main").get_by_role("link", name="Connect QuickBooks").click()
    expect(page.get_by_text("Waiting for the Web Connector")).to_be_visible()
    with fresh.app.app_context():
        company = db.session.get_one(Company, 1)
        assert published_rule(company, "transaction_type")["otherwise"] == "sales_receipt"


def test_the_notices_step_writes_who_hears_and_leaves_other_topics_alone(site: Site) -> None:
    client = site.session("admin")
    assert "Not possible yet" not in client.get(f"{SETUP}/notifications").text
    ann, bob = "ann@example.com", "bob@example.com"
    save(client, "notifications", digest_to=f"{ann}, {bob}", notify=ann)
    assert rule(site, "digest_to")["otherwise"] == f"{ann}, {bob}"
    assert rule(site, "notify")["otherwise"] == [["entries", ann]]
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        settle_otherwise(
            company, {"notify": [["failures", bob], ["entries", ann]]}, seen={}, tables={},
            author="test", note="",
        )  # fmt: skip
        db.session.commit()
    assert f'value="{ann}"' in client.get(f"{SETUP}/notifications").text
    save(client, "notifications", notify=f"{bob},{ann}")
    assert rule(site, "notify")["otherwise"] == [
        ["failures", bob], ["entries", bob], ["entries", ann],
    ]  # fmt: skip
    answer = save(client, "notifications", notify="nonsense")
    assert (answer.status_code, "is not an e-mail address" in answer.text) == (422, True)
    save(client, "notifications", notify="")
    assert rule(site, "notify")["otherwise"] == [["failures", bob]]
