"""A month in minutes: shops with edits, refunds and outages, the schedule, and Web Connectors.

``python -m tests.soak`` runs 30 days with 20,000 orders; ``tests/test_soak.py`` runs a small form.
"""
