"""From any order under any rules: each request is one that QuickBooks takes, or it is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qbwc import qbxml
from qbwc.planning import Plan
from rules_library.collected import ItemAmount, NamedText
from rules_library.decision import (
    Choice,
    Choices,
    Count,
    Day,
    Decision,
    Factor,
    Money,
    OptionalFlag,
    Rate,
    Reference,
    Text,
    YesNo,
    decisions,
)
from rules_library.notified import Addresses, Notified
from rules_library.order import Address, Customer, Fulfillment, FulfillmentLine, Order, RefundLine
from rules_library.rulebook import RulebookError
from tests.planning import FILE, D, an, line, order, payment, planned, posted, refund, shipping, tax
from tests.qbxml_cases import TEXT, assert_valid, known
from tests.qbxml_cases import posted as somewhere

SIZES = ("0.01", "19.99", "20.00", "9999999.99", "99999999999.99", "12345678901234567.89")
AMOUNTS = st.sampled_from([D(text) for text in SIZES])
LENGTHS = st.sampled_from([11, 12, 31, 32, 41, 42, 100, 256, 5000])
LONG = st.builds(lambda text, length: (text or "x") * length, TEXT.filter(bool), st.just(1)) | (
    st.builds(lambda letter, length: letter * length, st.sampled_from("xÄ:€😀 &"), LENGTHS)
)
COMPANY = FILE.with_(
    an("Vendor", "Acme"),
    an("Item", "PART", PurchaseCost="2.00", QuantityOnHand="4", **{
        "PrefVendorRef.FullName": "Acme", "PrefVendorRef.ListID": "80000001-V",
    }),
)  # fmt: skip
LEFT = {"sync_order", "hold_for_review"}
FREE = [one for one in decisions().values() if one.key not in LEFT and "item" not in one.scopes]
ORDERS = st.builds(
    order,
    number=LONG,
    source_id=st.just("9001"),
    po_number=LONG,
    customer=st.builds(
        Customer, source_id=LONG, email=LONG, phone=LONG, first_name=LONG, company=LONG
    ),
    billing=st.builds(
        Address, first_name=LONG, line1=LONG, line2=LONG, line3=LONG, company=LONG, city=LONG,
        region=LONG, postal_code=LONG, country=st.just("US"),
    ),
    shipping=st.builds(Address, last_name=LONG, line1=LONG, city=LONG, postal_code=LONG),
    lines=st.lists(
        st.builds(
            line, name=LONG, variant=LONG, sku=st.sampled_from(["HAM-16", "SAW-1", "PART"]) | LONG,
            quantity=st.sampled_from([D(1), D(3), D("0.33333333"), D(10**9), D("123456789012")]),
            gross=AMOUNTS,
        ),
        min_size=1, max_size=4,
    ).map(lambda lines: tuple(replace(one, source_id=str(n)) for n, one in enumerate(lines))),
    charges=st.lists(st.builds(shipping, AMOUNTS.map(str), name=LONG), max_size=2).map(tuple),
    taxes=st.lists(st.builds(tax, AMOUNTS.map(str), name=LONG), max_size=1).map(tuple),
)  # fmt: skip


NAMES: dict[str, list[str]] = defaultdict(list)
for _entry in COMPANY.entries:
    NAMES[_entry.kind].append(_entry.full_name)
FACTORS = st.sampled_from([1, 12, "0.00001", 10**9])
DAYS = st.sampled_from(["2026-11-24", "1901-01-01", "9999-12-31", None])
SHARES = st.tuples(st.sampled_from(["Fees", "NEW"]), AMOUNTS.map(str), LONG).map(list)
BY_KIND: dict[type, st.SearchStrategy[Any]] = {
    YesNo: st.booleans(),
    OptionalFlag: st.booleans(),
    Money: AMOUNTS.map(str),
    Count: AMOUNTS.map(str),
    Factor: FACTORS,
    Rate: FACTORS,
    Day: DAYS,
    NamedText: st.lists(st.tuples(LONG, LONG).map(list), max_size=2),
    ItemAmount: st.lists(SHARES, max_size=2),
    Addresses: st.just("ann@example.com, bob@example.com"),
    Notified: st.just([["failures", "ann@example.com"]]),
    Text: LONG,
}


def answers(decision: Decision) -> st.SearchStrategy[Any]:
    """What a rule may say for a decision: the worst that its kind of value allows."""
    match decision.kind:
        case Choice(options=options):
            return st.sampled_from(sorted(options))
        case Choices(options=options):
            return st.lists(st.sampled_from(sorted(options)), min_size=1, unique=True)
        case Reference(list=kind):
            return st.sampled_from([*NAMES[kind], None]) if NAMES[kind] else LONG
    return BY_KIND[type(decision.kind)]


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Answers to some decisions."""
    chosen = draw(st.lists(st.sampled_from(FREE), max_size=8, unique_by=lambda one: one.key))
    basic = {
        "when_item_missing": draw(st.sampled_from(["create_service", "create_inventory"])),
        "customer_name": "Anybody",
        "create_invoice": draw(st.sampled_from(["whole", "shipped"])),
    }
    return basic | {one.key: draw(answers(one)) for one in chosen}


def whole(of: Order) -> Order:
    """Paid, with one line shipped and one given back."""
    first = of.lines[0]
    total = of.computed_total
    back = RefundLine(line_id="0", quantity=D(1), net=first.net)
    given = refund(str(first.net), lines=(back,), reason=first.name)
    return replace(
        of,
        total=total,
        payments=(payment(str(total), reference=of.number, method="Visa"),),
        refunds=(given,),
        fulfillments=(
            Fulfillment(source_id="f", lines=(FulfillmentLine(line_id="0", quantity=D(1)),)),
        ),
    )


def requests(made: Plan, told: Counter[str]) -> list[str]:
    """The requests of a plan, without those that are refused by name before they are sent."""
    writers: list[Callable[[], str]] = [
        partial(qbxml.request, one, "1", resolve=known, txn=somewhere) for one in made.documents
    ]
    writers += [partial(qbxml.addition_request, one, "1", known) for one in made.additions]
    found = []
    for write in writers:
        try:
            found.append(write())
        except qbxml.CannotRender as refused:
            told["refused" if refused.element and refused.reason else "without reason"] += 1
    return found


def test_every_request_of_any_order_is_one_that_quickbooks_takes() -> None:
    told: Counter[str] = Counter()

    @given(of=ORDERS, answered=rules())
    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def check(of: Order, answered: dict[str, Any]) -> None:
        of = whole(of)
        try:
            made = planned(of, COMPANY, **answered)
        except RulebookError as refused:
            told["unpublishable " + str(refused)[:200]] += 1
            return
        told[made.verdict] += 1
        if made.verdict != "post":
            assert made.reasons
            return
        found = requests(made, told)
        later = planned(of, COMPANY, posted(*made.documents), **answered)
        found += requests(later, told)
        if found:
            told["sent"] += len(found)
            assert_valid(*found)

    check()
    print(told)
    assert told["sent"] > 50, told
    assert told["without reason"] == 0
    assert told["hold"] > 10, told


def test_a_line_of_more_than_quickbooks_can_hold_is_refused_by_name() -> None:
    made = planned(order(lines=(line(gross=Decimal(10) ** 16),)))
    told: Counter[str] = Counter()
    requests(made, told)
    assert made.verdict == "hold" or told["refused"]
