"""Price levels: a percentage off or on every price, or prices for each item."""

from qbwc.documents.elements import Flag, Percent, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="PriceLevel",
    label="Price levels",
    query="PriceLevelQueryRq",
    ret=("PriceLevelRet",),
    include=(*IDENTITY, "PriceLevelType", "PriceLevelFixedPercentage", "CurrencyRef"),
    add={
        "PriceLevel": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            Percent("PriceLevelFixedPercentage", required=True),
        ),
    },
    deleted=("PriceLevel",),
)
