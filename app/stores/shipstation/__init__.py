"""ShipStation: the orders of all its shops, its shipments, and sales of QuickBooks to be shipped.

It is API V1 (ssapi.shipstation.com): V2 has no orders. Its times are Pacific time without a zone.
"""

from app.stores.shipstation.client import CLIENT
from app.stores.shipstation.format import FORMAT

__all__ = ["CLIENT", "FORMAT"]
