"""Which orders go to QuickBooks, and as which documents."""

from rules_library.decision import Choice, Decision, YesNo

UNPAID = ["pending", "authorized", "failed", "voided"]

SYNC_ORDER = Decision(
    key="sync_order",
    label="Sync this order",
    help="Orders for which this is no are skipped; they are looked at again when they change.",
    group="Routing",
    kind=YesNo(),
    default={
        "if": [
            {"var": "order.is_test"}, False,
            {"in": [{"var": "order.status"}, ["cancelled", "failed", "draft"]]}, False,
            True,
        ]
    },
    titles=("Leave out test orders", "Leave out cancelled, failed and draft orders"),
    honoured_by="qbwc.planning.sales",
    keeps_shape=False,
)  # fmt: skip

HOLD_FOR_REVIEW = Decision(
    key="hold_for_review",
    label="Hold for review",
    help="Orders for which this is yes wait until a person lets them go.",
    group="Routing",
    kind=YesNo(),
    default=False,
    honoured_by="qbwc.planning.sales",
    keeps_shape=False,
)

TRANSACTION_TYPE = Decision(
    key="transaction_type",
    label="Transaction type",
    help="Which QuickBooks documents may exist for an order. Unpaid orders never get a payment.",
    group="Routing",
    kind=Choice(
        {
            "sales_receipt": "Sales receipts",
            "invoice": "Invoices",
            "invoice_and_payment": "Invoices and payments",
            "sales_order": "Sales orders",
            "sales_order_and_invoice": "Sales orders and invoices",
            "sales_order_invoice_and_payment": "Sales orders, invoices and payments",
            "sales_order_and_payment": "Sales orders, no invoices, payments if paid",
            "sales_order_invoice_and_purchase_order": "Sales orders, invoices and purchase orders",
            "sales_order_invoice_payment_and_purchase_order": (
                "Sales orders, invoices, payments and purchase orders"
            ),
            "estimate": "Estimates",
            "none": "Do not create anything",
        }
    ),
    default="invoice_and_payment",
    honoured_by="qbwc.planning.sales",
)

CREATE_SALES_ORDER = Decision(
    key="create_sales_order",
    label="Create the sales order",
    help="No leaves out the sales order of a transaction type that has one.",
    group="Routing",
    kind=YesNo(),
    default=True,
    honoured_by="qbwc.planning.sales",
    keeps_shape=False,
)

CREATE_INVOICE = Decision(
    key="create_invoice",
    label="Create the invoice",
    help=(
        "When the invoice is made: not yet, for the whole order, or for each shipment, "
        "dated no earlier than it."
    ),
    group="Routing",
    kind=Choice(
        {
            "none": "Not yet",
            "whole": "For the whole order",
            "shipped": "For what has been shipped, one for each shipment",
        }
    ),
    default={
        "if": [
            {
                "and": [
                    {"in": [{"var": "payment.status"}, UNPAID]},
                    {"==": [{"var": "fulfillment.status"}, "unfulfilled"]},
                    {"!": {"var": "order.payment_terms"}},
                ]
            },
            "none",
            "whole",
        ]
    },
    titles=("Wait until the order is paid or shipped, unless it has payment terms",),
    honoured_by="qbwc.planning.invoices",
    keeps_shape=False,
)

CREATE_PAYMENT = Decision(
    key="create_payment",
    label="Create the payment",
    help="No leaves out the payment of a transaction type that has one.",
    group="Routing",
    kind=YesNo(),
    default=True,
    honoured_by="qbwc.planning.payments",
    keeps_shape=False,
)

MARK_INVOICE_UNPAID = Decision(
    key="mark_invoice_unpaid",
    label="Mark the invoice as unpaid",
    help="Yes posts the invoice without its payment; you receive the payment in QuickBooks.",
    group="Routing",
    kind=YesNo(),
    default=False,
    honoured_by="qbwc.planning.payments",
    keeps_shape=False,
)
