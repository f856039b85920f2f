"""What comes round by itself, claimed in rows so that many nodes share it and none does it twice.

Stores are pulled as their own rows say (app.sync.intake); everything else is a kind of task: to add
one, add a module to app/schedule/kinds with a ``task``.
"""

from app.schedule.screen import Entry, UnknownEntryError, entries, hurry, pause, resume, run_now

__all__ = ["Entry", "UnknownEntryError", "entries", "hurry", "pause", "resume", "run_now"]
