"""Fixtures that every test may use: the third-party data, and the watch on what is sent."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from app.assets.fetch import fetch
from qbwc.practice import PracticeCompany
from tests.api_site import any_api, api  # noqa: F401 - fixtures
from tests.browser import chromium, fresh, live  # noqa: F401 - fixtures
from tests.commands import rulebooks  # noqa: F401 - fixture
from tests.database import (  # noqa: F401 - fixtures
    any_app,
    database_url,
    postgres,
    sqlite_app,
    sqlite_pattern,
    sqlite_url,
)
from tests.flows import flow  # noqa: F401 - a fixture
from tests.mailbox import mailbox  # noqa: F401 - a fixture
from tests.web_site import any_site, empty_site, filled, site  # noqa: F401 - fixtures

pytest.register_assert_rewrite("tests.scenario")

SHARED = Path(os.environ.get("RULEBOOKS_SHARED", Path(__file__).parents[2] / "shared"))


def shared(path: str) -> Path:
    """The path of a piece of third-party test data, or a skip with the reason.

    RULEBOOKS_REQUIRE_SHARED=1 turns the skip into a failure.
    """
    found = SHARED / path
    if found.exists():
        return found
    reason = f"third-party test data is not here: {found}"
    if os.environ.get("RULEBOOKS_REQUIRE_SHARED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    """Name our own marks; fetch the front-end libraries if a checkout changed their versions."""
    if not hasattr(config, "workerinput"):
        fetch()
    config.addinivalue_line(
        "markers", "wrong_requests: sends qbXML that is not valid to a practice company, on purpose"
    )


@functools.cache
def _schema() -> etree.XMLSchema | None:
    """Intuit's qbXML 13.0 schema; None where the third-party data is not."""
    path = SHARED / "qbxml/schema/qbxmlops130.xsd"
    if not path.exists() and os.environ.get("RULEBOOKS_REQUIRE_SHARED") != "1":
        return None
    return etree.XMLSchema(etree.parse(path))


def complaint(request: str) -> str:
    """What Intuit's schema finds wrong with a request; "" when it is valid or not to be told."""
    schema = _schema()
    if schema is None:
        return ""
    try:
        # Without the declaration: lxml reads no text that names an encoding.
        schema.assertValid(etree.fromstring(request.partition("?>")[2]))
    except (etree.XMLSyntaxError, etree.DocumentInvalid) as error:
        return f"{error}\n{request}"
    return ""


COMPLAINTS: list[str] = []
"""What the schema found wrong since it was last looked at."""


@pytest.fixture(scope="session", autouse=True)
def _watch() -> Iterator[None]:
    """Have the schema look at every request that reaches a practice company."""
    process = PracticeCompany.process

    def watched(company: PracticeCompany, request: str, *, app: str = "Rulebooks") -> str:
        if found := complaint(request):
            COMPLAINTS.append(found)
        return process(company, request, app=app)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PracticeCompany, "process", watched)
        yield


@pytest.fixture(autouse=True)
def _requests_are_valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a request was not valid; tests of the practice company send some on purpose."""
    yield
    complaints = COMPLAINTS.copy()
    COMPLAINTS.clear()
    of_practice = request.module.__name__.rpartition(".")[2].startswith("test_practice")
    if complaints and not of_practice and not request.node.get_closest_marker("wrong_requests"):
        pytest.fail(f"a request is not valid: {complaints[0]}")
