"""Which QuickBooks customer an order belongs to."""

from rules_library.decision import Choice, Choices, Decision, Text

CUSTOMER_MATCH = Decision(
    key="customer_match",
    label="How to find the customer",
    help="Attempts in order; the first that finds an active customer wins.",
    group="Customer",
    kind=Choices(
        {
            "email": "E-mail address",
            "company": "Company name",
            "first_last": "First Last",
            "last_first": "Last, First",
            "company_or_name": "Company, else First Last",
            "shipping_company": "Company of the shipping address",
            "shipping_name": "Name of the shipping address",
            "phone": "Phone number",
            "channel": "Sales channel as the customer's name",
            "order_number": "Order number as the customer's name",
        }
    ),
    default=["email", "company_or_name"],
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
