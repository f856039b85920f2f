"""Numbers, dates and the other fields at the head of a document."""

from rules_library.collected import NamedText
from rules_library.decision import Choice, Day, Decision, OptionalFlag, Rate, Reference, Text, YesNo

REF_NUMBER_LIMIT = 11
"""Of invoices, sales orders, sales receipts, estimates and credit memos (qbXML 13.0)."""

REF_NUMBER = Decision(
    key="ref_number",
    label="Number",
    help="The document's number. QuickBooks takes 11 characters with prefix and suffix; of "
    "a longer number the last characters stay.",
    group="Header",
    kind=Text(),
    default={"var": "order.reference"},
    honoured_by="qbwc.planning.header",
)

NUMBER_FROM_QUICKBOOKS = Decision(
    key="number_from_quickbooks",
    label="Let QuickBooks number",
    help="Yes sends no number: QuickBooks assigns the next one of the series.",
    group="Header",
    kind=YesNo(),
    default=False,
    honoured_by="qbwc.planning.header",
)

NUMBER_PREFIX = Decision(
    key="number_prefix",
    label="Prefix of the number",
    help="Put before the number, e.g. AMZ-. A long number is cut, the prefix stays.",
    group="Header",
    kind=Text(),
    honoured_by="qbwc.planning.header",
)

NUMBER_SUFFIX = Decision(
    key="number_suffix",
    label="Suffix of the number",
    help="Put after the number. A long number is cut, the suffix stays.",
    group="Header",
    kind=Text(),
    honoured_by="qbwc.planning.header",
)

TXN_DATE = Decision(
    key="txn_date",
    label="Date",
    help="The document's date, in the shop's time zone.",
    group="Header",
    kind=Day(),
    default={"var": "order.placed_on"},
    fills="TxnDate",
)

CLOSED_PERIOD = Decision(
    key="closed_period",
    label="Closed period",
    help="What becomes of a document that is dated in a period whose books are closed.",
    group="Header",
    kind=Choice(
        {
            "hold": "Hold it for a person",
            "first_open_day": "Date it on the first open day",
        }
    ),
    default="hold",
    honoured_by="qbwc.planning.header",
    keeps_shape=False,
)

DUE_DATE = Decision(
    key="due_date",
    label="Due date",
    help="When the invoice is due; QuickBooks works it out from the terms when it is left out.",
    group="Header",
    kind=Day(),
    fills="DueDate",
)

SHIP_DATE = Decision(
    key="ship_date",
    label="Ship date",
    help="The date of shipment.",
    group="Header",
    kind=Day(),
    fills="ShipDate",
)

CLASS = Decision(
    key="class",
    label="Class",
    help="The class of the whole document.",
    group="Header",
    kind=Reference("Class"),
    fills="ClassRef",
)

TERMS = Decision(
    key="terms",
    label="Terms",
    help="Payment terms, e.g. Net 30.",
    group="Header",
    kind=Reference("Terms"),
    fills="TermsRef",
)

SALES_REP = Decision(
    key="sales_rep",
    label="Sales rep",
    help="The initials of the sales representative.",
    group="Header",
    kind=Reference("SalesRep"),
    fills="SalesRepRef",
)

TEMPLATE = Decision(
    key="template",
    label="Template",
    help="The form template that the document is printed with.",
    group="Header",
    kind=Reference("Template"),
    fills="TemplateRef",
)

MEMO = Decision(
    key="memo",
    label="Memo",
    help="Added after the store and the full order number, with which every memo begins.",
    group="Header",
    kind=Text(),
    honoured_by="qbwc.planning.header",
)

PO_NUMBER = Decision(
    key="po_number",
    label="PO number",
    help="The buyer's purchase order number, at most 25 characters.",
    group="Header",
    kind=Text(),
    default={"var": "order.po_number"},
    fills="PONumber",
)

FOB = Decision(
    key="fob",
    label="FOB",
    help="Where goods become the buyer's, at most 13 characters.",
    group="Header",
    kind=Text(),
    fills="FOB",
)

OTHER = Decision(
    key="other",
    label="Other",
    help="The field Other of the form, at most 29 characters.",
    group="Header",
    kind=Text(),
    fills="Other",
)

SHIP_METHOD = Decision(
    key="ship_method",
    label="Ship method",
    help="How it is shipped, as QuickBooks' list of ship methods names it.",
    group="Header",
    kind=Reference("ShipMethod"),
    fills="ShipMethodRef",
)

CUSTOMER_MESSAGE = Decision(
    key="customer_message",
    label="Customer message",
    help="A message from QuickBooks' list of customer messages.",
    group="Header",
    kind=Reference("CustomerMsg"),
    fills="CustomerMsgRef",
)

TO_BE_PRINTED = Decision(
    key="to_be_printed",
    label="To be printed",
    help="Whether the document is put in the print queue.",
    group="Header",
    kind=OptionalFlag(),
    fills="IsToBePrinted",
)

TO_BE_EMAILED = Decision(
    key="to_be_emailed",
    label="To be e-mailed",
    help="Whether the document is put in the e-mail queue.",
    group="Header",
    kind=OptionalFlag(),
    fills="IsToBeEmailed",
)

PENDING = Decision(
    key="pending",
    label="Pending",
    help="Yes makes a pending, non-posting sale that a person finalises in QuickBooks.",
    group="Header",
    kind=OptionalFlag(),
    fills="IsPending",
)

RECEIVABLES_ACCOUNT = Decision(
    key="receivables_account",
    label="Accounts receivable account",
    help="Which receivables account invoices, payments and credit memos use. Of an order in "
    "another currency it has to be kept in that currency; the only one there is, is taken.",
    group="Header",
    kind=Reference("Account"),
    fills="ARAccountRef",
)

EXCHANGE_RATE = Decision(
    key="exchange_rate",
    label="Exchange rate",
    help="How much of the home currency one unit of the order's currency is, for documents in "
    "another currency: the store's rate, if it tells one. Nothing lets QuickBooks use its own.",
    group="Header",
    kind=Rate(),
    default={"if": [{"var": "order.exchange_rate"}, {"var": "order.exchange_rate"}]},
    titles=("The store tells a rate",),
    fills="ExchangeRate",
)

CUSTOM_FIELDS = Decision(
    key="custom_fields",
    label="Custom fields",
    help="Texts for custom fields of the company's sales forms, each under the field's name. They "
    "are written once the document is posted; a field that QuickBooks lacks holds the order.",
    group="Header",
    kind=NamedText(),
    default=[],
    collects=True,
    honoured_by="qbwc.planning.custom_fields",
    keeps_shape=False,
)
