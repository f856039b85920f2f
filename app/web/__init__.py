"""The pages: a module a screen, found by its `blueprint`; to add a screen, add a module."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app.settings import Settings
from app.web import access, errors, headers, words


def prepare(app: Flask) -> None:
    """Put the pages on the application."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        SESSION_COOKIE_NAME="rulebooks",
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
    CSRFProtect(app)
    access.prepare(app)
    errors.prepare(app)
    headers.prepare(app)
    words.prepare(app)
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(found, "blueprint"):
            app.register_blueprint(found.blueprint)
