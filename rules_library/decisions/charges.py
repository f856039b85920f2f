"""What shipping, discounts, fees, tips and the like become."""

from rules_library.collected import ItemAmount
from rules_library.decision import Choice, Decision, Money, Reference

SHIPPING_ITEM = Decision(
    key="shipping_item",
    label="Shipping item",
    help="The item of the shipping line, e.g. by carrier.",
    group="Charges",
    kind=Reference("Item"),
    default="Shipping",
    scope="charge",
    honoured_by="qbwc.planning.charges",
)

SHIPPING_AS = Decision(
    key="shipping_as",
    label="Show shipping",
    help="As a line for each shipping charge, as one line for all of it, or in the amounts of the "
    "goods, in proportion to them.",
    group="Charges",
    kind=Choice(
        {
            "each": "As a line for each charge",
            "one_line": "As one line",
            "in_lines": "In the amounts of the goods",
        }
    ),
    default="each",
    honoured_by="qbwc.planning.booked",
)

SURCHARGE = Decision(
    key="surcharge",
    label="Surcharges within shipping",
    help="Shares of the shipping that get lines with items of their own, e.g. for fuel or "
    "insurance. They are taken off the shipping line: the total stays what the buyer owes. Where "
    "the shipping is smaller than its shares, the order is held.",
    group="Charges",
    kind=ItemAmount(),
    default=[],
    collects=True,
    honoured_by="qbwc.planning.booked",
)

FEE_ITEM = Decision(
    key="fee_item",
    label="Fee item",
    help="The item for handling, wrapping and other fees. A negative fee uses the discount item.",
    group="Charges",
    kind=Reference("Item"),
    default="Fees",
    scope="charge",
    honoured_by="qbwc.planning.charges",
)

TIP_ITEM = Decision(
    key="tip_item",
    label="Tip item",
    help="The item for tips.",
    group="Charges",
    kind=Reference("Item"),
    default="Tips",
    scope="charge",
    honoured_by="qbwc.planning.charges",
)

DUTY_ITEM = Decision(
    key="duty_item",
    label="Duty item",
    help="The item for import duties that the store collected.",
    group="Charges",
    kind=Reference("Item"),
    default="Duties",
    scope="charge",
    honoured_by="qbwc.planning.charges",
)

DISCOUNT_ITEM = Decision(
    key="discount_item",
    label="Discount item",
    help="The item for discounts that are shown as lines, and for negative fees.",
    group="Charges",
    kind=Reference("Item"),
    default="Discount",
    honoured_by="qbwc.planning.charges",
)

DISCOUNT_ACCOUNT = Decision(
    key="discount_account",
    label="Account of a created discount item",
    help="Where discounts are booked when the discount item is created; nothing here is the "
    "income account of created items.",
    group="Charges",
    kind=Reference("Account"),
    honoured_by="qbwc.planning.items",
)

DISCOUNT_AS = Decision(
    key="discount_as",
    label="Show discounts",
    help="In the lines' amounts, as one line for the order, or as a line after each line.",
    group="Charges",
    kind=Choice(
        {
            "net_lines": "In the amounts of the lines",
            "one_line": "As one discount line",
            "per_line": "As a discount line after each line",
        }
    ),
    default="net_lines",
    honoured_by="qbwc.planning.lines",
)

GIFT_CARD_SOLD_ITEM = Decision(
    key="gift_card_sold_item",
    label="Item for gift cards sold",
    help="Selling a gift card is a liability, not income; used gift cards are payments.",
    group="Charges",
    kind=Reference("Item"),
    default="Gift Card",
    honoured_by="qbwc.planning.items",
)

GIFT_CARD_USED_AS = Decision(
    key="gift_card_used_as",
    label="Gift cards that pay",
    help="Received as payments, or taken off the sale: by a discount line, or by a negative line "
    "of the item that gift cards are sold with, which lowers what their holders are owed.",
    group="Charges",
    kind=Choice(
        {
            "payment": "As payments",
            "discount": "As a discount line",
            "negative_line": "As a negative line of the gift card item",
        }
    ),
    default="payment",
    honoured_by="qbwc.planning.booked",
)

REFUND_ADJUSTMENT_ITEM = Decision(
    key="refund_adjustment_item",
    label="Refund adjustment item",
    help="The item for refunded amounts that belong to no line, e.g. goodwill.",
    group="Charges",
    kind=Reference("Item"),
    default="Refund Adjustment",
    honoured_by="qbwc.planning.charges",
)

ROUNDING_ITEM = Decision(
    key="rounding_item",
    label="Rounding item",
    help="With it, a difference up to the rounding limit becomes a line of its own; without, "
    "the order is held.",
    group="Charges",
    kind=Reference("Item"),
    keeps_shape=False,
    honoured_by="qbwc.planning.charges",
)

ROUNDING_LIMIT = Decision(
    key="rounding_limit",
    label="Rounding limit",
    help="The largest difference that may become a rounding line.",
    group="Charges",
    kind=Money(),
    default="0.00",
    keeps_shape=False,
    honoured_by="qbwc.planning.charges",
)
