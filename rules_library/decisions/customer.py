"""Which QuickBooks customer an order belongs to."""

from rules_library.decision import Choice, Choices, Decision, Reference, Text, YesNo

CUSTOMER_MATCH = Decision(
    key="customer_match",
    label="How to find the customer",
    help="Attempts in order; the first that finds an active customer wins.",
    group="Customer",
    kind=Choices(
        {
            "store_id": "The store's customer id, remembered",
            "email": "E-mail address",
            "company": "Company name",
            "first_last": "First Last",
            "last_first": "Last, First",
            "first_middle_last": "First M. Last",
            "company_or_name": "Company, else First Last",
            "shipping_company": "Company of the shipping address",
            "shipping_name": "Name of the shipping address",
            "phone": "Phone number",
            "account_number": "Account number",
            "address": "Street and postal code",
            "channel": "Sales channel as the customer's name",
            "order_number": "Order number as the customer's name",
        }
    ),
    default=["store_id", "email", "company_or_name"],
    honoured_by="qbwc.planning.customer",
)

CUSTOMER_NAME = Decision(
    key="customer_name",
    label="Name of a new customer",
    help="QuickBooks takes 41 characters without a colon; longer names are cut.",
    group="Customer",
    kind=Text(),
    default={
        "or": [
            {"var": "customer.company"},
            {"var": "customer.name"},
            {"var": "customer.email"},
            {"cat": [{"var": "store.key"}, " customer"]},
        ]
    },
    honoured_by="qbwc.planning.customer",
)

WHEN_CUSTOMER_MISSING = Decision(
    key="when_customer_missing",
    label="When no customer matches",
    help="Create the customer, hold the order for a person, or use one customer for all.",
    group="Customer",
    kind=Choice(
        {"create": "Create the customer", "hold": "Hold the order", "single": "Use one customer"}
    ),
    default="create",
    honoured_by="qbwc.planning.customer",
)

SINGLE_CUSTOMER_NAME = Decision(
    key="single_customer_name",
    label="The one customer's name",
    help="Used when 'Use one customer' is chosen; it is created if QuickBooks lacks it.",
    group="Customer",
    kind=Text(),
    default="Web Store Customer",
    honoured_by="qbwc.planning.customer",
)

CUSTOMER_NAME_SUFFIX = Decision(
    key="customer_name_suffix",
    label="What is added to a name that is taken",
    help="QuickBooks has each name once among customers, vendors, employees and other names. "
    "Nothing here holds the order for a person.",
    group="Customer",
    kind=Text(),
    honoured_by="qbwc.planning.customer",
)

PARENT_CUSTOMER = Decision(
    key="parent_customer",
    label="Parent customer",
    help="Makes customers jobs of this one, as in Wholesale:Jane Doe; it is created if QuickBooks "
    "lacks it.",
    group="Customer",
    kind=Text(),
    honoured_by="qbwc.planning.customer",
)

CUSTOMER_TYPE = Decision(
    key="customer_type",
    label="Customer type",
    help="The type of customers that are created.",
    group="Customer",
    kind=Reference("CustomerType"),
    honoured_by="qbwc.planning.contact",
)

CUSTOMER_TAX_CODE = Decision(
    key="customer_tax_code",
    label="Tax code of a new customer",
    help="The sales tax code of customers that are created, e.g. Non for resellers.",
    group="Customer",
    kind=Reference("SalesTaxCode"),
    honoured_by="qbwc.planning.contact",
)

CUSTOMER_CURRENCY = Decision(
    key="customer_currency",
    label="Currency of a new customer",
    help="By its code or as QuickBooks names it. QuickBooks keeps a customer's currency for ever, "
    "and takes no other for their documents; nothing here means the home currency.",
    group="Customer",
    kind=Reference("Currency"),
    default={"var": "order.currency"},
    honoured_by="qbwc.planning.currency",
)

ACCOUNT_NUMBER = Decision(
    key="account_number",
    label="Account number",
    help="What is compared with customers' account numbers, and given to customers that are "
    "created when they are found by it.",
    group="Customer",
    kind=Text(),
    default={"var": "customer.id"},
    honoured_by="qbwc.planning.customer",
)

UPDATE_CUSTOMER_CONTACT = Decision(
    key="update_customer_contact",
    label="Keep the customer's contact up to date",
    help="Yes writes the order's e-mail, phone and addresses to a customer that was found by who "
    "they are; what the order leaves empty stays as it is.",
    group="Customer",
    kind=YesNo(),
    default=False,
    honoured_by="qbwc.planning.contact",
    keeps_shape=False,
)
