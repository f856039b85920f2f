"""Where orders come from: a module a payload format, found by its ``FORMAT``; see base.py."""
