"""A look-up table as a grid: its cells as text, the rows of one page, and which rows are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.models import Company
from app.web.rules.samples import last_orders
from app.web.rules.trial import subjects
from rules_library import logic
from rules_library.decision import Decision, decisions
from rules_library.logic import Table, TableError
from rules_library.table_cells import Column, key_type, read_cell, same_keys, value_type, write_cell
from rules_library.table_csv import unused

PAGE: Final = 100
LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the grid."""

    number: int
    """From 0, in the table."""
    cells: tuple[str, ...]
    is_unused: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One page of a table."""

    columns: tuple[Column, ...]
    lines: Sequence[Line]
    found: int
    total: int
    page: int
    pages: int
    otherwise: str
    unused: int | None
    """How many rows none of the last orders found; None where no rule looks into it."""


def columns_of(content: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns with the types of their cells, the value's last."""
    rows = content["rows"]
    keys = [
        Column(name, key_type([row[at] for row in rows], first=False))
        for at, name in enumerate(content["keys"])
    ]
    values = [row[-1] for row in rows]
    return (*keys, Column("Value", value_type([*values, content["otherwise"]])))


def grid(
    company: Company, file: Mapping[str, Any], name: str, *, search: str, only: str, page: int
) -> Grid:
    """A page of the rows of a rulebook file's table that fit."""
    content = file["tables"][name]
    columns = columns_of(content)
    idle = unused_rows(company, file, name)
    rows = content["rows"]
    numbers: Sequence[int] = range(len(rows))
    if only == "unused":
        numbers = sorted(idle or ())
    wanted = search.casefold()
    if wanted:
        written = ((number, _written(rows[number], columns)) for number in numbers)
        numbers = [
            number for number, cells in written if any(wanted in cell.casefold() for cell in cells)
        ]
    pages = max(1, -(-len(numbers) // PAGE))
    page = min(max(1, page), pages)
    shown = numbers[(page - 1) * PAGE : page * PAGE]
    return Grid(
        columns=columns,
        lines=[
            Line(number, _written(rows[number], columns), number in (idle or ()))
            for number in shown
        ],
        found=len(numbers),
        total=len(rows),
        page=page,
        pages=pages,
        otherwise=write_cell(content["otherwise"], columns[-1].type, key=False),
        unused=None if idle is None else len(idle),
    )


def _written(row: Sequence[Any], columns: Sequence[Column]) -> tuple[str, ...]:
    last = len(columns) - 1
    return tuple(
        write_cell(cell, column.type, key=at < last)
        for at, (cell, column) in enumerate(zip(row, columns, strict=True))
    )


def read_row(cells: Sequence[str], columns: Sequence[Column]) -> list[Any]:
    """The row that is typed.

    Raises:
        rules_library.table_cells.CellError: A cell is not of its column's type.
    """
    last = len(columns) - 1
    return [
        read_cell(cell.strip(), column.type, key=at < last)
        for at, (cell, column) in enumerate(zip(cells, columns, strict=True))
    ]


def with_row(content: Mapping[str, Any], row: list[Any], number: int | None) -> dict[str, Any]:
    """The table with a row added at its top, or another in its place.

    Raises:
        rules_library.logic.TableError: Another row has the same keys, or there is none to replace.
    """
    rows = list(content["rows"])
    same = same_keys(row[:-1])
    for at, one in enumerate(rows):
        if at != number and same_keys(one[:-1]) == same:
            raise TableError(f"Row {at + 1} has the same keys already.")
    if number is None:
        rows.insert(0, row)
    elif number < len(rows):
        rows[number] = row
    else:
        raise TableError("That row is not there any more.")
    return {**content, "rows": rows}


def readers(company_file: Mapping[str, Any], name: str) -> list[Decision]:
    """The decisions whose rules look into a table."""
    known = decisions()
    return [
        known[key]
        for key, rule in company_file["rules"].items()
        if key in known and any(table == name for table, _ in _look_ups(rule))
    ]


def unused_rows(company: Company, file: Mapping[str, Any], name: str) -> set[int] | None:
    """The rows that none of the last orders found; None where no rule of the file looks."""
    content = file["tables"][name]
    keys: list[Any] = []
    looked = False
    known = decisions()
    for key, rule in file["rules"].items():
        asked = [one for table, one in _look_ups(rule) if table == name]
        if not asked or key not in known:
            continue
        looked = True
        compiled = [logic.compile_rule(one) for one in asked]
        for sample in last_orders(company, LOOKED_AT):
            for _, facts in subjects(known[key], sample.facts):
                keys += [found for one in compiled if (found := _value(one, facts)) is not None]
    if not looked:
        return None
    width = len(content["keys"])
    fitting = [one for one in keys if (len(one) if isinstance(one, list) else 1) == width]
    return {number - 1 for number in unused(Table.from_json(content), fitting)}


def _value(compiled: Any, facts: Mapping[str, Any]) -> Any:
    try:
        return compiled.evaluate(facts)
    except logic.EvaluationError:
        return None


def _look_ups(rule: Any) -> Iterator[tuple[str, Any]]:
    """The name and the key of every look-up in a rule."""
    if isinstance(rule, Mapping):
        given = rule.get("lookup")
        if len(rule) == 1 and isinstance(given, list) and len(given) > 1:
            yield str(given[0]), given[1]
        for part in rule.values():
            yield from _look_ups(part)
    elif isinstance(rule, list):
        for part in rule:
            yield from _look_ups(part)
