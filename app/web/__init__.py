"""The pages: a module a screen, found by its `blueprint`; to add a screen, add a module.

A screen's module declares::

    blueprint = Blueprint("tables", __name__, url_prefix=access.COMPANY)
    nav = Nav("Tables", "table", 50, "tables.index")  # its line in the navigation, if it has one

    @blueprint.get("/tables")
    @access.may("see")
    def index(company: Company) -> Page:
        return render("tables.html", "rows", rows=...)

    @blueprint.post("/tables")
    @access.may("rules")
    def add(company: Company) -> Page:
        form = TableForm()
        if not form.validate_on_submit():
            return render("tables.html", "form", form=form), 422
        ...
        audit.record("rules", "table.added", f"Added the table {name}", company=company)
        db.session.commit()
        say(f"The table {name} is there.")
        return go(url_for("tables.index", company_id=company.id))

- **Who may use it**: every route carries one of `access.may(permission)` (below a company: the
  view is given the company, and `g.zone` is set), `access.person`, `access.owner`,
  `access.public` or `access.guarded_by`, right below the route's decorator. `access.ROLES` is the
  one table of what a role may do. An application with a route that does not say so does not
  start. A template asks `can("rules")` before it shows a button. `access.takes(bytes)` lets a
  route take larger uploads.
- **Answers**: `render(template, block)` is the page, or the block for htmx; `go(url)` after a
  write; `say(text, tone)` leaves a message; `here(page=2)` is this address with other parameters.
  A form that did not fit comes back with its errors and 422, which htmx swaps in. `abort(404)`
  and its kind become pages, or messages in words when htmx asked.
- **Templates**: one file a screen extends base.html and fills `title` and `content`; `styles` and
  `scripts` take `<link>` and `<script defer>` to files in app/static by `asset("x.js")`. The
  policy allows neither inline scripts nor `style=` attributes, so attributes such as `data-...`
  carry values. `ui` has the parts that screens are made of: head, empty, chip, notice, table and
  cell, pager, tabs, field, act, copyable, progress; `text | bold` makes what stands between `**`
  bold. A macro that a block uses stands in that block.
- **htmx**: attributes on the element itself; app.js adds the CSRF token. `hx-confirm="..."` and
  `data-ask="..."` (on a form or its button) ask in our own dialog. No `hx-on` and no trigger
  filters: they need eval.
- **Libraries**: `asset("vendor/sortable/Sortable.min.js")`, `vendor/chart/chart.umd.min.js`,
  `vendor/ace/ace.js` (with app/static/editor.js, which sets it up for our policy).
- **People's acts** go into the audit trail by `audit.record`; downloads by `csv.csv_response`.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app.settings import Settings
from app.web import access, errors, files, headers, nav, pages, refused, words


def prepare(app: Flask) -> None:
    """Put the pages on the application.

    Raises:
        UndeclaredRouteError: A route does not say who may use it.
    """
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        SESSION_COOKIE_NAME="__Host-rulebooks" if settings.is_https else "rulebooks",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    access.prepare(app)
    CSRFProtect(app)
    for part in (errors, files, headers, nav, pages, refused, words):
        part.prepare(app)
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(found, "blueprint"):
            app.register_blueprint(found.blueprint)
            nav.add(app, found)
    access.check(app)
