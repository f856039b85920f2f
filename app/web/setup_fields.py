"""A decision as a field of a form: made of the decision's kind, filled from the published rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import func, or_, select
from werkzeug.datastructures import MultiDict

from app.models import Company, ListEntry, Mirror, db
from app.rules.settling import published_rule
from app.web.setup_possible import WHOLE, lacking
from app.web.setup_steps import Ask
from app.web.words import mark
from rules_library.decision import (
    BadValueError,
    Choice,
    Choices,
    Decision,
    OptionalFlag,
    YesNo,
    decisions,
)
from rules_library.describe import describe_case, describe_otherwise
from rules_library.logic.equality import fold
from rules_library.notified import TOPICS, Addresses, Notified, Told
from rules_library.pairs import is_literal
from rules_library.rule import Rule, canonical

KEEP: Final = "="
"""What a form sends for "as the rule says": an expression stays as it is."""
MOST_NAMES: Final = 300
"""A longer list is searched while typing instead of shown whole."""
TRIES: Final = 4
"""At least so many attempts of an ordered list are offered."""
LONGEST: Final = 500
NEW: Final = "entries"
"""What the set-up's addresses hear of; other topics of the rule stay as they are."""
MOST_CASES: Final = 3

Widget = Literal["options", "order", "names", "text", "rule"]
Form = MultiDict[str, str]


class SeenError(ValueError):
    """The form does not say what was chosen before; it is not one of ours."""


@dataclass(slots=True)
class Field:
    """One decision on the page."""

    company: Company
    ask: Ask
    decision: Decision
    rule: Rule
    widget: Widget
    options: list[tuple[str, str, str]] = field(default_factory=list)
    """Key, label and consequence."""
    names: list[str] | None = None
    """The entries of its QuickBooks list; None before QuickBooks has told them."""
    is_long: bool = False
    """Whether the list has more entries than are shown."""
    given: Sequence[str] | None = None
    """What was sent and not saved."""
    error: str = ""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Why an option is not possible yet, or the whole field."""
    is_unsure: bool = False
    """Whether it is saved only if it is sent once more."""

    @property
    def key(self) -> str:
        """The decision's key, the field's name."""
        return self.decision.key

    @property
    def label(self) -> str:
        """What it is called."""
        return self.ask.label or self.decision.label

    @property
    def help(self) -> str:
        """What it decides."""
        return self.ask.help or self.decision.help

    @property
    def is_expression(self) -> bool:
        """Whether no single value holds: the rule looks up, copies or computes."""
        return not is_literal(self.rule.otherwise)

    @property
    def says(self) -> str:
        """What holds otherwise, in words."""
        return describe_otherwise(self.rule, mark)

    @property
    def seen(self) -> str:
        """What held when the page was made, as the form sends it back."""
        return canonical(self.rule.otherwise)

    @property
    def values(self) -> Sequence[str]:
        """What is chosen, as the form writes it."""
        if self.given is not None:
            return self.given
        if isinstance(self.decision.kind, Notified) and not self.is_expression:
            return [", ".join(one.address for one in self._told(NEW))]
        if self.is_expression:
            return [KEEP] if self.widget in {"options", "names"} else []
        return _written(self.rule.otherwise)

    @property
    def value(self) -> str:
        """The one value that is chosen."""
        return self.values[0] if self.values else ""

    @property
    def tries(self) -> range:
        """The places of an ordered list."""
        return range(min(len(self.options), max(TRIES, len(self.values) + 1)))

    @property
    def is_impossible(self) -> str:
        """Why nothing can be chosen yet, unless something is."""
        return "" if self.value else self.lacking.get(WHOLE, "")

    @property
    def is_unknown(self) -> bool:
        """Whether QuickBooks has no entry of the name that is chosen."""
        known = self.names is not None and not self.is_long
        return known and self.value not in {"", KEEP, *(self.names or ())}

    @property
    def lacks(self) -> bool:
        """Whether what was typed anew is in QuickBooks' list, which is known, under no name."""
        text, create = self.value, getattr(self.decision.kind, "create", False)
        was = "" if self.is_expression else str(self.rule.otherwise or "")
        if self.names is None or create or text in {"", KEEP, was}:
            return False
        folded = {fold(one) for one in self.names}
        if self.is_long:
            same = ListEntry.full_name == text, func.lower(ListEntry.full_name) == text.lower()
            query = select(ListEntry.full_name).where(
                ListEntry.company_id == self.company.id,
                ListEntry.kind == self.decision.list,
                ListEntry.is_active,
                or_(*same),
            )
            folded |= {fold(one) for one in db.session.scalars(query)}
        return fold(text) not in folded

    @property
    def cases(self) -> list[str]:
        """The first cases that come before it, in words."""
        on = [case for case in self.rule.cases if case.enabled]
        return [describe_case(self.decision, case, mark) for case in on[:MOST_CASES]]

    @property
    def more_cases(self) -> int:
        """How many more there are."""
        return max(0, sum(case.enabled for case in self.rule.cases) - MOST_CASES)

    def _told(self, *topics: str) -> list[Told]:
        """Who always hears of these topics."""
        return [one for one in self.decision.read(self.rule.otherwise) if one.topic in topics]

    def read(self, form: Form) -> Any:
        """The value or expression that was chosen.

        Raises:
            BadValueError: The decision cannot use it, with the reason.
        """
        sent = [one.strip() for one in form.getlist(self.key)]
        self.given = [one for one in sent if one] if self.widget == "order" else sent[:1]
        if self.widget == "rule" or (not self.given and self.is_expression):
            return self.rule.otherwise
        if not sent and WHOLE in self.lacking:
            self.given = None
            return self.rule.otherwise
        text = self.given[0] if self.given else ""
        if self.is_expression and text in {KEEP, ""}:
            return self.rule.otherwise
        value = _read(self.decision, self.given)
        if isinstance(self.decision.kind, Notified):
            others = [list(one) for one in self._told(*set(TOPICS).difference([NEW]))]
            value = others + [[NEW, address] for address in Addresses().read(value)]
        read = self.decision.read(value)
        if self.lacks and value != form.get(f"sure-{self.key}"):
            self.is_unsure = True
            raise BadValueError(
                f"QuickBooks' list {self.decision.list} has no active entry of this name, and "
                "orders that need it would be held. Mend it, or save again to keep it all the same"
            )
        same = not self.is_expression and read == self.decision.read(self.rule.otherwise)
        if same:
            return self.rule.otherwise
        if why := self.lacking.get(text) or self.lacking.get(WHOLE):
            raise BadValueError(why.removesuffix("."))
        return value


def field_of(company: Company, ask: Ask) -> Field | None:
    """The field of a decision; None while there is no such decision."""
    decision = decisions().get(ask.decision)
    if decision is None:
        return None
    rule = Rule.from_file(decision, published_rule(company, decision.key))
    made = Field(company, ask, decision, rule, _widget(decision))
    made.lacking = lacking(company, ask.needs)
    if made.widget in {"options", "order"}:
        made.options = _options(decision, ask.choices)
    if made.widget == "names":
        made.names, made.is_long = names(company, decision.list, ask.account_types)
        if made.names is None or made.is_long:
            made.widget = "text"
    return made


def names(
    company: Company, kind: str, account_types: Sequence[str] = (), *, like: str = ""
) -> tuple[list[str] | None, bool]:
    """The names of a mirrored list, and whether there are more; None before it was loaded."""
    loaded = db.session.get(Mirror, (company.id, kind))
    if loaded is None or loaded.loaded_at is None:
        return None, False
    query = select(ListEntry.full_name, ListEntry.data).where(
        ListEntry.company_id == company.id, ListEntry.kind == kind, ListEntry.is_active
    )
    if like:
        query = query.where(func.lower(ListEntry.full_name).contains(like.lower(), autoescape=True))
    if not account_types:
        query = query.limit(MOST_NAMES + 1)
    found = [
        name
        for name, data in db.session.execute(query.order_by(func.lower(ListEntry.full_name)))
        if not account_types or data.get("AccountType") in account_types
    ]
    return found[:MOST_NAMES], len(found) > MOST_NAMES


def seen_in(form: Form, key: str) -> Any:
    """What held when the page was made, as its form says.

    Raises:
        SeenError: It does not say.
    """
    try:
        return json.loads(form.get(f"was-{key}", ""))
    except (ValueError, RecursionError):
        raise SeenError(str(SeenError.__doc__)) from None


def _widget(decision: Decision) -> Widget:
    if isinstance(decision.kind, Notified):
        return "text"
    if decision.collects or decision.parts:
        return "rule"
    match decision.kind:
        case Choice() | YesNo() | OptionalFlag():
            return "options"
        case Choices():
            return "order"
    return "names" if decision.list else "text"


def _options(decision: Decision, told: Mapping[str, str]) -> list[tuple[str, str, str]]:
    match decision.kind:
        case Choice(options) | Choices(options):
            return [(key, label, told.get(key, "")) for key, label in options.items()]
        case OptionalFlag():
            known = {"yes": "Yes", "no": "No", "": "As QuickBooks does by itself"}
        case _:
            known = {"yes": "Yes", "no": "No"}
    return [(key, label, told.get(key, "")) for key, label in known.items()]


def _written(value: Any) -> list[str]:
    match value:
        case None:
            return [""]
        case bool():
            return ["yes" if value else "no"]
        case list() | tuple():
            return [str(one) for one in value]
        case Mapping():
            return [""]
    return [str(value)]


def _read(decision: Decision, given: Sequence[str]) -> Any:
    text = given[0] if given else ""
    match decision.kind:
        case YesNo() | OptionalFlag():
            return _flag(text, may_be_empty=isinstance(decision.kind, OptionalFlag))
        case Choices():
            if not given:
                raise BadValueError("choose at least one")
            return list(dict.fromkeys(given))
    if len(text) > LONGEST or not text.isprintable():
        raise BadValueError(f"it has to be at most {LONGEST} characters, on one line")
    return text or None


def _flag(text: str, *, may_be_empty: bool) -> bool | None:
    if text in {"yes", "no"}:
        return text == "yes"
    if not text and may_be_empty:
        return None
    raise BadValueError("choose yes or no")
