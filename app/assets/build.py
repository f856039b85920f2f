"""The build hook: the wheel, and an editable checkout, get the front-end libraries."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Assets(BuildHookInterface):  # type: ignore[misc]
    """Fetches the libraries before hatch collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring app/static/vendor up to date."""
        del version, build_data
        runpy.run_path(str(Path(self.root, "app", "assets", "fetch.py")))["fetch"]()
