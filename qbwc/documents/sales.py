"""Element tables that the sales forms share: references, lines, group lines, custom fields."""

from __future__ import annotations

from qbwc.documents.elements import (
    Amount,
    Choice,
    Date,
    Enum,
    Expected,
    Flag,
    Group,
    Guid,
    Item,
    Later,
    Lines,
    Number,
    Percent,
    Price,
    Quantity,
    RefElement,
    Table,
    Text,
    TxnId,
)

CUSTOMER = RefElement("CustomerRef", 209, required=True, by_name=False)
OPTIONAL_CUSTOMER = RefElement("CustomerRef", 209, by_name=False)
CLASS = RefElement("ClassRef", 159)
AR_ACCOUNT = RefElement("ARAccountRef", 159)
TEMPLATE = RefElement("TemplateRef", 31)
DATE = Date("TxnDate")
REF_NUMBER = Text("RefNumber", 11, "refuse")
TERMS: Table = (
    Text("PONumber", 25),
    RefElement("TermsRef", 31),
    Date("DueDate"),
    RefElement("SalesRepRef", 5),
    Text("FOB", 13),
)
SHIPPING: Table = (Date("ShipDate"), RefElement("ShipMethodRef", 15))
SALES_TAX = RefElement("ItemSalesTaxRef", 31)
MEMO = Text("Memo", 4095, multiline=True)
MESSAGE = RefElement("CustomerMsgRef", 101)
TO_PRINT = Flag("IsToBePrinted")
TO_EMAIL = Flag("IsToBeEmailed")
TAX_CODES: Table = (Flag("IsTaxIncluded"), RefElement("CustomerSalesTaxCodeRef", 3))
OTHER: Table = (Text("Other", 29), Number("ExchangeRate"))
GUID = Guid("ExternalGUID")
OWN_ID: Table = (TxnId("TxnID", required=True), Text("EditSequence", 16, "refuse", required=True))

SET_CREDIT = Group(
    "SetCredit",
    (
        TxnId("CreditTxnID", macro=True, required=True),
        Amount("AppliedAmount", required=True),
        Flag("Override"),
    ),
    repeated=True,
)
DATA_EXT = Group(
    "DataExt",
    (
        Guid("OwnerID", required=True),
        Text("DataExtName", 31, "refuse", required=True),
        Text("DataExtValue", 4095, required=True),
    ),
    repeated=True,
)
CUSTOM_FIELDS = Later("CustomFields")
"""The company's own custom fields at the head of a form: name -> text, or CLEAR."""
LINK = Group(
    "LinkToTxn",
    (TxnId("TxnID", required=True), Text("TxnLineID", 36, "refuse", required=True)),
)

_WHAT: Table = (
    RefElement("ItemRef", 159, by_name=False),
    Text("Desc", 4095, multiline=True),
    Quantity("Quantity"),
    Text("UnitOfMeasure", 31, "refuse"),
)
_UOM_SET = RefElement("OverrideUOMSetRef", 31)
_RATE: tuple[Price | Percent, ...] = (Price("Rate"), Percent("RatePercent"))
_RATES = Choice((*_RATE, RefElement("PriceLevelRef", 31)))
_VALUE: Table = (CLASS, Amount("Amount"), Amount("TaxAmount"))
_CONFLICT = Enum("OptionForPriceRuleConflict", ("Zero", "BasePrice"))
_SITE: Table = (RefElement("InventorySiteRef", 31), RefElement("InventorySiteLocationRef", 31))
_TRACKED = Choice((Text("SerialNumber", 4095, "refuse"), Text("LotNumber", 40, "refuse")))
_TAX_CODE = RefElement("SalesTaxCodeRef", 3)
_ACCOUNT = RefElement("OverrideItemAccountRef", 159)
_OTHERS: Table = (Text("Other1", 29), Text("Other2", 29))
_LINE_ID = Text("TxnLineID", 36, "refuse", required=True)

INVOICE_LINE: Table = (
    *_WHAT, _RATES, *_VALUE, _CONFLICT, *_SITE, _TRACKED,
    Date("ServiceDate"), _TAX_CODE, _ACCOUNT, *_OTHERS,
)  # fmt: skip
CREDIT_LINE: Table = tuple(item for item in INVOICE_LINE if item is not _CONFLICT)
ORDER_LINE: Table = (
    *_WHAT, _RATES, *_VALUE, _CONFLICT, *_SITE, _TRACKED,
    _TAX_CODE, Flag("IsManuallyClosed"), *_OTHERS,
)  # fmt: skip
ESTIMATE_LINE: Table = (
    *_WHAT, Choice(_RATE), *_VALUE, _CONFLICT, *_SITE, _TAX_CODE,
    Choice(
        (Price("MarkupRate"), Percent("MarkupRatePercent"), RefElement("PriceLevelRef", 31))
    ),
    _ACCOUNT, *_OTHERS,
)  # fmt: skip

_GROUP: Table = (
    RefElement("ItemGroupRef", 31, required=True, by_name=False),
    Quantity("Quantity"),
    Text("UnitOfMeasure", 31, "refuse"),
    *_SITE,
    DATA_EXT,
    Expected("Amount"),
)
_GROUP_MOD: Table = (
    _LINE_ID,
    RefElement("ItemGroupRef", 31, by_name=False),
    Quantity("Quantity"),
    Text("UnitOfMeasure", 31, "refuse"),
    _UOM_SET,
)


def add_lines(kind: str, line: Table, *, linked: bool = False, required: bool = True) -> Lines:
    """The lines of an add; ``linked`` ones may name a line of another transaction instead."""
    extra: tuple[Item, ...] = (LINK, DATA_EXT) if linked else (DATA_EXT,)
    return Lines(
        "lines",
        f"{kind}LineAdd",
        (*line, *extra),
        f"{kind}LineGroupAdd",
        _GROUP,
        required=required,
        apart=("ItemRef", "LinkToTxn") if linked else None,
    )


def mod_lines(kind: str, line: Table) -> Lines:
    """The lines of a mod. QuickBooks deletes every line that a mod with lines leaves out."""
    at = line.index(_WHAT[-1]) + 1
    children: Table = (_LINE_ID, *line[:at], _UOM_SET, *line[at:])
    nested = Lines("lines", f"{kind}LineMod", children)
    return Lines("lines", f"{kind}LineMod", children, f"{kind}LineGroupMod", (*_GROUP_MOD, nested))


ID = ("TxnID", "TxnNumber", "EditSequence")
NAMED = ("TxnDate", "RefNumber")
IDENTITY = (*ID, "CustomerRef", *NAMED)
SUMS = ("Subtotal", "SalesTaxTotal", "TotalAmount")
