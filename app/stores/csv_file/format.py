"""CSV orders: a file's rows grouped into orders, each kept as its rows with how they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.stores.csv_file import mapped, shopify_export
from app.stores.csv_file.cells import Rows, WrongCell, short
from app.stores.csv_file.profile import Profile
from app.stores.csv_file.reading import Row, Sheet
from app.stores.formats import BadOrder, Format, RawOrder, Shop
from app.stores.payload import MalformedPayload
from rules_library.order import Order

KEY: Final = "csv"
SHOPIFY: Final = "shopify"
"""The profile of Shopify's export, which needs no mapping."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why an order of a file is not imported."""

    row: int
    order: str
    column: str
    value: str
    what: str

    def __str__(self) -> str:
        where = f", column {self.column}" if self.column else ""
        of = f" (order {self.order})" if self.order else ""
        return f"Row {self.row}{where}{of}: {self.what}."


@dataclass(frozen=True, slots=True)
class Found:
    """One order of a file that can be read."""

    raw: RawOrder
    order: Order


class CsvFile(Format):
    """Orders from CSV files: Shopify's own export, or any file with a profile."""

    key = KEY
    label = "CSV file"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """Nothing: the JSON that is kept of a CSV file's order is no file that people have."""
        del payload, shop
        raise MalformedPayload("CSV files are imported with `rulebooks orders import-csv`")
        yield

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """The order that the kept rows say."""
        rows = [{**dict(row["cells"]), **row["buyer"]} for row in raw["rows"]]
        zone = ZoneInfo(shop.zone or "UTC")
        if raw["profile"] == SHOPIFY:
            return shopify_export.translate(Rows(rows, zone), raw, shop)
        profile = _profile(raw["profile"])
        kept = Rows(rows, zone, profile.dates, profile.decimal_comma)
        return mapped.translate(kept, profile, raw, shop)


@lru_cache(maxsize=64)
def _profile(text: str) -> Profile:
    return Profile.read(json.loads(text))


FORMAT = CsvFile()


def read_orders(sheet: Sheet, profile: Profile | None, shop: Shop) -> Iterator[Found | RowError]:
    """Every order of a file in its turn, or why it is none.

    Args:
        sheet: The file.
        profile: How it is read; None for Shopify's export.
        shop: The store that the orders are of.

    Raises:
        NotASheet: if the file cannot be read to its end; what came before may be used.
        SettingsRefused: if the profile names a column that the file does not have.
    """
    key = shopify_export.ORDER if profile is None else profile.columns["order"]
    orders: dict[str, list[Row]] = {}
    for row in sheet.rows():
        name = " ".join(row.cells.get(key, "").split())
        if name:
            orders.setdefault(name, []).append(row)
        else:
            yield RowError(row.number, "", key, "", "the row names no order; fill the cell")
    how, public = _kept(profile)
    for name, rows in orders.items():
        yield _read(short(name), rows, how, public, shop)


def _read(
    name: str, rows: list[Row], how: str, public: Callable[[str], bool], shop: Shop
) -> Found | RowError:
    crowded = next((row for row in rows if row.spare), None)
    if crowded is not None:
        return RowError(
            crowded.number, name, "", short(crowded.spare),
            "it has more cells than there are columns; put the text that holds the separator in "
            "quotation marks",
        )  # fmt: skip
    raw: dict[str, Any] = {
        "id": name,
        "profile": how,
        "rows": [
            {
                "cells": [[key, text] for key, text in row.cells.items() if public(key)],
                "buyer": {key: text for key, text in row.cells.items() if not public(key)},
            }
            for row in rows
        ],
    }
    try:
        order = FORMAT.order(raw, shop)
    except WrongCell as error:
        row = rows[min(error.place, len(rows) - 1)]
        return RowError(row.number, name, error.column, error.value, error.what)
    except (MalformedPayload, ArithmeticError) as error:
        said = re.sub(r"^/\S*: ", "", str(error)) or type(error).__name__
        return RowError(rows[0].number, name, "", "", said)
    return Found(RawOrder(order.source_id, raw, order.updated_at, complete=True), order)


def _kept(profile: Profile | None) -> tuple[str, Callable[[str], bool]]:
    """What is kept of how a file is read, and which columns say nothing of the buyer."""
    if profile is None:
        return SHOPIFY, lambda column: not shopify_export.is_personal(column)
    return json.dumps(profile.plain(), sort_keys=True), profile.is_public
