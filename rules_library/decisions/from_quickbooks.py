"""Which sales of QuickBooks go to a store that ships them, and what comes back."""

from rules_library.decision import Choice, Decision, YesNo

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
