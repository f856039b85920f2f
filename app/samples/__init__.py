"""Invented orders in the forms stores send them: for the demo, the tests and a first look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.stores.formats import RawOrder, Shop, read

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of sample orders, its format and the shop it comes from."""

    file: str
    format_key: str
    shop: Shop

    @property
    def text(self) -> bytes:
        """The file's bytes."""
        return (_FOLDER / self.file).read_bytes()

    def orders(self) -> list[RawOrder]:
        """The orders of the file."""
        items = read(self.format_key, self.text, self.shop, name=self.file)
        return [item for item in items if isinstance(item, RawOrder)]


SAMPLES = (
    Sample(
        "woocommerce.json",
        "woocommerce",
        Shop(key="cedar-pine", type="woocommerce", zone="America/New_York", currency="USD"),
    ),
    Sample(
        "shopify_graphql.json",
        "shopify",
        Shop(key="harbor-tea", type="shopify", zone="America/Los_Angeles", currency="USD"),
    ),
    Sample(
        "shopify_rest.json",
        "shopify",
        Shop(key="lantern-bikes", type="shopify", zone="America/Chicago", currency="USD"),
    ),
    Sample(
        "rulebooks.json",
        "rulebooks",
        Shop(key="trailhead", type="rulebooks", zone="America/Denver", currency="USD"),
    ),
)
