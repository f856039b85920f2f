"""Employees: whose names customers cannot have; nothing else of them is read."""

from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="Employee",
    query="EmployeeQueryRq",
    ret=("EmployeeRet",),
    include=IDENTITY,
    deleted=("Employee",),
)
