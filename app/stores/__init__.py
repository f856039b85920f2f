"""Where orders come from: a module or folder a store, with ``FORMAT`` and ``CLIENT`` (base.py)."""
