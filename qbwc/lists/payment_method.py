"""Payment methods, such as Visa or Check."""

from qbwc.documents.elements import Enum, Flag, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

_TYPES = (
    "AmericanExpress",
    "Cash",
    "Check",
    "DebitCard",
    "Discover",
    "ECheck",
    "GiftCard",
    "MasterCard",
    "Other",
    "OtherCreditCard",
    "Visa",
)

KIND = ListKind(
    name="PaymentMethod",
    label="Payment methods",
    query="PaymentMethodQueryRq",
    ret=("PaymentMethodRet",),
    include=(*IDENTITY, "PaymentMethodType"),
    add={
        "PaymentMethod": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            Enum("PaymentMethodType", _TYPES),
        ),
    },
    deleted=("PaymentMethod",),
)
