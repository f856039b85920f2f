"""What each answer of a person to what is held does, from a form, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_login import current_user

from app.models import Company
from app.sync import again, answers, doubts
from app.web import access

Answer = Callable[[Company, list[int], Any], str]


def _counted(orders: list[int]) -> str:
    return "1 order" if len(orders) == 1 else f"{len(orders):,} orders"


def _map_item(company: Company, orders: list[int], form: Any) -> str:
    sku, item = form.get("about", ""), form.get("name", "").strip()
    answers.map_item(company, sku, item, orders, who=_who())
    return f"“{sku}” is {item} from now on; {_counted(orders)} will be decided again."


def _create_item(company: Company, orders: list[int], form: Any) -> str:
    sku = form.get("about", "")
    answers.create_item(company, sku, form.get("what", ""), who=_who())
    return f"“{sku}” will be created by the next run, for {_counted(orders)}."


def _use_customer(company: Company, orders: list[int], form: Any) -> str:
    name = form.get("name", "").strip()
    answers.use_customer(company, orders, name, who=_who())
    return f"{_counted(orders).capitalize()} will be booked under {name}."


def _create_customer(company: Company, orders: list[int], form: Any) -> str:
    answers.create_customer(company, orders, who=_who(), name=form.get("name", "").strip())
    return f"The customer will be created by the next run, for {_counted(orders)}."


def _let_go(company: Company, orders: list[int], form: Any) -> str:
    answers.let_go(company, orders, who=_who(), comment=form.get("comment", ""))
    return f"Approved {_counted(orders)}."


def _skip(company: Company, orders: list[int], form: Any) -> str:
    rest = answers.skip(company, orders, who=_who(), comment=form.get("comment", ""))
    done = orders[: len(orders) - rest.many]
    return f"Left out {_counted(done)} for good. {rest.why}".rstrip()


def _take_back(company: Company, orders: list[int], form: Any) -> str:
    del form
    answers.take_back(company, orders, who=_who())
    return f"The rules alone decide {_counted(orders)} again."


def _allow_rounding(company: Company, orders: list[int], form: Any) -> str:
    item, limit = form.get("name", "").strip(), form.get("limit", "")
    answers.allow_rounding(company, orders, item, limit, who=_who())
    return f"A rounding line is allowed for {_counted(orders)}; they will be decided again."


def _add_suffix(company: Company, orders: list[int], form: Any) -> str:
    answers.add_suffix(company, orders, form.get("suffix", ""), who=_who())
    return f"The next run posts {_counted(orders)} under the new number."


def _retry(company: Company, orders: list[int], form: Any) -> str:
    del form
    answers.retry(company, orders, who=_who())
    return f"{_counted(orders).capitalize()} will be tried again by the next run."


def _bind(company: Company, orders: list[int], form: Any) -> str:
    del orders
    doubts.bind(company, _document(form), form.get("txn_id", ""), who=_who())
    return "QuickBooks will be asked for that transaction by the next run."


def _send_again(company: Company, orders: list[int], form: Any) -> str:
    del orders
    doubts.send_again(company, _document(form), who=_who())
    return "It will be sent by the next run."


def _is_that(company: Company, orders: list[int], form: Any) -> str:
    del form
    bound, taken = doubts.is_that(company, orders, who=_who())
    said = f"{_transactions(bound).capitalize()} will be read by the next run; nothing is sent."
    return f"{said} Of {taken:,} it is known to be another document." if taken else said


def _send_anyway(company: Company, orders: list[int], form: Any) -> str:
    del form
    return f"The next run sends {_transactions(doubts.send_anyway(company, orders, who=_who()))}."


def _transactions(count: int) -> str:
    return "1 transaction" if count == 1 else f"{count:,} transactions"


def _post_again(company: Company, orders: list[int], form: Any) -> str:
    del form
    again.post_again(company, orders, who=_who())
    return f"The next run posts {_counted(orders)} again."


def _cancel_as(company: Company, orders: list[int], form: Any) -> str:
    again.cancel_as(company, orders, form.get("how", ""), who=_who())
    return f"The next run does that for {_counted(orders)}."


def _document(form: Any) -> int:
    given = form.get("document", "")
    if not (given.isascii() and given.isdigit()) or int(given) > access.MOST:
        raise answers.AnswerRefusedError("Nothing is asked about that document (any more).")
    return int(given)


def _who() -> str:
    return str(current_user.email)


ANSWERS: Final[Mapping[str, Answer]] = {
    "map_item": _map_item,
    "create_item": _create_item,
    "use_customer": _use_customer,
    "create_customer": _create_customer,
    "let_go": _let_go,
    "skip": _skip,
    "take_back": _take_back,
    "add_suffix": _add_suffix,
    "allow_rounding": _allow_rounding,
    "retry": _retry,
    "bind": _bind,
    "send_again": _send_again,
    "is_that": _is_that,
    "send_anyway": _send_anyway,
    "post_again": _post_again,
    "cancel_as": _cancel_as,
}
"""What a form names -> what it does, and the sentence that says so."""
FOR_GOOD: Final = frozenset({"skip", "bind", "is_that"})
"""Answers after which nothing is sent to QuickBooks."""
