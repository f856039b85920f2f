"""Parts that a page asks for by itself, when a person opens their address."""

from __future__ import annotations

import re

import pytest

from app.web.words import country, element
from tests.web_site import Site

PART = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("part", "page"),
    [
        ("dashboard/live", "dashboard"),
        ("rules/findings", "rules"),
        ("rules/draft/backtest", "rules/draft"),
        ("connect/waiting", "connect"),
        ("connect/troubles?q=QBWC1012", "connect?q=QBWC1012"),
    ],
)
def test_the_address_of_a_part_leads_to_its_page(site: Site, part: str, page: str) -> None:
    browser = site.browser("owner")
    own = f"/companies/{site.rows.company}"
    answer = browser.get(f"{own}/{part}")
    assert answer.status_code == 302
    assert answer.location == f"{own}/{page}"
    shown = browser.get(f"{own}/{part}", headers=PART)
    assert shown.status_code == 200
    assert "<!doctype html>" not in shown.text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Desc", "Description"),
        ("SalesOrPurchase.AccountRef.FullName", "Account"),
        ("SalesAndPurchase.SalesDesc", "Sales description"),
        ("BillAddress.City", "Bill address city"),
        ("TermsRef.FullName", "Terms"),
    ],
)
def test_elements_of_a_list_are_said_in_words(path: str, said: str) -> None:
    assert element(path) == said


def test_countries_are_said_by_their_names() -> None:
    assert (country("IE"), country("us"), country("United States"), country("")) == (
        "Ireland", "United States", "United States", "",
    )  # fmt: skip


@pytest.mark.parametrize("page", ["orders", "log", "reconciliation", "sync"])
def test_days_the_wrong_way_round_change_places(site: Site, page: str) -> None:
    text = site.browser("owner").get(
        f"/companies/{site.rows.company}/{page}?from=2026-11-20&to=2026-11-01"
    ).text  # fmt: skip
    fields = re.findall(r'<input[^>]*type="date"[^>]*>', text)
    days = {name: day for field in fields
            for name, day in [(attribute(field, "name"), attribute(field, "value"))]}  # fmt: skip
    assert (days["from"], days["to"]) == ("2026-11-01", "2026-11-20")


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""
