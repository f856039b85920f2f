"""Shopify: its orders' payloads and its GraphQL Admin API."""

from app.stores.shopify.client import CLIENT
from app.stores.shopify.format import FORMAT

__all__ = ["CLIENT", "FORMAT"]
