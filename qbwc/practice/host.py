"""What QuickBooks says of itself, the company and its preferences."""

from __future__ import annotations

from typing import Any, Final

from qbwc.practice.books import Books
from qbwc.practice.envelope import VERSIONS
from qbwc.practice.reader import Fields

PRODUCT: Final = "QuickBooks Premier 2014"
MAJOR_VERSION: Final = 24
Only = frozenset[str]


def _ret(books: Books, name: str, fields: Fields, only: Only) -> str:
    return books.render.ret(name, tuple(fields), fields, only)


def _flag(value: bool) -> str:  # noqa: FBT001 - a BOOLTYPE
    return "true" if value else "false"


def host_ret(books: Books, only: Only = frozenset()) -> str:
    """HostRet: product and the qbXML versions it reads."""
    fields: dict[str, Any] = {
        "ProductName": PRODUCT,
        "MajorVersion": str(MAJOR_VERSION),
        "MinorVersion": "0",
        "Country": books.setting("Country"),
        "SupportedQBXMLVersion": list(VERSIONS),
        "IsAutomaticLogin": "false",
        "QBFileMode": "SingleUser",
    }
    return _ret(books, "HostRet", fields, only)


def company_ret(books: Books, only: Only = frozenset(), owners: Only = frozenset()) -> str:
    """CompanyRet; with its data extensions, of all owners when none are named."""
    name = books.setting("CompanyName")
    address = {
        "Addr1": "1 Practice Street", "City": "Bayshore", "State": "CA", "PostalCode": "94326",
        "Country": books.setting("Country"),
    }  # fmt: skip
    block = {"Addr1": "1 Practice Street", "Addr2": "Bayshore, CA 94326"}
    rows = books.file.rows("SELECT owner_id, name, value FROM company_data ORDER BY name")
    fields: dict[str, Any] = {
        "IsSampleCompany": "false",
        "CompanyName": name,
        "LegalCompanyName": name,
        "Address": address,
        "AddressBlock": block,
        "LegalAddress": address,
        "Phone": "555-555-0100",
        "Email": "practice@example.com",
        "FirstMonthFiscalYear": "January",
        "FirstMonthIncomeTaxYear": "January",
        "CompanyType": "Retail",
        "TaxForm": "OtherOrNone",
        "AccountantCopy": {"AccountantCopyExists": "false"},
        "DataExtRet": [
            {
                "OwnerID": row["owner_id"],
                "DataExtName": row["name"],
                "DataExtType": "STR255TYPE",
                "DataExtValue": row["value"],
            }
            for row in rows
            if not owners or row["owner_id"] in owners
        ],
    }
    return _ret(books, "CompanyRet", fields, only)


def preferences_ret(books: Books, only: Only = frozenset()) -> str:
    """PreferencesRet, in groups."""
    home = books.lists.named(("Currency",), books.setting("HomeCurrency"))
    fields: dict[str, Any] = {
        "AccountingPreferences": {
            "IsUsingAccountNumbers": "false",
            "IsRequiringAccounts": "true",
            "IsUsingClassTracking": _flag(books.uses("ClassTracking")),
            "IsUsingAuditTrail": "true",
            "IsAssigningJournalEntryNumbers": "true",
            "ClosingDate": books.setting("ClosingDate"),
        },
        "JobsAndEstimatesPreferences": {
            "IsUsingEstimates": _flag(books.uses("Estimates")),
            "IsUsingProgressInvoicing": "false",
            "IsPrintingItemsWithZeroAmounts": "false",
        },
        "MultiCurrencyPreferences": {
            "IsMultiCurrencyOn": _flag(books.uses("MultiCurrency")),
            "HomeCurrencyRef": home.list_id if home else "",
        },
        "MultiLocationInventoryPreferences": {
            "IsMultiLocationInventoryAvailable": _flag(books.uses("InventorySites")),
            "IsMultiLocationInventoryEnabled": _flag(books.uses("InventorySites")),
        },
        "PurchasesAndVendorsPreferences": {
            "IsUsingInventory": _flag(books.uses("Inventory")),
            "DaysBillsAreDue": "10",
            "IsAutomaticallyUsingDiscounts": "false",
        },
        "ReportsPreferences": {
            "AgingReportBasis": "AgeFromDueDate",
            "SummaryReportBasis": "Accrual",
        },
        "SalesAndCustomersPreferences": {
            "IsTrackingReimbursedExpensesAsIncome": "false",
            "IsAutoApplyingPayments": "true",
            "PriceLevels": {
                "IsUsingPriceLevels": _flag(books.uses("PriceLevels")),
                "IsRoundingSalesPriceUp": "false",
            },
        },
        "SalesTaxPreferences": _sales_tax(books),
        "TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"},
        "CurrentAppAccessRights": {
            "IsAutomaticLoginAllowed": "false",
            "IsPersonalDataAccessAllowed": "false",
        },
        "ItemsAndInventoryPreferences": {
            "EnhancedInventoryReceivingEnabled": "false",
            "IsTrackingSerialOrLotNumber": "None",
            "FIFOEnabled": "false",
            "IsRSBEnabled": "false",
            "IsBarcodeEnabled": "false",
        },
    }
    return _ret(books, "PreferencesRet", fields, only)


def _sales_tax(books: Books) -> Fields:
    if not books.uses("SalesTax"):
        return {}
    item = books.lists.named(
        ("ItemSalesTax", "ItemSalesTaxGroup"), books.setting("DefaultItemSalesTax")
    )
    taxed = books.lists.named(("SalesTaxCode",), books.setting("TaxableSalesTaxCode"))
    untaxed = books.lists.named(("SalesTaxCode",), books.setting("NonTaxableSalesTaxCode"))
    return {
        "DefaultItemSalesTaxRef": item.list_id if item else "",
        "PaySalesTax": "Monthly",
        "DefaultTaxableSalesTaxCodeRef": taxed.list_id if taxed else "",
        "DefaultNonTaxableSalesTaxCodeRef": untaxed.list_id if untaxed else "",
        "IsUsingVendorTaxCode": "false",
        "IsUsingCustomerTaxCode": "true",
        "IsUsingAmountsIncludeTax": _flag(books.uses("AmountsIncludeTax")),
    }
