"""What the commands of `rulebooks rules` share: files in and out, and refusals as one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from app.commands.tools import CommandError, echo_json
from app.models import Company
from app.rules import ReleaseConflictError, UnknownReleaseError, current_rulebook
from app.rules.changes import MOST_TOLD, UnknownTableError
from app.rules.evidence import DAYS
from app.rules.links import UnknownLinkError
from rules_library import strict_json
from rules_library.imports.connex import ConnexError
from rules_library.imports.query_builder import ImportRefusedError
from rules_library.preset import PresetError
from rules_library.rulebook import Rulebook, RulebookError
from rules_library.table_csv import TableCsvError

days_option = click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=DAYS,
    show_default=True,
    help="How far to look back at orders.",
)
AUTHOR: Final = "command line"

file_argument = click.argument("file", type=click.Path(path_type=Path))
optional_file = click.argument("file", required=False, type=click.Path(path_type=Path))


def read_bytes(file: Path) -> bytes:
    """A file's content."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None


def read_json(file: Path) -> Any:
    """A JSON file's content, or one line saying where it is malformed."""
    try:
        return strict_json.loads(read_bytes(file))
    except strict_json.JsonError as error:
        raise CommandError(f"{file}: {error}") from None


def rulebook_in(company: Company, file: Path | None) -> Rulebook:
    """The rulebook of a file; without one, the published rulebook."""
    if file is None:
        return current_rulebook(company)[1]
    with refusals(file):
        return Rulebook.from_file(read_json(file))


def rulebook_text(data: Any) -> str:
    """A rulebook file's text: keys sorted, as for git."""
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_text(file: Path, text: str) -> None:
    """Write a file; line ends stay as they are."""
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None


_REFUSALS: Final = (
    PresetError,
    ReleaseConflictError,
    UnknownLinkError,
    UnknownReleaseError,
    UnknownTableError,
)


@contextmanager
def refusals(file: Path | None = None, *, as_json: bool = False) -> Iterator[None]:
    """Say in one line why something is refused; with JSON, every fault with its place as well."""
    place = f"{file}: " if file else ""
    try:
        yield
    except RulebookError as error:
        if as_json:
            _faults([{"pointer": pointer, "text": text} for pointer, text in error.faults])
        raise CommandError(f"{place}{error}") from None
    except ConnexError as error:
        rows = [(fault.row, fault.sentence) for fault in error.faults]
        raise _refused(place, rows, len(rows), as_json=as_json) from None
    except TableCsvError as error:
        rows = [(fault.row, fault.what) for fault in error.faults]
        raise _refused(place, rows, error.total, as_json=as_json) from None
    except ImportRefusedError as error:
        raise CommandError(f"{place}{error}") from None
    except _REFUSALS as error:
        raise CommandError(str(error)) from None


def _refused(
    place: str, rows: Sequence[tuple[int, str]], total: int, *, as_json: bool
) -> CommandError:
    if as_json:
        _faults([{"row": row, "text": text} for row, text in rows])
    said = [f"row {row}: {text}" for row, text in rows[:MOST_TOLD]]
    more = [f"and {total - len(said)} more"] if total > len(said) else []
    return CommandError(place + "; ".join([*said, *more]))


def _faults(faults: Sequence[dict[str, Any]]) -> None:
    echo_json({"ok": False, "faults": list(faults)})
