"""Mails to people: what they may hear of (topics), what is written (letters), how it is sent."""
