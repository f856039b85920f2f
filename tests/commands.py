"""Running `rulebooks ...` in a test, on an installation of its own."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.commands import main


@dataclass
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Rulebooks:
    """The console script; its installation is in a folder of its own."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.set("INSTANCE", str(folder))

    def set(self, name: str, value: str) -> None:
        """Set an environment variable of the product."""
        self._monkeypatch.setenv(f"RULEBOOKS_{name}", value)

    def __call__(self, *arguments: str, stdin: str = "") -> Answer:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = self._capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    def fails(self, *arguments: str, stdin: str = "") -> str:
        """The one line that a command says on stderr when it fails."""
        answer = self(*arguments, stdin=stdin)
        assert answer.code == 1, answer
        assert answer.out == "", answer
        assert answer.err.startswith("rulebooks: "), answer
        assert answer.err.count("\n") == 1, answer
        assert "Traceback" not in answer.err
        return answer.err


@pytest.fixture
def rulebooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Rulebooks]:
    """The console script on a new installation."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SECRET_KEY", "URL", "LOG"):
        monkeypatch.delenv(f"RULEBOOKS_{name}", raising=False)
    handlers = logging.getLogger().handlers
    yield Rulebooks(tmp_path / "instance", monkeypatch, capsys)
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()
