"""Our own form of orders, for shops that have no store type here; format.py says what it is."""

from app.stores.rulebooks.format import FORMAT, find, to_json
from app.stores.rulebooks.schema import schemas

__all__ = ["FORMAT", "find", "schemas", "to_json"]
