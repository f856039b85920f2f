"""Which part of an order each shipment invoices: its quantities, and its share of the money.

A part is an order of its own: what was shipped of each line, shipping charges with the first part,
the other charges by the value of the goods. Every share is the difference of two rounded sums, so
that the parts come to the order's own figures, the rest being on the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from qbwc.planning import cancelled_shipments
from qbwc.planning.header import part_number, part_tail
from qbwc.planning.work import Work, money
from rules_library.facts import day
from rules_library.order import ZERO, Charge, Fulfillment, Line, Order, Tax

INVOICE = "Invoice"
REST = "rest"
"""The part that invoices what no shipment names, once nothing more will be shipped."""
WITH_THE_FIRST = frozenset({"shipping"})
_NEVER = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """How much of something is invoiced before a part and after it, and how much there is."""

    before: Decimal
    after: Decimal
    whole: Decimal

    @property
    def quantity(self) -> Decimal:
        """What the part itself takes."""
        return self.after - self.before

    def share(self, amount: Decimal) -> Decimal:
        """What the part gets of an amount; a cent that cannot be divided comes with the last."""
        return self._upto(amount, self.after) - self._upto(amount, self.before)

    def _upto(self, amount: Decimal, done: Decimal) -> Decimal:
        return amount if done == self.whole else money(amount * done / self.whole)


ALL = Span(ZERO, Decimal(1), Decimal(1))
NOTHING = Span(Decimal(1), Decimal(1), Decimal(1))


@dataclass(frozen=True, slots=True)
class Part:
    """What one invoice takes of the order."""

    key: str
    """The shipment's id; empty is the whole order."""
    number: int
    is_last: bool
    lines: Mapping[int, Span]
    """By the line's place in the order."""
    value: Span
    """Of all goods."""
    shipped_on: date | None

    @property
    def is_first(self) -> bool:
        """Whether no part came before."""
        return self.number == 1

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole order."""
        return self.is_first and self.is_last

    @property
    def tail(self) -> str:
        """What marks the part's number; nothing, if it is the whole order."""
        return "" if self.is_whole else part_tail(self.number)

    @property
    def once(self) -> Span:
        """How what is not divided goes: with the first part."""
        return ALL if self.is_first else NOTHING

    def of(self, charge: Charge) -> Span:
        """How a charge is divided."""
        return self.once if charge.kind in WITH_THE_FIRST or not self.value.whole else self.value


WHOLE = Part(key="", number=1, is_last=True, lines={}, value=ALL, shipped_on=None)
"""The whole order, whatever was shipped."""


def parts(work: Work) -> list[Part]:
    """The parts that should be invoices: the posted ones in their order, then the new ones."""
    order = work.order
    left = {place: line.quantity for place, line in enumerate(order.lines) if line.quantity}
    found: list[Part] = []
    before = ZERO
    for key, shipment in _sequence(work):
        taken = _taken(work, key, shipment, left, first=not found)
        if not taken and left:
            continue
        spans = {}
        for place, open_ in left.items():
            whole = order.lines[place].quantity
            done = whole - open_
            spans[place] = Span(done, done + taken.get(place, ZERO), whole)
            left[place] = open_ - taken.get(place, ZERO)
        is_last = not any(left.values())
        value = _value(order, left)
        on = day(shipment.shipped_at, order.zone) if shipment else None
        found.append(
            Part(
                key=key,
                number=len(found) + 1,
                is_last=is_last,
                lines=spans,
                value=Span(before, order.lines_net if is_last else value, order.lines_net),
                shipped_on=date.fromisoformat(on) if on else None,
            )
        )
        if is_last:
            break
        before = value
    return found


def _sequence(work: Work) -> Iterator[tuple[str, Fulfillment | None]]:
    order = work.order
    shipped = [one for one in order.fulfillments if one.lines]
    shipments = {one.source_id: one for one in shipped}
    if len(shipments) < len(shipped):
        work.hold("two shipments of the order have the same id, so they cannot be told apart")
    keys = [part for kind, part in work.ledger.posted if kind == INVOICE]
    fresh = sorted(
        (one for key, one in shipments.items() if key not in keys),
        key=lambda each: each.shipped_at or _NEVER,
    )
    for key in [one for one in keys if one not in shipments and one not in {"", REST}]:
        stays, twin = cancelled_shipments.settle(work, key, fresh)
        fresh = [one for one in fresh if one.source_id != twin]
        if stays:
            shipments[key] = stays
    for key in _in_place(work, keys, [one.source_id for one in fresh]):
        if key not in shipments and key not in {"", REST}:
            continue
        yield key, shipments.get(key)
    if rest_is_due(work) and REST not in keys:
        yield (REST if keys or fresh else ""), None


def _in_place(work: Work, posted: list[str], fresh: list[str]) -> Iterator[str]:
    """The posted parts, each where its number says, and new ones: first those that fill a gap.

    A gap is a part that was voided; when it is posted again it gets its own share again.
    """
    places = {
        part_number(work, INVOICE, count): count for count in range(1, len(posted) + len(fresh) + 1)
    }
    waiting = [(places.get(work.ledger.posted[INVOICE, key].ref_number, 0), key) for key in posted]
    waiting.sort(key=lambda each: (not each[0], each[0]))
    new, count = list(fresh), 1
    while waiting:
        place, key = waiting[0]
        if place > count and new:
            yield new.pop(0)
        else:
            yield key
            waiting.pop(0)
        count += 1
    yield from new


def rest_is_due(work: Work) -> bool:
    """Whether nothing more will be shipped: what is left is invoiced, and refunds credit it."""
    order = work.order
    return (
        work.decided["create_invoice"] == "whole"
        or order.fulfillment_status in {"fulfilled", "not_required"}
        or order.payment_status == "refunded"
    )


def _taken(
    work: Work,
    key: str,
    shipment: Fulfillment | None,
    left: Mapping[int, Decimal],
    *,
    first: bool,
) -> dict[int, Decimal]:
    """How much of each line a shipment takes: never more than the order has left."""
    lines = work.order.lines
    if shipment is None:
        return {place: quantity for place, quantity in left.items() if quantity}
    taken = {
        place: quantity
        for place, quantity in left.items()
        if first and (quantity < 0 or not lines[place].requires_shipping)
    }
    counts = Counter(line.source_id for line in lines)
    places = {line.source_id: place for place, line in enumerate(lines)}
    for sent in shipment.lines:
        if counts[sent.line_id] != 1:
            work.hold(f"shipment {key} names a line that the order does not have once")
            continue
        place = places[sent.line_id]
        quantity = min(sent.quantity, left.get(place, ZERO) - taken.get(place, ZERO))
        if quantity > 0:
            taken[place] = taken.get(place, ZERO) + quantity
    return taken


def _value(order: Order, left: Mapping[int, Decimal]) -> Decimal:
    """The value of the goods that are invoiced when so much of each line is left."""
    rest = sum(
        (order.lines[place].net * open_ / order.lines[place].quantity
         for place, open_ in left.items()),
        ZERO,
    )  # fmt: skip
    return order.lines_net - rest


def portion(work: Work, part: Part) -> Work:
    """The work sheet of one part, as if it were an order; holds are noted on the order's own."""
    if part.is_whole:
        return work
    order, decided = work.order, work.decided
    lines = [
        (_line_share(line, part.lines.get(place, ALL)), outcomes)
        for place, (line, outcomes) in enumerate(zip(order.lines, decided.lines, strict=True))
        if (part.lines[place].quantity if line.quantity else part.is_first)
    ]
    charges = [
        (_charge_share(charge, part.of(charge)), outcomes)
        for charge, outcomes in zip(order.charges, decided.charges, strict=False)
    ]
    virtual = replace(
        order,
        lines=tuple(line for line, _ in lines),
        charges=tuple(charge for charge, _ in charges),
        taxes=tuple(_tax_shares(order, part)),
    )
    missing = order.difference if part.is_last else ZERO
    virtual = replace(virtual, total=virtual.computed_total + missing)
    outcomes = tuple(outcomes for _, outcomes in lines)
    return replace(work, order=virtual, decided=replace(decided, lines=outcomes))


def _line_share(line: Line, span: Span) -> Line:
    return replace(
        line,
        quantity=span.quantity if line.quantity else line.quantity,
        gross=span.share(line.gross),
        discount=span.share(line.discount),
        taxes=_divided(line.taxes, span),
    )


def _charge_share(charge: Charge, span: Span) -> Charge:
    return replace(
        charge,
        gross=span.share(charge.gross),
        discount=span.share(charge.discount),
        taxes=_divided(charge.taxes, span),
    )


def _divided(taxes: Sequence[Tax], span: Span) -> tuple[Tax, ...]:
    return tuple(replace(tax, amount=span.share(tax.amount)) for tax in taxes)


def _tax_shares(order: Order, part: Part) -> Iterator[Tax]:
    """The order's taxes by what they were charged on, where that is known; else by value."""
    for tax in order.taxes:
        charged = [
            (sum((one.amount for one in on if one.name == tax.name), ZERO), span)
            for on, span in (
                *((line.taxes, part.lines.get(place, part.once))
                  for place, line in enumerate(order.lines)),
                *((charge.taxes, part.of(charge)) for charge in order.charges),
            )
        ]  # fmt: skip
        whole = sum((amount for amount, _ in charged), ZERO)
        span = part.value
        if whole:
            before = sum((amount * one.before / one.whole for amount, one in charged), ZERO)
            after = sum((amount * one.after / one.whole for amount, one in charged), ZERO)
            span = Span(before, whole if part.is_last else after, whole)
        elif not part.value.whole:
            span = part.once
        yield replace(tax, amount=span.share(tax.amount))
