"""/orders: orders in, the list of them, one with its documents, and its plan."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import Field, GetJsonSchemaHandler, RootModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.models import Company, Order, Outbox, Posting, Store, db
from app.stores.rulebooks import FORMAT
from app.sync.dry_run import UnreadableOrderError, dry_run
from app.sync.intake.submit import Outcome, TooManyOrdersError, submit
from app.web.access import MOST
from app.web.api.endpoint import endpoint
from app.web.api.shapes import After, Amount, Asked, Limit, Next, Told, Words, next_of
from app.web.problems import Fault, ProblemError

State = Literal["new", "waiting", "skipped", "held", "queued", "posted"]
ONE: Final = f"/orders/<int(max={MOST}):order_id>"
LARGEST: Final = 16 * 2**20
REF: Final = "#/components/schemas/Order"


class OrdersIn(RootModel[Any]):
    """One order, a list of orders, or both in an object."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What the reader of our own form takes."""
        del core, handler
        orders = {"type": "array", "items": {"$ref": REF}}
        whole = {"type": "object", "required": ["orders"], "properties": {"orders": orders}}
        return {"description": cls.__doc__, "oneOf": [{"$ref": REF}, orders, whole]}


class Result(Told):
    """What became of one order."""

    source_id: str
    outcome: Outcome
    """older: a later revision is here already. bad: it was not taken in."""
    id: int | None
    """Of the order here."""
    pointer: str
    """Of what is wrong with a bad one."""
    problem: str


class Results(Told):
    """What became of each order, as they were sent."""

    results: list[Result]


class OrdersAsked(Asked):
    """Which orders are wanted."""

    state: State | None = None
    number: Words | None = None
    store: Words | None = Field(default=None, description="The store's key.")
    source_id: Words | None = Field(default=None, description="The store's own id of the order.")
    after: After = 0
    limit: Limit = 50


class OrderRow(Told):
    """One order of the list."""

    id: int
    store: str
    source_id: str
    number: str
    customer: str
    state: State
    reasons: list[str]
    currency: str
    total: Amount | None
    placed_at: datetime | None
    revision: int


class OrderRows(Told):
    """Some orders, the first received first."""

    orders: list[OrderRow]
    next: Next


class Cause(Told):
    """Why an order is held, as a code, and what that is about."""

    code: str
    about: str


class Alike(Told):
    """A transaction in QuickBooks that we did not make."""

    txn_id: str
    ref_number: str
    date: str
    total: Amount | None


class Document(Told):
    """A transaction that is in QuickBooks or on its way."""

    kind: str
    part: str
    """Empty, or the store's own id of the shipment, payment or refund."""
    state: str
    """posted, voided, missing ...; of one on its way: ready, sent, held, review."""
    ref_number: str
    txn_id: str
    """Empty while QuickBooks has given none."""
    subtotal: Amount | None
    tax: Amount | None
    total: Amount | None
    balance: Amount | None
    """What QuickBooks last said is open or unused."""
    posted_at: datetime | None
    alike: Alike | None
    """Held: the transaction in QuickBooks that it may be."""
    advice: str
    """What to do about one that QuickBooks refused."""


class WholeOrder(OrderRow):
    """One order, and what became of it."""

    causes: list[Cause]
    decided_at: datetime | None
    received_at: datetime
    documents: list[Document]


class Plan(Told):
    """A dry run: the decisions, each with the case that won, and the documents that follow."""

    order: str
    release: int
    verdict: Literal["post", "skip", "wait", "hold"]
    reasons: list[str]
    decided: dict[str, Any]
    lines: list[dict[str, Any]]
    charges: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    creates: list[list[str]]
    """[list, name] of entries that QuickBooks does not have yet."""
    qbxml: str


@endpoint(
    "POST", "/stores/<store>/orders", needs="decide", answer=Results,
    body=OrdersIn, largest=LARGEST, exact=True,
)  # fmt: skip
def send_orders(company: Company, store: str, body: OrdersIn) -> Results:
    """Send one order or up to 500 in; the same again changes nothing.

    An order is known by its source_id: what differs is a new revision. When none could be taken
    in, the answer is a problem.
    """
    shop = own_shop(company, store)
    try:
        told = submit(company, shop, body.root)
    except TooManyOrdersError as error:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)) from None
    if all(one.outcome == "bad" for one in told):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "No order could be taken in." if told else "There is no order in it.",
            faults=[Fault(one.problem, pointer=one.pointer) for one in told],
        )
    return Results(results=[Result.model_validate(one) for one in told])


@endpoint("GET", "/orders", needs="see", answer=OrderRows, query=OrdersAsked)
def list_orders(company: Company, query: OrdersAsked) -> OrderRows:
    """The orders, the first received first, filtered by state, number, store or source id."""
    chosen = select(Order).where(Order.company_id == company.id, Order.id > query.after)
    if query.store is not None:
        chosen = chosen.join(Store).where(Store.key == query.store)
    for column, wanted in (
        (Order.state, query.state), (Order.number, query.number),
        (Order.source_id, query.source_id),
    ):  # fmt: skip
        if wanted is not None:
            chosen = chosen.where(column == wanted)
    rows = db.session.scalars(
        chosen.order_by(Order.id).limit(query.limit).options(joinedload(Order.store))
    ).all()
    return OrderRows(
        orders=[OrderRow(**_row(row)) for row in rows],
        next=next_of([row.id for row in rows], query.limit),
    )


@endpoint("GET", ONE, needs="see", answer=WholeOrder)
def get_order(company: Company, order_id: int) -> WholeOrder:
    """One order: its state with the reasons, and its documents in QuickBooks."""
    return whole(order_or_404(company, order_id))


@endpoint("GET", f"{ONE}/plan", needs="see", answer=Plan)
def plan_order(company: Company, order_id: int) -> Plan:
    """A dry run of one order: what the rules decide now, and what would be sent."""
    row = order_or_404(company, order_id)
    try:
        found = dry_run(company, row)
    except UnreadableOrderError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from None
    return Plan.model_validate(json.loads(json.dumps(found, default=str)))


def order_or_404(company: Company, order_id: int) -> Order:
    """The company's order; those of others do not exist."""
    row = db.session.scalars(
        select(Order)
        .where(Order.id == order_id, Order.company_id == company.id)
        .options(joinedload(Order.store), undefer(Order.raw))
    ).first()
    if row is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"There is no order {order_id}.")
    return row


def whole(row: Order) -> WholeOrder:
    """The order with everything that became of it."""
    return WholeOrder(
        **_row(row),
        causes=[Cause(code=code, about=about) for code, about in row.causes or ()],
        decided_at=row.decided_at,
        received_at=row.received_at,
        documents=_documents(row),
    )


def _row(row: Order) -> dict[str, Any]:
    names = OrderRow.model_fields.keys() - {"store", "reasons"}
    own = {name: getattr(row, name) for name in names}
    return own | {"store": row.store.key, "reasons": row.reasons or []}


def _documents(row: Order) -> list[Document]:
    posted = db.session.scalars(
        select(Posting).where(Posting.order_id == row.id).order_by(Posting.id)
    )
    sent = db.session.scalars(
        select(Outbox)
        .where(Outbox.order_id == row.id, Outbox.state.not_in(("done", "dropped")))
        .order_by(Outbox.id)
    )
    return [
        Document(
            kind=one.kind, part=one.part, state=one.ended or "posted", ref_number=one.ref_number,
            txn_id=one.txn_id, subtotal=one.subtotal, tax=one.tax, total=one.total,
            balance=one.balance, posted_at=one.posted_at, advice="", alike=None,
        )
        for one in posted
    ] + [
        Document(
            kind=one.kind, part=one.part, state=one.state, ref_number=one.ref_number, txn_id="",
            subtotal=None, tax=None, total=None, balance=None, posted_at=None, advice=one.advice,
            alike=Alike(**one.alike) if one.alike and one.state == "held" else None,
        )
        for one in sent
    ]  # fmt: skip


def own_shop(company: Company, key: str) -> Store:
    """The company's store with that key, which programs send into; no other kind of store."""
    found = None
    if key.isprintable():
        found = db.session.scalars(
            select(Store).where(Store.company_id == company.id, Store.key == key)
        ).first()
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "The company has no store with that key.")
    if found.type != FORMAT.key:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            f"What {found.name} holds comes from {found.type}; send yours into a store of type "
            f"{FORMAT.key}.",
        )
    return found
