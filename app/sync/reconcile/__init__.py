"""Reconciliation: what the store says against what QuickBooks holds, to the cent, with reasons.

Nothing is asked of QuickBooks: what it returned when a document was posted, and what it told of
changes since, is in the postings. Amounts are in the order's own currency and never added across
currencies.
"""

from app.sync.reconcile.each import COLUMNS, Reconciled, orders
from app.sync.reconcile.groups import By, Group, reconcile
from app.sync.reconcile.sides import CREDITS, MONEY, SALES, Sums
from app.sync.reconcile.taxes import (
    TAX_COLUMNS,
    ByTax,
    Taxed,
    TaxGroup,
    TaxOfOrder,
    labelled,
    reconcile_taxes,
    tax_orders,
    tax_totals,
)

__all__ = [
    "COLUMNS", "CREDITS", "MONEY", "SALES", "TAX_COLUMNS", "By", "ByTax", "Group", "Reconciled",
    "Sums", "TaxGroup", "TaxOfOrder", "Taxed", "labelled", "orders", "reconcile",
    "reconcile_taxes", "tax_orders", "tax_totals",
]  # fmt: skip
