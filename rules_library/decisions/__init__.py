"""Every configuration choice, by group; to add one, write a ``Decision`` in its group's module."""
