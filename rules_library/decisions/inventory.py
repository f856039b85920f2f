"""Which items' stock goes to a store, and how much of it may be sold there."""

from rules_library.decision import Count, Decision, Text, YesNo

PUSH_STOCK = Decision(
    key="push_stock",
    label="Send stock to the store",
    help="Yes tells the store how many of an item can be sold, as QuickBooks counts them.",
    group="Inventory",
    kind=YesNo(),
    default=False,
    scope="item",
    honoured_by="qbwc.planning.stock",
)

EXCLUDE_FROM_STOCK = Decision(
    key="exclude_from_stock",
    label="Leave the item's stock alone",
    help="Yes never touches the store's stock of an item, whatever else is decided.",
    group="Inventory",
    kind=YesNo(),
    default=False,
    scope="item",
    honoured_by="qbwc.planning.stock",
)

STOCK_QUANTITY = Decision(
    key="stock_quantity",
    label="How many can be sold",
    help="On hand minus sales orders and minus what was sold and is not in QuickBooks yet, unless "
    "a rule says otherwise: minus a safety stock, at most so many, or what one inventory site has. "
    "Broken quantities are rounded down, and less than none is none.",
    group="Inventory",
    kind=Count(),
    default={"var": "item.sellable"},
    scope="item",
    honoured_by="qbwc.planning.stock",
)

STOCK_LOCATION = Decision(
    key="stock_location",
    label="The store's location",
    help="Where the stock is told to be, in the store's own word; nothing is its first place.",
    group="Inventory",
    kind=Text(),
    scope="item",
    honoured_by="qbwc.planning.stock",
)
