"""Sales tax outside the United States: each line's code carries the rate, and nothing the header.

QuickBooks adds up what lines have of a code and computes each of the code's rates on the sum. In
Australia a line may also tell its tax, so that the store's own is kept to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qbwc.documents.base import TaxPart, Totals
from qbwc.lists import Entry, normal
from qbwc.planning.charges import may_round, rounding_line
from qbwc.planning.tax_lines import (
    Body,
    added_up,
    code_named,
    coded,
    to_the_cent,
    untaxed_code,
)
from qbwc.planning.work import CENT, Work, money, ref
from rules_library.order import ZERO

Rates = tuple[Decimal, ...]
HUNDRED = Decimal(100)
TELLS_TAX = frozenset({"AU"})
"""Countries in whose edition a line may tell its tax."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the document, its code, and the rates that the code stands for."""

    row: dict[str, Any]
    code: Entry | None
    rates: Rates | None
    """None = the mirror does not tell."""

    @property
    def rate(self) -> Decimal:
        """All of the code's rates together."""
        return sum(self.rates or (), ZERO)


def by_lines(
    work: Work, lines: Sequence[dict[str, Any]], tax: Decimal, *, as_computed: bool
) -> Body:
    """The lines with codes whose tax comes to the store's, or the order is held."""
    included = bool(work.decided["prices_include_tax"])
    found = [_line(work, row) for row in lines]
    unknown = [one for one in found if one.rates is None]
    if included and unknown:
        for name in sorted({one.code.full_name for one in unknown if one.code}):
            said = f"the rate of the sales tax code {name!r} is not known, so prices with tax"
            work.hold(f"{said} cannot be told", "tax", name)
        return Body((), Totals(subtotal=ZERO, tax=ZERO, total=ZERO))
    made = _Made(work, found, tax, included=included, as_computed=as_computed)
    if included:
        return made.with_tax_in_prices()
    return made.beside(certain=not unknown)


@dataclass(slots=True)
class _Made:
    """The document as it is made."""

    work: Work
    lines: list[_Line]
    tax: Decimal
    included: bool
    as_computed: bool

    def beside(self, *, certain: bool) -> Body:
        """Amounts without tax; QuickBooks adds it."""
        rows = [one.row for one in self.lines]
        tax = money(self.tax + to_the_cent(rows))
        if not certain:
            subtotal = added_up(rows)
            totals = Totals(
                subtotal=subtotal, tax=tax, total=subtotal + tax, certain=False,
                taxes=self._parts(tax),
            )  # fmt: skip
            return Body(tuple(self._coded()), totals)
        predicted = self._predicted()
        if self._told(tax, predicted):
            predicted = tax
        extra: list[dict[str, Any]] = []
        if not self.as_computed and tax != predicted:
            rounding = rounding_line(self.work, tax - predicted)
            if rounding is None:
                self._hold(tax, predicted)
            else:
                extra.append(coded(rounding, untaxed_code(self.work)))
        coded_lines = (*self._coded(), *extra)
        subtotal = added_up(coded_lines)
        totals = Totals(
            subtotal=subtotal, tax=predicted, total=subtotal + predicted,
            taxes=self._parts(predicted),
        )  # fmt: skip
        return Body(coded_lines, totals)

    def with_tax_in_prices(self) -> Body:
        """Amounts with tax, as the store shows them; QuickBooks works the tax out of them."""
        owed = money(sum((one.row["Amount"] for one in self.lines), self.tax))
        for one in self.lines:
            if "ItemGroupRef" in one.row:
                name = one.row["ItemGroupRef"].full_name
                said = f"the group {name!r} is priced by its items: post bundles as their parts"
                self.work.hold(f"{said} where prices include tax", "tax", name)
                continue
            one.row["Amount"] = money(one.row["Amount"] * (HUNDRED + one.rate) / HUNDRED)
        rows = [one.row for one in self.lines]
        apart = owed - added_up(rows)
        if self.as_computed:
            owed, apart = added_up(rows), ZERO
        if abs(apart) > CENT * len(rows):
            self._hold(self.tax, self.tax - apart)
            return Body((), Totals(subtotal=ZERO, tax=ZERO, total=ZERO))
        for row in sorted(rows, key=lambda row: abs(row["Amount"]), reverse=True):
            row["Amount"] += max(min(apart, CENT), -CENT)
            apart -= max(min(apart, CENT), -CENT)
        predicted, tax = self._predicted(), money(self.tax)
        if self._told(tax, predicted):
            predicted = tax
        difference = ZERO if self.as_computed else tax - predicted
        if difference and not may_round(self.work, difference):
            self._hold(tax, predicted)
        totals = Totals(
            subtotal=owed - predicted, tax=predicted, total=owed, taxes=self._parts(predicted)
        )
        return Body(tuple(self._coded()), totals, {"IsTaxIncluded": True})

    def _bases(self) -> dict[tuple[str, Rates], Decimal]:
        bases: defaultdict[tuple[str, Rates], Decimal] = defaultdict(Decimal)
        for one in self.lines:
            for amount, code, rates in _amounts(self.work, one):
                bases[code, rates] += amount
        return bases

    def _predicted(self) -> Decimal:
        bases = self._bases().items()
        return sum((self._on(amount, rates) for (_, rates), amount in bases), ZERO)

    def _parts(self, tax: Decimal) -> tuple[TaxPart, ...]:
        """A tax by the codes; what they do not explain goes with the one that taxes most."""
        untaxed = {one.code.full_name for one in self.lines if one.code and one.rates == ()}
        found = []
        for (code, rates), amount in self._bases().items():
            if not code or code in untaxed:
                continue
            own = self._on(amount, rates)
            found.append(TaxPart(code, amount - own if self.included else amount, own))
        found.sort(key=lambda one: abs(one.base or ZERO), reverse=True)
        rest = tax - sum((one.amount for one in found), ZERO)
        if rest and found:
            found[0] = TaxPart(found[0].name, found[0].base, found[0].amount + rest)
        return tuple(found)

    def _on(self, amount: Decimal, rates: Rates) -> Decimal:
        """The tax on, or in, an amount; each rate is rounded by itself."""
        whole = HUNDRED + sum(rates, ZERO) if self.included else HUNDRED
        return sum((money(amount * rate / whole) for rate in rates), ZERO)

    def _told(self, tax: Decimal, predicted: Decimal) -> bool:
        """Tell each line's tax, where that may be told and differs by no more than rounding."""
        taxed = [one for one in self.lines if one.rate]
        if self.work.lists.country not in TELLS_TAX or self.as_computed or not taxed:
            return False
        if any("ItemGroupRef" in one.row for one in self.lines):
            return False
        if abs(tax - predicted) > CENT * len(taxed):
            return False
        for one in taxed:
            one.row["TaxAmount"] = self._on(one.row["Amount"], one.rates or ())
        largest = max(taxed, key=lambda one: abs(one.row["Amount"])).row
        largest["TaxAmount"] += tax - sum((one.row["TaxAmount"] for one in taxed), ZERO)
        return True

    def _coded(self) -> list[dict[str, Any]]:
        return [coded(one.row, ref(one.code) if one.code else None) for one in self.lines]

    def _hold(self, tax: Decimal, predicted: Decimal) -> None:
        names = sorted({one.code.full_name for one in self.lines if one.code and one.rate})
        self.work.hold(
            f"QuickBooks would compute {predicted:.2f} tax by the codes of the lines "
            f"({', '.join(names) or 'none is taxable'}), the store charged {tax:.2f} "
            f"(difference {tax - predicted:.2f})",
            "tax",
            names[0] if names else "",
        )


def _line(work: Work, row: dict[str, Any]) -> _Line:
    if row["tax_code"]:
        code = code_named(work, row["tax_code"])
    else:
        untaxed = untaxed_code(work)
        code = _entry(work, untaxed.full_name) if untaxed else None
    return _Line(row, code, _rates(work, code))


def _entry(work: Work, name: str) -> Entry | None:
    return work.lists.whole.get("SalesTaxCode", {}).get(normal(name))


def _rates(work: Work, code: Entry | None) -> Rates | None:
    """The rates behind a code; one that is not taxable, or no code at all, has none."""
    if code is None or code.data.get("IsTaxable") == "false":
        return ()
    item = code.data.get("ItemSalesTaxRef.FullName", "")
    return work.lists.rates.get(normal(item)) if item else None


def _amounts(work: Work, one: _Line) -> list[tuple[Decimal, str, Rates]]:
    """What of a line is taxed, by which code; of a group, what each of its items says."""
    if "members" not in one.row:
        return [(one.row["Amount"], one.code.full_name if one.code else "", one.rates or ())]
    return [
        (amount, name, _rates(work, _entry(work, name)) or ())
        for amount, name in one.row["members"]
    ]
