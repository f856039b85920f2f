"""Finds the lists: every module of this package that declares a KIND."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from qbwc.lists.list_kind import ListKind


class UnknownListError(LookupError):
    """No module of this package declares the list."""


@cache
def kinds() -> Mapping[str, ListKind]:
    """Every list by its name, such as Customer or Item."""
    package = import_module(__name__.rpartition(".")[0])
    found = (
        getattr(import_module(f"{package.__name__}.{module.name}"), "KIND", None)
        for module in pkgutil.iter_modules(package.__path__)
    )
    return MappingProxyType({kind.name: kind for kind in found if kind is not None})


def kind(name: str) -> ListKind:
    """The list of that name.

    Raises:
        UnknownListError: no module declares it.
    """
    try:
        return kinds()[name]
    except KeyError:
        raise UnknownListError(name) from None
