"""The company file itself: who it is, what it allows and prefers. Not a list, but mirrored too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Element(Protocol):
    """An element of an answer: qbxml.Record."""

    @property
    def name(self) -> str:
        """The element's name."""

    @property
    def value(self) -> str:
        """Its own text."""

    def text(self, path: str, default: str = "") -> str:
        """The text at a path."""

    def flag(self, path: str) -> bool | None:
        """The boolean at a path."""

    def children(self, path: str = "*") -> Iterable[Element]:
        """The elements at a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What HostRet, CompanyRet and PreferencesRet say; None = QuickBooks did not say."""

    product: str = ""
    country: str = ""
    versions: tuple[str, ...] = ()
    single_user: bool | None = None
    name: str = ""
    is_sample: bool | None = None
    file_ids: tuple[tuple[str, str], ...] = ()
    """(OwnerID, FileID) pairs that Web Connector applications have written into the file."""
    closing_date: date | None = None
    requires_accounts: bool | None = None
    class_tracking: bool | None = None
    estimates: bool | None = None
    inventory: bool | None = None
    multi_currency: bool | None = None
    home_currency: str = ""
    multi_location: bool | None = None
    auto_applies_payments: bool | None = None
    price_levels: bool | None = None
    sales_tax: bool | None = None
    default_tax_item: str = ""
    default_taxable_code: str = ""
    default_nontaxable_code: str = ""
    default_ship_method: str = ""
    personal_data: bool | None = None

    @property
    def sales_orders(self) -> bool | None:
        """Whether the product has sales orders: Premier, Accountant and Enterprise do."""
        if not self.product:
            return None
        return any(word in self.product for word in ("Premier", "Accountant", "Enterprise"))

    def supports(self, version: str) -> bool:
        """Whether QuickBooks speaks that qbXML version; True if it has not said which it speaks."""
        return not self.versions or version in self.versions

    def file_id(self, owner_id: str) -> str:
        """The FileID that an application has given this company file; "" if it has none."""
        wanted = owner_id.casefold()
        return next((file for owner, file in self.file_ids if owner.casefold() == wanted), "")


def read(records: Iterable[Element]) -> Company:
    """What the records HostRet, CompanyRet and PreferencesRet say, in any order."""
    found: dict[str, object] = {}
    for record in records:
        reader = _READERS.get(record.name)
        if reader:
            found |= reader(record)
    return Company(**found)  # type: ignore[arg-type]


def _host(record: Element) -> dict[str, object]:
    mode = record.text("QBFileMode")
    return {
        "product": record.text("ProductName"),
        "country": record.text("Country"),
        "versions": tuple(one.value for one in record.children("SupportedQBXMLVersion")),
        "single_user": mode == "SingleUser" if mode else None,
    }


def _company(record: Element) -> dict[str, object]:
    return {
        "name": record.text("CompanyName"),
        "is_sample": record.flag("IsSampleCompany"),
        "file_ids": tuple(
            (data.text("OwnerID"), data.text("DataExtValue"))
            for data in record.children("DataExtRet")
            if data.text("DataExtName") == "FileID"
        ),
    }


def _preferences(record: Element) -> dict[str, object]:
    accounting, sales = "AccountingPreferences", "SalesAndCustomersPreferences"
    tax, currency = "SalesTaxPreferences", "MultiCurrencyPreferences"
    default_tax = record.text(f"{tax}/DefaultItemSalesTaxRef/FullName")
    return {
        "closing_date": _date(record.text(f"{accounting}/ClosingDate")),
        "requires_accounts": record.flag(f"{accounting}/IsRequiringAccounts"),
        "class_tracking": record.flag(f"{accounting}/IsUsingClassTracking"),
        "estimates": record.flag("JobsAndEstimatesPreferences/IsUsingEstimates"),
        "inventory": record.flag("PurchasesAndVendorsPreferences/IsUsingInventory"),
        "multi_currency": record.flag(f"{currency}/IsMultiCurrencyOn"),
        "home_currency": record.text(f"{currency}/HomeCurrencyRef/FullName"),
        "multi_location": record.flag(
            "MultiLocationInventoryPreferences/IsMultiLocationInventoryEnabled"
        ),
        "auto_applies_payments": record.flag(f"{sales}/IsAutoApplyingPayments"),
        "price_levels": record.flag(f"{sales}/PriceLevels/IsUsingPriceLevels"),
        "sales_tax": bool(record.children(tax)),
        "default_tax_item": default_tax,
        "default_taxable_code": record.text(f"{tax}/DefaultTaxableSalesTaxCodeRef/FullName"),
        "default_nontaxable_code": record.text(f"{tax}/DefaultNonTaxableSalesTaxCodeRef/FullName"),
        "default_ship_method": record.text(f"{sales}/DefaultShipMethodRef/FullName"),
        "personal_data": record.flag("CurrentAppAccessRights/IsPersonalDataAccessAllowed"),
    }


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


_READERS = {"HostRet": _host, "CompanyRet": _company, "PreferencesRet": _preferences}
