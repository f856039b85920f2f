"""Sales tax: worked out by QuickBooks and predicted here, or the store's own as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qbwc.documents.base import TaxPart, Totals
from qbwc.lists import Entry, normal
from qbwc.planning import items
from qbwc.planning.charges import line_class, outcomes_of, rounding_line
from qbwc.planning.line_taxes import by_lines
from qbwc.planning.tax_lines import (
    Body,
    added_up,
    code_named,
    coded,
    to_the_cent,
    untaxed_code,
    usual_code,
)
from qbwc.planning.work import Work, money, ref
from rules_library.decision import decisions
from rules_library.order import ZERO, Order, Refund, Tax


def booked_tax(work: Work) -> Decimal:
    """The tax that the merchant owes; what a marketplace remits is not the merchant's."""
    return sum((t.amount for t in work.order.taxes if t.remitted_by == "merchant"), ZERO)


def remitted_tax(work: Work) -> Decimal:
    """The tax that a marketplace keeps and remits."""
    return sum((t.amount for t in work.order.taxes if t.remitted_by != "merchant"), ZERO)


def refunded_tax(order: Order, refund: Refund) -> Decimal:
    """The tax of a refund without what a marketplace gave back of the tax that it had kept."""
    if all(tax.remitted_by == "merchant" for tax in order.taxes):
        return refund.tax
    lines = {line.source_id: line for line in order.lines}
    found = ZERO
    for part in refund.lines:
        line = lines.get(part.line_id)
        found += part.tax * _own_share((line and line.taxes) or order.taxes)
    for adjustment in refund.adjustments:
        found += adjustment.tax * _own_share(order.taxes)
    return money(found)


def _own_share(taxes: Sequence[Tax]) -> Decimal:
    """How much of some taxes the merchant remits, between 0 and 1."""
    whole = sum((tax.amount for tax in taxes), ZERO)
    own = sum((tax.amount for tax in taxes if tax.remitted_by == "merchant"), ZERO)
    return own / whole if whole else ZERO


def taxed(
    work: Work, lines: Sequence[dict[str, Any]], tax: Decimal, *, as_computed: bool = False
) -> Body:
    """The lines with tax; the store's tax is either reproduced to the cent or the order is held.

    ``as_computed`` takes what QuickBooks will compute: of a part the store does not tell the tax.
    """
    mode = work.decided["tax_mode"]
    if mode == "codes" and work.lists.taxes_by_line:
        return by_lines(work, lines, tax, as_computed=as_computed)
    if mode == "codes":
        return _by_codes(work, lines, tax, as_computed=as_computed)
    if mode == "none" and tax:
        work.hold(f"the order has {tax:.2f} tax, but sales tax is set to be left out", "tax")
    body = list(lines)
    shown = tax if mode == "line_item" else ZERO
    taxes: tuple[TaxPart, ...] = ()
    if shown:
        own = [one for one in work.order.taxes if one.remitted_by == "merchant"]
        body.append(_tax_line(work, tax, _names(own)))
        item = body[-1]["ItemRef"]
        taxes = (TaxPart(item.full_name if item else "", None, tax),)
    to_the_cent(body)
    _refuse_taxed_groups(work, body)
    code = untaxed_code(work)
    total = added_up(body)
    return Body(
        tuple(coded(line, code) for line in body),
        Totals(subtotal=total, tax=ZERO, total=total, tax_lines=shown, taxes=taxes),
        _tax_item(work, work.decided["tax_item"]),
    )


def marketplace_lines(work: Work) -> list[dict[str, Any]]:
    """The marketplace's tax shown in and out, where that is chosen."""
    amount = remitted_tax(work)
    if not amount or work.decided["marketplace_tax"] != "in_and_out":
        return []
    names = _names([tax for tax in work.order.taxes if tax.remitted_by != "merchant"])
    return [
        _tax_line(work, amount, names),
        _tax_line(work, -amount, f"{names}, remitted by the marketplace"),
    ]


def _tax_line(work: Work, amount: Decimal, description: str) -> dict[str, Any]:
    name, outcomes = work.decided["tax_line_item"], outcomes_of(work, "tax")
    return {
        "ItemRef": items.charge_item(work, "tax_line_item", name, outcomes),
        "Desc": description,
        "Amount": amount,
        "ClassRef": line_class(work, outcomes),
        "tax_code": None,
    }


def _names(taxes: Sequence[Tax]) -> str:
    return ", ".join(dict.fromkeys(tax.name for tax in taxes if tax.name)) or "Sales tax"


def _by_codes(
    work: Work, lines: Sequence[dict[str, Any]], tax: Decimal, *, as_computed: bool
) -> Body:
    tax = money(tax + to_the_cent(lines))
    name = work.decided["tax_item"]
    untaxed = untaxed_code(work)
    if not name and not tax:
        _refuse_taxed_groups(work, lines)
        total = added_up(lines)
        told = tuple(coded(line, untaxed) for line in lines)
        return Body(told, Totals(subtotal=total, tax=ZERO, total=total))
    if not name:
        said = f"the store charged {tax:.2f} tax, and no tax item is chosen for the order"
        work.hold(said, "choice", "tax_item")
        return Body((), Totals(subtotal=ZERO, tax=ZERO, total=ZERO))
    body, taxable = [], ZERO
    codes: dict[str, Entry | None] = {}
    for line in lines:
        named = line["tax_code"]
        if named and named not in codes:
            codes[named] = code_named(work, named)
        code = codes[named] if named else None
        body.append(coded(line, ref(code) if code else untaxed))
        if code and code.data.get("IsTaxable") != "false":
            taxable += line["Amount"]
        taxable += _taxable_in_group(work, line)
    header = _tax_item(work, name)
    if whole := _document_code(work, tax):
        header["CustomerSalesTaxCodeRef"] = ref(whole)
        taxable = taxable if whole.data.get("IsTaxable") != "false" else ZERO
    rates = work.lists.rates.get(normal(name))
    subtotal = added_up(body)
    if rates is None:
        taxes = (TaxPart(name, taxable, tax),)
        totals = Totals(
            subtotal=subtotal, tax=tax, total=subtotal + tax, certain=False, taxes=taxes
        )
        return Body(tuple(body), totals, header)
    predicted = sum((money(taxable * rate / 100) for rate in rates), ZERO)
    difference = ZERO if as_computed else tax - predicted
    if difference:
        rounding = rounding_line(work, difference)
        if rounding is None:
            work.hold(
                f"QuickBooks would compute {predicted:.2f} tax ({name} on {taxable:.2f}), "
                f"the store charged {tax:.2f} (difference {difference:.2f})",
                "tax",
                name,
            )
        else:
            body.append(coded(rounding, untaxed))
            subtotal += difference
    taxes = (TaxPart(name, taxable, predicted),)
    totals = Totals(subtotal=subtotal, tax=predicted, total=subtotal + predicted, taxes=taxes)
    return Body(tuple(body), totals, header)


def _document_code(work: Work, tax: Decimal) -> Entry | None:
    """The code of the whole document: without one QuickBooks takes the customer's own."""
    decided = work.decided["tax_code"]
    if isinstance(decided, str):
        return work.lists.whole.get("SalesTaxCode", {}).get(normal(decided))
    if tax:
        return usual_code(work, "Tax", taxable=True)
    return usual_code(work, "Non", taxable=False) if work.order.customer.tax_exempt else None


def _taxable_in_group(work: Work, line: Mapping[str, Any]) -> Decimal:
    """How much of a group line QuickBooks taxes: what the codes of its items say."""
    codes = work.lists.whole.get("SalesTaxCode", {})
    found = ZERO
    for amount, name in line.get("members", ()):
        code = codes.get(normal(name))
        if code and code.data.get("IsTaxable") != "false":
            found += amount
    return found


def _refuse_taxed_groups(work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    """Hold a group whose items QuickBooks would tax where the store's tax is all that is wanted."""
    rates = work.lists.rates.get(normal(work.decided["tax_item"] or ""))
    if rates is not None and not any(rates):
        return
    for line in lines:
        if _taxable_in_group(work, line):
            name = line["ItemGroupRef"].full_name
            work.hold(
                f"QuickBooks would compute tax on the items of the group {name!r}: post bundles "
                "as their parts, or let QuickBooks compute the tax of the order",
                "tax",
                name,
            )


def _tax_item(work: Work, name: str | None) -> dict[str, Any]:
    if not name or work.lists.taxes_by_line:
        return {}
    return {"ItemSalesTaxRef": work.named(decisions()["tax_item"], name)}
