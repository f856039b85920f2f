"""CSV files of orders: Shopify's export is known by its header, any other is read by a profile."""

from app.stores.csv_file.format import FORMAT, Found, RowError, read_orders
from app.stores.csv_file.profile import Profile, guessed
from app.stores.csv_file.reading import NotASheet, Sheet, open_sheet
from app.stores.csv_file.shopify_export import is_export

__all__ = [
    "FORMAT", "Found", "NotASheet", "Profile", "RowError", "Sheet", "guessed", "is_export",
    "open_sheet", "read_orders",
]  # fmt: skip
