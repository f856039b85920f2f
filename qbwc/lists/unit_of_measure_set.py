"""Sets of units of measure: a base unit, such as each, and what it is counted in otherwise."""

from qbwc.documents.elements import Enum, Flag, Group, Price, Text
from qbwc.lists.list_kind import IDENTITY, ListKind

_TYPES = ("Area", "Count", "Length", "Other", "Time", "Volume", "Weight")
_NAMED = (
    Text("Name", 31, "refuse", required=True),
    Text("Abbreviation", 31, "refuse", required=True),
)

KIND = ListKind(
    name="UnitOfMeasureSet",
    label="Unit of measure sets",
    query="UnitOfMeasureSetQueryRq",
    ret=("UnitOfMeasureSetRet",),
    include=(*IDENTITY, "UnitOfMeasureType", "BaseUnit", "RelatedUnit", "DefaultUnit"),
    add={
        "UnitOfMeasureSet": (
            Text("Name", 31, "refuse", required=True),
            Flag("IsActive"),
            Enum("UnitOfMeasureType", _TYPES, required=True),
            Group("BaseUnit", _NAMED, required=True),
            Group("RelatedUnit", (*_NAMED, Price("ConversionRatio", required=True)), repeated=True),
        ),
    },
    deleted=("UnitOfMeasureSet",),
)
