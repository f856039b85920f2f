"""The installation's backup: a consistent copy of the embedded database, for its owners."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, url_for
from werkzeug.wrappers import Response

from app.backup import BackupError, backup, is_embedded, newest, note, secret_key_is_a_file
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("backup", __name__)
nav = Nav("Backup", "device-hdd", 40, "backup.index")

CHUNK: Final = 1 << 18


@blueprint.get("/backup")
@access.owner
def index() -> Page:
    """What a backup holds, and how it is put back."""
    return render(
        "backup.html", embedded=is_embedded(), newest=newest(), key_file=secret_key_is_a_file()
    )


@blueprint.post("/backup")
@access.owner
def download() -> Page:
    """The copy."""
    if not is_embedded():
        return go(url_for("backup.index"))
    folder = Path(tempfile.mkdtemp(prefix="backup-", dir=current_app.instance_path))
    path = folder / "rulebooks.db"
    try:
        backup(path)
    except BackupError as error:
        shutil.rmtree(folder, ignore_errors=True)
        say(str(error), "danger")
        return go(url_for("backup.index"))
    note("backup.downloaded", "Downloaded a backup of the installation")
    name = f"rulebooks {datetime.now(UTC):%Y-%m-%d %H%M}.db"
    answer = Response(_chunks(path), mimetype="application/vnd.sqlite3")
    answer.content_length = path.stat().st_size
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    answer.call_on_close(partial(shutil.rmtree, folder, ignore_errors=True))
    return answer


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
