"""Customer types, by which QuickBooks groups customers."""

from qbwc.documents.elements import Flag, RefElement, Text
from qbwc.lists.list_kind import NESTED_IDENTITY, ListKind, Search

KIND = ListKind(
    name="CustomerType",
    label="Customer types",
    query="CustomerTypeQueryRq",
    ret=("CustomerTypeRet",),
    nested=True,
    include=NESTED_IDENTITY,
    keys={"name": Search(("Name",))},
    add={
        "CustomerType": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            RefElement("ParentRef", 159),
        ),
    },
    deleted=("CustomerType",),
)
