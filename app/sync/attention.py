"""What needs a person: orders that are held, grouped by cause, the largest group first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy import Select, func, select

from app.models import Company, Order, db
from app.sync.sales.gone import how_many
from qbwc.planning import CAUSES
from rules_library.decision import decisions

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "item": ("map_item", "create_item", "skip", "retry"),
    "items": ("map_item", "skip", "retry"),
    "customer": ("use_customer", "create_customer", "skip", "retry"),
    "customers": ("use_customer", "skip", "retry"),
    "name": ("use_customer", "skip", "retry"),
    "review": ("let_go", "skip"),
    "number": ("add_suffix", "skip", "retry"),
    "refused": ("retry", "skip"),
    "uncertain": ("bind", "send_again"),
    "alike": ("is_that", "send_anyway", "skip", "retry"),
    "sum": ("allow_rounding", "skip", "retry"),
    "tax": ("allow_rounding", "skip", "retry"),
    "changed": ("correct", "retry"),
    "paid": ("correct", "retry"),
    "cancelled": ("cancel_as", "retry"),
    "gone": ("post_again", "skip"),
    "unreadable": ("retry",),
}
"""What a person may answer to each cause, the likeliest first."""
OTHERWISE: Final = ("skip", "retry")


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do where no single click can settle it."""

    text: str
    decisions: tuple[str, ...] = ()
    """Keys of the decisions that can settle it, the likeliest first; without any, some rule."""

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Each decision that can settle it: its key and what people call it."""
        return [(key, decisions()[key].label) for key in self.decisions]


ADVICE: Final[Mapping[str, Advice]] = {
    "entry": Advice(
        "A rule names something that QuickBooks does not have: change the rule, or create the "
        "entry in QuickBooks and read the lists again."
    ),
    "choice": Advice("A rule has to name something: choose it."),
    "rule": Advice("A rule fails for these orders: mend it."),
    "sum": Advice(
        "The amounts of the order do not come to its total. Allow a rounding line up to a limit, "
        "or correct the order in the store.",
        ("rounding_limit", "rounding_item"),
    ),
    "tax": Advice(
        "QuickBooks would compute another tax than the store charged. Take the tax over as a "
        "line, choose another tax item, or allow a rounding line by rule or for these orders.",
        ("tax_mode", "tax_item", "rounding_limit"),
    ),
    "currency": Advice(
        "QuickBooks needs multiple currencies turned on, this currency in use, and a customer and "
        "accounts kept in it: set up what the reason names, choose another by rule, or leave these "
        "orders out.",
        ("receivables_account", "customer_currency", "deposit_account", "sync_order"),
    ),
    "closed": Advice(
        "Open the period in QuickBooks, or let the rules move such documents to the first open "
        "day.",
        ("closed_period",),
    ),
    "refund": Advice("Look at the refund in the store; it does not fit what was sold."),
}
NO_ADVICE: Final = Advice("")
EXAMPLES: Final = 5


@dataclass(slots=True)
class Group:
    """Held orders that have the same cause."""

    code: str
    about: str
    orders: list[int] = field(default_factory=list)
    """Their ids, the newest first."""
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    """(id, number, reason) of the first few."""
    totals: dict[str, Decimal] = field(default_factory=dict)
    """Currency -> the sum of the orders' totals."""

    @property
    def title(self) -> str:
        """What a person reads over the group."""
        return f"{CAUSES.get(self.code, CAUSES['other'])}{f': {self.about}' if self.about else ''}"

    @property
    def answers(self) -> tuple[str, ...]:
        """What a person may answer."""
        return ANSWERS.get(self.code, OTHERWISE)

    @property
    def advice(self) -> Advice:
        """What to do where no single click can settle it."""
        return ADVICE.get(self.code, NO_ADVICE)


def groups(company: Company) -> list[Group]:
    """The groups of held orders; an order with several causes is in the group of each."""
    found: dict[tuple[str, str], Group] = {}
    rows = db.session.execute(
        select(Order.id, Order.number, Order.total, Order.currency, Order.reasons, Order.causes)
        .where(Order.company_id == company.id, Order.state == "held")
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )
    for row in rows:
        for (code, about), reason in _causes(row.causes, row.reasons):
            group = found.setdefault((code, about), Group(code, about))
            if group.orders and group.orders[-1] == row.id:
                continue
            group.orders.append(row.id)
            if len(group.examples) < EXAMPLES:
                group.examples.append((row.id, row.number, reason))
            held = group.totals.get(row.currency, Decimal(0))
            group.totals[row.currency] = held + (row.total or Decimal(0))
    return sorted(found.values(), key=lambda group: (-len(group.orders), group.title))


def advice_for(causes: Iterable[tuple[str, str]]) -> list[Advice]:
    """What to do about an order that is held for these causes, each told once."""
    codes = dict.fromkeys(code for code, _ in causes)
    return [ADVICE[code] for code in codes if code in ADVICE]


def group(company: Company, code: str, about: str) -> Group | None:
    """One group, if any order has that cause."""
    return next((g for g in groups(company) if (g.code, g.about) == (code, about)), None)


def count(company: Company) -> int:
    """How many orders need a person."""
    return db.session.scalar(_held(company)) or 0


def things(company: Company) -> int:
    """How many things need a person: orders, and sales that a store has and QuickBooks has not."""
    both = select(_held(company).scalar_subquery() + how_many(company).scalar_subquery())
    return db.session.scalar(both) or 0


def _held(company: Company) -> Select[int]:
    return select(func.count()).where(Order.company_id == company.id, Order.state == "held")


def _causes(
    causes: Sequence[Sequence[str]] | None, reasons: Sequence[str] | None
) -> list[tuple[tuple[str, str], str]]:
    """Each cause of an order with its reason."""
    said = list(reasons or ()) or [""]
    known = [(one[0], one[1]) for one in causes or ()] or [("other", "")]
    return [
        (cause, said[place] if place < len(said) else said[-1]) for place, cause in enumerate(known)
    ]
