"""Shipping methods, such as UPS Ground."""

from qbwc.documents.elements import Flag, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

KIND = ListKind(
    name="ShipMethod",
    label="Ship via",
    query="ShipMethodQueryRq",
    ret=("ShipMethodRet",),
    include=IDENTITY,
    add={"ShipMethod": (Text("Name", 15, "refuse", required=True), Flag("IsActive"))},
    deleted=("ShipMethod",),
)
