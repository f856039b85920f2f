"""Currencies and their rates, where the company file uses several."""

from qbwc.documents.elements import Flag, Text
from qbwc.lists.list_kind import IDENTITY, ListKind, Search

KIND = ListKind(
    name="Currency",
    label="Currencies",
    query="CurrencyQueryRq",
    ret=("CurrencyRet",),
    include=(*IDENTITY, "CurrencyCode", "ExchangeRate", "AsOfDate"),
    keys={"code": Search(("CurrencyCode",))},
    add={
        "Currency": (
            Text("Name", 64, "refuse", required=True),
            Flag("IsActive"),
            Text("CurrencyCode", 3, "refuse", required=True),
        ),
    },
    deleted=("Currency",),
)
