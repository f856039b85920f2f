"""How values are written for people: money, dates in the company's zone, states, kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, get_currency_precision
from flask import Flask, g
from lxml import etree
from markupsafe import Markup, escape

from qbwc import documents

LOCALE = "en_US"
LONGEST_XML = 300_000
STATES = {
    "new": "New",
    "waiting": "Waiting",
    "held": "Held",
    "queued": "Queued",
    "posted": "Posted",
    "skipped": "Skipped",
}
STATE_HELP = {
    "new": "Not decided yet: the next run decides.",
    "waiting": "Nobody has to act: it is decided again when the store changes it.",
    "held": "A person has to act before it can be posted.",
    "queued": "Decided; the next run of the Web Connector posts it.",
    "posted": "QuickBooks holds its documents.",
    "skipped": "A rule says that it is not posted.",
}
DOCUMENT_STATES = {
    "planned": "Not posted",
    "ready": "Will be posted",
    "sent": "On its way",
    "held": "Needs you",
    "review": "May be in QuickBooks",
    "posted": "In QuickBooks",
    "closed": "Closed",
    "void": "Voided",
    "delete": "Deleted",
    "voided": "Voided in QuickBooks",
    "missing": "Deleted in QuickBooks",
    "replaced": "Posted again",
}
HOW = {
    "added": "Posted",
    "recovered": "Posted; learned from QuickBooks' record after an interruption",
    "found": "Was in QuickBooks already; found there",
}
_TERRITORIES: Mapping[str, str] = Locale.parse(LOCALE).territories
_CODE = re.compile("[A-Z]{3}")
_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


def prepare(app: Flask) -> None:
    """Offer these to the templates."""
    app.add_template_filter(money)
    app.add_template_filter(amount)
    app.add_template_filter(quantity)
    app.add_template_filter(day)
    app.add_template_filter(moment)
    app.add_template_filter(ago)
    app.add_template_filter(kind)
    app.add_template_filter(country)
    app.add_template_filter(element)
    app.add_template_filter(words)
    app.add_template_filter(bold)
    app.add_template_filter(sentence)
    app.add_template_filter(document_state)
    app.add_template_filter(waiting_state)
    app.add_template_filter(how)
    app.add_template_filter(pretty_raw)
    app.add_template_filter(value)
    app.add_template_filter(pretty_json)
    app.add_template_filter(pretty_xml)
    app.jinja_env.globals.update(STATES=STATES, STATE_HELP=STATE_HELP)


def decimal(number: Any) -> Decimal | None:
    """The number, if it is one."""
    if isinstance(number, bool) or number is None:
        return None
    try:
        found = Decimal(str(number))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 30 else None  # noqa: PLR2004 - beyond any money


def money(number: Any, currency: str = "") -> str:
    """An amount with its currency, e.g. $1,234.50 or CA$10.00."""
    found = decimal(number)
    if found is None:
        return "" if number is None else str(number)
    if not _CODE.fullmatch(currency or ""):
        return amount(number)
    written: str = format_currency(found, currency, locale=LOCALE)
    return written


def amount(number: Any, currency: str = "USD") -> str:
    """An amount without its currency, e.g. 1,234.50."""
    found = decimal(number)
    if found is None:
        return "" if number is None else str(number)
    digits = get_currency_precision(currency) if _CODE.fullmatch(currency or "") else 2
    exponent = found.normalize().as_tuple().exponent
    used = -exponent if isinstance(exponent, int) else 0
    return f"{found:,.{min(max(digits, used), 5)}f}"


def quantity(number: Any) -> str:
    """A quantity without trailing zeros."""
    found = decimal(number)
    if found is None:
        return "" if number is None else str(number)
    text = f"{found:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(when: Any) -> str:
    """A date, e.g. Nov 25, 2026; a time's date is that in the company's zone."""
    written = when
    if isinstance(when, str):
        try:
            written = date.fromisoformat(when)
        except ValueError:
            return str(when)
    if isinstance(when, datetime):
        written = when.astimezone(_zone())
    if isinstance(written, date):
        return format_date(written, "medium", locale=LOCALE)
    return "" if written is None else str(written)


def moment(when: datetime | None) -> str:
    """A time in the company's zone."""
    return format_datetime(when, "MMM d, y, h:mm a z", _zone(), LOCALE) if when else ""


def ago(when: datetime | None) -> str:
    """How long ago, or in how long: 5 minutes ago, in 10 minutes."""
    if when is None:
        return ""
    written: str = format_timedelta(
        when - datetime.now(UTC), add_direction=True, threshold=1.2, locale=LOCALE
    )
    return written


def kind(name: str) -> str:
    """A document's kind as QuickBooks titles its form: Sales Receipt, Credit Memo."""
    known = documents.kinds().get(name)
    return known.title if known else _BOUNDARY.sub(" ", name)


def words(text: Any) -> str:
    """A key as words: partially_paid -> Partially paid."""
    spaced = _BOUNDARY.sub(" ", str(text)).strip()
    return spaced[:1].upper() + spaced[1:]


def country(code: str) -> str:
    """A country by its ISO 3166 code, as the reader knows it; another text stays."""
    return _TERRITORIES.get(code.upper(), code)


def element(path: str) -> str:
    """An element of a list's entry: SalesOrPurchase.AccountRef.FullName -> Account."""
    parts = path.removesuffix(".FullName").split(".")
    if parts[0] in {"SalesOrPurchase", "SalesAndPurchase"}:
        parts = parts[1:]
    spaced = _BOUNDARY.sub(" ", " ".join(part.removesuffix("Ref") for part in parts))
    return re.sub(r"\bdesc\b", "description", spaced.lower()).capitalize()


def mark(text: str) -> str:
    """A word of a sentence that ``bold`` sets off; asterisks of its own stay asterisks."""
    own = text.replace("*", "\N{WORD JOINER}*\N{WORD JOINER}")
    return f"**{own}**" if text else text


def bold(text: Any) -> Markup:
    """A sentence in which what stands between two pairs of asterisks is bold."""
    parts = str(text).split("**")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<strong>{}</strong>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def plain(text: str) -> str:
    """The same sentence without the marks of what is bold."""
    return text.replace("**", "")


def sentence(text: Any) -> str:
    """A reason as a sentence begins."""
    return str(text)[:1].upper() + str(text)[1:]


def document_state(state: str) -> str:
    """Where a document is."""
    return DOCUMENT_STATES.get(state) or words(state)


def waiting_state(state: str) -> str:
    """Where a document is that QuickBooks does not hold, within a sentence."""
    return document_state(state)[:1].lower() + document_state(state)[1:]


def how(found: str) -> str:
    """How we learned that QuickBooks holds a document."""
    return HOW.get(found) or words(found)


def value(found: Any) -> str:
    """The value of a decision."""
    match found:
        case None:
            return "left empty"
        case bool():
            return "Yes" if found else "No"
        case str():
            return found or "(empty text)"
        case list():
            return ", ".join(value(one) for one in found) or "none"
        case {"clear": _}:
            return "emptied"
        case Mapping():
            return json.dumps(found, ensure_ascii=False, default=str)
        case _:
            return str(found)


def pretty_json(found: Any) -> str:
    """JSON for reading."""
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)


def pretty_raw(text: str) -> str:
    """What a store sent, for reading; as it is when it is no JSON."""
    try:
        return pretty_json(json.loads(text))
    except (ValueError, RecursionError):
        return text


def pretty_xml(text: str) -> str:
    """XML for reading, or the text as it is when it is none."""
    if not text or len(text) > LONGEST_XML:
        return text[:LONGEST_XML]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return text
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _zone() -> ZoneInfo:
    return ZoneInfo(g.zone) if "zone" in g else ZoneInfo("UTC")
