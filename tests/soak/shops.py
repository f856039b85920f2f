"""What happens in the soak test's shops, and what each shop's own data says was sold."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)
RATES = (ZERO, Decimal("0.06"), Decimal("0.0725"), Decimal("0.08875"))
SKUS = 60
Row = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """A line as the buyer puts it into the basket."""

    sku: str
    quantity: int
    price: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Basket:
    """An order before a shop has written it down in its own way."""

    number: int
    buyer: int
    items: tuple[Item, ...]
    shipping: Decimal
    paid: bool

    @property
    def net(self) -> Decimal:
        return sum((one.net for one in self.items), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((one.tax for one in self.items), ZERO)

    @property
    def total(self) -> Decimal:
        return self.net + self.shipping + self.tax


@dataclass(frozen=True)
class Back:
    """A refund by the shop's own data."""

    goods: Decimal
    shipping: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping + self.tax


@dataclass(frozen=True)
class Sold:
    """An order by the shop's own data, added up by hand."""

    number: str
    goods: Decimal
    shipping: Decimal
    tax: Decimal
    is_paid: bool
    is_shipped: bool
    is_cancelled: bool
    refunds: tuple[Back, ...]

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping + self.tax


def item(chance: random.Random) -> Item:
    quantity, price = chance.randint(1, 3), Decimal(chance.randint(99, 9999)) * CENT
    tax = (price * quantity * chance.choice(RATES)).quantize(CENT)
    return Item(f"SKU-{chance.randrange(SKUS):02}", quantity, price, tax)


def basket(number: int, chance: random.Random, buyers: int) -> Basket:
    return Basket(
        number,
        chance.randrange(buyers),
        tuple(item(chance) for _ in range(chance.randint(1, 3))),
        Decimal(chance.choice(("0.00", "4.95", "7.50"))),
        chance.random() < 0.85,
    )


@dataclass
class Trader(ABC):
    """A shop with its orders, those to come included: so its own memory does not grow."""

    key: str
    first: int
    """Number of its first order; no other shop has such numbers."""
    chance: random.Random
    to_come: deque[tuple[datetime, Row]] = field(default_factory=deque)
    rows: list[Row] = field(default_factory=list)
    down: str = ""
    """What is wrong with it at present."""

    @abstractmethod
    def draft(self, wanted: Basket, when: datetime) -> Row:
        """The order as the shop keeps it."""

    @abstractmethod
    def place(self, row: Row) -> None:
        """From now on the shop has the order."""

    @abstractmethod
    def sold(self, row: Row) -> Sold:
        """What the row says."""

    @abstractmethod
    def pay(self, row: Row, when: datetime) -> None:
        """The buyer pays."""

    @abstractmethod
    def ship(self, row: Row, when: datetime) -> None:
        """All of it is sent."""

    @abstractmethod
    def cancel(self, row: Row, when: datetime) -> None:
        """The order is called off."""

    @abstractmethod
    def revive(self, row: Row, when: datetime) -> None:
        """The order that was called off lives again."""

    @abstractmethod
    def grow(self, row: Row, more: Item, when: datetime) -> None:
        """One more line."""

    @abstractmethod
    def note(self, row: Row, when: datetime) -> None:
        """An edit without money."""

    @abstractmethod
    def give_back(self, row: Row, whole: bool, when: datetime) -> None:
        """Refund everything, or the first line."""

    @abstractmethod
    def break_down(self, how: str) -> None:
        """Something is wrong from now on; "" = all is well again."""

    def stock_up(self, count: int, start: datetime, days: int) -> None:
        """Prepare all orders of the month."""
        times = sorted(start + timedelta(days=days) * self.chance.random() for _ in range(count))
        for place, when in enumerate(times):
            wanted = basket(self.first + place, self.chance, max(count // 8, 5))
            self.to_come.append((when, self.draft(wanted, when.replace(microsecond=0))))

    def trade(self, until: datetime, events: float) -> None:
        """A part of a day: new orders, and what happens to those of the last days."""
        while self.to_come and self.to_come[0][0] <= until:
            row = self.to_come.popleft()[1]
            self.rows.append(row)
            self.place(row)
        recent: Sequence[Row] = self.rows[-400:]
        count = int(events) + (self.chance.random() < events % 1)
        for row in self.chance.sample(recent, min(count, len(recent))):
            when = until - timedelta(seconds=self.chance.randint(1, 600))
            self.happens(row, when.replace(microsecond=0))

    def happens(self, row: Row, when: datetime) -> None:
        """One thing that may happen to an order as it is now."""
        now = self.sold(row)
        may = [self.note]
        if now.is_cancelled:
            may += [] if now.refunds else [self.revive]
            may += [self._whole_back] if now.is_paid and not now.refunds else []
        elif not now.is_paid:
            may += [self.pay, self._grow]
            may += [] if now.is_shipped else [self.ship, self.ship, self.cancel]
        elif not now.is_shipped and not now.refunds:
            may += [self.ship, self.ship, self.cancel]
        elif not now.refunds:
            may += [self._back]
        self.chance.choice(may)(row, when)

    def settle(self, when: datetime) -> None:
        """What was paid and called off is given back."""
        for row in self.rows:
            now = self.sold(row)
            if now.is_cancelled and now.is_paid and not now.refunds:
                self.give_back(row, True, when)

    def _grow(self, row: Row, when: datetime) -> None:
        self.grow(row, item(self.chance), when)

    def _whole_back(self, row: Row, when: datetime) -> None:
        self.give_back(row, True, when)

    def _back(self, row: Row, when: datetime) -> None:
        self.give_back(row, self.chance.random() < 0.5, when)
