"""The sample shops' company: their orders and the rules that post them."""

from __future__ import annotations

import json
from itertools import chain, count
from pathlib import Path

from sqlalchemy import select

from app import companies, samples
from app.models import Company, db
from app.rules import publish
from app.sync.intake import receive, store_named

RULEBOOK = Path(samples.__file__).parent / "rulebook.json"
ZONE = "America/New_York"
PRACTICE = "Practice company"


def add_practice_company() -> Company:
    """A company with the sample orders that posts into a practice company file; commits."""
    taken = set(db.session.scalars(select(Company.name).where(Company.name.startswith(PRACTICE))))
    names = chain([PRACTICE], (f"{PRACTICE} {number}" for number in count(2)))
    name = next(name for name in names if name not in taken)
    company, _ = companies.add(name, country="US", home_currency="USD", zone=ZONE, is_practice=True)
    db.session.commit()
    fill(company)
    return company


def fill(company: Company) -> None:
    """Publish the sample shops' rules and take their orders in; commits."""
    rulebook = json.loads(RULEBOOK.read_text(encoding="utf-8"))
    publish(company, rulebook, author="Rulebooks", note="The rules of the sample shops")
    for sample in samples.SAMPLES:
        store = store_named(company, sample.shop.key, sample.shop.type)
        store.zone = sample.shop.zone
        receive(company, store, sample.format_key, sample.text, name=sample.file)
