"""Content models of the queries, and which of them have iterators."""

from __future__ import annotations

from typing import Final

from qbwc.practice.list_models import LIST_ENUMS
from qbwc.practice.txn_models import TXN_ENUMS

_STATUS = "ActiveStatus:E.ActiveStatus? FromModifiedDate:DT? ToModifiedDate:DT?"
_NAMES = "(NameFilter|NameRangeFilter)?"
_FILTER = f"MaxReturned:INT? {_STATUS} {_NAMES}"
_RET = "IncludeRetElement:S50*"
_OWNED = f"{_RET} OwnerID:GUID*"


def _listed(filters: str, tail: str) -> str:
    return f"(ListID:ID+|FullName:S+|({filters}))? {tail}"


_BALANCES = "TotalBalanceFilter? CurrencyFilter? ClassFilter?"
_PLAIN_LISTS = (
    "Class StandardTerms DateDrivenTerms Terms CustomerType VendorType JobType SalesRep "
    "CustomerMsg ShipMethod SalesTaxCode UnitOfMeasureSet Currency"
)
_ITEMS_BY_CLASS = "ItemInventory ItemService ItemNonInventory ItemOtherCharge ItemDiscount"
_ITEMS = f"{_ITEMS_BY_CLASS} ItemInventoryAssembly ItemSalesTax ItemPayment"
_ITEMS_WITHOUT_CLASS = "Item ItemSalesTaxGroup ItemSubtotal ItemGroup"

_LISTS: Final[dict[str, str]] = {
    **dict.fromkeys(_PLAIN_LISTS.split(), _listed(_FILTER, _RET)),
    **dict.fromkeys(_ITEMS.split(), _listed(f"{_FILTER} ClassFilter?", _OWNED)),
    **dict.fromkeys(_ITEMS_WITHOUT_CLASS.split(), _listed(_FILTER, _OWNED)),
    "Customer": _listed(f"{_FILTER} {_BALANCES}", _OWNED),
    "Vendor": _listed(f"{_FILTER} {_BALANCES}", _OWNED),
    "Employee": _listed(_FILTER, _OWNED),
    "OtherName": _listed(_FILTER, _OWNED),
    "Entity": _listed(_FILTER, _RET),
    "Account": _listed(f"{_FILTER} AccountType:E.AccountType* CurrencyFilter?", _OWNED),
    "PaymentMethod": _listed(f"{_FILTER} PaymentMethodType:E.PaymentMethodType*", _RET),
    "PriceLevel": _listed(f"{_FILTER} ItemRef? CurrencyFilter?", _RET),
    "InventorySite": _listed(f"{_STATUS} {_NAMES}", _RET),
    "Template": _RET,
}

_HEAD = "MaxReturned:INT? (ModifiedDateRangeFilter|TxnDateRangeFilter)? EntityFilter?"
_NUMBERS = "(RefNumberFilter|RefNumberRangeFilter)? CurrencyFilter?"
_WITH_ACCOUNT = f"{_HEAD} AccountFilter? {_NUMBERS}"


def _transactions(filters: str, linked: str) -> str:
    return (
        f"(TxnID:ID+|RefNumber:S+|RefNumberCaseSensitive:S+|({filters}))? "
        f"IncludeLineItems:B? {linked} {_OWNED}"
    )


_LINKED = "IncludeLinkedTxns:B?"
_TXNS: Final[dict[str, str]] = {
    "Invoice": _transactions(f"{_WITH_ACCOUNT} PaidStatus:E.PaidStatus?", _LINKED),
    "SalesOrder": _transactions(f"{_HEAD} {_NUMBERS}", _LINKED),
    "Estimate": _transactions(_WITH_ACCOUNT, _LINKED),
    "CreditMemo": _transactions(_WITH_ACCOUNT, _LINKED),
    "PurchaseOrder": _transactions(_WITH_ACCOUNT, _LINKED),
    "Check": _transactions(_WITH_ACCOUNT, _LINKED),
    "SalesReceipt": _transactions(_WITH_ACCOUNT, ""),
    "ReceivePayment": _transactions(_WITH_ACCOUNT, ""),
    "ARRefundCreditCard": _transactions(_WITH_ACCOUNT, ""),
}

_BY_NAME = "(ListID:ID+|FullName:S+|ListIDWithChildren:ID|FullNameWithChildren:S)"

QUERY_MODELS: Final[dict[str, str]] = {
    **{f"{kind}QueryRq": model for kind, model in (_LISTS | _TXNS).items()},
    "HostQueryRq": f"IncludeListMetaData? {_RET}",
    "IncludeListMetaData": "IncludeMaxCapacity:B",
    "CompanyQueryRq": _OWNED,
    "DataExtDefQueryRq": f"(OwnerID:GUID*|AssignToObject:E.AssignToObject*)? {_RET}",
    "PreferencesQueryRq": _RET,
    "ListDeletedQueryRq": f"ListDelType:E.ListDelType+ DeletedDateRangeFilter? {_RET}",
    "TxnDeletedQueryRq": f"TxnDelType:E.TxnDelType+ DeletedDateRangeFilter? {_RET}",
    "ItemSitesQueryRq": (
        "(ListID:ID*|(ItemTypeFilter:S?|ItemSiteFilter?))? MaxReturned:INT? "
        f"ActiveStatus:E.ActiveStatus? {_RET}"
    ),
    "ItemSiteFilter": "ItemFilter? SiteFilter?",
    "ItemFilter": _BY_NAME,
    "SiteFilter": "(ListID:ID+|FullName:S+)",
    "DeletedDateRangeFilter": "FromDeletedDate:DT? ToDeletedDate:DT?",
    "NameFilter": "MatchCriterion:E.MatchCriterion Name:S",
    "NameRangeFilter": "FromName:S? ToName:S?",
    "TotalBalanceFilter": "Operator:E.Operator Amount:AMT",
    "CurrencyFilter": "(ListID:ID+|FullName:S64+)",
    "ClassFilter": _BY_NAME,
    "EntityFilter": _BY_NAME,
    "AccountFilter": _BY_NAME,
    "ModifiedDateRangeFilter": "FromModifiedDate:DT? ToModifiedDate:DT?",
    "TxnDateRangeFilter": "((FromTxnDate:D? ToTxnDate:D?)|DateMacro:E.DateMacro)",
    "RefNumberFilter": "MatchCriterion:E.MatchCriterion RefNumber:S",
    "RefNumberRangeFilter": "FromRefNumber:S? ToRefNumber:S?",
}

ITERATED: Final = frozenset(
    f"{kind}QueryRq"
    for kind in (*_TXNS, "Customer", "Vendor", "Entity", *_ITEMS.split(),
                 *_ITEMS_WITHOUT_CLASS.split(), "ItemSites")
)  # fmt: skip
"""Queries whose requests take iterator and iteratorID."""

WITHOUT_METADATA: Final = frozenset({"HostQueryRq", "CompanyQueryRq", "PreferencesQueryRq"})

QUERY_ENUMS: Final[dict[str, str]] = {
    "AssignToObject": (
        "Account ARRefundCreditCard Check Company CreditMemo Customer Employee Estimate Invoice "
        "Item OtherName PurchaseOrder ReceivePayment SalesOrder SalesReceipt Vendor"
    ),
    "ActiveStatus": "ActiveOnly InactiveOnly All",
    "MatchCriterion": "StartsWith Contains EndsWith",
    "Operator": "LessThan LessThanEqual Equal GreaterThan GreaterThanEqual",
    "PaidStatus": "All PaidOnly NotPaidOnly",
    "DateMacro": "All Today ThisWeek ThisMonth ThisCalendarQuarter ThisCalendarYear",
    "ListDelType": LIST_ENUMS["ListDelType"],
    "TxnDelType": TXN_ENUMS["TxnDelType"],
}
