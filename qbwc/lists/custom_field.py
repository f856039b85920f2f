"""Custom fields that the company has defined, as on its sales forms; QuickBooks: DataExtDef.

They have neither ListID nor EditSequence, and are told whole every time.
"""

from qbwc.lists.list_kind import ListKind

KIND = ListKind(
    name="CustomField",
    label="Custom fields",
    query="DataExtDefQueryRq",
    ret=("DataExtDefRet",),
    include=("DataExtID", "DataExtName", "DataExtType", "AssignToObject"),
    modified=False,
    owned=True,
    id_element="DataExtID",
    name_element="DataExtName",
)
