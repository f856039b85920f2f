"""Sales of QuickBooks to stores that ship them, as rules decide, and only what changed.

``dispatch`` sends them to one store, ``rounds`` says when QuickBooks is read and whose turn it is.
"""

from app.sync.sales.dispatch import NoSalesError, Sent, send, sending, sends_sales

__all__ = ["NoSalesError", "Sent", "send", "sending", "sends_sales"]
