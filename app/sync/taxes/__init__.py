"""Sales tax by tax, of the store and of QuickBooks, kept so that a report only adds it up.

``shop`` reads an order, ``books`` what QuickBooks holds, ``beside`` sets one beside the other,
``keeping`` writes it whenever either side changes.
"""

from app.sync.taxes.keeping import posted, told
from app.sync.taxes.shop import of_order
from app.sync.taxes.sums import Entry

__all__ = ["Entry", "of_order", "posted", "told"]
