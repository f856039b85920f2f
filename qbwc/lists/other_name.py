"""Other names: which customers cannot have either."""

from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="OtherName",
    label="Other names",
    query="OtherNameQueryRq",
    ret=("OtherNameRet",),
    include=IDENTITY,
    deleted=("OtherName",),
)
