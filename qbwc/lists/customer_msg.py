"""Messages to the customer that are printed at the foot of a form."""

from qbwc.documents.elements import Flag, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="CustomerMsg",
    label="Customer messages",
    query="CustomerMsgQueryRq",
    ret=("CustomerMsgRet",),
    include=IDENTITY,
    add={"CustomerMsg": (Text("Name", 101, "refuse", required=True), Flag("IsActive"))},
    deleted=("CustomerMsg",),
)
