"""Terms of payment, standard (days) or driven by the date."""

from qbwc.documents.elements import Flag, Integer, Percent, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="Terms",
    label="Terms",
    query="TermsQueryRq",
    ret=("StandardTermsRet", "DateDrivenTermsRet"),
    include=(
        *IDENTITY,
        "StdDueDays",
        "StdDiscountDays",
        "DiscountPct",
        "DayOfMonthDue",
        "DueNextMonthDays",
        "DiscountDayOfMonth",
    ),
    add={
        "StandardTerms": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            Integer("StdDueDays"),
            Integer("StdDiscountDays"),
            Percent("DiscountPct"),
        ),
    },
    deleted=("StandardTerms", "DateDrivenTerms"),
)
