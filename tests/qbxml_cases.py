"""Documents of every kind made by Hypothesis from the element tables, and Intuit's schema."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from qbwc.documents import Address, Ref, TxnRef
from qbwc.documents import elements as el
from qbwc.qbxml import Macro, message_set
from tests.conftest import shared

TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "Łódź 東京 😀 👩‍👩‍👧‍👧 ﬁ Ω",
            "a\x00b\x1f\x7f\x85c\ud7ff\ufffe",
            "tab\tline\r\nbreak\n",
            "A:B:C & <tag> \"quoted\" 'single' ]]>",
            "x" * 10_000,
            "wörd " * 2_000,
            "\u2014\u201cCrème brûlée\u201d \u2013 €5\u2026",
        ]
    ),
)
PLAIN = st.text("ABCxyz 019-&<é€", min_size=1, max_size=12).map(lambda text: f"A{text}".strip())


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(shared("qbxml/schema/qbxmlops130.xsd")))


def assert_valid(*requests: str) -> None:
    """Assert that Intuit's schema accepts a message set of the requests."""
    document = etree.fromstring(message_set(requests))
    assert schema().validate(document), str(schema().error_log)


def known(ref: Ref) -> str | None:
    """A ListID for every entry."""
    return f"8000000{len(ref.full_name) % 10}-1700000000"


def posted(ref: TxnRef) -> str | Macro | None:
    """A TxnID for every document."""
    return f"1A{len(ref.kind):X}-1700000000"


def _decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    high = Decimal(10) ** digits - 1
    return st.decimals(-high, high, places=places, allow_nan=False, allow_infinity=False)


_SIMPLE: dict[type[el.Element], st.SearchStrategy[Any]] = {
    el.Amount: _decimals(13, 2),
    el.Price: _decimals(10, 5),
    el.Quantity: _decimals(10, 5),
    el.Percent: _decimals(10, 5),
    el.Number: _decimals(6, 8),
    el.Date: st.dates(date(1901, 1, 1), date(9999, 12, 31)),
    el.Guid: st.sampled_from(["0", "{4efa71c7-4738-5c6d-8ec9-07de049c4578}"]),
    el.Expected: _decimals(13, 2),
    el.Later: st.dictionaries(PLAIN, PLAIN, max_size=2),
    el.RefElement: st.builds(Ref, st.just("Any"), PLAIN),
    el.AddressElement: st.builds(
        Address,
        lines=st.lists(TEXT, max_size=8).map(tuple),
        city=TEXT,
        state=TEXT,
        postal_code=TEXT,
        country=TEXT,
        note=TEXT,
    ),
}


def _tame(element: el.Element, *, wild: bool) -> st.SearchStrategy[Any]:
    match element:
        case el.Text(overflow="refuse", limit=limit):
            return PLAIN.map(lambda text: text[: min(limit, 12)].strip())
        case el.Text():
            return st.builds(lambda text: f"A{text}", TEXT)
        case el.TxnId(repeated=repeated):
            one = st.sampled_from(["1-2", TxnRef("Invoice"), TxnRef("CreditMemo", "7")])
            return st.lists(one, min_size=1, max_size=2) if repeated else one
        case el.Flag(only=only):
            return st.booleans() if only is None else st.just(only)
        case el.Integer(low=low, high=high):
            return st.integers(low, high)
        case el.Enum(values=words):
            return st.sampled_from(words)
        case el.Group(children=children, repeated=repeated):
            group = fields(children, wild=wild)
            return st.lists(group, min_size=1, max_size=2) if repeated else group
        case el.Lines(children=children, group_children=grouped):
            kinds = [fields(children, wild=wild, apart=element.apart)]
            kinds += [fields(grouped, wild=wild, grouped=True)] if grouped else []
            return st.lists(st.one_of(kinds), min_size=1, max_size=3)
    return _SIMPLE[type(element)]


def values(element: el.Element, *, wild: bool) -> st.SearchStrategy[Any]:
    """Values for an element: those that it must take, or also those that it must refuse."""
    tame = _tame(element, wild=wild)
    if not wild:
        return tame
    odd = st.one_of(TEXT, st.decimals(), st.none(), st.booleans(), st.just(float("nan")))
    return st.integers(0, 9).flatmap(lambda roll: odd if roll == 0 else tame)


@st.composite
def fields(
    draw: st.DrawFn,
    table: el.Table,
    *,
    wild: bool,
    apart: tuple[str, str] | None = None,
    grouped: bool = False,
) -> dict[str, Any]:
    """The fields of a table, some left out, at most one of each choice."""
    chosen: dict[str, Any] = {}
    for item in table:
        options = item.options if isinstance(item, el.Choice) else (item,)
        needed = item.required or (grouped and getattr(item, "name", "") == "ItemGroupRef")
        if not needed and draw(st.integers(0, 2)):
            continue
        element = draw(st.sampled_from(options))
        if apart and element.name == apart[1] and apart[0] in chosen:
            continue
        chosen[element.name] = draw(values(element, wild=wild))
    return chosen
