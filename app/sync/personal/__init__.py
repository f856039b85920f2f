"""Personal data of orders that are done is removed after the time that their store sets.

Amounts, numbers, ids and dates stay, and so does the ledger: nothing is ever posted twice because
it was forgotten. ``orders`` clears an order and its documents, ``company`` what a company keeps
besides; ``words`` knows the words that tell who somebody is. The mirror of QuickBooks' own lists is
not touched: it holds what QuickBooks holds.
"""

from app.sync.personal.orders import forget

__all__ = ["forget"]
