"""What a refund, or the cancellation of a posted order, becomes."""

from rules_library.decision import Choice, Decision, Reference

REFUND_AS = Decision(
    key="refund_as",
    label="Book a refund as",
    help="A credit memo stays open for the customer; a refund to the card or a cheque uses it up. "
    "An invoice can be voided only when it was never paid and all of it is given back.",
    group="Refunds",
    kind=Choice(
        {
            "credit_memo": "A credit memo",
            "card_refund": "A credit memo, given back as it was paid",
            "cheque": "A credit memo, given back by cheque",
            "void": "Void the invoice that was never paid",
            "none": "Nothing",
        }
    ),
    default="credit_memo",
    scope="refund",
    honoured_by="qbwc.planning.refunds",
    keeps_shape=False,
)

CARD_REFUND_ACCOUNT = Decision(
    key="card_refund_account",
    label="Account of refunds to the card",
    help="Where the money of a refund to a card or wallet comes from: as a rule where payments are "
    "deposited to, so that a payout is the two together.",
    group="Refunds",
    kind=Reference("Account"),
    default="Undeposited Funds",
    scope="refund",
    fills="RefundFromAccountRef",
    keeps_shape=False,
)

CHEQUE_ACCOUNT = Decision(
    key="cheque_account",
    label="Bank account of refund cheques",
    help="The bank account that a refund's cheque is drawn on; the cheque waits to be printed.",
    group="Refunds",
    kind=Reference("Account"),
    default="Checking",
    scope="refund",
    honoured_by="qbwc.planning.money_back",
    keeps_shape=False,
)

UNRESTOCKED_ITEM = Decision(
    key="unrestocked_item",
    label="Item for goods that are not restocked",
    help="Used in place of an inventory part that the store did not put back into stock. Without "
    "it the part itself is credited, and QuickBooks counts it as back in stock.",
    group="Refunds",
    kind=Reference("Item"),
    scope="refund",
    honoured_by="qbwc.planning.credit_memo",
    keeps_shape=False,
)

WHEN_CANCELLED = Decision(
    key="when_cancelled",
    label="When an order is cancelled after it was posted",
    help="Nothing that was paid is voided or deleted: then the order is held. Sales orders and "
    "purchase orders are closed, or deleted where that is chosen. Money that was received before "
    "any sale goes back out of its payment, as the store's refund is booked.",
    group="Refunds",
    kind=Choice(
        {
            "hold": "Hold it for a person",
            "void": "Void the unpaid invoice",
            "delete": "Delete what is unpaid",
            "credit_memo": "Credit the invoice or sales receipt",
            "close": "Close the sales order, if nothing is invoiced",
            "keep": "Leave what is posted: a person settles it in QuickBooks",
        }
    ),
    default="hold",
    honoured_by="qbwc.planning.cancelled",
    keeps_shape=False,
)
