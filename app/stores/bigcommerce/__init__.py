"""BigCommerce: its orders' payloads and its REST API."""

from app.stores.bigcommerce.client import CLIENT
from app.stores.bigcommerce.format import FORMAT

__all__ = ["CLIENT", "FORMAT"]
