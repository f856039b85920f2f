"""WooCommerce: its orders' payloads and its REST API."""

from app.stores.woocommerce.client import CLIENT
from app.stores.woocommerce.format import FORMAT

__all__ = ["CLIENT", "FORMAT"]
