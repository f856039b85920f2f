"""Sales representatives, known by their initials."""

from qbwc.documents.elements import Flag, RefElement, Text
from qbwc.lists.list_kind import ListKind, Search

KIND = ListKind(
    name="SalesRep",
    label="Sales reps",
    query="SalesRepQueryRq",
    ret=("SalesRepRet",),
    include=("ListID", "TimeModified", "EditSequence", "Initial", "IsActive", "SalesRepEntityRef"),
    name_element="Initial",
    keys={"entity": Search(("SalesRepEntityRef.FullName",))},
    add={
        "SalesRep": (
            Text("Initial", 5, "refuse", required=True),
            Flag("IsActive"),
            RefElement("SalesRepEntityRef", 41, required=True),
        ),
    },
    deleted=("SalesRep",),
)
