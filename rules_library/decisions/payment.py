"""How a payment is recorded; decided for each payment of an order."""

from rules_library.decision import Day, Decision, Reference, Text

DEPOSIT_ACCOUNT = Decision(
    key="deposit_account",
    label="Deposit to",
    help="The account that a payment goes to. Undeposited Funds lets you make deposits by payout.",
    group="Payment",
    kind=Reference("Account"),
    default="Undeposited Funds",
    scope="payment",
    also=("order",),
    fills="DepositToAccountRef",
    keeps_shape=False,
)

PAYMENT_METHOD = Decision(
    key="payment_method",
    label="Payment method",
    help="As QuickBooks' list of payment methods names it; a missing one is created.",
    group="Payment",
    kind=Reference("PaymentMethod", create=True),
    default={"var": "payment.method"},
    scope="payment",
    also=("order", "refund"),
    fills="PaymentMethodRef",
    keeps_shape=False,
)

PAYMENT_REFERENCE = Decision(
    key="payment_reference",
    label="Payment reference",
    help="The payment's number: the check or reference number of a payment or sales receipt.",
    group="Payment",
    kind=Text(),
    default={"var": "payment.reference"},
    scope="payment",
    also=("order",),
    honoured_by="qbwc.planning.payments",
    keeps_shape=False,
)

PAYMENT_DATE = Decision(
    key="payment_date",
    label="Date of the payment",
    help="The day it was paid, else the day of the order.",
    group="Payment",
    kind=Day(),
    default={"or": [{"var": "payment.paid_on"}, {"var": "order.placed_on"}]},
    scope="payment",
    honoured_by="qbwc.planning.payments",
    keeps_shape=False,
)
