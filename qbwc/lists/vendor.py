"""Vendors: whom purchase orders go to, and to whom sales tax is paid."""

from qbwc.documents.elements import AddressElement, Amount, Flag, Guid, RefElement, Text
from qbwc.lists import people
from qbwc.lists.list_kind import IDENTITY, ListKind, Search, address, digits

KIND = ListKind(
    name="Vendor",
    label="Vendors",
    query="VendorQueryRq",
    ret=("VendorRet",),
    iterator=True,
    include=(
        *IDENTITY,
        "CompanyName",
        "Phone",
        "Email",
        "AccountNumber",
        "TermsRef",
        "ExternalGUID",
        "CurrencyRef",
    ),
    keys={
        "name": Search(("Name",)),
        "company": Search(("CompanyName",)),
        "email": Search(("Email",), address, ",;"),
        "phone": Search(("Phone",), digits),
        "account_number": Search(("AccountNumber",)),
    },
    add={
        "Vendor": (
            people.NAME,
            people.ACTIVE,
            people.CLASS,
            *people.PERSON,
            AddressElement("VendorAddress"),
            AddressElement("ShipAddress"),
            *people.CONTACT,
            Text("NameOnCheck", 41),
            Text("AccountNumber", 99, "refuse"),
            *people.NOTES,
            RefElement("VendorTypeRef", 159),
            RefElement("TermsRef", 31),
            Amount("CreditLimit"),
            Text("VendorTaxIdent", 15, "refuse"),
            Flag("IsVendorEligibleFor1099"),
            *people.OPENING,
            RefElement("BillingRateRef", 31),
            Guid("ExternalGUID"),
            people.CURRENCY,
        ),
    },
    deleted=("Vendor",),
)
