"""The chart of accounts."""

from qbwc.documents.elements import Amount, Date, Enum, Flag, RefElement, Text
from qbwc.lists.list_kind import NESTED_IDENTITY, ListKind, Search

_TYPES = (
    "AccountsPayable",
    "AccountsReceivable",
    "Bank",
    "CostOfGoodsSold",
    "CreditCard",
    "Equity",
    "Expense",
    "FixedAsset",
    "Income",
    "LongTermLiability",
    "NonPosting",
    "OtherAsset",
    "OtherCurrentAsset",
    "OtherCurrentLiability",
    "OtherExpense",
    "OtherIncome",
)

KIND = ListKind(
    name="Account",
    label="Accounts",
    query="AccountQueryRq",
    ret=("AccountRet",),
    nested=True,
    include=(
        *NESTED_IDENTITY,
        "AccountType",
        "SpecialAccountType",
        "AccountNumber",
        "Desc",
        "CurrencyRef",
    ),
    keys={
        "name": Search(("Name",)),
        "number": Search(("AccountNumber",)),
        "type": Search(("AccountType",)),
        "special": Search(("SpecialAccountType",)),
    },
    add={
        "Account": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            RefElement("ParentRef", 159),
            Enum("AccountType", _TYPES, required=True),
            Text("AccountNumber", 7, "refuse"),
            Text("BankNumber", 25, "refuse"),
            Text("Desc", 200),
            Amount("OpenBalance"),
            Date("OpenBalanceDate"),
            RefElement("CurrencyRef", 64),
        ),
    },
    deleted=("Account",),
)
