"""What is decided about an order: facts, JSON-logic rules, decisions; pure, no side effects."""
