"""What each mail says: amounts, numbers and causes; of who bought, only names that are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from textwrap import shorten
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select

from app.models import Company, Event, Order, Posting, db, now
from app.notify import running
from app.notify.letter import Letter, Row, Section
from app.notify.topics import TOPICS
from app.sync import attention
from app.sync.reconcile import reconcile
from app.sync.sales.gone import count_astray
from app.web.words import day, kind, money

SHOWN: Final = 8
"""So many lines of a section; the rest is counted."""
SAID: Final = 90
"""So many characters of the only problem are in the subject."""
COMPARED: Final = 7
"""Days of orders whose two sides the digest compares."""


def digest(company: Company, on: date) -> Letter:
    """What happened on a day of the company's, and how it stands now."""
    first, last = span(company, on)
    came = db.session.scalar(
        select(func.count()).where(
            Order.company_id == company.id, Order.received_at >= first, Order.received_at < last
        )
    )
    posted = _posted(company, first, last)
    groups, lost = attention.groups(company), count_astray(company)
    sections = [Section("Posted to QuickBooks", posted or [Row("Nothing was posted.")])]
    rows = [Row("Gone from QuickBooks, but not from a store", _count(lost, "sale"))] if lost else []
    rows += [Row(group.title, _orders(len(group.orders)), _sums(group.totals)) for group in groups]
    if rows:
        sections.append(Section("Needs attention", _some(rows), "bad"))
    sections.append(_compared(company, on))
    wrong = running.problems(company, now())
    if wrong:
        sections.append(Section("Does not run as it should", _some(wrong), "bad"))
    held = attention.count(company) + lost
    things = _count(held, "thing") if lost else _orders(held)
    intro = f"{_orders(came) if came else 'No order'} came in. " + (
        f"{things} {'needs' if held == 1 else 'need'} you." if held else "Nothing needs you."
    )
    if wrong:
        intro += f" {len(wrong):,} {'thing does' if len(wrong) == 1 else 'things do'} not run."
    title = f"Summary of {day(on)}"
    subject = f"{company.name}: {title[0].lower()}{title[1:]}"
    subject += f", {things} to look at" if held else ""
    place = "attention" if held else ""
    label = "Open what needs attention" if held else "Open Rulebooks"
    return _letter(company, subject, title, intro, sections, place=place, label=label)


def span(company: Company, on: date) -> tuple[datetime, datetime]:
    """When that day of the company's begins, and when the next one does."""
    zone = ZoneInfo(company.zone or "UTC")
    first = datetime.combine(on, time(), zone).astimezone(UTC)
    return first, datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC)


def alert(company: Company, topic: str, events: Sequence[Event]) -> Letter | None:
    """What these lines of the log say; None when all of it is settled already."""
    if topic == "failures":
        return _failures(company, events)
    count = len(events)
    if topic == "entries":
        title = f"{count:,} new {'entry' if count == 1 else 'entries'} in QuickBooks"
        rows = _some([Row(event.text) for event in events])
        intro = "The rules created what was missing. Look whether it is what you want."
        return _letter(
            company, f"{company.name}: {title}", title, intro, [Section("New", rows)],
            place="lists", label="Open QuickBooks' lists",
        )  # fmt: skip
    newest = events[-1]
    is_silent = newest.kind == "connector.silent"
    title = "The Web Connector is silent" if is_silent else "The Web Connector is back"
    intro = newest.text
    advice = [
        Row("Is the computer with QuickBooks on, and is somebody logged in?"),
        Row("Is the Web Connector running, is its Auto-Run box ticked and the password saved?"),
        Row("Does its window show an error? It says what to do."),
    ]
    sections = [Section("What to look at", advice)]
    subject = f"{company.name}: {title}"
    if not is_silent:
        return _letter(company, subject, title, intro)
    label = "Open the Web Connector's page"
    return _letter(company, subject, title, intro, sections, place="connect", label=label)


def trial(company: Company) -> Letter:
    """What the test button sends."""
    rows = [Row(topic.label, "", topic.help) for topic in TOPICS.values()]
    title = "Mails arrive"
    intro = "This is the test that somebody asked for in Rulebooks. Nothing needs to be done."
    section = Section("What may be sent to this address", rows)
    return _letter(company, f"{company.name}: a test mail", title, intro, [section])


def _failures(company: Company, events: Sequence[Event]) -> Letter | None:
    ids = {event.order_id for event in events if event.kind == "order.held"}
    held = set(db.session.scalars(select(Order.id).where(Order.id.in_(ids), Order.state == "held")))
    seen: set[tuple[Any, ...]] = set()
    groups: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.kind == "order.held" and event.order_id not in held:
            continue
        what = event.text
        if event.kind == "order.held":
            what = event.text.partition(": ")[2] or event.text
        if (event.order_id, what) in seen and event.order_id is not None:
            continue
        seen.add((event.order_id, what))
        groups["Orders that are held" if event.kind == "order.held" else "Failed", what] += 1
    if not groups:
        return None
    sections = []
    for title in ("Orders that are held", "Failed"):
        of_it = [(what, n) for (one, what), n in groups.most_common() if one == title]
        times = _orders if title.startswith("Orders") else _times
        if of_it:
            rows = [Row(what[:1].upper() + what[1:], times(n)) for what, n in of_it]
            sections.append(Section(title, _some(rows), "bad"))
    count = groups.total()
    title = f"{count:,} problem{'' if count == 1 else 's'} to look at"
    intro = "One order never holds up the next: everything else goes on."
    subject = f"{company.name}: {title}"
    if len(groups) == 1:
        ((_, what),) = groups
        subject += f": {shorten(what, SAID, placeholder='...')}"
    waits = {kind for kind, _ in groups} != {"Failed"} or any(
        event.kind == "sale.astray" for event in events
    )
    place, label = (
        ("attention", "Open what needs attention")
        if waits
        else ("log?level=error", "Open the transaction log")
    )
    return _letter(company, subject, title, intro, sections, place=place, label=label)


def _posted(company: Company, first: datetime, last: datetime) -> list[Row]:
    """Documents by kind and currency."""
    rows = db.session.execute(
        select(Posting.kind, Order.currency, Posting.total)
        .join(Order, Order.id == Posting.order_id)
        .where(
            Posting.company_id == company.id, Posting.posted_at >= first, Posting.posted_at < last
        )
    )
    counts: Counter[tuple[str, str]] = Counter()
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        of = (row.kind, row.currency)
        counts[of] += 1
        sums[of] = sums.get(of, Decimal(0)) + (row.total or Decimal(0))
    return [
        Row(f"{kind(name)} ({count:,})", money(sums[name, currency], currency))
        for (name, currency), count in sorted(counts.items())
    ]


def _compared(company: Company, on: date) -> Section:
    """The two sides of the last days' orders, by currency."""
    groups = reconcile(company, on - timedelta(days=COMPARED - 1), on, "currency")
    rows = []
    for group in groups:
        told = [f"{count:,} {reason}" for reason, count in sorted(group.reasons.items()) if reason]
        note = f"{_orders(group.orders)}, {group.uneven:,} of them differ" + (
            f": {'; '.join(told[:SHOWN])}" if told else ""
        )
        even = f"{_orders(group.orders)}, the same on both sides"
        shop = money(group.shop.sales - group.shop.refunded, group.currency)
        books = money(group.quickbooks.sales - group.quickbooks.refunded, group.currency)
        apart = money(group.difference, group.currency) if group.uneven else "Even"
        label = f"Store {shop}, QuickBooks {books}"
        rows.append(Row(label, apart, note if group.uneven else even))
    title = f"Store against QuickBooks, last {COMPARED} days"
    return Section(title, rows or [Row("No order was placed in these days.")])


def _letter(
    company: Company,
    subject: str,
    title: str,
    intro: str,
    sections: Sequence[Section] = (),
    *,
    place: str = "",
    label: str = "Open Rulebooks",
) -> Letter:
    home = f"{current_app.config['SETTINGS'].url}/companies/{company.id}"
    return Letter(
        subject=" ".join(subject.split()),
        title=title,
        company=company.name,
        intro=intro,
        sections=sections,
        link=f"{home}/{place}".rstrip("/"),
        link_label=label,
        settings=f"{home}/notifications",
    )


def _some(rows: Sequence[Row]) -> list[Row]:
    more = len(rows) - SHOWN
    return [*rows[:SHOWN], Row(f"and {more:,} more")] if more > 0 else list(rows)


def _orders(count: int) -> str:
    return _count(count, "order")


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return "" if count == 1 else f"{count:,} times"


def _sums(totals: dict[str, Decimal]) -> str:
    return ", ".join(money(total, currency) for currency, total in sorted(totals.items()))
