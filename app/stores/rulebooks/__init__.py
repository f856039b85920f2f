"""Our own form of orders, and the store of custom shops that send them by the API."""

from app.stores.rulebooks.client import CLIENT
from app.stores.rulebooks.format import FORMAT, find, to_json
from app.stores.rulebooks.schema import schemas

__all__ = ["CLIENT", "FORMAT", "find", "schemas", "to_json"]
