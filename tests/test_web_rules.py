"""The rules' screens over HTTP: what is saved, refused and kept, by whom, and at what cost."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.jobs.kinds.backtest import KIND
from app.jobs.rows import recent
from app.jobs.worker import Worker
from app.models import (
    Company,
    DraftChange,
    ListEntry,
    Mirror,
    Order,
    Release,
    RuleContent,
    Sale,
    Store,
    db,
    now,
)
from app.rules.draft_state import open_draft, rule_in
from app.rules.drafts import save_rule, save_table
from app.rules.links import apply_preset
from app.rules.releases import current_release, history
from app.sync.stores import add_store
from app.web.rules.filled import NotFilledError, write_rule
from app.web.rules.shown import rule_sketch
from app.web.rules.sketch import decode, listed
from rules_library.decision import Decision, decisions
from rules_library.preset import apply, presets
from rules_library.rule import Rule
from tests.fake_shipstation import FakeShipStation
from tests.sales import known_sale
from tests.web_rows import publish_plain
from tests.web_site import Site, statements, token

RULES = "/companies/1/rules"
MOST_QUERIES = 30
KEY = "mark_invoice_unpaid"
PAYPAL = {"one_of": [{"var": "payment.method"}, ["PayPal"]]}


@contextmanager
def company_of(site: Site) -> Iterator[Company]:
    with site.app.app_context():
        company = db.session.get(Company, site.rows.company)
        assert company
        yield company


def rule_of(site: Site, key: str = KEY) -> dict[str, Any]:
    with company_of(site) as company:
        content: dict[str, Any] = rule_in(company, key).content
        return content


def version_of(site: Site, key: str = KEY) -> str:
    with company_of(site) as company:
        return rule_in(company, key).version


def is_changed(site: Site) -> bool:
    with company_of(site) as company:
        return bool(open_draft(company).changes)


def send(client: FlaskClient, path: str, *, htmx: bool = False, **fields: Any) -> TestResponse:
    """Post a form of the rules' screens; a field's name has _ for its dots."""
    data = {"csrf_token": token(client, RULES), **fields}
    return client.post(f"{RULES}{path}", data=data, headers={"HX-Request": "true"} if htmx else {})


def fields_of(decision: Decision, content: Any) -> dict[str, str]:
    """The fields that the form of a rule has, as a browser sends them."""
    found: dict[str, str] = {}

    def put(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                if key != "k":
                    put(one, f"{name}.{key}" if name else key)
        elif isinstance(value, list):
            for place, one in enumerate(value):
                put(one, f"{name}.{place}")
        else:
            found[name] = value

    put(rule_sketch(decision, content), "")
    return found


def case_fields(**changed: str) -> dict[str, str]:
    """A rule of one case: payment method is one of PayPal -> yes; otherwise no."""
    fields = {
        "cases.0.title": "PayPal", "cases.0.enabled": "on", "cases.0.mode": "form",
        "cases.0.when.form": "group", "cases.0.when.kind": "all", "cases.0.when.bare": "1",
        "cases.0.when.items.0.form": "condition",
        "cases.0.when.items.0.fact": "payment.method",
        "cases.0.when.items.0.operator": "one_of",
        "cases.0.when.items.0.values.0.value": "PayPal",
        "cases.0.then.form": "literal", "cases.0.then.value": "yes",
        "otherwise.mode": "form", "otherwise.then.form": "literal", "otherwise.then.value": "no",
    }  # fmt: skip
    return {**fields, **changed}


def every_rule() -> Iterator[tuple[Decision, Any]]:
    """Each decision's default, and each rule that a preset makes with its examples' answers."""
    for decision in decisions().values():
        yield decision, Rule.default(decision).to_file()
    for preset in presets().values():
        for example in preset.examples:
            file = apply({"rulebooks": 1}, preset, example.inputs)
            for key, rule in file["rules"].items():
                yield decisions()[key], Rule.from_file(decisions()[key], rule).to_file()


def test_a_form_that_nobody_changed_saves_the_very_same_rule() -> None:
    looked = 0
    for decision, content in every_rule():
        sketch = listed(decode(fields_of(decision, content).items()))
        again = Rule.from_file(decision, write_rule(decision, sketch, content)).to_file()
        assert again == content, decision.key
        looked += 1
    assert looked > 150


def test_the_form_of_a_default_or_preset_rule_is_hardly_ever_json() -> None:
    sketches = [rule_sketch(decision, content) for decision, content in every_rule()]
    modes = [one["mode"] for sketch in sketches for one in [*sketch["cases"], sketch["otherwise"]]]
    assert modes.count("json") < len(modes) / 20


def test_what_is_dragged_keeps_the_order_of_the_fields_not_their_numbers() -> None:
    tree = decode([("cases.7.title", "b"), ("cases.2.title", "a"), ("cases.7.note", "x")])
    assert [(one["k"], one["title"]) for one in listed(tree)["cases"]] == [("7", "b"), ("2", "a")]


def test_saving_the_form_writes_the_draft(site: Site) -> None:
    client = site.browser("owner")
    answer = send(client, f"/decision/{KEY}", version=version_of(site), act="save", **case_fields())
    assert (answer.status_code, answer.location) == (303, f"{RULES}/decision/{KEY}")
    (case,) = rule_of(site)["cases"]
    assert (case["when"], case["then"], case["title"]) == (PAYPAL, True, "PayPal")
    page = client.get(f"{RULES}/decision/{KEY}").text
    assert "saved in the draft" in page
    assert "changed in the draft" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cases.0.when.items.0.fact": ""}, "Choose the field"),
        ({"cases.0.when.items.0.values.0.value": " , "}, "Type at least one value"),
        ({"cases.0.when.items.0.operator": "nonsense"}, "Choose how the field is compared"),
        ({"cases.0.then.value": ""}, "Choose yes or no"),
        ({"cases.0.then.form": "lookup", "cases.0.then.keys.0.form": "copy"}, "Choose the table"),
        ({"cases.0.then.form": "\0<script>"}, "Choose what the value is"),
        ({"cases.0.mode": "json", "cases.0.json": "{"}, "This is not JSON"),
        ({"cases.0.mode": "json", "cases.0.json": '{"when": {"nope": 1}, "then": 1}'}, "nope"),
        ({"cases.0.when.items.0.fact": "order.total", "cases.0.when.items.0.operator": "greater",
          "cases.0.when.items.0.values.0.value": "much"}, "is not a number"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_marked_and_what_was_typed_stays(
    site: Site, changed: dict[str, str], said: str
) -> None:
    client = site.browser("owner")
    typed = case_fields(**{"cases.0.title": "Typed <b>by</b> me", **changed})
    answer = send(client, f"/decision/{KEY}", version=version_of(site), act="save", **typed)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "Typed &lt;b&gt;by&lt;/b&gt; me" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")
    assert not is_changed(site)


def test_hostile_forms_are_refused_in_words(site: Site) -> None:
    client = site.browser("owner")
    deep = "cases.0.when." + "items.0." * 100 + "fact"
    groups = "".join(f'{{"{name}": [' for name in ("and", "or") * 50)
    for fields in (
        {deep: "order.total"},
        {"a": "1", "a.b": "2"},
        {"act": "explode:cases.0"},
        {"act": "up:"},
        {"act": "remove:cases.9.when.items.0"},
        {"act": "paste:cases.0.then"},
        {"act": "to-json:otherwise"},
        {"act": "save", "version": "x", "whole": "json", "json": groups},
        {"act": "save", "version": "x", "whole": "json", "json": '{"cases": 1}'},
        {"act": "save", **{f"cases.{n}.title": "x" for n in range(30)}},
    ):
        answer = send(client, f"/decision/{KEY}", **fields)
        assert answer.status_code == 422, fields
        assert 'role="alert"' in answer.text, fields
    assert client.get(f"{RULES}/decision/no_such").status_code == 404
    assert not is_changed(site)


def test_a_rule_that_names_a_missing_table_or_value_is_refused_at_its_case(site: Site) -> None:
    client = site.browser("owner")
    case = json.dumps({"when": True, "then": "perhaps"})
    bad = case_fields(**{"cases.0.mode": "json", "cases.0.json": case})
    answer = send(client, f"/decision/{KEY}", version=version_of(site), act="save", **bad)
    assert answer.status_code == 422
    assert re.search(r'id="cases\.0\.json-error"><svg.*?perhaps', unescape(answer.text), re.DOTALL)


def test_a_stale_save_shows_both_versions_and_can_be_repeated(site: Site) -> None:
    client = site.browser("owner")
    seen = version_of(site)
    with company_of(site) as company:
        theirs = {"cases": [{"title": "Theirs", "when": True, "then": False}], "otherwise": True}
        save_rule(company, KEY, theirs, version=seen, author="bob")
    answer = send(client, f"/decision/{KEY}", version=seen, act="save", **case_fields())
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "was changed since you opened it" in page
    assert 'Case 1 "Theirs" removed' in page
    assert 'value="PayPal"' in page
    assert rule_of(site)["cases"][0]["title"] == "Theirs"
    fresh = re.search(r'name="version" value="([^"]+)"', page)
    assert fresh
    send(client, f"/decision/{KEY}", version=fresh[1], act="save", **case_fields())
    assert rule_of(site)["cases"][0]["title"] == "PayPal"


def test_buttons_change_the_form_and_save_nothing(site: Site) -> None:
    client = site.browser("owner")
    for act, shown in (
        ("add-condition:cases.0.when.items", "cases.0.when.items.1.fact"),
        ("add-group:cases.0.when.items", "cases.0.when.items.1.kind"),
        ("add-lines:cases.0.when.items", "cases.0.when.items.1.list"),
        ("duplicate:cases.0", "cases.1.title"),
        ("add-case:cases", "cases.1.title"),
        ("to-json:cases.0", "cases.0.json"),
        ("whole-json", 'name="json"'),
        ("compare-field:cases.0.when.items.0.values.0", "values.0.value"),
    ):
        answer = send(
            client, f"/decision/{KEY}", htmx=True, version=version_of(site), act=act,
            **case_fields(),
        )  # fmt: skip
        assert answer.status_code == 200, act
        assert "<html" not in answer.text
        assert shown in answer.text, act
    removed = send(
        client, f"/decision/{KEY}", htmx=True, version=version_of(site), act="remove:cases.0",
        **case_fields(),
    )  # fmt: skip
    assert "cases.0." not in removed.text
    assert not is_changed(site)


def test_a_field_that_gives_way_to_the_next_asks_for_nothing_in_its_place(site: Site) -> None:
    client = site.session("owner")
    alone = client.get(f"{RULES}/decision/payment_reference").text
    assert 'aria-label="Value if the field is empty"' in alone
    first_of = client.get(f"{RULES}/decision/payment_date").text
    assert "the first of these that is there" in first_of
    assert 'aria-label="Value if the field is empty"' not in first_of


def test_json_that_no_form_can_show_opens_as_json_with_the_reason(site: Site) -> None:
    client = site.browser("owner")
    odd = {"reduce": [{"var": "lines"}, {"+": [{"var": "accumulator"}, 1]}, 0]}
    rule = {"cases": [{"when": {">": [odd, 2]}, "then": True}], "otherwise": False}
    with company_of(site) as company:
        save_rule(company, KEY, rule, version=rule_in(company, KEY).version, author="ann")
    page = unescape(client.get(f"{RULES}/decision/{KEY}").text)
    assert "So it opens as JSON" in page
    assert '"accumulator"' in page
    fields = fields_of(decisions()[KEY], rule_of(site))
    answer = send(client, f"/decision/{KEY}", version=version_of(site), act="save", **fields)
    assert answer.status_code == 303
    assert rule_of(site)["cases"][0]["when"] == {">": [odd, 2]}


def test_the_whole_rule_is_saved_from_its_json_and_keeps_titles(site: Site) -> None:
    client = site.browser("owner")
    send(client, f"/decision/{KEY}", version=version_of(site), act="save", **case_fields())
    logic = json.dumps({"if": [PAYPAL, True, {"var": "order.is_test"}, True, False]})
    answer = send(
        client, f"/decision/{KEY}", version=version_of(site), act="save", whole="json", json=logic
    )
    assert answer.status_code == 303
    assert [one["title"] for one in rule_of(site)["cases"]] == ["PayPal", ""]


def test_trying_tells_what_would_change_with_its_case_and_marks(site: Site) -> None:
    client = site.browser("viewer")
    path = f"{RULES}/decision/{KEY}/try"
    held = {"version": version_of(site), "csrf_token": token(client, RULES), **case_fields()}
    found = client.post(path, data={**held, "last": "200"}, headers={"HX-Request": "true"})
    assert re.search(r"<strong>[1-9]\d*</strong> of \d+ would change", found.text)
    assert "case 1" in found.text
    assert "verdict is-good" in found.text
    unfinished = client.post(path, data={**held, "cases.0.then.value": ""})
    assert "Choose yes or no" in unfinished.text
    for number in ("no such", "#99999", "\0", "x" * 999):
        missing = client.post(path, data={**held, "order": number})
        assert "There is no order" in missing.text
    assert not is_changed(site)


def stocked(site: Site, **on_hand: int) -> None:
    """Inventory parts as QuickBooks told them."""
    with company_of(site) as company:
        for number, (name, quantity) in enumerate(on_hand.items()):
            data = {"QuantityOnHand": str(quantity), "variant": "ItemInventory"}
            db.session.add(ListEntry(
                company_id=company.id, kind="Item", list_id=f"stocked-{number}", full_name=name,
                data=data,
            ))  # fmt: skip
        db.session.commit()


def test_a_rule_about_items_is_tried_on_quickbooks_items(site: Site) -> None:
    client = site.browser("viewer")
    held = {"csrf_token": token(client, RULES)}
    path = f"{RULES}/decision/stock_quantity/try"
    stocked(site, HAMMER=12, HAMPER=3, SAW=9)
    rule = {"if": [{"is": [{"var": "item.name"}, "SAW"]}, 5, {"var": "item.available"}]}
    whole = {**held, "version": "", "whole": "json", "json": json.dumps(rule)}
    found = client.post(path, data=whole).text
    assert re.search(r"<s>9</s>.*?<strong>5</strong>", found, re.DOTALL)
    assert "case 1" in found
    assert "/stock?q=SAW" in found
    one = client.post(path, data={**whole, "order": "saw"}).text
    assert "/stock?q=SAW" in one
    assert "/stock?q=HAMMER" not in one
    some = client.post(path, data={**whole, "order": "HAM"}).text
    assert "/stock?q=HAMPER" in some
    assert "/stock?q=SAW" not in some
    for name in ("zebra", "\0", "%", "x" * 999):
        assert "There is no item" in client.post(path, data={**whole, "order": name}).text
    unknown = {**whole, "json": json.dumps({"var": "item.at.East.on_hand"})}
    assert "no stock at an inventory site" in client.post(path, data=unknown).text
    page = client.get(f"{RULES}/decision/stock_quantity").text
    assert "Name of one item" in page
    assert "the first 200 items" in page


def test_a_preset_about_items_shows_what_it_would_change(site: Site) -> None:
    client = site.browser("viewer")
    stocked(site, HAMMER=12)
    with company_of(site) as company:
        keys = db.session.scalars(select(Store.key).where(Store.company_id == company.id)).all()
    given = {"csrf_token": token(client, RULES), "stores": ", ".join(keys), "pieces": "2"}
    found = client.post(f"{RULES}/presets/safety_stock/preview", data=given).text
    assert re.search(r"<strong>[1-9]\d*</strong> of the first \d+ items would change", found)


def sold(site: Site, number: str, customer: str, *, of_an_order: bool = False) -> int:
    """A sales order as QuickBooks told it; the id of the store of whose order it is, or 0."""
    with company_of(site) as company:
        whose = select(Order).where(Order.company_id == company.id, Order.number == "B-2205")
        order = db.session.scalars(whose).one() if of_an_order else None
        known_sale(company, number, customer, order)
        return order.store_id if order else 0


def takers_of_sales(site: Site, *names: str) -> list[int]:
    """Stores that ship what is sold in QuickBooks."""
    with company_of(site) as company:
        made = [
            add_store(company, "shipstation", FakeShipStation.settings, key=name, name=name)
            for name in names
        ]
        db.session.commit()
        return [store.id for store in made]


def tried(client: FlaskClient, decision: str, rule: Any, **fields: str) -> str:
    """What the builder says of a rule that was typed as JSON."""
    whole = {"version": "", "whole": "json", "json": json.dumps(rule), **fields}
    return send(client, f"/decision/{decision}/try", htmx=True, **whole).text


UPS = {"if": [{"is": [{"var": "sale.ship_method"}, "UPS"]}, True, False]}


def test_a_rule_about_sales_is_tried_on_quickbooks_sales(site: Site) -> None:
    client = site.browser("viewer")
    east, west = takers_of_sales(site, "east", "west")
    assert "No sale that could go to a store was read" in tried(client, "send_sale_to_store", UPS)
    for number, customer in (("501", "Kern Lighting"), ("502", "Ada Lovelace")):
        sold(site, number, customer)
    found = tried(client, "send_sale_to_store", UPS)
    assert "<strong>4</strong> of 4 would change" in found
    assert re.search(r"Sales order 502.*?east.*?<s>no</s>.*?<strong>yes</strong>", found, re.DOTALL)
    assert "case 1" in found
    assert "ship method" in found.casefold()
    for store in (east, west):
        assert f"/sales?store={store}&amp;before=" in found
    only = {"if": [{"is": [{"var": "store.key"}, "west"]}, True, False]}
    assert "<strong>2</strong> of 4 would change" in tried(client, "send_sale_to_store", only)
    assert "<strong>1</strong> of 2 would change" in tried(
        client, "send_sale_to_store", only, order="#501"
    )
    by_customer = tried(client, "send_sale_to_store", UPS, order="kern")
    assert "Sales order 501" in by_customer
    assert "Sales order 502" not in by_customer
    for name in ("zebra", "\0", "%", "50", "x" * 999):
        missing = tried(client, "send_sale_to_store", UPS, order=name)
        assert "There is no sale" in missing, name
    wrong = {"if": [{"<": [{"var": "sale.customer"}, {"/": [1, 0]}]}, True, False]}
    assert "4 cannot be used" in tried(client, "send_sale_to_store", wrong)


def test_a_sale_is_not_tried_for_the_store_that_it_came_from(site: Site) -> None:
    client = site.browser("viewer")
    sold(site, "501", "Kern Lighting")
    store = sold(site, "502", "Ada Lovelace", of_an_order=True)
    found = tried(client, "tell_shipment", True)
    assert "<strong>1</strong> of 1 would change" in found
    assert "Sales order 502" in found
    assert f"/shipments?store={store}&amp;before=" in found
    number = tried(client, "tracking_number", "none")
    assert re.search(r"<s>.*?1Z9.*?</s>.*?<strong>.*?none.*?</strong>", number, re.DOTALL)
    assert "There is no sale 501 of a shop" in tried(client, "tell_shipment", True, order="501")
    with company_of(site) as company:
        key = db.session.get_one(Store, store).key
        stores = db.session.query(Store).filter_by(company_id=company.id).count()
    sent = tried(client, "send_sale_to_store", True)
    assert f"<strong>{2 * stores - 1}</strong> of {2 * stores - 1} would change" in sent
    assert f'Sales order 502</span><span class="soft tried-part">{key}<' not in sent


def test_a_sale_that_is_gone_or_of_another_company_is_not_tried(site: Site) -> None:
    client = site.browser("viewer")
    sold(site, "501", "Kern Lighting")
    with company_of(site):
        sale = db.session.query(Sale).one()
        sale.gone = "voided"
        db.session.commit()
    assert "was read from QuickBooks yet" in tried(client, "send_sale_to_store", True)
    with company_of(site):
        sale = db.session.query(Sale).one()
        sale.gone, sale.company_id = "", site.rows.other
        db.session.commit()
    assert "was read from QuickBooks yet" in tried(client, "send_sale_to_store", True)


def test_the_builder_of_a_rule_about_sales_shows_what_the_last_sale_has(site: Site) -> None:
    client = site.browser("viewer")
    takers_of_sales(site, "east")
    sold(site, "501", "Kern Lighting")
    page = client.get(f"{RULES}/decision/send_sale_to_store").text
    assert "the last 200 sales" in page
    assert "Number or customer of one sale" in page
    given = {"csrf_token": token(client, RULES), "stores": "east"}
    sales_only = client.post(f"{RULES}/presets/sales_orders_to_ship/preview", data=given).text
    assert "<strong>1</strong> of the last 1 sales would change" in sales_only
    assert "/sales?store=" in sales_only


def test_trying_on_many_sales_needs_no_more_queries(site: Site) -> None:
    client = site.browser("viewer")
    takers_of_sales(site, "east", "west")
    counts = []
    for some in (range(2), range(2, 30)):
        for number in some:
            sold(site, f"S{number}", "Kern Lighting")
        held = {"csrf_token": token(client, RULES), "version": "", "whole": "json",
                "json": json.dumps(UPS)}  # fmt: skip
        with statements(site.app) as sent:
            found = client.post(f"{RULES}/decision/send_sale_to_store/try", data=held)
        assert f"of {2 * (some[-1] + 1)} would change" in found.text
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= MOST_QUERIES


def test_an_order_of_another_company_cannot_be_tried(site: Site) -> None:
    client = site.browser("owner")
    path = f"/companies/{site.rows.other}/rules/decision/{KEY}/try"
    found = client.post(path, data={"csrf_token": token(client, RULES), "order": "B-2205"})
    assert "There is no order" in found.text


def test_a_rule_from_scratch_goes_before_the_others(site: Site) -> None:
    client = site.browser("owner")
    before = rule_of(site, "sync_order")["cases"]
    fields = case_fields(**{"cases.0.then.value": "no", "decision": "sync_order"})
    fields = {name: one for name, one in fields.items() if not name.startswith("otherwise")}
    shown = send(client, "/new", htmx=True, act="show:decision", version="", **fields)
    assert "Sync" in shown.text or shown.status_code == 200
    answer = send(client, "/new", act="save", version="", **fields)
    assert answer.status_code == 303
    after = rule_of(site, "sync_order")["cases"]
    assert (after[0]["when"], after[0]["then"], after[1:]) == (PAYPAL, False, before)
    refused = send(client, "/new", act="save", version="", **{**fields, "decision": "none"})
    assert (refused.status_code, "Choose what the rule decides" in refused.text) == (422, True)


def test_a_preset_is_previewed_and_put_into_the_draft(site: Site) -> None:
    client = site.browser("owner")
    path = "/presets/mark_unpaid_by_payment_method"
    wrong = send(client, path, methods="")
    assert (wrong.status_code, "is needed" in wrong.text) == (422, True)
    seen = send(client, f"{path}/preview", htmx=True, methods="PayPal, Venmo")
    assert (
        "When <strong>payment method</strong> is one of <strong>PayPal</strong>, "
        "<strong>Venmo</strong> → "
        "<strong>yes</strong>" in seen.text
    )
    assert "orders would change" in seen.text
    assert not is_changed(site)
    done = send(client, path, methods="PayPal, Venmo")
    assert done.location == f"{RULES}/decision/{KEY}"
    assert rule_of(site)["cases"][0]["preset"]["key"] == "mark_unpaid_by_payment_method"


def test_a_presets_table_is_read_row_by_row(site: Site) -> None:
    client = site.browser("owner")
    rows = {"rows.0.0": "PayPal", "rows.0.1": "PayPal Bank", "rows.5.0": "", "rows.5.1": ""}
    path = "/presets/deposit_by_payment_method"
    done = send(client, path, otherwise="Undeposited Funds", **rows)
    assert done.status_code == 303
    with company_of(site) as company:
        table = open_draft(company).file["tables"]["deposit_by_payment_method"]
    assert table["rows"] == [["PayPal", "PayPal Bank"]]


def test_the_draft_is_backtested_published_and_its_history_told(site: Site) -> None:
    client = site.browser("owner")
    send(client, f"/decision/{KEY}", version=version_of(site), act="save", **case_fields())
    send(client, "/draft/backtest", last="1000")
    assert "Waiting for its turn" in client.get(f"{RULES}/draft").text
    assert Worker(site.app).run_one()
    page = unescape(client.get(f"{RULES}/draft").text)
    assert "Would change" in page
    assert "case 1: PayPal" in page
    with company_of(site) as company:
        version = open_draft(company).version
    stale = send(client, "/draft/publish", version="old", note="Kept")
    assert (stale.status_code, 'value="Kept"' in stale.text) == (422, True)
    answer = send(client, "/draft/publish", version=version, note="PayPal pays weekly")
    assert answer.location == f"{RULES}/releases"
    with company_of(site) as company:
        release = current_release(company)
        assert release
        assert (release.number, release.author) == (4, "owner@example.com")
        assert release.note == "PayPal pays weekly"
    told = unescape(client.get(f"{RULES}/releases/4").text)
    assert 'Case 1 "PayPal" added' in told
    assert "When <strong>payment method</strong> is " in told
    again = send(client, "/draft/publish", version=version)
    assert (again.status_code, "no changes to publish" in again.text) == (422, True)


def test_a_name_that_quickbooks_lacks_is_told_and_published_only_when_ticked(site: Site) -> None:
    client = site.browser("owner")
    path = "/decision/deposit_account"
    fields = {
        "otherwise.mode": "form", "otherwise.then.form": "literal",
        "otherwise.then.value": "No Such Account",
    }  # fmt: skip
    said = "which QuickBooks&#39; list Account does not have"
    sent = {"version": version_of(site, "deposit_account"), "act": "show:rule", **fields}
    assert said not in send(client, path, htmx=True, **sent).text
    with company_of(site) as company:
        db.session.add(Mirror(company_id=company.id, kind="Account", loaded_at=now()))
        db.session.commit()
    assert said in send(client, path, htmx=True, **sent).text
    assert said in send(client, f"{path}/try", htmx=True, **sent).text
    send(client, path, **sent | {"act": "save"})
    assert said in client.get(f"{RULES}{path}").text
    assert said in client.get(f"{RULES}/draft").text
    with company_of(site) as company:
        version = open_draft(company).version
    refused = send(client, "/draft/publish", version=version, note="Kept")
    assert (refused.status_code, 'value="Kept"' in refused.text) == (422, True)
    assert is_changed(site)
    assert send(client, "/draft/publish", version=version, sure="yes").status_code == 303
    assert not is_changed(site)


def test_a_backtest_is_stopped_but_not_another_companys(site: Site) -> None:
    client = site.browser("owner")
    send(client, f"/decision/{KEY}", version=version_of(site), act="save", **case_fields())
    send(client, "/draft/backtest")
    with company_of(site) as company:
        job = recent(company, KIND)[0].id
    others = client.post(
        f"/companies/{site.rows.other}/rules/draft/backtest/stop",
        data={"csrf_token": token(client, RULES), "job": str(job)},
    )
    assert others.status_code == 404
    send(client, "/draft/backtest/stop", job=str(job))
    with company_of(site) as company:
        assert recent(company, KIND)[0].state == "cancelled"
    assert send(client, "/draft/backtest/stop", job="x").status_code == 404


def test_conflicts_are_settled_from_the_page(site: Site) -> None:
    client = site.browser("owner")
    with company_of(site) as company:
        mine = {"cases": [], "otherwise": "mine"}
        save_rule(company, "memo", mine, version=rule_in(company, "memo").version, author="ann")
        publish_plain(company, memo="theirs")
    page = client.get(f"{RULES}/draft").text
    assert "was published differently meanwhile" in page
    send(client, "/draft/settle", part="rules", key="memo", side="draft")
    with company_of(site) as company:
        draft = open_draft(company)
        assert (draft.conflicts, draft.file["rules"]["memo"]["otherwise"]) == ((), "mine")
    send(client, "/draft/drop", part="rules", key="memo")
    assert not is_changed(site)


def test_a_roll_back_publishes_what_was(site: Site) -> None:
    client = site.browser("owner")
    with company_of(site) as company:
        publish_plain(company, memo="one")
        publish_plain(company, memo="two")
    send(client, "/releases/4/roll-back")
    assert rule_of(site, "memo")["otherwise"] == "one"
    send(client, "/releases/defaults/roll-back")
    with company_of(site) as company:
        assert [one.number for one in history(company)] == [7, 6, 5, 4, 3]
    assert send(client, "/releases/99/roll-back").status_code == 404


def test_the_history_of_a_rule_tells_its_releases_and_brings_an_old_one_back(site: Site) -> None:
    client = site.browser("owner")
    past = "/decision/memo/history"
    assert "No release changed it" in client.get(f"{RULES}{past}").text
    with company_of(site) as company:
        publish_plain(company, memo="one")
        publish_plain(company, memo="one", terms="Net 30")
        publish_plain(company, memo="two", terms="Net 30")
        old = rule_in(company, "memo").version
    page = unescape(client.get(f"{RULES}{past}").text)
    assert re.findall(r">Release (\d+)<", page) == ["6", "4"]
    assert "from <strong>one</strong> to <strong>two</strong>" in page
    assert "Before that" in page
    answer = send(client, past, number="4", version=old)
    assert (answer.status_code, answer.location) == (303, f"{RULES}/decision/memo")
    with company_of(site) as company:
        held = rule_in(company, "memo")
        assert (held.content["otherwise"], held.changed) == ("one", True)
        assert current_release(company).number == 6  # nothing is published
    send(client, past, number="6", version=old)  # somebody saved meanwhile
    assert rule_of(site, "memo")["otherwise"] == "one"
    send(client, past, number="0", version=held.version)
    with company_of(site) as company:
        default = Rule.default(decisions()["memo"]).to_file()
        assert rule_in(company, "memo").content == default
    for number in ("99", "x", "", "-1", "9" * 30):
        assert send(client, past, number=number, version=old).status_code == 404, number
    assert client.get(f"{RULES}/decision/nonsense/history").status_code == 404


def test_a_version_of_a_rule_that_cannot_be_read_is_told_and_not_brought_back(site: Site) -> None:
    client = site.browser("owner")
    with company_of(site) as company:
        publish_plain(company, memo="one")
        release = current_release(company)
        name = release.rules["memo"]
        content = db.session.scalars(select(RuleContent).where(RuleContent.hash == name)).one()
        content.content = {"cases": 5}
        db.session.commit()
        version = rule_in(company, "memo").version
    page = client.get(f"{RULES}/decision/memo/history").text
    assert "This version of Rulebooks cannot read it any more" in page
    send(client, "/decision/memo/history", number="4", version=version)
    assert "cannot run that rule any more" in client.get(f"{RULES}/decision/memo/history").text
    assert not is_changed(site)


def test_a_rulebook_file_goes_out_and_comes_in_with_a_preview(site: Site) -> None:
    client = site.browser("owner")
    with company_of(site) as company:
        publish_plain(company, memo="one")
    out = client.get(f"{RULES}/export")
    assert out.json["rules"]["memo"]["otherwise"] == "one"
    changed = json.dumps({**out.json, "rules": {"memo": {"cases": [], "otherwise": "two"}}})
    seen = send(client, "/import", source="rulebook", text=changed)
    assert "from <strong>one</strong> to <strong>two</strong>" in seen.text
    assert not is_changed(site)
    file = re.search(r'<textarea name="file"[^>]*>(.*?)</textarea>', seen.text, re.DOTALL)
    assert file
    send(client, "/import", act="take", file=unescape(file[1]))
    assert rule_of(site, "memo")["otherwise"] == "two"
    for bad in ("", "{", "[1]", '{"rulebooks": 9}', '{"rulebooks": 1, "rules": {"nope": {}}}'):
        assert send(client, "/import", source="rulebook", text=bad).status_code == 422, bad
        assert send(client, "/import", act="take", file=bad).status_code == 422, bad


def test_other_products_rules_come_in_with_their_problems(site: Site) -> None:
    client = site.browser("owner")
    logic = json.dumps({"and": [{"==": [{"var": "payment.method"}, "PayPal"]}]})
    seen = send(client, "/import", source="query", text=logic, decision=KEY, then="yes")
    assert seen.status_code == 200
    assert "is exactly <strong>PayPal</strong> → <strong>yes</strong>" in seen.text
    for fields in ({"decision": "nope", "then": "x"}, {"decision": KEY, "then": "perhaps"}):
        refused = send(client, "/import", source="query", text=logic, **fields)
        assert refused.status_code == 422
    assert send(client, "/import", source="connex", text="name,action\nx,y").status_code == 422


@pytest.mark.parametrize(
    ("source", "text", "said"),
    [
        (
            "rulebook",
            '{"rules": {"memo": }',
            "It is not JSON: line 1 column 20: a value is miss",
        ),
        ("rulebook", '{"a": 1, "a": 2}', "'a' stands twice in one object"),
        ("query", "[1,\n2", "line 2 column 2: a comma or the closing bracket is missing"),
        ("rulebook", "[]", "A rulebook file is a JSON object"),
        ("rulebook", '{"rules": 5}', "a rulebook file says"),
    ],
)
def test_an_import_that_is_no_json_says_where_and_keeps_the_text(
    site: Site, source: str, text: str, said: str
) -> None:
    answer = send(site.browser("admin"), "/import", source=source, text=text, decision=KEY)
    assert answer.status_code == 422
    shown = unescape(answer.text)
    assert said in shown
    assert f">{text}</textarea>" in shown


def test_a_file_that_is_refused_is_there_to_be_mended(site: Site) -> None:
    client = site.browser("admin")
    upload = (io.BytesIO('{"rules": {"memo": <é>'.encode()), "rules.json")
    data = {"csrf_token": token(client, RULES), "source": "rulebook", "upload": upload}
    answer = client.post(f"{RULES}/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert '>{"rules": {"memo": <é></textarea>' in unescape(answer.text)
    taken = client.post(f"{RULES}/import", data={
        "csrf_token": token(client, RULES), "act": "take", "file": '{"rules": 5}',
    })  # fmt: skip
    assert taken.status_code == 422
    assert '>{"rules": 5}</textarea>' in unescape(taken.text)


WRITES = (
    f"/decision/{KEY}", f"/decision/{KEY}/reset", f"/decision/{KEY}/history", "/new",
    "/presets/hold_over_amount",
    "/links/update", "/links/detach", "/draft/backtest", "/draft/backtest/stop",
    "/draft/publish", "/draft/drop", "/draft/discard", "/draft/settle",
    "/releases/3/roll-back", "/releases/defaults/roll-back", "/import",
)  # fmt: skip


@pytest.mark.parametrize("name", ["viewer", "bookkeeper"])
def test_who_may_not_edit_rules_changes_nothing(site: Site, name: str) -> None:
    client = site.browser(name)
    for path in WRITES:
        assert send(client, path, **case_fields()).status_code == 403, path
    with company_of(site):
        assert db.session.query(Release).count() == 1
        assert db.session.query(DraftChange).count() == 0
    page = client.get(f"{RULES}/decision/{KEY}").text
    assert "Save draft" not in page
    assert '<fieldset class="plain" disabled>' in page


def test_no_page_of_the_rules_needs_many_queries(site: Site) -> None:
    client = site.browser("owner")
    with company_of(site) as company:
        apply_preset(
            company, "deposit_by_payment_method",
            {"rows": [["PayPal", "Bank"]], "otherwise": "Other"}, author="ann",
        )  # fmt: skip
        apply_preset(company, "mark_unpaid_by_payment_method", {"methods": ["PayPal"]}, author="a")
        save_table(
            company, "codes", {"keys": ["State"], "rows": [["NY", "Tax"]], "otherwise": None},
            version="", author="ann",
        )  # fmt: skip
    for path in (
        "/rules", "/rules/findings", "/rules/new", f"/rules/decision/{KEY}", "/rules/presets",
        "/rules/decision/deposit_account", "/rules/presets/deposit_by_payment_method",
        "/rules/draft", "/rules/releases", "/rules/releases/3", "/rules/import", "/tables",
        "/tables/one?name=deposit_by_payment_method", "/tables/one?name=codes",
    ):  # fmt: skip
        with statements(site.app) as sent:
            part = {"HX-Request": "true"} if path.endswith("/findings") else {}
            answer = client.get(f"/companies/1{path}", headers=part)
        assert answer.status_code == 200, path
        assert len(sent) <= MOST_QUERIES, (path, len(sent))
    held = {"version": version_of(site), "csrf_token": token(client, RULES), **case_fields()}
    with statements(site.app) as sent:
        client.post(f"{RULES}/decision/{KEY}/try", data=held)
    assert len(sent) <= MOST_QUERIES


def test_the_overview_is_searched_and_filtered(site: Site) -> None:
    client = site.browser("viewer")
    with company_of(site) as company:
        publish_plain(company, memo="Thank you")
        apply_preset(company, "mark_unpaid_by_payment_method", {"methods": ["PayPal"]}, author="a")

    def shown(query: str) -> set[str]:
        page = client.get(f"{RULES}?{query}").text
        return set(re.findall(r'class="rule-line" id="(\w+)"', page))

    assert shown("") == set(decisions())
    assert shown("only=changed") == {KEY}
    assert shown("only=own") == {KEY, "memo"}
    assert KEY not in shown("only=default")
    assert KEY in shown("q=paypal+unpaid")
    assert shown("q=zebra+crossing") == set()
    assert shown("q=%00") == set(decisions())


def test_not_filled_tells_every_place_once() -> None:
    decision = decisions()[KEY]
    sketch = listed(decode(case_fields(**{"cases.0.then.value": ""}).items()))
    with pytest.raises(NotFilledError) as refused:
        write_rule(decision, sketch, Rule.default(decision).to_file())
    assert set(refused.value.faults) == {"cases.0.then"}


def test_a_viewer_is_offered_nothing_that_only_others_may_do(site: Site) -> None:
    viewer, owner = site.browser("viewer"), site.browser("owner")
    with company_of(site) as company:
        publish_plain(company, memo="Thank you")
    for page, offer in (
        ("/draft", f"{RULES}/new"), ("/presets", f"{RULES}/new"), ("/releases", f"{RULES}/import"),
    ):  # fmt: skip
        assert f'href="{offer}"' in owner.get(f"{RULES}{page}").text, page
        assert f'href="{offer}"' not in viewer.get(f"{RULES}{page}").text, page
        refused = viewer.get(offer)
        assert refused.status_code == 403
        assert "Your role in this company does not let you" in refused.text
