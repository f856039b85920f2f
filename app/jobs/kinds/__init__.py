"""The kinds of work: a module here with a ``run`` is one, under the module's name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from app.models import Company


class Progress(NamedTuple):
    """How far a piece of work is, and what it has found so far."""

    done: int
    total: int
    result: Any


Run = Callable[[Company, Any], Iterator[Progress]]
"""Does the work; each time that it yields it may be stopped for good.

It has nothing uncommitted when it yields: progress is written on a connection of its own.
"""


@cache
def kinds() -> dict[str, Run]:
    """What runs each kind of work."""
    modules = {
        module.name: importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    }
    return {name: module.run for name, module in modules.items() if hasattr(module, "run")}
