"""The lists of a company file: what a record of each holds and which names must differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_CONTACT = (
    "CompanyName Salutation FirstName MiddleName LastName Suffix JobTitle BillAddress "
    "BillAddressBlock ShipAddress ShipAddressBlock ShipToAddress VendorAddress "
    "VendorAddressBlock OtherNameAddress OtherNameAddressBlock PrintAs Phone Mobile Pager "
    "AltPhone Fax Email Cc Contact AltContact AdditionalContactRef ContactsRet"
)
_ITEM = "BarCodeValue IsActive ClassRef ParentRef Sublevel"
_STOCK = (
    "ManufacturerPartNumber UnitOfMeasureSetRef IsTaxIncluded SalesTaxCodeRef SalesDesc "
    "SalesPrice IncomeAccountRef PurchaseDesc PurchaseCost PurchaseTaxCodeRef COGSAccountRef "
    "PrefVendorRef AssetAccountRef ReorderPoint BuildPoint Max QuantityOnHand AverageCost "
    "QuantityOnOrder QuantityOnSalesOrder ExternalGUID"
)
_SOLD = (
    "ManufacturerPartNumber UnitOfMeasureSetRef IsTaxIncluded SalesTaxCodeRef SalesOrPurchase "
    "SalesAndPurchase SpecialItemType ExternalGUID"
)
_TREE = "IsActive ParentRef Sublevel"


@dataclass(frozen=True, slots=True)
class ListKind:
    """One kind of list record.

    Attributes:
        name: As in the names of its requests, e.g. "Customer".
        space: The records among which names must differ.
        tree: Whether records have parents and a FullName.
        order: The elements of its Ret after Name (and FullName), in order.
        title: As QuickBooks calls the list in messages, e.g. "Customers".
    """

    name: str
    space: str
    tree: bool
    order: tuple[str, ...]
    title: str


_KINDS: Final = {
    "Customer": (
        "Entity", True,
        (f"IsActive ClassRef ParentRef Sublevel {_CONTACT} CustomerTypeRef TermsRef SalesRepRef "
         "Balance TotalBalance SalesTaxCodeRef ItemSalesTaxRef SalesTaxCountry ResaleNumber "
         "AccountNumber CreditLimit PreferredPaymentMethodRef CreditCardInfo JobStatus "
         "JobStartDate JobProjectedEndDate JobEndDate JobDesc JobTypeRef Notes AdditionalNotesRet "
         "IsStatementWithParent DeliveryMethod PreferredDeliveryMethod PriceLevelRef ExternalGUID "
         "TaxRegistrationNumber CurrencyRef"),
    ),
    "Vendor": (
        "Entity", False,
        (f"IsActive ClassRef {_CONTACT} NameOnCheck AccountNumber Notes AdditionalNotesRet "
         "VendorTypeRef TermsRef CreditLimit VendorTaxIdent IsVendorEligibleFor1099 Balance "
         "ExternalGUID SalesTaxCodeRef SalesTaxCountry IsSalesTaxAgency TaxRegistrationNumber"),
    ),
    "Employee": ("Entity", False, f"IsActive {_CONTACT} AccountNumber Notes ExternalGUID"),
    "OtherName": ("Entity", False, f"IsActive {_CONTACT} AccountNumber Notes ExternalGUID"),
    "Account": (
        "Account", True,
        (f"{_TREE} AccountType SpecialAccountType IsTaxAccount AccountNumber BankNumber Desc "
         "Balance TotalBalance SalesTaxCodeRef TaxLineInfoRet CashFlowClassification CurrencyRef"),
    ),
    "Class": ("Class", True, _TREE),
    "CustomerType": ("CustomerType", True, _TREE),
    "VendorType": ("VendorType", True, _TREE),
    "JobType": ("JobType", True, _TREE),
    "StandardTerms": ("Terms", False, "IsActive StdDueDays StdDiscountDays DiscountPct"),
    "DateDrivenTerms": (
        "Terms", False, "IsActive DayOfMonthDue DueNextMonthDays DiscountDayOfMonth DiscountPct",
    ),
    "PaymentMethod": ("PaymentMethod", False, "IsActive PaymentMethodType"),
    "ShipMethod": ("ShipMethod", False, "IsActive"),
    "SalesRep": ("SalesRep", False, "IsActive SalesRepEntityRef"),
    "CustomerMsg": ("CustomerMsg", False, "IsActive"),
    "PriceLevel": ("PriceLevel", False, "IsActive PriceLevelType PriceLevelFixedPercentage"),
    "Template": ("Template", False, "IsActive TemplateType"),
    "SalesTaxCode": (
        "SalesTaxCode", False, "IsActive IsTaxable Desc ItemPurchaseTaxRef ItemSalesTaxRef",
    ),
    "Currency": ("Currency", False, "IsActive CurrencyCode IsUserDefinedCurrency ExchangeRate"),
    "InventorySite": (
        "InventorySite", False, "IsActive ParentSiteRef IsDefaultSite SiteDesc",
    ),
    "UnitOfMeasureSet": (
        "UnitOfMeasureSet", False,
        "IsActive UnitOfMeasureType BaseUnit RelatedUnit DefaultUnit",
    ),
    "ItemService": ("Item", True, f"{_ITEM} {_SOLD}"),
    "ItemNonInventory": ("Item", True, f"{_ITEM} {_SOLD}"),
    "ItemOtherCharge": ("Item", True, f"{_ITEM} {_SOLD}"),
    "ItemInventory": ("Item", True, f"{_ITEM} {_STOCK}"),
    "ItemInventoryAssembly": ("Item", True, f"{_ITEM} {_STOCK} ItemInventoryAssemblyLine"),
    "ItemDiscount": (
        "Item", True,
        (f"{_ITEM} ItemDesc SalesTaxCodeRef DiscountRate DiscountRatePercent AccountRef "
         "ExternalGUID"),
    ),
    "ItemSubtotal": ("Item", False, "BarCodeValue IsActive ItemDesc SpecialItemType ExternalGUID"),
    "ItemPayment": (
        "Item", False,
        ("BarCodeValue IsActive ClassRef ItemDesc DepositToAccountRef PaymentMethodRef "
         "ExternalGUID"),
    ),
    "ItemSalesTax": (
        "Item", False, "BarCodeValue IsActive ClassRef ItemDesc TaxRate TaxVendorRef ExternalGUID",
    ),
    "ItemSalesTaxGroup": (
        "Item", False, "BarCodeValue IsActive ItemDesc ExternalGUID ItemSalesTaxRef",
    ),
    "ItemGroup": (
        "Item", False,
        ("BarCodeValue IsActive ItemDesc UnitOfMeasureSetRef IsPrintItemsInGroup ExternalGUID "
         "ItemGroupLine"),
    ),
}  # fmt: skip

LIST_KINDS: Final = {
    name: ListKind(name, space, tree, tuple(order.split()), f"{name}s")
    for name, (space, tree, order) in _KINDS.items()
}

ITEM_KINDS: Final = tuple(name for name, kind in LIST_KINDS.items() if kind.space == "Item")

QUERIED_TOGETHER: Final = {
    "Item": ITEM_KINDS,
    "Entity": ("Customer", "Employee", "OtherName", "Vendor"),
    "Terms": ("DateDrivenTerms", "StandardTerms"),
}
"""Queries that return records of several lists."""

REFERENCES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "CustomerRef": ("Customer", ("Customer",)),
    "ShipToEntityRef": ("Entity", QUERIED_TOGETHER["Entity"]),
    "PayeeEntityRef": ("Entity", QUERIED_TOGETHER["Entity"]),
    "SalesRepEntityRef": ("Entity", ("Employee", "OtherName", "Vendor")),
    "VendorRef": ("Vendor", ("Vendor",)),
    "PrefVendorRef": ("Vendor", ("Vendor",)),
    "TaxVendorRef": ("Vendor", ("Vendor",)),
    "ClassRef": ("Class", ("Class",)),
    "DiscountClassRef": ("Class", ("Class",)),
    "TermsRef": ("Terms", QUERIED_TOGETHER["Terms"]),
    "SalesRepRef": ("SalesRep", ("SalesRep",)),
    "ShipMethodRef": ("ShipMethod", ("ShipMethod",)),
    "PaymentMethodRef": ("PaymentMethod", ("PaymentMethod",)),
    "PreferredPaymentMethodRef": ("PaymentMethod", ("PaymentMethod",)),
    "CustomerMsgRef": ("CustomerMsg", ("CustomerMsg",)),
    "CustomerTypeRef": ("CustomerType", ("CustomerType",)),
    "VendorTypeRef": ("VendorType", ("VendorType",)),
    "JobTypeRef": ("JobType", ("JobType",)),
    "PriceLevelRef": ("PriceLevel", ("PriceLevel",)),
    "TemplateRef": ("Template", ("Template",)),
    "SalesTaxCodeRef": ("SalesTaxCode", ("SalesTaxCode",)),
    "PurchaseTaxCodeRef": ("SalesTaxCode", ("SalesTaxCode",)),
    "CustomerSalesTaxCodeRef": ("SalesTaxCode", ("SalesTaxCode",)),
    "ItemSalesTaxRef": ("ItemSalesTax", ("ItemSalesTax", "ItemSalesTaxGroup")),
    "ItemPurchaseTaxRef": ("ItemSalesTax", ("ItemSalesTax", "ItemSalesTaxGroup")),
    "CurrencyRef": ("Currency", ("Currency",)),
    "HomeCurrencyRef": ("Currency", ("Currency",)),
    "ItemRef": ("Item", ITEM_KINDS),
    "ItemGroupRef": ("ItemGroup", ("ItemGroup",)),
    "UnitOfMeasureSetRef": ("UnitOfMeasureSet", ("UnitOfMeasureSet",)),
    "InventorySiteRef": ("InventorySite", ("InventorySite",)),
    "ParentSiteRef": ("InventorySite", ("InventorySite",)),
}
"""What each reference may name: QuickBooks' word for it, and the kinds of list."""


def reference_target(name: str) -> tuple[str, tuple[str, ...]]:
    """QuickBooks' word and the list kinds that an element `...Ref` may name."""
    found = REFERENCES.get(name)
    if found is not None:
        return found
    if name.endswith("AccountRef"):
        return ("Account", ("Account",))
    raise KeyError(name)
