"""The documents of an order as QuickBooks' forms show them: planned, on their way, posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.models import Outbox, Posting
from app.sync.trace import document
from app.web.choices import mapping, sequence
from app.web.words import amount, day, kind, words
from qbwc.documents import Document

LINE_COLUMNS = ("item", "description", "quantity", "rate", "amount", "tax_code", "class")
BALANCES = {
    "ReceivePayment": "Unapplied",
    "CreditMemo": "Remaining credit",
    "Invoice": "Balance",
}
OVER = frozenset({"done", "dropped"})
"""States of the outbox in which nothing is to be sent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document, planned or posted."""

    kind: str
    number: str = ""
    part: str = ""
    customer: str = ""
    date: str = ""
    memo: str = ""
    boxes: Sequence[tuple[str, str]] = ()
    lines: Sequence[Mapping[str, Any]] = ()
    subtotal: Any = None
    tax: Any = None
    total: Any = None
    links: Sequence[str] = ()
    is_closed: bool = False
    """Whether we closed it, so that nothing of it is open any more."""
    posting: Posting | None = None
    outbox: Outbox | None = None

    @property
    def state(self) -> str:
        """Where the document is; trouble with it comes first."""
        if self.posting is not None and self.posting.ended and self.outbox is None:
            return self.posting.ended
        if self.outbox is not None and (self.posting is None or self.outbox.state != "ready"):
            return self.outbox.state
        if self.posting is None:
            return "planned"
        return "closed" if self.is_closed else "posted"

    @property
    def party(self) -> str:
        """Whom the document is for."""
        return "Vendor" if self.kind == "PurchaseOrder" else "Customer"

    @property
    def balance(self) -> tuple[str, Decimal] | None:
        """What QuickBooks says is open, and what that is called on this form."""
        label = BALANCES.get(self.kind)
        if label is None or self.posting is None or self.posting.balance is None:
            return None
        return label, self.posting.balance

    @property
    def columns(self) -> list[str]:
        """The columns that any of its lines fills."""
        return [
            name for name in LINE_COLUMNS if any(_is_filled(line.get(name)) for line in self.lines)
        ]

    @property
    def differs(self) -> Decimal | None:
        """QuickBooks' total less the planned one, when they are not the same."""
        posting = self.posting
        if posting is None or posting.total is None or posting.expected is None:
            return None
        return (posting.total - posting.expected) or None


def papers(stored: Any, sent: Sequence[Outbox], posted: Sequence[Posting]) -> list[Paper]:
    """Every document that should exist or does, in the order of the plan.

    Args:
        stored: The order's trace.
        sent: Its rows of the outbox, oldest first.
        posted: Its postings, oldest first.
    """
    postings, waiting = list(posted), [row for row in sent if row.state not in OVER]
    found = []
    for planned in map(mapping, sequence(mapping(stored).get("documents"))):
        if planned.get("action", "add") != "add":
            continue
        paper = _paper(planned)
        posting, outbox = _take(postings, paper), _take(waiting, paper)
        found.append(replace(paper, posting=posting, outbox=outbox))
    for posting in postings:
        paper = _kept(posting)
        found.append(replace(paper, posting=posting, outbox=_take(waiting, paper)))
    found += [replace(_kept(outbox), outbox=outbox) for outbox in waiting]
    return [_as_posted(paper) for paper in found]


def _paper(data: Mapping[str, Any]) -> Paper:
    extra = mapping(data.get("fields"))
    return Paper(
        kind=str(data.get("kind") or "Document"),
        number=str(data.get("ref_number") or ""),
        part=str(data.get("part") or ""),
        customer=str(data.get("customer") or ""),
        date=str(data.get("date") or ""),
        memo=str(data.get("memo") or ""),
        boxes=[_box(name, found) for name, found in extra.items() if _is_filled(found)],
        lines=[mapping(line) for line in sequence(data.get("lines"))],
        subtotal=data.get("subtotal"),
        tax=data.get("tax"),
        total=data.get("total"),
        links=[_link(mapping(link)) for link in sequence(data.get("links"))],
        is_closed=data.get("is_closed") is True,
    )


def _kept(row: Posting | Outbox) -> Paper:
    """The document that a row keeps, which the present plan does not name."""
    try:
        data = document(Document.loads(row.payload))
    except (ValueError, LookupError, TypeError, AttributeError):
        data = {}
    return _paper(data | {"kind": row.kind, "part": row.part, "ref_number": row.ref_number})


def _as_posted(paper: Paper) -> Paper:
    """With QuickBooks' own figures, where it has told them."""
    posting = paper.posting
    if posting is None:
        return paper
    told = {name: getattr(posting, name) for name in ("subtotal", "tax", "total")}
    known = {name: figure for name, figure in told.items() if figure is not None}
    return replace(paper, number=posting.ref_number or paper.number, **known)


def _take(rows: list[Any], paper: Paper) -> Any:
    """The newest row of that document, taken out of the rows."""
    for row in reversed(rows):
        if (row.kind, row.part) == (paper.kind, paper.part):
            rows.remove(row)
            return row
    return None


def _is_filled(found: Any) -> bool:
    return found is not None and found != ""


def _box(name: str, found: Any) -> tuple[str, str]:
    title = words(name.removesuffix("Ref"))
    return title, day(found) if "Date" in name else str(found)


def _link(link: Mapping[str, Any]) -> str:
    what = f"{words(link.get('how') or 'applies to')} {kind(str(link.get('kind') or 'document'))}"
    return f"{what}: {amount(link['amount'])}" if link.get("amount") is not None else what
