"""Classes, by which QuickBooks divides sales for its reports."""

from qbwc.documents.elements import Flag, RefElement, Text
from qbwc.lists.list_kind import NESTED_IDENTITY, ListKind, Search

KIND = ListKind(
    name="Class",
    label="Classes",
    query="ClassQueryRq",
    ret=("ClassRet",),
    nested=True,
    include=NESTED_IDENTITY,
    keys={"name": Search(("Name",))},
    add={
        "Class": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            RefElement("ParentRef", 159),
        ),
    },
    deleted=("Class",),
)
