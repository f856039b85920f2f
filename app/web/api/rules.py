"""/rulebook and /releases: the rules as one file: read, checked, published."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from pydantic import Field

from app.models import Company, Release
from app.rules import (
    ReleaseConflictError,
    UnknownReleaseError,
    current_release,
    file_of,
    history,
    publish,
    release_numbered,
)
from app.web.access import MOST
from app.web.api.body import MOST_FAULTS
from app.web.api.endpoint import endpoint, who
from app.web.api.shapes import Asked, Told
from app.web.problems import Fault, ProblemError
from rules_library.rulebook import Rulebook, RulebookError

LARGEST: Final = 8_000_000
BODY: Final = "/rulebook"


class RulebookAsked(Asked):
    """A rulebook file to look at."""

    rulebook: dict[str, Any] = Field(description="The file, as /rulebook gives it.")


class PublishAsked(RulebookAsked):
    """A rulebook file to publish."""

    after: int = Field(
        ge=0, le=MOST, description="The release that the file was made from; 0 for the defaults."
    )
    note: str = Field(default="", max_length=500, description="Why, for the history.")


class RulebookFile(Told):
    """The rules and tables of a release, as one file."""

    release: int
    rulebook: dict[str, Any]


class CheckFault(Told):
    """One thing that keeps the file from being published."""

    pointer: str
    """Where, in the body that was sent."""
    detail: str


class Checked(Told):
    """Whether the file can be published."""

    ok: bool
    faults: list[CheckFault]


class ReleaseRow(Told):
    """One release."""

    number: int
    author: str
    note: str
    created_at: datetime


class Releases(Told):
    """Every release, the newest first."""

    releases: list[ReleaseRow]


@endpoint("GET", "/rulebook", needs="see", answer=RulebookFile)
def get_rulebook(company: Company) -> RulebookFile:
    """The published rules and tables, as one file."""
    return _file(current_release(company))


@endpoint(
    "POST", "/rulebook/check", needs="see", answer=Checked, body=RulebookAsked, largest=LARGEST
)
def check_rulebook(company: Company, body: RulebookAsked) -> Checked:
    """Check a rulebook file: every fault with its place; nothing is changed."""
    del company
    try:
        Rulebook.from_file(body.rulebook)
    except RulebookError as error:
        faults = [CheckFault(pointer=BODY + at, detail=said) for at, said in error.faults]
        return Checked(ok=False, faults=faults[:MOST_FAULTS])
    return Checked(ok=True, faults=[])


@endpoint(
    "POST", "/rulebook/publish", needs="rules", answer=ReleaseRow, body=PublishAsked,
    largest=LARGEST,
)  # fmt: skip
def publish_rulebook(company: Company, body: PublishAsked) -> ReleaseRow:
    """Publish a rulebook file as the next release; orders that are not posted are decided again.

    409 when somebody published since the release that the file was made from.
    """
    try:
        made = publish(company, body.rulebook, author=who(), note=body.note, after=body.after)
    except RulebookError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The rulebook cannot be published.",
            faults=[Fault(said, pointer=BODY + at) for at, said in error.faults[:MOST_FAULTS]],
        ) from None  # fmt: skip
    except ReleaseConflictError as error:
        present = current_release(company)
        raise ProblemError(
            HTTPStatus.CONFLICT, str(error), more={"release": present.number if present else 0}
        ) from None
    return ReleaseRow.model_validate(made)


@endpoint("GET", "/releases", needs="see", answer=Releases)
def list_releases(company: Company) -> Releases:
    """Every release, the newest first: who published it, when and why."""
    return Releases(releases=[ReleaseRow.model_validate(one) for one in history(company)])


@endpoint("GET", f"/releases/<int(max={MOST}):number>", needs="see", answer=RulebookFile)
def get_release(company: Company, number: int) -> RulebookFile:
    """The rules and tables of one release, as one file; 0 is the defaults."""
    try:
        return _file(release_numbered(company, number))
    except UnknownReleaseError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from None


def _file(release: Release | None) -> RulebookFile:
    return RulebookFile(release=release.number if release else 0, rulebook=file_of(release))
