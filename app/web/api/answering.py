"""What a program answers for one order: decide it again, approve it, leave it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from pydantic import Field

from app.models import Company, Order, db
from app.sync import answers, doubts
from app.web.api.endpoint import endpoint, who
from app.web.api.orders import ONE, WholeOrder, order_or_404, whole
from app.web.api.shapes import Asked
from app.web.problems import ProblemError


class Commented(Asked):
    """Why, for the log."""

    comment: str = Field(default="", max_length=500)


@endpoint("POST", f"{ONE}/decide-again", needs="decide", answer=WholeOrder)
def decide_again(company: Company, order_id: int) -> WholeOrder:
    """Have an order decided again; what QuickBooks refused is sent again."""
    row = order_or_404(company, order_id)
    answers.retry(company, [row.id], who=who())
    return _again(row)


@endpoint("POST", f"{ONE}/approve", needs="decide", answer=WholeOrder, body=Commented)
def approve(company: Company, order_id: int, body: Commented) -> WholeOrder:
    """Approve an order that a rule holds for review."""
    row = order_or_404(company, order_id)
    if row.state != "held" or "review" not in {cause[0] for cause in row.causes or ()}:
        raise ProblemError(HTTPStatus.CONFLICT, f"Order {row.number} is not held for review.")
    answers.let_go(company, [row.id], who=who(), comment=body.comment)
    return _again(row)


@endpoint("POST", f"{ONE}/skip", needs="decide", answer=WholeOrder, body=Commented)
def skip(company: Company, order_id: int, body: Commented) -> WholeOrder:
    """Leave an order out for good; a later change in the store does not bring it back."""
    row = order_or_404(company, order_id)
    with _refusing():
        answers.skip(company, [row.id], who=who(), comment=body.comment)
    return _again(row)


@endpoint("POST", f"{ONE}/is-that", needs="decide", answer=WholeOrder, body=Commented)
def is_that(company: Company, order_id: int, body: Commented) -> WholeOrder:
    """Say that a document is the transaction in QuickBooks that it is held for: nothing is sent."""
    row = order_or_404(company, order_id)
    with _refusing():
        bound, _ = doubts.is_that(company, [row.id], who=who(), comment=body.comment)
        if not bound:
            raise answers.AnswerRefusedError("Another document is known to be that transaction.")
    return _again(row)


@endpoint("POST", f"{ONE}/send-anyway", needs="decide", answer=WholeOrder, body=Commented)
def send_anyway(company: Company, order_id: int, body: Commented) -> WholeOrder:
    """Send a document although QuickBooks holds a transaction that looks like it."""
    row = order_or_404(company, order_id)
    with _refusing():
        doubts.send_anyway(company, [row.id], who=who(), comment=body.comment)
    return _again(row)


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer with a problem what does not fit."""
    try:
        yield
    except answers.AnswerRefusedError as error:
        db.session.rollback()
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from None


def _again(row: Order) -> WholeOrder:
    """The order as it stands: it is decided when the runner comes to it."""
    db.session.refresh(row)
    return whole(row)
