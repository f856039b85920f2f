"""The blueprint of the rules' screens, the tabs that they share, and who they say changed what."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_login import current_user

from app.models import Company
from app.rules.rebasing import changes_of, label_of
from app.web import access
from app.web.rules.typed import split_list

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
def arrows(sentence: str) -> str:
    """A sentence about a rule with a real arrow between what is and what becomes of it."""
    return sentence.replace(" -> ", " → ")


blueprint.add_app_template_global(split_list, "split_list")
