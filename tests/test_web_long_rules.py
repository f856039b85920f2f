"""A rule of many cases in the builder: closed cases are sentences, and none is ever lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.models import Company, db
from app.rules.draft_state import rule_in
from app.rules.drafts import save_rule
from tests.web_site import Site, token

RULES = "/companies/1/rules"
KEY = "deposit_account"
BUILDER = f"{RULES}/decision/{KEY}"
MANY = 200
LARGEST = 400_000
LARGEST_TRIAL = 100_000
Fields = MultiDict[str, str]


def written(count: int, key: str = KEY) -> list[dict[str, Any]]:
    """Cases that a form shows, one of which only JSON can show and one of which is off."""
    cases = [
        {
            "id": f"c{n}", "title": f"Bank of “{n}” & 'co'", "note": f"note {n}" if n % 2 else "",
            "enabled": n != 8, "then": f"Bank {n}",
            "when": {"and": [
                {"one_of": [{"var": "payment.method"}, ["PayPal", f"Pay {n}"]]},
                {">=": [{"var": "order.total"}, n]},
            ]},
        }
        for n in range(1, count + 1)
    ]  # fmt: skip
    odd = {"reduce": [{"var": "lines"}, {"+": [{"var": "accumulator"}, 1]}, 0]}
    cases[6]["when"] = {">": [odd, 2]}
    return cases if key == KEY else [{**one, "then": True} for one in cases]


def fill(site: Site, count: int = MANY, key: str = KEY) -> Any:
    """Save a rule with so many cases; returns it as the draft has it."""
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        rest = "Undeposited Funds" if key == KEY else False
        rule = {"cases": written(count, key), "otherwise": rest}
        save_rule(company, key, rule, version=rule_in(company, key).version, author="ann")
    return saved(site, key)


def saved(site: Site, key: str = KEY) -> Any:
    with site.app.app_context():
        return rule_in(db.session.get_one(Company, site.rows.company), key).content


def fields_of(page: str, *, alone: bool = False) -> Fields:
    """The fields that a browser would send of a page, or of an answer to htmx."""
    root = html.fromstring(f"<form id='rule'>{page}</form>" if alone else page)
    return MultiDict(root.get_element_by_id("rule").form_values())


def press(client: FlaskClient, act: str, fields: Fields, target: str = "rule") -> TestResponse:
    headers = {"HX-Request": "true", "HX-Target": target}
    fields = MultiDict(fields)
    fields.setlist("act", [act])
    fields["csrf_token"] = token(client, RULES)
    return client.post(BUILDER, data=fields, headers=headers)


def test_two_hundred_cases_are_sentences_on_a_small_page(site: Site) -> None:
    fill(site)
    for name in ("owner", "viewer"):
        page = site.browser(name).get(BUILDER).text
        assert len(page.encode()) < LARGEST
        assert page.count("case is-closed") == MANY
        case = html.fromstring(page).get_element_by_id("case-149")
        said = " ".join(case.text_content().split())
        assert "When payment method is one of PayPal, Pay 150" in said
        assert "→ Bank 150" in said
    assert 'href="/companies/1/rules/decision/deposit_account?open=150#case-149"' in page


def test_what_is_saved_is_the_very_same_whichever_cases_are_open(site: Site) -> None:
    before = fill(site)
    client = site.browser("owner")
    for opened in ("", "?open=3,7,150", "?case=9"):
        fields = fields_of(client.get(BUILDER + opened).text)
        answer = press(client, "save", fields)
        assert answer.status_code == 204, opened
        assert saved(site) == before, opened
    fields["cases.8.then.value"] = "Another bank"
    assert press(client, "save", fields).headers["HX-Redirect"] == f"{BUILDER}?open=9"
    changed = saved(site)["cases"]
    assert changed[8]["then"] == "Another bank"
    assert changed[:8] + changed[9:] == before["cases"][:8] + before["cases"][9:]


def test_a_case_is_opened_and_closed_without_the_others(site: Site) -> None:
    fill(site)
    client = site.browser("owner")
    fields = fields_of(client.get(BUILDER).text)
    answer = press(client, "open:cases.4", fields, "case-4")
    assert len(answer.data) < LARGEST_TRIAL
    assert 'id="case-4"' in answer.text
    assert 'id="case-5"' not in answer.text
    alone = fields_of(answer.text, alone=True)
    assert alone["cases.4.then.value"] == "Bank 5"
    whole = fields_of(press(client, "open:cases.4", fields).text, alone=True)
    values = [name for name in whole if name.endswith(".then.value")]
    assert values == ["cases.4.then.value", "otherwise.then.value"]
    whole["cases.4.then.value"] = "Elsewhere"
    closed = press(client, "close:cases.4", whole, "case-4")
    assert "→ <strong>Elsewhere</strong>" in closed.text
    whole["cases.4.then.value"] = ""
    kept = press(client, "close:cases.4", whole, "case-4")
    assert (kept.status_code, "is-closed" in kept.text) == (422, False)
    assert "Type a value" in kept.text
    assert "Mend it first" in kept.text


def test_which_cases_are_open_outlives_every_button_and_the_json_tab(site: Site) -> None:
    before = fill(site)
    client = site.browser("owner")
    fields = fields_of(client.get(f"{BUILDER}?open=3").text)
    for act, opened, count in (
        ("down:cases.2", ["2"], MANY),
        ("up:cases.100", ["2"], MANY),
        ("duplicate:cases.2", ["2", "200"], MANY + 1),
        ("remove:cases.2", ["200"], MANY),
        ("add-case:cases", ["200", "201"], MANY + 1),
        ("remove:cases.201", ["200"], MANY),
        ("whole-json", [], 0),
        ("whole-form", ["3"], MANY),
        ("open:cases.6", ["3", "6"], MANY),
    ):
        answer = press(client, act, fields)
        assert answer.status_code == 200, act
        fields = fields_of(answer.text, alone=True)
        modes = {
            name.split(".")[1]: value
            for name, value in fields.items()
            if re.fullmatch(r"cases\.\d+\.mode", name)
        }
        assert [k for k, mode in modes.items() if mode != "closed"] == opened, act
        assert len(modes) == count, act
    assert fields["cases.6.mode"] == "json"
    assert press(client, "save", fields).headers["HX-Redirect"] == f"{BUILDER}?open=4,7"
    titles = [one["title"] for one in saved(site)["cases"]]
    wanted = [one["title"] for one in before["cases"]]
    wanted[99], wanted[100] = wanted[100], wanted[99]
    assert titles == [*wanted[:2], wanted[3], f"{wanted[2]} (copy)", *wanted[4:]]


def test_a_closed_case_that_cannot_be_used_is_opened_and_marked(site: Site) -> None:
    fill(site)
    client = site.browser("owner")
    fields = fields_of(client.get(BUILDER).text)
    fields["cases.120.json"] = '{"when": true, "then": {"no such": [1]}}'
    answer = press(client, "save", fields)
    assert answer.status_code == 422
    assert "case is-closed" in answer.text
    page = html.fromstring(f"<form>{answer.text}</form>")
    assert "is-closed" not in page.get_element_by_id("case-120").get("class")
    assert "no such" in unescape(answer.text)
    fields["cases.120.json"] = "nonsense"
    broken = press(client, "save", fields)
    assert broken.status_code == 422
    assert "This is not JSON" in html.fromstring(broken.text).text_content()
    assert press(client, "open:cases.120", fields, "case-120").status_code == 422
    assert press(client, "open:cases.999", fields).status_code == 422
    assert press(client, "close:otherwise", fields).status_code == 422


def test_trying_a_long_rule_tells_of_what_is_open_and_what_decided(site: Site) -> None:
    fill(site)
    client = site.browser("owner")
    fields = fields_of(client.get(f"{BUILDER}?open=150").text)
    fields["last"] = "200"
    tried = client.post(f"{BUILDER}/try", data=fields, headers={"HX-Request": "true"})
    assert len(tried.data) < LARGEST_TRIAL
    numbers = set(re.findall(r"<strong>Case (\d+)</strong>", tried.text))
    assert numbers & {"1", "2", "150"}
    assert len(numbers) < 10
    assert "other cases are not shown" in tried.text


def test_a_rule_of_few_cases_stays_open(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        rule = {"cases": written(7)[:5], "otherwise": "Undeposited Funds"}
        save_rule(company, KEY, rule, version=rule_in(company, KEY).version, author="ann")
    page = site.browser("owner").get(BUILDER).text
    assert "is-closed" not in page
    assert "close:cases" not in page
