"""Look-up tables: the list, the grid with inline editing, pasted rows, CSV out and in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, abort, request, url_for

from app.models import Company, db
from app.rules.draft_state import Held, StaleDraftError, open_draft, table_in
from app.rules.drafts import check_table_name, save_table
from app.web import access
from app.web.pages import Page, go, render, say
from app.web.rules.blueprint import who
from app.web.rules.grid import columns_of, grid, read_row, readers, with_row
from app.web.rules.palette import names_of
from rules_library.logic import Table, TableError
from rules_library.table_cells import CellError, same_keys
from rules_library.table_csv import TableCsvError, read_csv, write_csv

blueprint = Blueprint("tables", __name__, url_prefix=f"{access.COMPANY}/tables")
LARGEST: Final = 8_000_000
LONGEST_SEARCH: Final = 100


class _NotMadeError(ValueError):
    """What was sent changes no table; each sentence says why."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__(" ".join(sentences))


@blueprint.get("")
@access.may("see")
def index(company: Company) -> Page:
    """The tables of the draft."""
    return _index(company)


@blueprint.post("")
@access.takes(LARGEST)
@access.may("rules")
def add(company: Company) -> Page:
    """Make a table: from a CSV file, or empty with its key columns."""
    name = request.form.get("name", "").strip()
    upload = request.files.get("upload")
    data = upload.read() if upload and upload.filename else b""
    keys = [one.strip() for one in request.form.get("keys", "").split(",") if one.strip()]
    faults: dict[str, str] = {}
    content: dict[str, Any] = {}
    try:
        check_table_name(name)
        if table_in(company, name).content is not None:
            faults["name"] = f"There is a table {name!r} already."
    except TableError as error:
        faults["name"] = str(error)
    try:
        content = (read_csv(data, otherwise=None) if data else Table(keys, [])).to_json()
    except TableCsvError as error:
        faults["upload"] = " ".join(_sentences(error))
    except TableError as error:
        faults["keys"] = str(error)
    if upload and upload.filename and not data:
        faults.pop("keys", None)
        faults["upload"] = "The file is empty."
    if faults:
        return _index(company, faults=faults), 422
    try:
        version = table_in(company, name).version
        save_table(company, name, content, version=version, author=who())
    except (TableError, StaleDraftError) as error:
        db.session.rollback()
        return _index(company, problems=[str(error)]), 422
    say(f"The table “{name}” is in the draft.")
    return go(url_for("tables.one", company_id=company.id, name=name))


@blueprint.get("/one")
@access.may("see")
def one(company: Company) -> Page:
    """One table as a grid."""
    name = request.args.get("name", "")
    held = table_in(company, name)
    if held.content is None:
        abort(404)
    return _one(company, name, held)


@blueprint.post("/row")
@access.may("rules")
def row(company: Company) -> Page:
    """Save, add or delete one row, or what holds otherwise."""

    def change(held: dict[str, Any]) -> dict[str, Any]:
        act, number = request.form.get("act", ""), _number(request.form.get("row", ""))
        columns = columns_of(held)
        if act == "delete":
            if number is None or number >= len(held["rows"]):
                raise TableError("That row is not there any more.")
            return {**held, "rows": [*held["rows"][:number], *held["rows"][number + 1 :]]}
        if act == "otherwise":
            found = read_row([request.form.get("otherwise", "")], columns[-1:])
            return {**held, "otherwise": found[0]}
        cells = [request.form.get(f"cell.{at}", "") for at in range(len(columns))]
        return with_row(held, read_row(cells, columns), None if act == "add" else number)

    return _changed(company, change)


@blueprint.post("/paste")
@access.takes(LARGEST)
@access.may("rules")
def paste(company: Company) -> Page:
    """Add the rows of pasted cells; those whose keys are there already replace them."""

    def change(held: dict[str, Any]) -> dict[str, Any]:
        text = request.form.get("pasted", "").replace("\r\n", "\n").strip("\n")
        if not text.strip():
            raise _NotMadeError("Paste rows from a spreadsheet: the keys, then the value.")
        head = "\t".join([*held["keys"], "value"])
        first = text.split("\n", 1)[0]
        separator = next((one for one in "\t;," if one in first), "\t")
        has_head = [one.strip().casefold() for one in first.split(separator)][:-1] == [
            one.casefold() for one in held["keys"]
        ]
        given = text if has_head else f"{head.replace(chr(9), separator)}\n{text}"
        made = read_csv(given, keys=held["keys"], otherwise=held["otherwise"]).to_json()
        return _merged(held, made)

    return _changed(company, change)


@blueprint.post("/csv")
@access.takes(LARGEST)
@access.may("rules")
def upload(company: Company) -> Page:
    """Replace all rows by those of a CSV file."""

    def change(held: dict[str, Any]) -> dict[str, Any]:
        given = request.files.get("upload")
        data = given.read() if given and given.filename else b""
        if not data.strip():
            raise _NotMadeError("Choose a CSV file.")
        made = read_csv(data, keys=held["keys"], otherwise=held["otherwise"]).to_json()
        return made if request.form.get("how") == "replace" else _merged(held, made)

    return _changed(company, change)


@blueprint.get("/csv")
@access.may("see")
def download(company: Company) -> Page:
    """The table as CSV, as it comes in again."""
    held = table_in(company, request.args.get("name", ""))
    if held.content is None:
        abort(404)
    safe = "".join(one if one.isalnum() and one.isascii() else "-" for one in held.key)
    headers = {"Content-Disposition": f'attachment; filename="table-{safe}.csv"'}
    text = write_csv(Table.from_json(held.content))
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/delete")
@access.may("rules")
def delete(company: Company) -> Page:
    """Take the table out, in the draft; not while a rule looks into it."""
    name = request.form.get("name", "")
    used = readers(open_draft(company).file, name)
    if used:
        said = ", ".join(f"“{one.label}”" for one in used)
        say(f"The table “{name}” stays: {said} looks into it.", "warning")
        return go(url_for("tables.one", company_id=company.id, name=name))
    try:
        save_table(company, name, None, version=request.form.get("version", ""), author=who())
    except (TableError, StaleDraftError) as error:
        db.session.rollback()
        say(str(error), "warning")
    else:
        say(f"The table “{name}” is taken out in the draft.")
    return go(url_for("tables.index", company_id=company.id))


def _changed(company: Company, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Page:
    name, version = request.form.get("name", ""), request.form.get("version", "")
    held = table_in(company, name)
    if held.content is None:
        say("There is no such table any more.", "warning")
        return go(url_for("tables.index", company_id=company.id))
    try:
        made = change(held.content)
        held = save_table(company, name, made, version=version, author=who())
    except _NotMadeError as error:
        return _one(company, name, held, problems=list(error.sentences)), 422
    except (TableError, CellError, TableCsvError) as error:
        db.session.rollback()
        return _one(company, name, table_in(company, name), problems=_sentences(error)), 422
    except StaleDraftError as error:
        said = f"{error} Here it is as it is now; what you typed stands below."
        return _one(company, name, error.now or held, problems=[said]), 422
    say("Saved in the draft.")
    return _one(company, name, held, done=True)


def _merged(held: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """The table with the rows of another; of the same keys, the other's hold."""
    new = {same_keys(row[:-1]): row for row in made["rows"]}
    rows = [new.pop(same_keys(row[:-1]), row) for row in held["rows"]]
    return {**held, "rows": [*rows, *new.values()], "otherwise": made["otherwise"]}


def _index(
    company: Company,
    *,
    problems: list[str] | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    draft = open_draft(company)
    changed = {one.key for one in draft.changes if one.part == "tables"}
    return render(
        "tables/list.html", "content", draft=draft, problems=problems or [], changed=changed,
        faults=faults or {}, given=request.form,
        tables=[
            (name, content, readers(draft.file, name))
            for name, content in draft.file["tables"].items()
        ],
    )  # fmt: skip


def _one(
    company: Company,
    name: str,
    held: Held,
    *,
    problems: list[str] | None = None,
    done: bool = False,
) -> str:
    search = "".join(one for one in request.values.get("q", "") if one.isprintable()).strip()
    draft = open_draft(company)
    if name not in draft.file["tables"]:
        return _index(company, problems=problems or [f"There is no table {name!r} any more."])
    used = readers(draft.file, name)
    lists = {one.list for one in used if one.list}
    shown = grid(
        company, draft.file, name, search=search[:LONGEST_SEARCH],
        only=request.values.get("only", ""), page=_number(request.values.get("page", "")) or 1,
    )  # fmt: skip
    typed = [] if done else [
        request.form.get(f"cell.{at}", "") for at in range(len(shown.columns))
    ]  # fmt: skip
    return render(
        "tables/one.html", "grid", name=name, held=held, grid=shown, search=search,
        only=request.values.get("only", ""), used=used, problems=problems or [], typed=typed,
        names=[one for kind in sorted(lists) for one in names_of(company, kind)],
        pasted="" if done else request.form.get("pasted", ""), changes=len(draft.changes),
        editing=None if done or not problems else _number(request.form.get("row", "")),
    )  # fmt: skip


def _sentences(error: Exception) -> list[str]:
    return [line[:1].upper() + line[1:] for line in str(error).splitlines()]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - a plain number
