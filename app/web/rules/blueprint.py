"""The blueprint of the rules' screens, the tabs that they share, and who they say changed what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_login import current_user
from jinja2_fragments.flask import render_block
from markupsafe import Markup

from app.models import Company
from app.rules.rebasing import changes_of, label_of
from app.web import access
from app.web.pages import is_part, render
from app.web.rules.typed import fact_of, split_list
from app.web.words import bold

blueprint = Blueprint("rules", __name__, url_prefix=f"{access.COMPANY}/rules")

Tab = tuple[str, str, bool, int | None]
_TABS = (
    ("Rules", "rules.index"),
    ("Presets", "rules.gallery"),
    ("Tables", "tables.index"),
    ("Draft", "rules.draft"),
    ("Releases", "rules.releases"),
)


def who() -> str:
    """Whoever is logged in, as the history names them."""
    return str(current_user.email)


def quiet(template: str, block: str, **values: Any) -> str:
    """What a page asks for by itself: a message for the reader waits for what the reader asks."""
    if is_part():
        return str(render_block(template, block, **values))
    return render(template, block, **values)


@blueprint.app_template_global()
def rule_tabs(company: Company) -> list[Tab]:
    """The tabs over the rules' screens; the draft's says how many changes it has."""
    changes = len(changes_of(company))
    return [
        (
            label,
            url_for(endpoint, company_id=company.id),
            request.endpoint == endpoint,
            changes or None if endpoint == "rules.draft" else None,
        )
        for label, endpoint in _TABS
    ]


@blueprint.app_template_global()
def labels_of(decision: str) -> str:
    """What people call a decision."""
    return label_of("rules", decision)


@blueprint.app_template_filter()
def field_name(name: str) -> str:
    """What people call a table's key column, which may be named after a fact."""
    fact = fact_of(name)
    return fact.label if fact else name


@blueprint.app_template_filter()
def arrows(sentence: str) -> Markup:
    """A sentence about a rule: a real arrow before what becomes of it, marked values bold."""
    return bold(sentence.replace(" -> ", " → "))


@blueprint.app_template_filter()
def group_place(name: str) -> str:
    """The id that a group of decisions or presets has on a page."""
    return f"g-{name.casefold().replace(' ', '-')}"


@blueprint.app_template_filter()
def attribute(text: str) -> Markup:
    """A text between single quotes in an attribute: JSON is half as long as between double ones."""
    plain = text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
    return Markup(plain)  # noqa: S704 - it is escaped right here


blueprint.add_app_template_global(split_list, "split_list")
