"""An explanation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules_library.decision import decisions
from rules_library.describe import describe_decided, describe_value
from rules_library.rulebook import PARTS


def told(explained: Mapping[str, Any]) -> Iterator[str]:
    """Every decision with its cases; of parts only those decisions that have cases."""
    yield "Why"
    yield from _decisions(explained["order"])
    for scope, group in PARTS.items():
        for number, part in enumerate(explained[group], start=1):
            cased = {key: found for key, found in part.items() if found["cases"]}
            if cased:
                yield f"\n{scope.capitalize()} {number}"
                yield from _decisions(cased)


def _decisions(found: Mapping[str, Any]) -> Iterator[str]:
    for key, one in found.items():
        yield f"  {one['label']}: {one['said']}"
        if "kept" in one:
            kept = describe_decided(one["kept"], decisions()[key])
            yield f"    QuickBooks already holds this order; it keeps {kept}"
        for case in one["cases"]:
            title = f"{case['title']}: " if case["title"] else ""
            yield f"    {case['number']}. {title}{case['said']}  [{case['state']}]"
            if "condition" in case:
                yield from _condition(case["condition"], "       ")
        if one["cases"]:
            otherwise = one["otherwise"]
            name = "Always added" if decisions()[key].collects else "Otherwise"
            yield f"    {name} -> {otherwise['said']}  [{otherwise['state']}]"


def _condition(part: Mapping[str, Any], indent: str) -> Iterator[str]:
    holds = {True: "yes", False: "no", None: "not looked at"}[part["holds"]]
    if "kind" in part:
        yield f"{indent}{part['kind']} of: {holds}"
        for item in part["items"]:
            yield from _condition(item, f"{indent}  ")
        return
    values = "; ".join(
        f"{value['label']}: {describe_value(value['value'])}" for value in part["values"]
    )
    error = f" {part['error']}" if part.get("error") else ""
    yield f"{indent}{part['said']}: {holds}{f' ({values})' if values else ''}{error}"
