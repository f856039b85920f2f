"""The product: everything with a side effect."""
