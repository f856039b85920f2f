"""A person's answers to what is held: each is one function, commits, and is in the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

from sqlalchemy import select, update

from app import audit
from app.models import Addition, Company, ListEntry, Order, Outbox, Posting, db, needs
from app.rules.one_click import add_case
from app.sync import remembered
from rules_library.decision import decisions

MOST_ROUNDING = Decimal("1.00")
"""A difference that is larger is no rounding: a rule has to say what it is."""
NAMED = 10
"""As many orders a sentence names."""
_UNSYNCED = {"synchronize_session": False}
CREATE_ITEM = {
    "create_inventory": "an inventory part",
    "create_non_inventory": "a non-inventory part",
    "create_service": "a service",
}


class AnswerRefusedError(Exception):
    """The answer does not fit what is held; nothing was changed."""

    def __init__(self, sentence: str, field: str = "") -> None:
        """Say why, and by which field of several it is."""
        super().__init__(sentence)
        self.field = field


class Rest(NamedTuple):
    """Orders that an answer left as they are."""

    many: int
    why: str
    """A sentence that names them; "" if there are none."""


def orders_named(company: Company, ids: Collection[int]) -> list[Order]:
    """The company's orders with these ids, in order; those of others are not among them."""
    return list(
        db.session.scalars(
            select(Order)
            .where(Order.company_id == company.id, Order.id.in_(ids))
            .order_by(Order.id)
        )
    )


def entry_named(company: Company, kind: str, full_name: str) -> ListEntry:
    """The active entry of a list with that full name.

    Raises:
        AnswerRefusedError: QuickBooks, as far as its lists were read, has none.
    """
    found = db.session.scalars(
        select(ListEntry)
        .where(
            ListEntry.company_id == company.id,
            ListEntry.kind == kind,
            ListEntry.full_name == full_name,
            ListEntry.is_active,
        )
        .limit(1)
    ).first()
    if found is None:
        raise AnswerRefusedError(f"QuickBooks has no active {kind.lower()} “{full_name}”.")
    return found


def map_item(company: Company, sku: str, item: str, orders: Collection[int], *, who: str) -> None:
    """Let a SKU mean an item from now on, and decide the orders again."""
    if not sku:
        raise AnswerRefusedError("A line without SKU cannot be mapped: choose its item by rule.")
    entry = entry_named(company, "Item", item)
    remembered.remember(company, "Item", "alias", sku, entry, who=who)
    audit.record(
        "orders", "sku.mapped", f"Mapped the SKU “{sku}” to {item}.", company=company, who=who
    )
    _again(company, orders)
    db.session.commit()


def create_item(company: Company, sku: str, what: str, *, who: str) -> None:
    """Let the item of one SKU be created: publishes one case more, and decides held orders again.

    Args:
        company: Whose.
        sku: The SKU; its line names the new item.
        what: A key of ``CREATE_ITEM``.
        who: The person.
    """
    if what not in CREATE_ITEM:
        raise AnswerRefusedError(f"An item cannot be created as {what!r}.")
    case = {
        "title": f"Create {sku}",
        "note": "",
        "enabled": True,
        "when": {"is": [{"var": "line.sku"}, sku]},
        "then": what,
    }
    note = f"Create “{sku}” as {CREATE_ITEM[what]}"
    add_case(company, "when_item_missing", case, author=who, note=note)


def use_customer(company: Company, orders: Collection[int], full_name: str, *, who: str) -> None:
    """Book these orders under a customer, and know their buyers as this customer from now on."""
    entry = entry_named(company, "Customer", full_name)
    for row in _held(company, orders):
        row.answers = {
            **(row.answers or {}),
            "customer_match": [[], who],
            "when_customer_missing": ["single", who],
            "single_customer_name": [full_name, who],
            "parent_customer": [None, who],
        }
        row.due = True
        if row.buyer_id:
            text = f"{row.store.key} {row.buyer_id}"
            remembered.remember(company, "Customer", "store_id", text, entry, who=who)
        tell(company, row, "order.customer_chosen", f"Chose the customer {full_name}.", who)
    db.session.commit()


def create_customer(company: Company, orders: Collection[int], *, who: str, name: str = "") -> None:
    """Let the customer of these orders be created, under a name of the person's choice."""
    for row in _held(company, orders):
        answers: dict[str, Any] = {"when_customer_missing": ["create", who]}
        if name:
            answers["customer_name"] = [name, who]
        row.answers, row.due = (row.answers or {}) | answers, True
        tell(company, row, "order.customer_created", "Let the customer be created.", who)
    db.session.commit()


def let_go(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> None:
    """Approve orders that a rule holds for review."""
    rows = orders_named(company, orders)
    _answered(rows, {"hold_for_review": False}, who)
    _told(company, rows, "order.approved", said("Approved it", comment), who)


def post(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> None:
    """Post orders though a rule leaves them out or holds them for review."""
    rows = orders_named(company, orders)
    _answered(rows, {"sync_order": True, "hold_for_review": False}, who)
    _told(company, rows, "order.to_be_posted", said("Said to post it", comment), who)


def hold(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> Rest:
    """Hold orders of which nothing is posted until a person lets them go.

    Returns:
        Those that could not be held.

    Raises:
        AnswerRefusedError: None of them could.
    """
    free, rest = _unposted(company, orders)
    _answered(free, {"hold_for_review": True}, who)
    _told(company, free, "order.held_by_person", said("Held it", comment), who)
    return rest


def skip(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> Rest:
    """Leave orders out for good; a later change in the store does not bring them back.

    Returns:
        Those that could not be left out.

    Raises:
        AnswerRefusedError: None of them could.
    """
    free, rest = _unposted(company, orders)
    _answered(free, {"sync_order": False}, who)
    _told(company, free, "order.skipped_by_person", said("Left it out for good", comment), who)
    return rest


def _unposted(company: Company, orders: Collection[int]) -> tuple[list[Order], Rest]:
    """Those of which nothing is in QuickBooks, nor may be; and the others.

    Raises:
        AnswerRefusedError: There are only others.
    """
    rows = orders_named(company, orders)
    ids = [row.id for row in rows]
    posted = {
        *db.session.scalars(
            select(Posting.order_id).where(Posting.order_id.in_(ids), Posting.ended == "")
        ),
        *db.session.scalars(
            select(Outbox.order_id).where(
                Outbox.order_id.in_(ids), Outbox.state.in_(("sent", "review"))
            )
        ),
    }
    free = [row for row in rows if row.id not in posted]
    numbers = [row.number for row in rows if row.id in posted]
    if not numbers:
        return free, Rest(0, "")
    more = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    why = (
        f"Documents of {', '.join(numbers[:NAMED])}{more} are in QuickBooks or on their way: "
        "void or correct them."
    )
    if not free:
        raise AnswerRefusedError(why)
    return free, Rest(len(numbers), why)


def take_back(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> None:
    """Forget every answer for these orders: the rules alone decide again."""
    for row in orders_named(company, orders):
        row.answers, row.due = {}, True
        text = said("Let the rules alone decide again", comment)
        tell(company, row, "order.answers_removed", text, who)
    db.session.commit()


def add_suffix(company: Company, orders: Collection[int], suffix: str, *, who: str) -> None:
    """Give these orders' documents a number that no other order has."""
    if not suffix.strip():
        raise AnswerRefusedError("A suffix has at least one character.")
    rows = orders_named(company, orders)
    _answered(rows, {"number_suffix": suffix.strip()}, who)
    _told(company, rows, "order.renumbered", f"Added “{suffix}” to its numbers.", who)


def allow_rounding(
    company: Company, orders: Collection[int], item: str, limit: str, *, who: str
) -> None:
    """Let a small difference of these orders become a line of its own.

    Args:
        company: Whose.
        orders: Their ids.
        item: The item of the line, as QuickBooks names it.
        limit: The largest difference, in the orders' currency; at most ``MOST_ROUNDING``.
        who: The person.

    Raises:
        AnswerRefusedError: QuickBooks has no such item, or that is no small amount.
    """
    entry = entry_named(company, "Item", item)
    try:
        amount = Decimal(limit.strip())
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and 0 < amount <= MOST_ROUNDING):
        raise AnswerRefusedError(f"A rounding line is of at most {MOST_ROUNDING}.", "limit")
    most = f"{amount.quantize(Decimal('0.01'), ROUND_UP):f}"
    rows = orders_named(company, orders)
    _answered(rows, {"rounding_item": entry.full_name, "rounding_limit": most}, who)
    text = f"Allowed a rounding line of up to {most} with the item {entry.full_name}."
    _told(company, rows, "order.rounding_allowed", text, who)


def retry(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> None:
    """Decide orders again, and send again what QuickBooks refused or could not take."""
    ids = [row.id for row in orders_named(company, orders)]
    again = {"state": "ready", "attempts": 0, "not_before": None, "advice": "", "searched": False}
    stopped = Outbox.order_id.in_(ids) & (Outbox.state == "held")
    entries = (
        select(needs.c.addition_id).join(Outbox, Outbox.id == needs.c.outbox_id).where(stopped)
    )
    fresh = {"state": "ready", "attempts": 0, "not_before": None, "advice": ""}
    for table, chosen, values in (
        (Addition, Addition.id.in_(entries) & (Addition.state == "held"), fresh),
        (Outbox, stopped, again),
    ):
        db.session.execute(
            update(table).where(chosen).values(**values), execution_options=_UNSYNCED
        )
    _again(company, ids)
    for row in orders_named(company, ids):
        tell(company, row, "order.retried", said("Asked for another try", comment), who)
    db.session.commit()


def _answered(rows: Sequence[Order], given: Mapping[str, Any], who: str) -> None:
    """Let a person's values go before the rules of these orders, which are decided again."""
    for decision, value in given.items():
        decisions()[decision].read(value)
    for row in rows:
        answers = {decision: [value, who] for decision, value in given.items()}
        row.answers, row.due = {**(row.answers or {}), **answers}, True


def _told(company: Company, rows: Sequence[Order], kind: str, text: str, who: str) -> None:
    """Write the answer down for each of these orders, and commit."""
    for row in rows:
        tell(company, row, kind, text, who)
    db.session.commit()


def _held(company: Company, orders: Collection[int]) -> Sequence[Order]:
    rows = orders_named(company, orders)
    posted = set(
        db.session.scalars(
            select(Posting.order_id).where(
                Posting.order_id.in_([row.id for row in rows]), Posting.ended == ""
            )
        )
    )
    if posted:
        raise AnswerRefusedError("What is posted keeps its customer.")
    return rows


def _again(company: Company, orders: Collection[int]) -> None:
    db.session.execute(
        update(Order).where(Order.company_id == company.id, Order.id.in_(orders)).values(due=True),
        execution_options=_UNSYNCED,
    )


def tell(company: Company, row: Order, kind: str, text: str, who: str) -> None:
    """Write an answer about an order down in the audit trail."""
    audit.record("orders", kind, text, company=company, order_id=row.id, who=who)


def said(text: str, comment: str) -> str:
    """An answer in words, with the comment that a person gave."""
    return f"{text}: {comment.strip()}" if comment.strip() else f"{text}."
