"""Choices of the set-up that are not possible yet: shown, disabled, with the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from app.models import Company, Mirror, Store, db, now
from app.web.setup_possible import NEEDS, WHOLE
from app.web.setup_steps import steps
from rules_library.decision import decisions
from tests.browser import assert_accessible, opened
from tests.test_web_setup import SETUP, rule, save
from tests.web_site import Site

PRO: dict[str, Any] = {
    "product": "QuickBooks Pro 2024", "class_tracking": False, "estimates": False,
    "inventory": False, "sales_tax": False, "versions": ["13.0"], "closing_date": None,
}  # fmt: skip
PREMIER = {**dict.fromkeys(PRO, True), "product": "QuickBooks Premier 2024", "versions": []}


def tell(site: Site, facts: dict[str, Any] | None) -> None:
    """What QuickBooks said of its company file; None: nothing yet."""
    with site.app.app_context():
        row = db.session.get(Mirror, (1, "Company"))
        if row is None:
            row = Mirror(company_id=1, kind="Company")
            db.session.add(row)
        row.facts, row.loaded_at = facts, now() if facts else None
        db.session.commit()


def disabled(page: str, name: str) -> set[str]:
    """The options of a field that cannot be chosen."""
    radios = re.findall(rf'<input[^>]*name="{name}" value="([^"]*)"[^>]*\bdisabled', page)
    fields = re.findall(rf'<(?:select|input)[^>]*id="f-{name}"[^>]*\bdisabled', page)
    return {*radios, *fields}


def test_every_need_is_one_of_the_table_and_every_option_exists() -> None:
    for ask in (ask for step in steps() for ask in step.asks):
        assert set(ask.needs.values()) <= set(NEEDS), ask.decision
        options = getattr(decisions()[ask.decision].kind, "options", {"yes": "", "no": ""})
        assert set(ask.needs) <= {WHOLE, *options}, ask.decision


def test_what_the_edition_lacks_is_shown_with_the_reason(site: Site) -> None:
    tell(site, PRO)
    client = site.browser("owner")
    page = client.get(f"{SETUP}/orders").text
    off = disabled(page, "transaction_type")
    assert {"sales_order", "sales_order_invoice_and_payment", "estimate"} <= off
    assert "invoice_and_payment" not in off
    assert "This edition of QuickBooks has no sales orders" in page
    assert disabled(page, "class")
    assert "Class tracking is off in QuickBooks" in page
    assert disabled(client.get(f"{SETUP}/products").text, "when_item_missing") == {
        "create_inventory"
    }
    assert disabled(client.get(f"{SETUP}/tax").text, "tax_mode") == {"codes"}


@pytest.mark.parametrize("facts", [None, PREMIER])
def test_nothing_is_off_before_quickbooks_said_so(site: Site, facts: dict[str, Any] | None) -> None:
    tell(site, facts)
    client = site.browser("owner")
    for step in ("orders", "tax", "products"):
        assert " disabled" not in client.get(f"{SETUP}/{step}").text


def test_it_cannot_be_sent_all_the_same(site: Site) -> None:
    tell(site, PRO)
    client = site.browser("owner")
    for key, value in (("transaction_type", "sales_order"), ("class", "Retail")):
        before = rule(site, key)
        answer = save(client, "orders", **{key: value})
        assert answer.status_code == 422
        assert "in QuickBooks" in answer.text or "of QuickBooks" in answer.text
        assert rule(site, key) == before


def test_what_holds_already_stays_and_says_what_it_lacks(site: Site) -> None:
    client = site.browser("owner")
    assert save(client, "orders", transaction_type="sales_order").status_code == 303
    tell(site, PRO)
    page = client.get(f"{SETUP}/orders").text
    assert "sales_order" not in disabled(page, "transaction_type")
    assert save(client, "orders").status_code == 303
    assert rule(site, "transaction_type")["otherwise"] == "sales_order"


def test_stock_and_sales_need_a_store_that_takes_them(site: Site) -> None:
    client = site.browser("owner")
    with site.app.app_context():
        for store in db.session.query(Store).filter_by(company_id=1):
            store.settings = None
        db.session.commit()
    page = client.get(f"{SETUP}/direction").text
    assert disabled(page, "push_stock") == disabled(page, "send_sale_to_store") == {"yes"}
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        db.session.add(
            Store(company=company, key="ship", type="shipstation", name="Ship", settings={})
        )
        db.session.commit()
    page = client.get(f"{SETUP}/direction").text
    assert disabled(page, "push_stock") == {"yes"}
    assert disabled(page, "send_sale_to_store") == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well(chromium: Browser, site: Site, scheme: str) -> None:
    tell(site, PRO)
    with opened(chromium, site.app, color_scheme=scheme) as live:
        page = live.log_in()
        live.open(f"{SETUP}/orders")
        expect(page.get_by_label("Estimates", exact=False).first).to_be_disabled()
        assert_accessible(page)
