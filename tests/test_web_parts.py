"""Parts that a page asks for by itself, when a person opens their address."""

from __future__ import annotations

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
