"""Templates: how a form looks when it is printed. They cannot be created from outside."""

from qbwc.lists.list_kind import IDENTITY, ListKind, Search

KIND = ListKind(
    name="Template",
    label="Templates",
    query="TemplateQueryRq",
    ret=("TemplateRet",),
    include=(*IDENTITY, "TemplateType"),
    modified=False,
    keys={"type": Search(("TemplateType",))},
)
