"""Sales of QuickBooks to stores that ship them, as rules decide, and only what changed.

``judging`` says which go, ``dispatch`` sends them to one store, ``back`` notes what it shipped,
``shipments`` tells a shop that QuickBooks' sale of its order was shipped, ``rounds`` says when
QuickBooks is read and whose turn it is.
"""

from app.sync.sales.dispatch import NoSalesError, Sent, send, sending
from app.sync.sales.judging import sends_sales

__all__ = ["NoSalesError", "Sent", "send", "sending", "sends_sales"]
