"""Fields to qbXML elements: order, form and length as the tables say, or a named refusal.

Nothing is written that QuickBooks must refuse: one request that is not valid against Intuit's
schema makes QuickBooks refuse the whole message set with 0x80040400.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from qbwc.documents import elements as el
from qbwc.documents.base import CLEAR, Address, Ref, TxnRef
from qbwc.documents.encoding import cut, escape, printable
from qbwc.qbxml.addresses import address_lines
from qbwc.qbxml.pen import Cut, Macro, Pen

_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}\Z").fullmatch
_ID_LIMIT = 36
_MONEY_DIGITS = 13
_NUMBER_DIGITS = 10
_NUMBER_DECIMALS = 5
_CENTS = Decimal("0.01")


Fields = Mapping[str, Any]


def write(table: el.Table, fields: Fields, pen: Pen) -> None:
    """Write the fields as elements, in the table's order.

    Raises:
        CannotRender: a value that the table does not allow, or a name that it does not have.
    """
    known = 0
    for item in table:
        if isinstance(item, el.Choice):
            known += _write_choice(item, fields, pen)
            continue
        name = item.name
        if name not in fields:
            if item.required:
                pen.refuse(name, "is missing")
            continue
        known += 1
        value = fields[name]
        if not _absent(value):
            _WRITERS[type(item)](item, value, pen)
        elif item.required:
            pen.refuse(name, "is missing")
    if known != len(fields):
        unknown = fields.keys() - el.names(table)
        pen.refuse(min(unknown), "QuickBooks has no such element here")


def _absent(value: Any) -> bool:
    return value is None or value in ("", [], (), _NO_ADDRESS)


_NO_ADDRESS = Address()


def _write_choice(choice: el.Choice, fields: Fields, pen: Pen) -> int:
    named = [option for option in choice.options if option.name in fields]
    given = [option for option in named if not _absent(fields[option.name])]
    if len(given) > 1:
        pen.refuse(given[1].name, f"cannot be sent together with {given[0].name}")
    if given:
        _WRITERS[type(given[0])](given[0], fields[given[0].name], pen)
    elif choice.required:
        one = " or ".join(option.name for option in choice.options)
        pen.refuse(one, "is missing")
    return len(named)


def _write_text(element: el.Text, value: Any, pen: Pen) -> None:
    if value is CLEAR and not element.required:
        pen.out.append(f"<{element.name}/>")
        return
    if not isinstance(value, str):
        pen.refuse(element.name, "is not a text")
    text = _fitted(element.name, value, element.limit, pen, element)
    if text:
        pen.text(element.name, escape(text))
    elif element.required:
        pen.refuse(element.name, "has no character that QuickBooks can keep")


def _fitted(name: str, value: str, limit: int, pen: Pen, element: el.Text) -> str:
    text = printable(value, multiline=element.multiline)
    if len(text) <= limit:
        return text
    if element.overflow == "refuse":
        pen.refuse(name, f"has {len(text)} characters; QuickBooks keeps {limit}")
    short = cut(text, limit)
    pen.cuts.append(Cut(pen.where(name), text, short))
    return short


def _write_ref(element: el.RefElement, value: Any, pen: Pen) -> None:
    name = element.name
    if value is CLEAR and not element.required:
        pen.out.append(f"<{name}><FullName/></{name}>")
        return
    if not isinstance(value, Ref):
        pen.refuse(name, "is not a reference to a list entry")
    list_id = value.list_id or pen.resolve(value)
    if list_id:
        pen.out.append(f"<{name}><ListID>{_identifier(name, list_id, pen)}</ListID></{name}>")
        return
    full_name = printable(value.full_name)
    if list_id is None and not element.by_name:
        pen.refuse(name, f"{value.kind} {value.full_name!r} is not known in QuickBooks")
    if not full_name:
        pen.refuse(name, "names no list entry")
    if len(full_name) > element.limit:
        pen.refuse(name, f"has {len(full_name)} characters; QuickBooks keeps {element.limit}")
    pen.out.append(f"<{name}><FullName>{escape(full_name)}</FullName></{name}>")


def _identifier(name: str, value: str, pen: Pen) -> str:
    if len(value) > _ID_LIMIT or not value.isascii() or not value.isprintable():
        pen.refuse(name, f"{value!r} is no identifier that QuickBooks gave")
    return escape(value)


def _write_txn_id(element: el.TxnId, value: Any, pen: Pen) -> None:
    name = element.name
    for one in value if element.repeated and isinstance(value, (list, tuple)) else (value,):
        found = pen.txn(one) if isinstance(one, TxnRef) else one
        if isinstance(found, Macro):
            if not element.macro:
                pen.refuse(name, "cannot be a macro here; it must wait for the TxnID")
            pen.out.append(f'<{name} useMacro="{found.attribute}"/>')
        elif isinstance(found, str) and found:
            pen.text(name, _identifier(name, found, pen))
        elif isinstance(one, TxnRef):
            pen.refuse(name, f"the {one.kind} has no TxnID yet")
        else:
            pen.refuse(name, "is not a transaction's id")


def _decimal(name: str, value: Any, pen: Pen) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if type(value) is not Decimal or not value.is_finite():
        pen.refuse(name, f"{value!r} is not a decimal number")
    return value


def _write_amount(element: el.Amount, value: Any, pen: Pen) -> None:
    if value is CLEAR and not element.required:
        pen.out.append(f"<{element.name}/>")
        return
    amount = _decimal(element.name, value, pen)
    if amount.adjusted() >= _MONEY_DIGITS and amount:
        pen.refuse(element.name, f"{amount} is too large")
    cents = amount.quantize(_CENTS)
    if cents != amount:
        pen.refuse(element.name, f"{amount} has more than two decimals")
    pen.text(element.name, f"{cents:f}")


def _write_number(
    element: el.Price | el.Quantity | el.Percent | el.Number, value: Any, pen: Pen
) -> None:
    if value is CLEAR and not element.required:
        pen.out.append(f"<{element.name}/>")
        return
    number = _decimal(element.name, value, pen)
    if number and number.adjusted() >= _NUMBER_DIGITS:
        pen.refuse(element.name, f"{number} is too large")
    if number.adjusted() < -100:  # noqa: PLR2004
        pen.refuse(element.name, f"{number} is too small")
    text = f"{number:f}"
    whole, dot, decimals = text.partition(".")
    if dot:
        decimals = decimals.rstrip("0")
        if len(decimals) > _NUMBER_DECIMALS and type(element) is not el.Number:
            pen.refuse(element.name, f"{number} has more than five decimals")
        text = f"{whole}.{decimals}" if decimals else whole
    pen.text(element.name, text)


def _write_nothing(element: el.Expected, value: Any, pen: Pen) -> None:
    del element, value, pen


def _write_date(element: el.Date, value: Any, pen: Pen) -> None:
    if value is CLEAR and not element.required:
        pen.out.append(f"<{element.name}/>")
    elif type(value) is date:
        pen.text(element.name, value.isoformat())
    else:
        pen.refuse(element.name, f"{value!r} is not a date")


def _write_flag(element: el.Flag, value: Any, pen: Pen) -> None:
    if type(value) is not bool:
        pen.refuse(element.name, f"{value!r} is neither true nor false")
    if element.only is not None and value is not element.only:
        pen.refuse(element.name, f"is never sent as {str(value).lower()}")
    pen.text(element.name, "true" if value else "false")


def _write_integer(element: el.Integer, value: Any, pen: Pen) -> None:
    if type(value) is not int or not element.low <= value <= element.high:
        pen.refuse(element.name, f"{value!r} is not a whole number that QuickBooks takes")
    pen.text(element.name, str(value))


def _write_enum(element: el.Enum, value: Any, pen: Pen) -> None:
    if value not in element.values:
        pen.refuse(element.name, f"{value!r} is none of {', '.join(element.values)}")
    pen.text(element.name, value)


def _write_guid(element: el.Guid, value: Any, pen: Pen) -> None:
    if not isinstance(value, str) or not _GUID(value):
        pen.refuse(element.name, f"{value!r} is no GUID in braces")
    pen.text(element.name, value)


def _write_address(element: el.AddressElement, value: Any, pen: Pen) -> None:
    if value is CLEAR:
        parts: dict[str, str] = {}
    elif isinstance(value, Address):
        parts = address_lines(value)
    else:
        pen.refuse(element.name, "is not an address")
    if value is not CLEAR and not parts:
        return
    pen.out.append(f"<{element.name}>")
    for name, text in parts.items():
        if name == "Note" and not element.note:
            continue
        limit = el.ADDRESS_LIMITS.get(name)
        if limit is None:
            pen.cuts.append(Cut(f"{pen.where(element.name)}/Addr5", text, ""))
            continue
        short = cut(text, limit)
        if short != text:
            pen.cuts.append(Cut(f"{pen.where(element.name)}/{name}", text, short))
        pen.text(name, escape(short))
    pen.out.append(f"</{element.name}>")


def _write_group(element: el.Group, value: Any, pen: Pen) -> None:
    for one in _mappings(element.name, value, pen, repeated=element.repeated):
        _nested(element.tag or element.name, element.children, one, pen)


def _write_lines(element: el.Lines, value: Any, pen: Pen) -> None:
    for line in _mappings(element.name, value, pen, repeated=True):
        if element.apart and all(line.get(name) is not None for name in element.apart):
            pen.refuse(element.apart[1], f"cannot be sent together with {element.apart[0]}")
        if element.group_tag and (not _absent(line.get("ItemGroupRef")) or "lines" in line):
            _nested(element.group_tag, element.group_children, line, pen)
        else:
            _nested(element.tag, element.children, line, pen)


def _mappings(name: str, value: Any, pen: Pen, *, repeated: bool) -> list[Fields]:
    ones = value if repeated and isinstance(value, (list, tuple)) else [value]
    for one in ones:
        if not isinstance(one, Mapping):
            pen.refuse(name, "is not a group of elements")
    return list(ones)


def _nested(tag: str, table: el.Table, fields: Fields, pen: Pen) -> None:
    pen.out.append(f"<{tag}>")
    pen.path.append(tag)
    write(table, fields, pen)
    pen.path.pop()
    pen.out.append(f"</{tag}>")


_WRITERS: dict[type, Callable[[Any, Any, Pen], None]] = {
    el.Text: _write_text,
    el.RefElement: _write_ref,
    el.TxnId: _write_txn_id,
    el.Amount: _write_amount,
    el.Price: _write_number,
    el.Quantity: _write_number,
    el.Percent: _write_number,
    el.Number: _write_number,
    el.Date: _write_date,
    el.Expected: _write_nothing,
    el.Later: _write_nothing,
    el.Flag: _write_flag,
    el.Integer: _write_integer,
    el.Enum: _write_enum,
    el.Guid: _write_guid,
    el.AddressElement: _write_address,
    el.Group: _write_group,
    el.Lines: _write_lines,
}
