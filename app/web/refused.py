"""An answer that was refused: what was typed and why, kept for the page that is shown next.

It travels in the session, so that the page can be reloaded and the answer is not given twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, g, session

_KEY: Final = "refused"
_FIELDS: Final = ("name", "limit", "suffix", "txn_id")
_LONGEST: Final = 209
"""As long as a full name in QuickBooks: a session is a cookie, which holds 4 KB."""


def prepare(app: Flask) -> None:
    """Offer ``kept`` to the templates."""
    app.add_template_global(kept)


def keep(form: Mapping[str, str], said: str, near: list[str], field: str = "") -> None:
    """Keep an answer for the next page.

    Args:
        form: What was sent.
        said: Why it was refused.
        near: Names that may have been meant.
        field: By which field of several it is; empty for the first.
    """
    session[_KEY] = {
        "answer": form.get("answer", ""),
        "place": place_of(form),
        "said": said[:_LONGEST],
        "near": near,
        "field": field,
        **{name: form.get(name, "")[:_LONGEST] for name in _FIELDS},
    }


def place_of(form: Mapping[str, str]) -> str:
    """Where on a page the answer was given: a document, else what an order or group is about."""
    if document := form.get("document", ""):
        return f"document {document}"[:_LONGEST]
    where = form.get("from_order") or form.get("code", "")
    return f"{where} {form.get('about', '')}".strip()[:_LONGEST]


def kept(answer: str, where: Any, about: str = "") -> Mapping[str, Any]:
    """The refused answer if it was given here; else nothing.

    Args:
        answer: Which answer the form is for.
        where: The cause's code of a group, the order's id, or the word document.
        about: What of it the form is about; of a document its id.
    """
    if _KEY not in g:
        g.refused = session.pop(_KEY, None) or {}
    found: Mapping[str, Any] = g.refused
    here = f"{where} {about}".strip()[:_LONGEST]
    return found if (found.get("answer"), found.get("place")) == (answer, here) else {}
