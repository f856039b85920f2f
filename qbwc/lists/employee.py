"""Employees: whose names customers cannot have; nothing else of them is read."""

from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="Employee",
    label="Employees",
    query="EmployeeQueryRq",
    ret=("EmployeeRet",),
    include=IDENTITY,
    deleted=("Employee",),
)
