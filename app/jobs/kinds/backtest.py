"""A backtest as a job: the draft as it is when somebody asks, or a rulebook file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.jobs.kinds import Progress
from app.jobs.rows import JobView, start
from app.models import Company
from app.rules import release_numbered, rulebook_of
from app.rules.draft_state import open_draft
from app.sync.backtest import LAST, backtest
from rules_library.rulebook import Rulebook

KIND = "backtest"


def start_backtest(company: Company, *, who: str, file: Any = None, last: int = LAST) -> JobView:
    """Ask for a backtest against the present release.

    Its result is a backtest report with ``release``, the number of that release, and ``draft``,
    the version of the draft; "" for a file.

    Args:
        company: Whose orders they are.
        who: Who asks.
        file: A rulebook file; the open draft without one.
        last: How many orders.

    Raises:
        rules_library.rulebook.RulebookError: It cannot be used; with every fault and its place.
    """
    draft = open_draft(company)
    arguments = {
        "file": Rulebook.from_file(draft.file if file is None else file).to_file(),
        "draft": draft.version if file is None else "",
        "release": draft.release,
        "last": last,
    }
    return start(company, KIND, arguments, who=who)


def run(company: Company, arguments: Any) -> Iterator[Progress]:
    """Compare, with the report so far each time."""
    old = rulebook_of(release_numbered(company, arguments["release"]))
    new = Rulebook.from_file(arguments["file"])
    made = {key: arguments[key] for key in ("release", "draft")}
    for report in backtest(company, old, new, last=arguments["last"]):
        yield Progress(report.done, report.total, report.to_json() | made)
