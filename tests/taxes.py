"""What has to hold of the taxes that are kept of orders, whatever happened to them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Order, OrderTax, Posting, db
from app.sync.intake import translate
from qbwc.planning.tax import refunded_tax
from tests.flows import Flow

ZERO = Decimal(0)


def assert_taxes_add_up(flow: Flow) -> None:
    """Both ways of naming them come to the order's tax less refunds, and to what is posted."""
    with flow.app.app_context():
        kept: defaultdict[tuple[int, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for row in db.session.scalars(select(OrderTax)):
            sums = kept[row.order_id, row.by]
            sums[0] += row.shop_tax or ZERO
            sums[1] += row.books_tax or ZERO
        for order in db.session.scalars(select(Order).options(undefer(Order.raw))):
            whole = translate(order)
            back = sum((refunded_tax(whole, refund) for refund in whole.refunds), ZERO)
            posted = ZERO
            for one in db.session.scalars(select(Posting).where(Posting.order_id == order.id)):
                tax = (one.tax or ZERO) + one.tax_lines
                posted += tax if one.kind in {"Invoice", "SalesReceipt"} else ZERO
                posted -= tax if one.kind == "CreditMemo" else ZERO
            wanted = [(order.tax or ZERO) - back, posted]
            for by in ("store", "quickbooks"):
                assert kept[order.id, by] == wanted, (order.number, by)
