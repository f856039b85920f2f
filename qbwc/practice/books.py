"""The books of one company: its records, its settings and the rules that all requests share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from qbwc.practice.clock import Clock
from qbwc.practice.errors import Refused, feature_off
from qbwc.practice.file import CompanyFile
from qbwc.practice.list_records import ListRecord, ListRecords
from qbwc.practice.reader import Fields
from qbwc.practice.render import Renderer, printed_lines
from qbwc.practice.txn_records import TxnRecords
from qbwc.practice.values import from_cents, key

DEFAULTS: Final = {
    "CompanyName": "Practice Company",
    "Country": "US",
    "ClosingDate": "",
    "DefaultItemSalesTax": "Out of State",
    "TaxableSalesTaxCode": "Tax",
    "NonTaxableSalesTaxCode": "Non",
    "AddressLines": "5",
    "CustomFields": "",
    "HomeCurrency": "US Dollar",
    "ExchangeRates": "",
    "Features": "ClassTracking Estimates SalesOrders SalesTax Inventory PriceLevels",
}
"""Settings of a company file and what holds until one is set."""

_OFF: Final = {
    "ExchangeRate": "MultiCurrency",
    "CurrencyRef": "MultiCurrency",
    "IsTaxIncluded": "AmountsIncludeTax",
    "UnitOfMeasure": "UnitOfMeasure",
    "UnitOfMeasureSetRef": "UnitOfMeasure",
    "InventorySiteRef": "InventorySites",
    "InventorySiteLocationRef": "InventorySites",
    "SerialNumber": "SerialNumbers",
    "LotNumber": "LotNumbers",
    "SalesTaxCountry": "ForeignTax",
}
"""Fields that are refused while the company does not use the feature."""


class Books:
    """What every request works on."""

    def __init__(self, file: CompanyFile, today: Callable[[], date]) -> None:
        self.file = file
        self.clock = Clock(file, today)
        self.lists = ListRecords(file, self.clock)
        self.txns = TxnRecords(file, self.clock)
        self.render = Renderer(self.lists)

    def setting(self, name: str) -> str:
        """A setting of the company, see `DEFAULTS`."""
        return self.file.get(f"setting {name}", DEFAULTS[name])

    def set(self, name: str, value: str) -> None:
        """Change a setting of the company.

        Raises:
            KeyError: There is no such setting.
        """
        if name not in DEFAULTS:
            raise KeyError(name)
        self.file.put(f"setting {name}", value)

    def uses(self, feature: str) -> bool:
        """Whether a feature is on, e.g. "SalesOrders" or "MultiCurrency"."""
        if feature == "AmountsIncludeTax" and self.taxes_by_line:
            return True
        return feature in self.setting("Features").split()

    @property
    def taxes_by_line(self) -> bool:
        """Whether the tax code of each line has the rate: in every edition but that of the US."""
        return self.setting("Country") != "US"

    def need(self, feature: str) -> None:
        """Refuse what needs a feature that is off.

        Raises:
            Refused: 3250.
        """
        if not self.uses(feature):
            raise feature_off()

    def refuse_features_off(self, fields: Fields) -> None:
        """Refuse fields of features that are off.

        Raises:
            Refused: 3250.
        """
        for name, value in fields.items():
            if name in _OFF and value:
                self.need(_OFF[name])

    def check_address(self, fields: Fields) -> None:
        """Refuse an address of more lines than QuickBooks prints.

        Raises:
            Refused: 3205.
        """
        limit = int(self.setting("AddressLines"))
        for name in ("BillAddress", "ShipAddress", "VendorAddress", "Address"):
            address = fields.get(name)
            if limit and isinstance(address, dict) and len(printed_lines(address)) > limit:
                raise Refused(
                    3205, f'The address in the field "{name}" has more than {limit} lines.'
                )

    def check_closing_date(self, kind: str, day: str) -> None:
        """Refuse a change of a closed period.

        Raises:
            Refused: 3171.
        """
        closing = self.setting("ClosingDate")
        if closing and day <= closing:
            raise Refused(
                3171,
                f"An attempt was made to modify a {kind} with a date that is on or before the "
                "closing date of the company.",
            )

    def account(self, name: str) -> ListRecord:
        """An account that transactions need.

        Raises:
            Refused: 3270, the chart of accounts has none of this name.
        """
        found = self.lists.named(("Account",), name)
        if found is None:
            raise Refused(3270, f'Missing posting account "{name}".')
        return found

    def next_ref_number(self, kind: str) -> str:
        """The number after the last one used, as QuickBooks numbers its forms."""
        last = self.file.get(f"last number {kind}")
        match = re.search(r"(\d+)(\D*)$", last)
        if match is None:
            return "1"
        digits = str(int(match[1]) + 1).zfill(len(match[1]))
        return last[: match.start()] + digits + match[2]

    def used_ref_number(self, kind: str, number: str) -> None:
        """Remember the number that the next form follows."""
        if number:
            self.file.put(f"last number {kind}", number)

    def account_balance(self, account_id: str) -> Decimal:
        """Debits less credits of an account."""
        row = self.file.row(
            "SELECT coalesce(sum(amount), 0) AS cents FROM posting WHERE account_id = ?",
            account_id,
        )
        return from_cents(row["cents"]) if row else Decimal(0)

    def receivable(self, entity_ids: list[str]) -> dict[str, Decimal]:
        """What these customers owe, by ListID."""
        balances: dict[str, Decimal] = {}
        for start in range(0, len(entity_ids), 500):
            some = entity_ids[start : start + 500]
            marks = ", ".join("?" * len(some))
            rows = self.file.rows(
                "SELECT posting.entity_id, sum(posting.amount) AS cents FROM posting "  # noqa: S608
                "JOIN list_record ON list_record.list_id = posting.account_id "
                f"WHERE posting.entity_id IN ({marks}) "
                "AND json_extract(list_record.fields, '$.AccountType') = 'AccountsReceivable' "
                "GROUP BY posting.entity_id",
                *some,
            )
            balances.update({row["entity_id"]: from_cents(row["cents"]) for row in rows})
        return balances


def same(first: str, second: str) -> bool:
    """Whether QuickBooks takes two names for the same."""
    return key(first) == key(second)
