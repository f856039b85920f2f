"""Which of a company's stores a page shows."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from app.models import Store


def asked_store(stores: Sequence[Store]) -> Store | None:
    """The store that the address names, else the first; None if there is none."""
    wanted = request.args.get("store", "")
    return next(iter([one for one in stores if str(one.id) == wanted] or stores), None)
