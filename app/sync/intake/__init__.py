"""Orders in: from files (receive.py) and from stores (pull.py); raw first, then translated."""

from app.sync.intake.compared import believe, due_rereads, reread
from app.sync.intake.pull import Pulled, due_stores, fetch, pull, pulling
from app.sync.intake.receive import (
    Received,
    receive,
    retranslate,
    store_named,
    take,
    translate,
)

__all__ = [
    "Pulled", "Received", "believe", "due_rereads", "due_stores", "fetch", "pull", "pulling",
    "receive", "reread", "retranslate", "store_named", "take", "translate",
]  # fmt: skip
