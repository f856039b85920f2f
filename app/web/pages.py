"""Answers: a whole page or the part that htmx asked for, and where to go next."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user
from htmx_flask import Htmx
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response

from app.models import Company, db
from app.web import access

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
MOST_COMPANIES = 12
"""How many the switcher offers; the page with all of them is one click away."""


def prepare(app: Flask) -> None:
    """Tell the application about htmx, and the templates about the page."""
    Htmx(app)
    app.context_processor(_page)
    app.add_template_global(here)
    app.add_template_global(switcher)


def is_part() -> bool:
    """Whether htmx asks for a part of a page, not for a whole one."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(template: str, block: str = "", /, **values: Any) -> str:
    """The page; or, when htmx asks, only its block, with the messages for the reader.

    Args:
        template: The screen's file in app/templates.
        block: The block that htmx is given. It sees `values` and the globals, but no macro or
            import from the top of the file: `ui` is always there, others go into the block.
        values: What the template shows.
    """
    if not block or not is_part():
        return render_template(template, **values)
    part: str = render_block(template, block, **values)
    if "_flashes" in session:
        part += render_block("base.html", "news", out_of_band=True)
    return part


def part_of(endpoint: str) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
    """A view of what a page asks for by itself; whoever opens its address gets the page."""

    def wrapped(view: Callable[..., Page]) -> Callable[..., Page]:
        @wraps(view)
        def answer(*args: Any, **values: Any) -> Page:
            if is_part():
                return view(*args, **values)
            asked = request.query_string.decode("ascii", "ignore")
            whole = url_for(endpoint, **(request.view_args or {}))
            return redirect(f"{whole}?{asked}" if asked else whole)

        return answer

    return wrapped


def go(url: str) -> Response:
    """To another page after a write, also when htmx sent it."""
    if is_part():
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)


def say(text: str, tone: str = "success") -> None:
    """A message on the next page or part: success, info, warning or danger."""
    flash(text, tone)


def here(**changed: Any) -> str:
    """This page's address with other query parameters: filters stay, None takes one away."""
    parameters: dict[str, Any] = request.args.to_dict(flat=False) | changed
    kept = {name: value for name, value in parameters.items() if value not in (None, "", [], [""])}
    return f"{request.path}?{urlencode(kept, doseq=True)}" if kept else request.path


def switcher() -> list[Company]:
    """The companies to switch to: one more than are shown says that there are more."""
    if not current_user.is_authenticated:
        return []
    return list(db.session.scalars(access.companies().limit(MOST_COMPANIES + 1)))


def _page() -> dict[str, Any]:
    ui = current_app.jinja_env.get_template("macros.html").module
    return {"ui": ui, "company": g.get("company")}
