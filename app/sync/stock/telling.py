"""Stock to a store: only what changed since it was last told, and only what it took is kept.

What is told is how many there are, never how many more or fewer: a store that took it just before
the power failed is told the same number again, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Company, Event, StockLevel, Store, db, now
from app.rules import current_rulebook
from app.stores.base import StockChange, StockResult, StoreClient
from app.stores.errors import StoreError
from app.sync import whole
from app.sync.outward import is_uncertain
from app.sync.stock.levels import KIND, NoStockError, changes, sends_stock
from app.sync.stores import client_of

BATCH: Final = 100
"""So many answers are kept at once; what a failing store took before is kept too."""
AGAIN: Final = timedelta(days=1)
"""What the store refused is told again after so long, and so is what it took.

Most of what it refuses are no articles of it; what it took, somebody may have changed there.
"""
LOGGED: Final = 100
"""So many SKUs are named in a line of the log."""
_SENT: Final = frozenset({"changed", "same"})


@dataclass(slots=True)
class Pushed:
    """What became of a store's stock."""

    changed: int = 0
    same: int = 0
    """Known to be right already, or found to be so by the store."""
    put_off: int = 0
    """Refused by the store within the last day, and not asked again."""
    refused: list[StockResult] = field(default_factory=list)
    would_change: list[StockResult] = field(default_factory=list)
    """Of a dry run."""
    faults: list[str] = field(default_factory=list)
    """Rules that failed."""

    @property
    def words(self) -> str:
        """The same in words."""
        said = f"{self.changed:,} changed, {self.same:,} the same"
        return said + (f", {len(self.refused):,} refused" if self.refused else "")


def push(
    company: Company,
    store: Store,
    *,
    dry: bool = False,
    every: bool = True,
    client: StoreClient[Any] | None = None,
) -> Pushed:
    """Tell a store what changed since it was last told; each batch of answers is committed.

    Args:
        company: Whose items.
        store: The store.
        dry: Change nothing; say what would change.
        every: Whether what the store refused a short while ago is told again.
        client: By default the store's own.

    Raises:
        NoStockError: The store takes no stock, or no rule sends any.
        app.stores.errors.StoreError: The store cannot be reached; what was told is kept.
    """
    pushed = Pushed()
    for pushed in pushing(company, store, dry=dry, every=every, client=client):  # noqa: B007
        pass
    return pushed


def pushing(
    company: Company,
    store: Store,
    *,
    dry: bool = False,
    every: bool = False,
    client: StoreClient[Any] | None = None,
) -> Iterator[Pushed]:
    """The same, telling after each batch and at the end how far it is."""
    _, rulebook = current_rulebook(company)
    if not sends_stock(rulebook):
        raise NoStockError("No rule sends stock to a store: see “Send stock to the store”.")
    opened = client or client_of(store)
    try:
        if "stock" not in opened.capabilities:
            raise NoStockError(f"{store.name} does not take stock.")
        unknown = is_uncertain(company) or whole.is_unread(company.id, KIND)
        if unknown and not dry:
            yield Pushed()
            return
        sending = _Sending(store, _known(store), dry=dry)
        wanted = sending.choose(changes(company, store, rulebook), every=every)
        try:
            for result in opened.push_stock(wanted, dry=dry):
                if sending.take(result):
                    yield sending.pushed
        except (StoreError, GeneratorExit):
            sending.end()
            raise
        sending.end()
        yield sending.pushed
    finally:
        if client is None:
            opened.http.close()


@dataclass(slots=True)
class _Sending:
    """One round of telling a store: what is known of it, and what it answered."""

    store: Store
    known: Mapping[tuple[str, str], StockLevel]
    dry: bool
    pushed: Pushed = field(default_factory=Pushed)
    names: dict[str, str] = field(default_factory=dict)
    batch: list[StockResult] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    """SKU -> what changed, in words."""
    news: dict[str, str] = field(default_factory=dict)
    """SKU -> why the store refuses it, where that is new."""

    def choose(
        self, decided: Iterable[tuple[StockChange | None, str, str]], *, every: bool
    ) -> list[StockChange]:
        """The changes that the store does not know of yet."""
        wanted, recent = [], now() - AGAIN
        for change, name, fault in decided:
            if change is None:
                self.pushed.faults.append(f"{name}: {fault}")
                continue
            self.names[change.sku] = name
            held = self.known.get((change.sku, change.location))
            if held is not None and held.quantity == change.quantity and held.at > recent:
                self.pushed.same += 1
            elif held is not None and held.put_off and held.at > recent and not every:
                self.pushed.put_off += 1
            else:
                wanted.append(change)
        return wanted

    def take(self, result: StockResult) -> bool:
        """Count an answer; True when a batch of them was committed."""
        self.batch.append(result)
        if len(self.batch) < BATCH:
            return False
        self._keep()
        return True

    def end(self) -> None:
        """Commit what is left, and write down what was done."""
        self._keep()
        if self.dry:
            return
        company_id, name = self.store.company_id, self.store.name
        if self.told or self.news:
            text = f"{name}: the stock of {_skus(self.pushed.changed)} was changed" + (
                f"; {_skus(len(self.news))} {'was' if len(self.news) == 1 else 'were'} refused."
                if self.news
                else "."
            )
            detail = {"changed": _some(self.told), "refused": _some(self.news)}
            level = "warning" if self.news else "info"
            _log(company_id, level, "stock.pushed", text, detail)
        for fault in sorted({one.partition(": ")[2] for one in self.pushed.faults}):
            of_it = [one.partition(": ")[0] for one in self.pushed.faults if one.endswith(fault)]
            text = f"{name}: {len(of_it):,} items are not sent: {fault}"
            if not _is_told(company_id, text):
                _log(company_id, "error", "stock.fault", text, {"items": of_it[:LOGGED]})
        db.session.commit()

    def _keep(self) -> None:
        for one in self.batch:
            self._count(one)
        if self.batch and not self.dry:
            _write(self.store, self.names, self.batch)
            db.session.commit()
        self.batch = []

    def _count(self, one: StockResult) -> None:
        pushed, change = self.pushed, one.change
        held = self.known.get((change.sku, change.location))
        if one.outcome == "changed":
            pushed.changed += 1
            was = "?" if one.before is None else format(one.before, "f")
            where = f" in {change.location}" if change.location else ""
            self.told[change.sku + where] = f"{was} -> {change.quantity:f}"
        elif one.outcome == "same":
            pushed.same += 1
        elif one.outcome == "would_change":
            pushed.would_change.append(one)
        else:
            pushed.refused.append(one)
            if held is None or held.problem != one.reason:
                self.news[change.sku] = one.reason


def _known(store: Store) -> dict[tuple[str, str], StockLevel]:
    rows = db.session.scalars(select(StockLevel).where(StockLevel.store_id == store.id))
    found = {(row.sku, row.location): row for row in rows}
    for row in found.values():
        db.session.expunge(row)
    return found


def _write(store: Store, names: Mapping[str, str], results: Sequence[StockResult]) -> None:
    rows = [
        {
            "store_id": store.id,
            "sku": one.change.sku,
            "location": one.change.location,
            "item": names[one.change.sku],
            "quantity": one.change.quantity if one.outcome in _SENT else None,
            "problem": one.reason,
            "put_off": one.outcome == "refused" and not one.again,
            "at": now(),
        }
        for one in results
    ]
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(StockLevel).values(rows)
    taken = ("item", "quantity", "problem", "put_off", "at")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["store_id", "sku", "location"],
            set_={name: getattr(statement.excluded, name) for name in taken},
        )
    )


def _is_told(company_id: int, text: str) -> bool:
    told = select(Event.id).where(
        Event.company_id == company_id, Event.text == text, Event.at > now() - AGAIN
    )
    return db.session.scalar(told.limit(1)) is not None


def _log(company_id: int, level: str, kind: str, text: str, detail: Any) -> None:
    db.session.add(Event(company_id=company_id, kind=kind, level=level, text=text, detail=detail))


def _some(told: Mapping[str, str]) -> dict[str, str]:
    found = dict(list(told.items())[:LOGGED])
    more = len(told) - len(found)
    return found | ({"...": f"and {more:,} more"} if more else {})


def _skus(count: int) -> str:
    return f"{count:,} SKU{'' if count == 1 else 's'}"
