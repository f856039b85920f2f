"""Which QuickBooks item a line becomes, and what happens when there is none."""

from rules_library.decision import Choice, Choices, Decision, Factor, Reference, Text, YesNo

ITEM = Decision(
    key="item",
    label="Item",
    help="What is looked up in QuickBooks for a line; the SKU unless a rule says otherwise.",
    group="Items",
    kind=Text(),
    default={"var": "line.sku"},
    scope="line",
    honoured_by="qbwc.planning.items",
)

ITEM_MATCH = Decision(
    key="item_match",
    label="How to find the item",
    help="Which field of QuickBooks' items the line's item is compared with; attempts in order. A "
    "SKU that somebody has mapped to an item is that item before any attempt.",
    group="Items",
    kind=Choices(
        {
            "name": "Item name",
            "full_name": "Full name (Parent:Child)",
            "manufacturer_part_number": "Manufacturer's part number",
            "barcode": "Barcode",
            "custom_field": "Custom field",
        }
    ),
    default=["full_name", "name"],
    scope="line",
    honoured_by="qbwc.planning.items",
)

ITEM_CUSTOM_FIELD = Decision(
    key="item_custom_field",
    label="Custom field of items",
    help="The name of the custom field in QuickBooks that holds the store's SKU, for finding the "
    "item by custom field.",
    group="Items",
    kind=Text(),
    scope="line",
    honoured_by="qbwc.planning.items",
)

WHEN_ITEM_MISSING = Decision(
    key="when_item_missing",
    label="When QuickBooks has no such item",
    help="Hold the order, create the item, or use the fallback item. Shipping, discount and tax "
    "items that are missing are created as other charges when items are created.",
    group="Items",
    kind=Choice(
        {
            "hold": "Hold the order",
            "create_inventory": "Create an inventory part",
            "create_non_inventory": "Create a non-inventory part",
            "create_service": "Create a service",
            "fallback": "Use the fallback item",
        }
    ),
    default="hold",
    scope="line",
    also=("charge",),
    honoured_by="qbwc.planning.items",
)

FALLBACK_ITEM = Decision(
    key="fallback_item",
    label="Fallback item",
    help="The item for lines whose own item QuickBooks lacks.",
    group="Items",
    kind=Reference("Item"),
    scope="line",
    also=("charge",),
    honoured_by="qbwc.planning.items",
)

LINE_DESCRIPTION = Decision(
    key="line_description",
    label="Description of a line",
    help="The text of the line; the store's product name unless a rule says otherwise.",
    group="Items",
    kind=Text(),
    default={
        "if": [
            {"var": "line.variant"},
            {"cat": [{"var": "line.name"}, " - ", {"var": "line.variant"}]},
            {"var": "line.name"},
        ]
    },
    titles=("Name and variant",),
    scope="line",
    honoured_by="qbwc.planning.lines",
)

LINE_CLASS = Decision(
    key="line_class",
    label="Class of a line",
    help="The class of a line, e.g. by SKU.",
    group="Items",
    kind=Reference("Class"),
    scope="line",
    also=("charge",),
    honoured_by="qbwc.planning.charges",
)

QUANTITY_FACTOR = Decision(
    key="quantity_factor",
    label="Multiply the quantity by",
    help="What one of the store's is in QuickBooks, e.g. 12 for a case that is kept as single "
    "pieces. The amount of the line stays as it is.",
    group="Items",
    kind=Factor(),
    default=1,
    scope="line",
    honoured_by="qbwc.planning.lines",
)

UNIT_OF_MEASURE = Decision(
    key="unit_of_measure",
    label="Unit of measure",
    help="The unit that the line's quantity is counted in; the item's set of units in QuickBooks "
    "has to have it.",
    group="Items",
    kind=Text(),
    scope="line",
    honoured_by="qbwc.planning.lines",
)

PRICE_LEVEL = Decision(
    key="price_level",
    label="Price level",
    help="The price level that the line is marked with, e.g. for wholesale. The line's amount is "
    "sent beside it and stays the store's.",
    group="Items",
    kind=Reference("PriceLevel"),
    scope="line",
    honoured_by="qbwc.planning.lines",
)

INVENTORY_SITE = Decision(
    key="inventory_site",
    label="Inventory site",
    help="The warehouse that the goods leave, e.g. by store or region. Only items that QuickBooks "
    "keeps in stock have one.",
    group="Items",
    kind=Reference("InventorySite"),
    scope="line",
    honoured_by="qbwc.planning.lines",
)

BUNDLES = Decision(
    key="bundles",
    label="Bundles",
    help="What a bundle that the store lists with its parts becomes. A group item of QuickBooks "
    "is priced by QuickBooks: where its items do not come to the store's price, the order is held "
    "unless a discount line or a rounding line may carry the difference. Refunds always name a "
    "group's items.",
    group="Items",
    kind=Choice(
        {
            "as_listed": "As the store lists it",
            "group": "A group item, with a discount line for the difference",
            "parts": "Its parts, which share the bundle's price",
            "one_item": "One item, with its parts' prices added",
        }
    ),
    default="as_listed",
    honoured_by="qbwc.planning.bundles",
)

COMBINE_SAME_ITEMS = Decision(
    key="combine_same_items",
    label="Combine lines of the same item",
    help="Lines that have the same item, class, tax code and price become one line.",
    group="Items",
    kind=YesNo(),
    default=False,
    honoured_by="qbwc.planning.lines",
)

SKIP_LINE = Decision(
    key="skip_line",
    label="Leave the line out",
    help="Only for lines without a price: leaving out money would not add up, so it is held.",
    group="Items",
    kind=YesNo(),
    default=False,
    scope="line",
    honoured_by="qbwc.planning.lines",
)

INCOME_ACCOUNT = Decision(
    key="income_account",
    label="Income account of created items",
    help="The account that a created item's sales go to. Sales tax and gift cards that were sold "
    "are owed to others, not earned.",
    group="Items",
    kind=Reference("Account"),
    default={
        "if": [
            {"==": [{"var": "charge.kind"}, "tax"]}, "Sales Tax Payable",
            {"==": [{"var": "line.kind"}, "gift_card"]}, "Gift Cards Outstanding",
            "Sales",
        ]
    },
    titles=("Sales tax", "Gift cards sold"),
    scope="line",
    also=("charge",),
    honoured_by="qbwc.planning.items",
)  # fmt: skip

ITEM_TAX_CODE = Decision(
    key="item_tax_code",
    label="Tax code of created items",
    help="The sales tax code that a created item has in QuickBooks from then on.",
    group="Items",
    kind=Reference("SalesTaxCode"),
    scope="line",
    also=("charge",),
    honoured_by="qbwc.planning.items",
)

COGS_ACCOUNT = Decision(
    key="cogs_account",
    label="Cost of goods sold account",
    help="For inventory parts that are created.",
    group="Items",
    kind=Reference("Account"),
    default="Cost of Goods Sold",
    scope="line",
    honoured_by="qbwc.planning.items",
)

ASSET_ACCOUNT = Decision(
    key="asset_account",
    label="Inventory asset account",
    help="For inventory parts that are created.",
    group="Items",
    kind=Reference("Account"),
    default="Inventory Asset",
    scope="line",
    honoured_by="qbwc.planning.items",
)
