"""Between the stores and QuickBooks: taking orders in, deciding them, exchanging message sets."""
