"""Whose turn it is to be told stock; a store that fails is left alone for longer each time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import update

from app.models import Company, Mirror, StockLevel, Store, db, now
from app.rules import current_rulebook
from app.stores.base import StoreClient
from app.stores.errors import StoreError
from app.sync.outward import failed, takers, went_well
from app.sync.stock.levels import (
    KIND,
    NoStockError,
    looks_at_stock,
    read_items_whole,
    sends_stock,
)
from app.sync.stock.telling import Pushed, pushing
from app.sync.whole import asked_whole_at, need_no_more

log = structlog.get_logger(__name__)

WHOLE: Final = timedelta(minutes=30)
"""How old QuickBooks' quantities may become before the items are asked for whole again."""
TOLD: Final = "told its stock"


def refresh(company: Company, moment: datetime) -> bool:
    """Ask for QuickBooks' quantities where a rule needs them and they are old; False if none sends.

    The caller commits.
    """
    _, rulebook = current_rulebook(company)
    tells = sends_stock(rulebook) and bool(takers(company, "stock"))
    if not (tells or looks_at_stock(rulebook)):
        need_no_more(company.id, KIND)
        return False
    asked = asked_whole_at(company.id, KIND)
    mirror = db.session.get(Mirror, (company.id, KIND))
    if mirror is not None and not mirror.stale and (asked is None or asked <= moment - WHOLE):
        read_items_whole(company)
    return tells


def all_again(company: Company) -> None:
    """Put off nothing any more: failing stores, and SKUs that were refused; the caller commits."""
    ids = [store.id for store in takers(company, "stock")]
    db.session.execute(update(Store).where(Store.id.in_(ids)).values(stock_next_at=None))
    db.session.execute(update(StockLevel).where(StockLevel.store_id.in_(ids)).values(put_off=False))


def forget(stores: Collection[Store]) -> None:
    """Forget what stores were told, so that they are told everything; the caller commits."""
    ids = [store.id for store in stores]
    db.session.execute(
        update(StockLevel).where(StockLevel.store_id.in_(ids)).values(quantity=None, put_off=False)
    )


def tell(
    company: Company, store: Store, *, client: StoreClient[Any] | None = None
) -> Iterator[Pushed]:
    """Tell one store; what goes wrong is written down on it, and told in the log."""
    began = now()
    try:
        yield from pushing(company, store, client=client)
    except NoStockError:
        db.session.rollback()
    except StoreError as error:
        db.session.rollback()
        failed(store, "stock", error, TOLD)
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError) as error:
        db.session.rollback()
        log.exception("stock.fault", store=store.id)
        words = f"Telling {store.name} its stock failed within Rulebooks ({type(error).__name__})."
        wrong = StoreError(words, advice="Please report it; the log has more.")
        failed(store, "stock", wrong, TOLD)
    else:
        went_well(store, "stock", began, "its stock")
    db.session.commit()
