"""How QuickBooks is spoken to, with no database and no web framework."""
