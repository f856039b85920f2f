"""Fixtures that every test may use: the third-party data beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.database import (  # noqa: F401 - fixtures
    any_app,
    database_url,
    postgres,
    sqlite_app,
    sqlite_pattern,
    sqlite_url,
)

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
