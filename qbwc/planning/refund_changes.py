"""A refund that the store changed after it was posted: what differs, and what may be done."""

from __future__ import annotations

from collections.abc import Callable

from qbwc import documents
from qbwc.documents.base import Document
from qbwc.planning import line_changes
from qbwc.planning.asked import ask, mark
from qbwc.planning.changed import Drift
from qbwc.planning.credit_memo import KIND, owed
from qbwc.planning.gone import end
from qbwc.planning.header import is_locked
from qbwc.planning.money_back import KINDS, Given
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO

Make = Callable[[Work], Document | None]


def keep(work: Work, given: Given, posted: Posted, make: Make) -> Document | None:
    """Keep a posted credit memo, or begin to post it again as a person chose.

    Args:
        work: The order.
        given: The refund.
        posted: Its credit memo as QuickBooks holds it.
        make: Plans the credit memo anew.

    Returns:
        The credit memo that stays; nothing when it is on its way out.
    """
    memo = posted.kept
    work.documents.append(memo)
    then = memo.totals.total if memo.totals else ZERO
    now = owed(work, given.refund)
    words = _differences(work, memo, make)
    choices = _choices(work, posted)
    if words is None and then != now:
        words, choices = ["its lines cannot be planned as they are now"], ["keep"]
    if not words:
        return memo
    found = Drift(
        kind=KIND, part=given.id, ref_number=posted.ref_number, words=tuple(words), notes=(),
        then=then, now=now, mark=mark([*words, str(now)]), choices=tuple(choices),
        along=tuple(_paid_by(work, given.id)),
    )  # fmt: skip
    said = f"refund {given.id} changed after it was posted: {'; '.join(words)}"
    answer = ask(work, found, f"{said}: {then:.2f} then, {now:.2f} now", about="credit memo")
    if answer != "void_and_repost":
        return memo
    work.more = True
    if found.along:
        work.documents += [end(work.ledger.posted[key], "void") for key in found.along]
    else:
        work.documents[-1] = end(posted, "void")
    return None


def _differences(work: Work, memo: Document, make: Make) -> list[str] | None:
    """What differs, one clause each; nothing at all when it cannot be planned as it is now."""
    scratch = work.scratch(work.documents)
    now = make(scratch)
    if scratch.holds:
        return None
    changes = line_changes.compare(
        line_changes.rows(memo.fields["lines"]),
        line_changes.rows(now.fields["lines"] if now else ()),
    )
    words = changes.words
    before, after = memo.totals, now.totals if now else None
    if before and after and before.certain and after.certain and before.tax != after.tax:
        words.append(f"tax {after.tax:.2f} instead of {before.tax:.2f}")
    return words


def _paid_by(work: Work, part: str) -> list[tuple[str, str]]:
    """What gave the money of a credit memo back."""
    return [(kind, part) for kind in KINDS.values() if work.ledger.get(kind, part)]


def _choices(work: Work, posted: Posted) -> list[str]:
    """It may be voided unless something but its own refund has used it, or the period is closed."""
    document = posted.document
    back = [work.ledger.posted[key] for key in _paid_by(work, document.part)]
    total = document.totals.total if document.totals else ZERO
    used = total - (total if posted.balance is None else posted.balance)
    used -= sum((one.document.totals.total for one in back if one.document.totals), ZERO)
    closed = is_locked(work, posted, *back)
    can_end = all(documents.kind(one.document.kind).voidable for one in (posted, *back))
    return ["void_and_repost", "keep"] if can_end and used <= 0 and not closed else ["keep"]
