"""Where in a rule an expression stands, and which facts it sees from there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .limits import step_into


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a rule an expression stands.

    Attributes:
        pointer: The JSON pointer to it.
        scope: The path of the facts that `var` starts from there: "" for all facts, "lines.*" for
            an element of a list, None when it cannot be known.
        looped: It runs once for each element of a list.
        reducing: `var` sees `current` and `accumulator` there.
    """

    pointer: str
    scope: str | None = ""
    looped: bool = False
    reducing: bool = False

    def under(self, key: str | int) -> Place:
        """A place one step further into the JSON."""
        return replace(self, pointer=step_into(self.pointer, key))

    def each(self, items: str | None, *, reducing: bool = False) -> Place:
        """The same place, seen by an expression that runs for each element of a list."""
        return replace(self, scope=items, looped=True, reducing=reducing)

    def path(self, name: str) -> str | None:
        """The path from all facts that a `var` of this name reads there, if it can be known."""
        if self.reducing:
            first, _, name = name.partition(".")
            if first != "current":
                return None
        if not self.scope:
            return name if self.scope == "" else None
        return f"{self.scope}.{name}" if name else self.scope
