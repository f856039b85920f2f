"""Importing a CSV file of orders as a job; the file waits in a row until it is imported."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from app.jobs.kinds import Progress
from app.jobs.rows import JobView, start
from app.models import Company, Job, Store, db
from app.stores.csv_file import NotASheet, Profile, Sheet, open_sheet
from app.sync.intake.sheet import importing

KIND: Final = "csv_import"
FILE: Final = "csv_file"
KEPT: Final = 5
"""So many files of a company wait; an older one is dropped."""
HEAD: Final = 128 * 1024
"""Bytes of the beginning, from which a page shows how the file would be read."""


class ImportFailedError(Exception):
    """The file cannot be imported; it says why."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that was sent and is not imported yet."""

    id: int
    name: str
    head: Sheet
    """Its beginning."""


def keep_file(company: Company, name: str, data: bytes, *, who: str) -> int:
    """Keep a file until it is imported; its id. Not committed.

    Raises:
        NotASheet: if it is no CSV.
    """
    open_sheet(data)
    mine = (Job.company_id == company.id, Job.kind == FILE)
    newest = select(Job.id).where(*mine).order_by(Job.id.desc()).limit(KEPT - 1)
    db.session.execute(
        delete(Job).where(*mine, Job.id.not_in(newest)).execution_options(synchronize_session=False)
    )
    head = {
        "name": name[:100],
        "head": base64.b64encode(data[:HEAD]).decode(),
        "whole": len(data) <= HEAD,
    }
    packed = base64.b64encode(zlib.compress(data, level=1)).decode()
    row = Job(company_id=company.id, kind=FILE, state="kept", who=who, result=head)
    row.arguments = {"data": packed}
    db.session.add(row)
    db.session.flush()
    return row.id


def waiting(company: Company, file_id: int) -> Waiting | None:
    """A file that waits; None if it is not there any more."""
    row = _row(company, file_id, Job.result)
    if row is None:
        return None
    data = base64.b64decode(row.result["head"])
    sheet = open_sheet(data, beginning=not row.result["whole"])
    return Waiting(row.id, row.result["name"], sheet)


def start_import(
    store: Store, file_id: int, name: str, profile: Profile | None, *, who: str
) -> JobView:
    """Ask for the import of a file that waits; its result is what `Imported.to_json` says."""
    arguments = {
        "file": file_id,
        "name": name,
        "store": store.id,
        "profile": None if profile is None else profile.plain(),
    }
    return start(store.company, KIND, arguments, who=who)


def run(company: Company, arguments: Any) -> Iterator[Progress]:
    """Import, telling after each 500 orders; then the file is dropped.

    Raises:
        ImportFailedError: The store or the file is not there, or it cannot be read to its end.
    """
    store = db.session.get(Store, arguments["store"])
    row = _row(company, arguments["file"], Job.arguments)
    if store is None or store.company_id != company.id or row is None:
        raise ImportFailedError("The file is not there any more; send it again.")
    given = arguments["profile"]
    try:
        sheet = open_sheet(zlib.decompress(base64.b64decode(row.arguments["data"])))
        most = sheet.text.count("\n")
        told = None
        for told in importing(store, sheet, None if given is None else Profile.read(given)):
            most = max(most, told.orders)
            yield Progress(told.orders, most, told.to_json())
    except NotASheet as error:
        raise ImportFailedError(f"{error}.") from None
    db.session.execute(delete(Job).where(Job.id == arguments["file"], Job.kind == FILE))
    db.session.commit()
    if told is not None:
        yield Progress(told.orders, told.orders, told.to_json())


def _row(company: Company, file_id: int, column: Any) -> Job | None:
    found: Job | None = db.session.scalar(
        select(Job)
        .where(Job.company_id == company.id, Job.id == file_id, Job.kind == FILE)
        .options(undefer(column))
        .execution_options(populate_existing=True)
    )
    return found
