"""Addresses of static files, which change with their content so that browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import flask_bootstrap
from flask import Flask, url_for

STATIC = Path(__file__).parents[1] / "static"
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"


def prepare(app: Flask) -> None:
    """Offer these to the templates."""
    app.add_template_global(asset)
    app.add_template_global(library)


def asset(name: str) -> str:
    """The address of a file in app/static; what a build fetched is below ``vendor/``."""
    return url_for("static", filename=name, v=_version(STATIC / name))


def library(name: str) -> str:
    """The address of a file of Bootstrap's."""
    return url_for("bootstrap.static", filename=name, v=_version(BOOTSTRAP / name))


@cache
def _version(file: Path) -> str | None:
    """Part of the content's digest; a page is readable without a file that is not there."""
    try:
        return sha256(file.read_bytes()).hexdigest()[:12]
    except OSError:
        return None
