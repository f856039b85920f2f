"""The navigation: what the screens' modules declare as their `nav`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from markupsafe import Markup

from app.models import Company
from app.web import access
from app.web.files import BOOTSTRAP

_ICONS: Final = BOOTSTRAP / "icons" / "bootstrap-icons.svg"
_SYMBOL: Final = re.compile(
    r'<symbol[^>]*?viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Nav:
    """One line of the navigation; whose it is, its endpoint's own declaration says.

    Attributes:
        label: What it is called.
        icon: A name of Bootstrap Icons, e.g. ``receipt``.
        order: Its place, the smallest first.
        endpoint: The screen it leads to; beneath a company if its address is.
        count: How many things wait for a person there, shown as a badge.
        when: Whether a company has the screen at all; by default every company has it.
        below: Other blueprints, whose screens belong to this line.
    """

    label: str
    icon: str
    order: int
    endpoint: str
    count: Callable[[Company], int] | None = None
    when: Callable[[Company], bool] | None = None
    below: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the navigation on this page."""

    label: str
    icon: str
    url: str
    is_here: bool
    count: int


def prepare(app: Flask) -> None:
    """Offer the navigation to the templates."""
    app.extensions["nav"] = []
    app.add_template_global(entries)
    app.add_template_global(leads)
    app.add_template_global(icon)
    app.add_template_filter(icon)


def add(app: Flask, module: ModuleType) -> None:
    """Take a screen's line in."""
    found: list[Nav] = app.extensions["nav"]
    declared = getattr(module, "nav", ())
    found += [declared] if isinstance(declared, Nav) else declared
    found.sort(key=lambda nav: nav.order)


def entries(*, in_company: bool) -> list[Shown]:
    """The lines that the person may follow: those of this page's company, or the others."""
    return [
        _shown(nav)
        for nav in current_app.extensions["nav"]
        if _in_company(nav) == in_company and _is_open(nav)
    ]


def first(company: Company) -> str:
    """The address of the first screen of this page's company that the person may see."""
    of_company = (
        nav for nav in current_app.extensions["nav"] if _in_company(nav) and _is_open(nav)
    )
    return url_for(next(of_company).endpoint, company_id=company.id)


@cache
def _drawings() -> dict[str, tuple[str, str]]:
    text = _ICONS.read_text(encoding="utf-8")
    return {name: (box, drawing) for box, name, drawing in _SYMBOL.findall(text)}


@cache
def icon(name: str) -> Markup:
    """A Bootstrap icon, drawn in the page itself and silent for screen readers."""
    box, drawing = _drawings()[name]
    return Markup(  # noqa: S704 - the library's own drawing
        f'<svg class="bi" viewBox="{box}" aria-hidden="true" focusable="false">{drawing}</svg>'
    )


def _shown(nav: Nav) -> Shown:
    company: Company | None = g.get("company")
    values: dict[str, Any] = {"company_id": company.id} if company and _in_company(nav) else {}
    return Shown(
        nav.label,
        nav.icon,
        url_for(nav.endpoint, **values),
        _is_here(nav),
        nav.count(company) if nav.count and company else 0,
    )


def _is_here(nav: Nav) -> bool:
    is_its_screen = request.blueprint in {nav.endpoint.rpartition(".")[0], *nav.below}
    return is_its_screen and _in_company(nav) == ("company_id" in (request.view_args or {}))


def _in_company(nav: Nav) -> bool:
    rules = current_app.url_map.iter_rules(nav.endpoint)
    return any("company_id" in rule.arguments for rule in rules)


def leads(*endpoints: str) -> list[Shown]:
    """The lines of these screens, as far as there are such and the person may follow them."""
    lines = {nav.endpoint: nav for nav in current_app.extensions["nav"]}
    found = [lines[endpoint] for endpoint in endpoints if endpoint in lines]
    return [_shown(nav) for nav in found if _is_open(nav)]


def _is_open(nav: Nav) -> bool:
    company: Company | None = g.get("company")
    if nav.when and company and not nav.when(company):
        return False
    needs = getattr(current_app.view_functions[nav.endpoint], access.DECLARED)
    if needs == "owner":
        return bool(current_user.is_owner)
    return needs not in access.PERMISSIONS or access.can(needs)
