"""What a new company file holds: the accounts and lists of a small shop."""

from __future__ import annotations

from typing import Final, Literal

from qbwc.practice.books import Books
from qbwc.practice.list_requests import create
from qbwc.practice.reader import Fields

Seed = Literal["standard", "bare"]

_ACCOUNTS: Final = (
    ("Checking", "Bank"), ("Savings", "Bank"), ("Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "OtherCurrentAsset"), ("Inventory Asset", "OtherCurrentAsset"),
    ("Accounts Payable", "AccountsPayable"), ("Company Card", "CreditCard"),
    ("Sales Tax Payable", "OtherCurrentLiability"),
    ("Gift Cards Outstanding", "OtherCurrentLiability"),
    ("Opening Balance Equity", "Equity"), ("Retained Earnings", "Equity"),
    ("Sales", "Income"), ("Shipping Income", "Income"), ("Sales Discounts", "Income"),
    ("Sales Returns", "Income"), ("Cost of Goods Sold", "CostOfGoodsSold"),
    ("Merchant Fees", "Expense"), ("Shipping Expense", "Expense"),
    ("Inventory Adjustments", "Expense"),
)  # fmt: skip
_SPECIAL: Final = {
    "Accounts Receivable": "AccountsReceivable", "Undeposited Funds": "UndepositedFunds",
    "Inventory Asset": "InventoryAssets", "Accounts Payable": "AccountsPayable",
    "Sales Tax Payable": "SalesTaxPayable", "Opening Balance Equity": "OpeningBalanceEquity",
    "Retained Earnings": "RetainedEarnings", "Cost of Goods Sold": "CostOfGoodsSold",
}  # fmt: skip
_TEMPLATES: Final = (
    ("Intuit Product Invoice", "Invoice"), ("Intuit Service Invoice", "Invoice"),
    ("Custom Sales Receipt", "SalesReceipt"), ("Custom Sales Order", "SalesOrder"),
    ("Custom Estimate", "Estimate"), ("Custom Credit Memo", "CreditMemo"),
    ("Custom Purchase Order", "PurchaseOrder"),
)  # fmt: skip
_METHODS: Final = (
    ("Cash", "Cash"), ("Check", "Check"), ("American Express", "AmericanExpress"),
    ("Discover", "Discover"), ("MasterCard", "MasterCard"), ("Visa", "Visa"),
    ("Debit Card", "DebitCard"), ("Gift Card", "GiftCard"), ("E-Check", "ECheck"),
    ("PayPal", "Other"), ("Shopify Payments", "Other"), ("Stripe", "Other"),
)  # fmt: skip
_TERMS: Final = (
    ("Due on receipt", "0", "", ""), ("Net 15", "15", "", ""), ("Net 30", "30", "", ""),
    ("Net 60", "60", "", ""), ("2% 10 Net 30", "30", "10", "2.0"),
)  # fmt: skip
_TAXES: Final = (
    ("CA 7.25", "7.25"), ("NY 8.875", "8.875"), ("TX 8.25", "8.25"), ("FL 6", "6.0"),
    ("WA 6.5", "6.5"), ("Seattle 3.85", "3.85"),
)  # fmt: skip


def fill(books: Books, size: Seed) -> None:
    """Fill a new company file.

    Args:
        books: The books of the new file.
        size: "bare" is what QuickBooks itself needs; "standard" adds a shop's lists.
    """
    for name, kind in _ACCOUNTS:
        fields: Fields = {"Name": name, "AccountType": kind}
        if name in _SPECIAL:
            fields["SpecialAccountType"] = _SPECIAL[name]
        create(books, "Account", fields)
    for name, taxed, desc in (("Tax", "true", "Taxable Sales"), ("Non", "false", "Non-Taxable")):
        create(books, "SalesTaxCode", {"Name": name, "IsTaxable": taxed, "Desc": desc})
    for name, kind in _TEMPLATES:
        create(books, "Template", {"Name": name, "TemplateType": kind})
    create(books, "Vendor", {"Name": "State Tax Agency", "IsSalesTaxAgency": "true"})
    _tax(books, "Out of State", "0.0")
    if size == "standard":
        _lists(books)
        _people(books)
        _items(books)


def _tax(books: Books, name: str, rate: str) -> None:
    create(books, "ItemSalesTax", {
        "Name": name, "ItemDesc": f"Sales tax {name}", "TaxRate": rate,
        "TaxVendorRef": {"FullName": "State Tax Agency"},
    })  # fmt: skip


def _lists(books: Books) -> None:
    for name, kind in _METHODS:
        create(books, "PaymentMethod", {"Name": name, "PaymentMethodType": kind})
    for name, due, discount_days, percent in _TERMS:
        create(books, "StandardTerms", {
            "Name": name, "StdDueDays": due, "StdDiscountDays": discount_days,
            "DiscountPct": percent,
        })  # fmt: skip
    create(books, "DateDrivenTerms", {
        "Name": "1st of the month", "DayOfMonthDue": "1", "DueNextMonthDays": "10",
    })  # fmt: skip
    for kind, names in {
        "ShipMethod": ("UPS", "FedEx", "USPS", "DHL", "Local Delivery", "Pickup"),
        "Class": ("Online", "Retail", "Wholesale"),
        "CustomerType": ("Online", "Retail", "Wholesale"),
        "CustomerMsg": ("Thank you for your business.", "We appreciate your prompt payment."),
        "VendorType": ("Suppliers", "Tax agency"),
    }.items():
        for name in names:
            create(books, kind, {"Name": name})
    parent = {"FullName": "Online"}
    for name in ("Shopify", "WooCommerce", "Amazon"):
        create(books, "Class", {"Name": name, "ParentRef": parent})
    create(books, "PriceLevel", {"Name": "Wholesale", "PriceLevelFixedPercentage": "-10.0"})
    _tax(books, "Tax Calculated On Invoice", "0.0")
    for name, rate in _TAXES:
        _tax(books, name, rate)
    create(books, "ItemSalesTaxGroup", {
        "Name": "Seattle", "ItemDesc": "Washington and Seattle",
        "ItemSalesTaxRef": [{"FullName": "WA 6.5"}, {"FullName": "Seattle 3.85"}],
    })  # fmt: skip


def _people(books: Books) -> None:
    create(books, "Employee", {"Name": "Robin Clerk", "FirstName": "Robin", "LastName": "Clerk"})
    create(books, "OtherName", {"Name": "Petty Cash"})
    create(books, "SalesRep", {"Initial": "RC", "SalesRepEntityRef": {"FullName": "Robin Clerk"}})
    create(books, "Vendor", {
        "Name": "Acme Supply", "CompanyName": "Acme Supply", "TermsRef": {"FullName": "Net 30"},
    })  # fmt: skip
    create(books, "Customer", {"Name": "Web Store"})
    create(books, "Customer", {
        "Name": "Kern Lighting", "CompanyName": "Kern Lighting Warehouse",
        "Email": "orders@kern.example", "TermsRef": {"FullName": "Net 30"},
        "BillAddress": {"Addr1": "Kern Lighting Warehouse", "Addr2": "12 Dock Road",
                        "City": "Bayshore", "State": "CA", "PostalCode": "94326"},
    })  # fmt: skip
    create(books, "Customer", {"Name": "Showroom", "ParentRef": {"FullName": "Kern Lighting"}})


def _items(books: Books) -> None:
    def charge(kind: str, name: str, account: str, price: str = "", code: str = "Tax") -> None:
        create(books, kind, {
            "Name": name, "SalesTaxCodeRef": {"FullName": code},
            "SalesOrPurchase": {"Desc": name, "Price": price, "AccountRef": {"FullName": account}},
        })  # fmt: skip

    charge("ItemService", "Installation", "Sales", "75.00", "Non")
    charge("ItemNonInventory", "Web Sales", "Sales")
    charge("ItemNonInventory", "Gift Card", "Gift Cards Outstanding", "", "Non")
    charge("ItemOtherCharge", "Shipping", "Shipping Income", "", "Non")
    charge("ItemOtherCharge", "Handling", "Shipping Income", "", "Non")
    charge("ItemOtherCharge", "Marketplace Tax", "Sales Tax Payable", "", "Non")
    charge("ItemOtherCharge", "Rounding", "Sales", "", "Non")
    for name, price, cost, quantity in (
        ("Desk Lamp", "49.95", "21.50", "120"), ("Floor Lamp", "129.00", "61.00", "35"),
        ("LED Bulb", "4.75", "1.65", "2400"), ("Lamp Shade", "18.50", "7.25", "80"),
    ):  # fmt: skip
        create(books, "ItemInventory", {
            "Name": name, "SalesTaxCodeRef": {"FullName": "Tax"}, "SalesDesc": name,
            "SalesPrice": price, "IncomeAccountRef": {"FullName": "Sales"},
            "PurchaseDesc": name, "PurchaseCost": cost,
            "COGSAccountRef": {"FullName": "Cost of Goods Sold"},
            "PrefVendorRef": {"FullName": "Acme Supply"},
            "AssetAccountRef": {"FullName": "Inventory Asset"}, "QuantityOnHand": quantity,
        })  # fmt: skip
    for name, percent in (("Discount", ""), ("10% off", "10.0")):
        create(books, "ItemDiscount", {
            "Name": name, "ItemDesc": name, "SalesTaxCodeRef": {"FullName": "Tax"},
            "DiscountRatePercent": percent, "AccountRef": {"FullName": "Sales Discounts"},
        })  # fmt: skip
    create(books, "ItemSubtotal", {"Name": "Subtotal", "ItemDesc": "Subtotal"})
    create(books, "ItemPayment", {
        "Name": "Payment received", "ItemDesc": "Payment received",
        "DepositToAccountRef": {"FullName": "Undeposited Funds"},
    })  # fmt: skip
    create(books, "ItemGroup", {
        "Name": "Lamp Kit", "ItemDesc": "A desk lamp with two bulbs",
        "IsPrintItemsInGroup": "true",
        "ItemGroupLine": [{"ItemRef": {"FullName": "Desk Lamp"}, "Quantity": "1"},
                          {"ItemRef": {"FullName": "LED Bulb"}, "Quantity": "2"}],
    })  # fmt: skip
