"""What is bought for an order, of whom, and where it is sent to."""

from rules_library.decision import Decision, Money, Reference, YesNo
from rules_library.decisions.routing import UNPAID

CREATE_PURCHASE_ORDER = Decision(
    key="create_purchase_order",
    label="Buy it for the order",
    help="No leaves a line out of the purchase orders of a transaction type that has them.",
    group="Purchasing",
    kind=YesNo(),
    default={
        "if": [
            {
                "and": [
                    {"in": [{"var": "payment.status"}, UNPAID]},
                    {"!": {"var": "order.payment_terms"}},
                ]
            }, False,
            {"==": [{"var": "payment.status"}, "refunded"]}, False,
            {"in": [{"var": "line.kind"}, ["gift_card", "tip", "service"]]}, False,
            True,
        ]
    },
    titles=(
        "Nothing is bought for an unpaid order, unless it has payment terms",
        "Nothing for an order that was given back",
        "Only goods",
    ),
    scope="line",
    honoured_by="qbwc.planning.purchasing",
    keeps_shape=False,
)  # fmt: skip

VENDOR = Decision(
    key="vendor",
    label="Vendor",
    help="Of whom a line is bought: the item's preferred vendor in QuickBooks unless a rule names "
    "one. Each vendor gets a purchase order of its own.",
    group="Purchasing",
    kind=Reference("Vendor"),
    scope="line",
    honoured_by="qbwc.planning.purchasing",
    keeps_shape=False,
)

PURCHASE_COST = Decision(
    key="purchase_cost",
    label="Purchase cost",
    help="What one piece costs: the item's cost in QuickBooks unless a rule says otherwise.",
    group="Purchasing",
    kind=Money(),
    scope="line",
    honoured_by="qbwc.planning.purchasing",
    keeps_shape=False,
)

SHIP_TO_CUSTOMER = Decision(
    key="ship_to_customer",
    label="Ship to the customer",
    help="The vendor ships to the order's shipping address; no: to your own.",
    group="Purchasing",
    kind=YesNo(),
    default=True,
    honoured_by="qbwc.planning.purchasing",
    keeps_shape=False,
)

ONLY_WHEN_SHORT = Decision(
    key="only_when_short",
    label="Buy only what is short",
    help="Of an item that QuickBooks counts only so many are bought as are not on hand, less what "
    "is on sales orders, as QuickBooks last told.",
    group="Purchasing",
    kind=YesNo(),
    default=False,
    scope="line",
    honoured_by="qbwc.planning.purchasing",
    keeps_shape=False,
)
