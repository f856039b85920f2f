"""Which sales of QuickBooks go to a store that ships them, and what comes back to whom."""

from rules_library.decision import Choice, Decision, Text, YesNo

SEND_SALE_TO_STORE = Decision(
    key="send_sale_to_store",
    label="Send the sale to the store",
    help="Yes sends a sales order, invoice or sales receipt that was made or changed in QuickBooks "
    "to a store or shipping tool that takes orders, and each change until it is shipped. A sale "
    "that came from that store is never sent back. Where both a sales order and its invoice would "
    "go, choose one by the kind of sale. A No keeps what was sent, and sends no more of it.",
    group="From QuickBooks",
    kind=YesNo(),
    default=False,
    scope="sale",
    honoured_by="qbwc.planning.sales_out",
)

SHIPMENT_BACK_AS = Decision(
    key="shipment_back_as",
    label="When the store has shipped it",
    help="What is written to the sale in QuickBooks once the store ships it. Other is replaced; "
    "the memo keeps what stands in it, and is followed by the tracking number.",
    group="From QuickBooks",
    kind=Choice(
        {
            "memo": "Ship date, and the tracking number in the memo",
            "other": "Ship date, and the tracking number in Other",
            "date": "Ship date only",
            "none": "Nothing",
        }
    ),
    default="memo",
    scope="sale",
    honoured_by="qbwc.planning.sales_out",
)

TELL_SHIPMENT = Decision(
    key="tell_shipment",
    label="Tell the shop that its order is shipped",
    help="Yes tells the shop that an order of it is shipped, with carrier and tracking number, as "
    "soon as the sales order, invoice or sales receipt that was made of the order has a tracking "
    "number: one that was entered in QuickBooks, or that of the shipping tool the sale was sent "
    "to. The shop takes all that is not shipped yet as shipped; a number that is changed later "
    "has to be changed in the shop too, and the log says so.",
    group="From QuickBooks",
    kind=YesNo(),
    default=False,
    scope="sale",
    honoured_by="qbwc.planning.sales_out",
)

TRACKING_NUMBER = Decision(
    key="tracking_number",
    label="Tracking number in QuickBooks",
    help="Where the tracking number of a sale stands that was shipped without a shipping tool: in "
    "the field Other unless a rule says otherwise. As long as it is empty the shop is told "
    "nothing; what a shipping tool told goes first.",
    group="From QuickBooks",
    kind=Text(),
    default={"var": "sale.other"},
    scope="sale",
    honoured_by="qbwc.planning.sales_out",
)
