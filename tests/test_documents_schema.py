"""Every element table against Intuit's own: names, order, limits and decimals."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from lxml import etree

from qbwc import documents, lists
from qbwc.documents import elements as el
from tests.conftest import shared

_TYPES = {
    el.Text: "STRTYPE",
    el.TxnId: "IDTYPE",
    el.Amount: "AMTTYPE",
    el.Price: "PRICETYPE",
    el.Quantity: "QUANTYPE",
    el.Percent: "PERCENTTYPE",
    el.Number: "FLOATTYPE",
    el.Date: "DATETYPE",
    el.Flag: "BOOLTYPE",
    el.Integer: "INTTYPE",
    el.Enum: "ENUMTYPE",
    el.Guid: "GUIDTYPE",
}
_TAGS = [
    *[f"{kind.name}Add" for kind in documents.kinds().values()],
    *[f"{kind.name}Mod" for kind in documents.kinds().values() if kind.mod],
    *[f"{variant}Add" for kind in lists.kinds().values() for variant in kind.add],
    *[f"{kind.name}Mod" for kind in lists.kinds().values() if kind.mod],
]


@cache
def fields() -> dict[str, Any]:
    return json.loads(shared("qbxml/fields.json").read_text(encoding="utf-8"))


def table(tag: str) -> el.Table:
    name = tag[:-3]
    if name in documents.kinds():
        kind = documents.kind(name)
        return kind.add if tag.endswith("Add") else kind.mod or ()
    if tag.endswith("Mod"):
        return lists.Addition(kind=name, variant=name, full_name="", list_id="8-1").table
    return next(kind.add[name] for kind in lists.kinds().values() if name in kind.add)


def _in_the_schema(name: str) -> set[str]:
    """The elements of a record, from Intuit's schema itself."""
    schema = etree.parse(shared("qbxml/schema/qbxml130.xsd"))
    xs = {"xs": "http://www.w3.org/2001/XMLSchema"}
    found = schema.xpath(
        f"//xs:element[@name='{name}']//xs:element/@*[local-name()='name' or local-name()='ref']",
        namespaces=xs,
    )
    return {str(one) for one in found}


def intuits(tag: str) -> dict[str, dict[str, Any]]:
    """Intuit's fields by path, in order, those of no desktop edition left out."""
    rows: dict[str, dict[str, Any]] = {}
    for row in fields()[f"{tag}Rq"]["fields"]:
        if not {"QBD", "QBCA", "QBUK", "QBAU"} <= set(row.get("notIn", ())):
            rows.setdefault(row["path"], row)
    return rows


def ours(tag: str, items: el.Table) -> list[tuple[str, el.Element]]:
    """Our elements by path, in order."""
    found: list[tuple[str, el.Element]] = []
    for element in el.flat(items):
        if isinstance(element, el.Lines):
            found += [(f"{tag}/{element.tag}", element)]
            found += ours(f"{tag}/{element.tag}", element.children)
            if element.group_tag:
                found += [(f"{tag}/{element.group_tag}", element)]
                found += ours(f"{tag}/{element.group_tag}", element.group_children)
        elif isinstance(element, el.Group):
            found += [(f"{tag}/{element.tag or element.name}", element)]
            found += ours(f"{tag}/{element.tag or element.name}", element.children)
        elif not isinstance(element, el.Expected):
            found.append((f"{tag}/{element.name}", element))
    return found


def limit(row: dict[str, Any]) -> int | None:
    """The length that every desktop edition takes."""
    desktop = [size for edition, size in row.get("max", {}).items() if edition != "QBOE"]
    return min(desktop, default=None)


@pytest.mark.parametrize("tag", _TAGS)
def test_elements_exist_and_stand_in_intuits_order(tag: str) -> None:
    known = list(intuits(tag))
    paths = [path for path, _ in ours(tag, table(tag))]
    assert [path for path in paths if path not in known] == []
    assert paths == sorted(paths, key=known.index)


@pytest.mark.parametrize("tag", _TAGS)
def test_elements_have_intuits_types_limits_and_choices(tag: str) -> None:
    known = intuits(tag)
    for path, element in ours(tag, table(tag)):
        row = known[path]
        if isinstance(element, el.RefElement):
            assert f"{path}/ListID" in known, path
            assert limit(known[f"{path}/FullName"]) in {element.limit, None}, path
        elif type(element) in _TYPES:
            assert row["type"] in {_TYPES[type(element)], "IDTYPE"}, path
        if isinstance(element, el.Text):
            longest = 36 if row["type"] == "IDTYPE" else limit(row)
            assert longest in {element.limit, None}, path
        if isinstance(element, el.Enum):
            assert set(element.values) == set(row["enum"]), path
        if isinstance(element, el.AddressElement):
            parts = {part for part in el.ADDRESS_LIMITS if part != "Note" or element.note}
            for part in parts:
                assert limit(known[f"{path}/{part}"]) == el.ADDRESS_LIMITS[part]


@pytest.mark.parametrize("tag", _TAGS)
def test_what_intuit_requires_is_required(tag: str) -> None:
    declared = dict(ours(tag, table(tag)))
    for path, row in intuits(tag).items():
        parent = path.rpartition("/")[0]
        free = row.get("opt") or row.get("choice") or row.get("x") or path == tag
        if free or (parent != tag and parent not in declared) or "FullName" in path:
            continue
        in_choice = isinstance(declared.get(path), el.Element) and not declared[path].required
        assert path in declared, path
        if in_choice:
            assert _is_option(table(tag), declared[path]), path


def _is_option(items: el.Table, element: el.Element) -> bool:
    for item in items:
        if isinstance(item, el.Choice) and element in item.options:
            return True
        nested = getattr(item, "children", ()) + getattr(item, "group_children", ())
        if nested and _is_option(nested, element):
            return True
        if isinstance(item, el.Lines) and item is element:
            return True
        if isinstance(item, el.Choice) and any(
            _is_option(getattr(option, "children", ()), element) for option in item.options
        ):
            return True
    return False


@pytest.mark.parametrize("kind", documents.kinds().values(), ids=lambda kind: kind.name)
def test_what_an_add_returns_is_in_intuits_response(kind: documents.DocumentKind) -> None:
    rows = fields()[f"{kind.name}AddRs"]["fields"]
    known = {row["path"].split("/")[1] for row in rows if "/" in row["path"]}
    asked = {*kind.returns, *kind.line_returns}
    asked |= {kind.subtotal, kind.tax, kind.total, kind.balance} - {""}
    assert asked <= known


@pytest.mark.parametrize("kind", documents.kinds().values(), ids=lambda kind: kind.name)
def test_a_kinds_properties_are_intuits(kind: documents.DocumentKind) -> None:
    query = {row["path"] for row in fields()[kind.query]["fields"]}
    voidable = fields()["TxnVoidRq"]["fields"][0]["enum"]
    assert kind.linked == ("IncludeLinkedTxns" in query)
    assert kind.voidable == (kind.name in voidable)
    assert kind.external_guid == (f"{kind.name}Add/ExternalGUID" in intuits(f"{kind.name}Add"))


@pytest.mark.parametrize("kind", lists.kinds().values(), ids=lambda kind: kind.name)
def test_a_list_is_what_intuit_says_it_is(kind: lists.ListKind) -> None:
    if kind.query not in fields():
        own = set(kind.include) - {"ListID", "TimeModified", "EditSequence"}
        assert own <= _in_the_schema(kind.ret[0])
        assert (kind.iterator, kind.nested, dict(kind.keys)) == (False, False, {})
        return
    query = fields()[kind.query]
    paths = {row["path"] for row in query["fields"]}
    attributes = {name for name, _ in query["attrs"]}
    rows = fields()[kind.query.replace("Rq", "Rs")]["fields"]
    known = {row["path"] for row in rows}
    assert kind.iterator == ("iterator" in attributes)
    assert kind.modified == ("FromModifiedDate" in paths)
    assert set(kind.ret) == {path for path in known if path.endswith("Ret") and "/" not in path}
    for element in kind.include:
        assert any(f"{ret}/{element}" in known for ret in kind.ret), element
    assert kind.nested == any(f"{ret}/FullName" in known for ret in kind.ret)
    assert set(kind.deleted) <= set(fields()["ListDeletedQueryRq"]["fields"][0]["enum"])
    for search in kind.keys.values():
        for element in search.elements:
            assert element.split(".")[0] in kind.include
