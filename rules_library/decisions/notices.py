"""Who hears by mail of what happens to orders."""

from rules_library.decision import Decision
from rules_library.notified import Addresses, Notified

NOTIFY = Decision(
    key="notify",
    label="Who hears of an order",
    help="Each value is a topic and an e-mail address. Failures: the order is held, or QuickBooks "
    "refused a document. Entries: a customer or item was created. What is always added hears of "
    "what concerns no order, too. Addresses under Notifications hear of what they ticked besides.",
    group="Notices",
    kind=Notified(),
    default=[],
    collects=True,
    honoured_by="app.notify.ruled",
    keeps_shape=False,
)

DIGEST_TO = Decision(
    key="digest_to",
    label="Daily summary to",
    help="E-mail addresses, with commas between, that get the summary of each day with such an "
    "order; without cases, of every day.",
    group="Notices",
    kind=Addresses(),
    honoured_by="app.notify.ruled",
    keeps_shape=False,
)
