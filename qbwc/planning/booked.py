"""The order as the company books it: its shipping, surcharges and used gift cards rearranged.

What the buyer owes besides gift cards stays the same to the cent; only where it stands changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from qbwc.planning.work import money
from qbwc.planning.world import Ledger
from rules_library.collected import ChargeOf
from rules_library.compiled import Outcome
from rules_library.labels import WHOLE_ORDER
from rules_library.order import ZERO, Adjustment, Charge, Line, Order, Payment, Refund
from rules_library.rulebook import Decided

_DISCOUNT = [*WHOLE_ORDER].index("discount")
_NOT_GOODS = frozenset({"gift_card", "tip"})


@dataclass(slots=True)
class Booked:
    """An order with what was decided for it, in step; and why it cannot be booked so."""

    order: Order
    decided: Decided
    faults: list[str] = field(default_factory=list)

    @property
    def charges(self) -> list[tuple[Charge, Mapping[str, Outcome]]]:
        """Each charge with what was decided for it."""
        return list(zip(self.order.charges, self.decided.charges, strict=False))

    def set_charges(self, charges: Sequence[tuple[Charge, Mapping[str, Outcome]]]) -> None:
        """Put others in their place."""
        of_order = self.decided.charges[len(self.order.charges) :]
        self.order = replace(self.order, charges=tuple(charge for charge, _ in charges))
        outcomes = tuple(outcomes for _, outcomes in charges)
        self.decided = replace(self.decided, charges=(*outcomes, *of_order))


def as_booked(order: Order, decided: Decided, ledger: Ledger) -> Booked:
    """The order with shipping, surcharges and gift cards where the rules want them."""
    booked = Booked(order, decided)
    shares = _take_surcharges(booked, decided["surcharge"] or ())
    how = decided["shipping_as"]
    if how == "one_line":
        _join_shipping(booked)
    elif how == "in_lines":
        _spread_shipping(booked)
    if shares:
        booked.set_charges([*booked.charges, *shares])
    if decided["gift_card_used_as"] != "payment":
        _use_gift_cards(booked, ledger, as_discount=decided["gift_card_used_as"] == "discount")
    return booked


def shares_of(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount in parts of cents that are as the weights are, and together the amount."""
    whole = sum(weights, ZERO)
    found: list[Decimal] = []
    so_far = given = ZERO
    for weight in weights:
        so_far += weight
        upto = money(amount * so_far / whole) if whole else ZERO
        found.append(upto - given)
        given = upto
    found[-1] += amount - given
    return found


def _take_surcharges(
    booked: Booked, surcharges: Sequence[ChargeOf]
) -> list[tuple[Charge, Mapping[str, Outcome]]]:
    """Take each surcharge off the shipping; what was taken, as charges of their own items."""
    if not surcharges:
        return []
    wanted = sum((one.amount for one in surcharges), ZERO)
    charges = booked.charges
    shipping = [charge for charge, _ in charges if charge.kind == "shipping" and charge.net > 0]
    there = sum((charge.net for charge in shipping), ZERO)
    if any(one.amount < 0 for one in surcharges):
        booked.faults.append("a surcharge is a share of the shipping, so it cannot be negative")
        return []
    if wanted > there:
        booked.faults.append(
            f"the surcharges come to {wanted:.2f}, but the shipping that they are a share of "
            f"only to {there:.2f}"
        )
        return []
    first = next(charge for charge in charges if charge[0] in shipping)
    left = wanted
    rest = []
    for charge, outcomes in charges:
        taken = min(left, charge.net) if charge in shipping else ZERO
        left -= taken
        rest.append((replace(charge, gross=charge.gross - taken) if taken else charge, outcomes))
    booked.set_charges(rest)
    return [
        (
            replace(
                first[0],
                source_id=f"surcharge-{number}",
                name=one.description or one.item,
                gross=one.amount,
                discount=ZERO,
                taxes=(),
            ),
            {**first[1], "shipping_item": Outcome(one.item)},
        )
        for number, one in enumerate(surcharges, start=1)
    ]


def _join_shipping(booked: Booked) -> None:
    """One charge for all shipping, in the place and with the item of the first."""
    charges = booked.charges
    places = [
        n for n, (charge, _) in enumerate(charges) if charge.kind == "shipping" and charge.net
    ]
    if len(places) < 2:  # noqa: PLR2004 - one is one line already
        return
    every = [charges[place][0] for place in places]
    joined = replace(
        every[0],
        name=", ".join(dict.fromkeys(charge.name for charge in every)),
        gross=sum((charge.gross for charge in every), ZERO),
        discount=sum((charge.discount for charge in every), ZERO),
        taxes=tuple(tax for charge in every for tax in charge.taxes),
    )
    charges[places[0]] = (joined, charges[places[0]][1])
    booked.set_charges([pair for n, pair in enumerate(charges) if n not in places[1:]])


def _spread_shipping(booked: Booked) -> None:
    """Add the shipping to the goods by their amounts; without goods it stays a line."""
    order = booked.order
    skipped = [outcomes["skip_line"].value for outcomes in booked.decided.lines]
    goods = [
        place
        for place, line in enumerate(order.lines)
        if line.net > 0 and line.kind not in _NOT_GOODS and not skipped[place]
    ]
    amount = sum((charge.net for charge in order.charges if charge.kind == "shipping"), ZERO)
    if not goods or not amount:
        return
    lines: list[Line] = list(order.lines)
    weights = [lines[place].net for place in goods]
    for place, share in zip(goods, shares_of(amount, weights), strict=True):
        lines[place] = replace(lines[place], gross=lines[place].gross + share)
    booked.set_charges([pair for pair in booked.charges if pair[0].kind != "shipping"])
    booked.order = replace(booked.order, lines=tuple(lines))


def _is_gift_card(payment: Payment, kind: str) -> bool:
    return (
        payment.method_kind == "gift_card"
        and payment.kind == kind
        and payment.status == "success"
        and payment.amount > 0
    )


def _use_gift_cards(booked: Booked, ledger: Ledger, *, as_discount: bool) -> None:
    """Take used gift cards off the sale instead of receiving them as payments.

    One that is in QuickBooks as a payment stays a payment.
    """
    order, decided = booked.order, booked.decided
    used = [
        place
        for place, payment in enumerate(order.payments)
        if _is_gift_card(payment, "charge") and not ledger.get("ReceivePayment", payment.source_id)
    ]
    if not used:
        return
    outcomes = {
        **decided.charges[len(order.charges) + _DISCOUNT],
        "shipping_tax_code": Outcome(None),
    }
    cards = [
        Charge(
            source_id=f"gift-card-{order.payments[place].source_id}",
            kind="fee" if as_discount else "gift_card",
            name=f"{order.payments[place].method} {order.payments[place].reference}".strip(),
            gross=-order.payments[place].amount,
        )
        for place in used
    ]
    booked.set_charges([*booked.charges, *((card, outcomes) for card in cards)])
    rest = [place for place in range(len(order.payments)) if place not in used]
    booked.order = replace(
        booked.order,
        total=order.total + sum((card.gross for card in cards), ZERO),
        payments=tuple(order.payments[place] for place in rest),
        refunds=tuple(_refunded(booked, one, as_discount=as_discount) for one in order.refunds),
    )
    booked.decided = replace(
        booked.decided, payments=tuple(decided.payments[place] for place in rest)
    )


def _refunded(booked: Booked, refund: Refund, *, as_discount: bool) -> Refund:
    """A refund without what went back to a gift card: its holder is owed that again."""
    back = [payment for payment in refund.payments if _is_gift_card(payment, "refund")]
    if not back:
        return refund
    amount = sum((payment.amount for payment in back), ZERO)
    if amount >= refund.total:
        booked.faults.append(
            f"refund {refund.source_id} went to a gift card alone, which a credit memo cannot show"
        )
        return refund
    given = Adjustment(
        kind="adjustment" if as_discount else "gift_card", name=back[0].method, net=-amount
    )
    return replace(
        refund,
        total=refund.total - amount,
        adjustments=(*refund.adjustments, given),
        payments=tuple(payment for payment in refund.payments if payment not in back),
    )
