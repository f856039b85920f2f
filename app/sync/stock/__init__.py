"""Stock from QuickBooks to stores, as rules about items decide, and only what changed.

``levels`` says what a store should show, ``telling`` tells it, ``rounds`` says whose turn it is.
"""

from app.sync.stock.levels import NoStockError, changes, read_items_whole, sends_stock
from app.sync.stock.telling import Pushed, push, pushing

__all__ = [
    "NoStockError", "Pushed", "changes", "push", "pushing", "read_items_whole", "sends_stock",
]  # fmt: skip
