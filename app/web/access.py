"""Who is logged in, which companies they may see, and what they may do there.

Every route says who may use it, with one of the decorators `public`, `person`, `owner`, `may` or
`guarded_by`; an application with a route that does not say so does not start.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from app import audit
from app.models import Company, Membership, Store, User, db, now
from app.stores.base import Capability, clients_with

MOST = 2**31 - 1
"""The largest id that both databases hold."""
COMPANY = f"/companies/<int(max={MOST}):company_id>"
"""The address below which a screen of a company is; `may` turns its id into the company."""
STAMP = "stamp"

Permission = Literal["see", "decide", "rules", "manage", "people"]
Role = Literal["owner", "admin", "bookkeeper", "viewer"]
PERMISSIONS: Final[dict[Permission, str]] = {
    "see": "see everything of the company",
    "decide": "post, hold, skip and answer orders, and sync now",
    "rules": "edit, publish and roll back rules and tables",
    "manage": "change stores, the connection to QuickBooks and settings",
    "people": "add people, change their roles and rename the company",
}
ROLES: Final[dict[Role, frozenset[Permission]]] = {
    "owner": frozenset(get_args(Permission)),
    "admin": frozenset({"see", "decide", "rules", "manage"}),
    "bookkeeper": frozenset({"see", "decide"}),
    "viewer": frozenset({"see"}),
}
"""What each role may do: the one table of it."""
DECLARED: Final = "needs"
GUARD: Final = "guard:"
NOTHING: Final = "nothing"

View = Callable[..., Any]


class UndeclaredRouteError(Exception):
    """A route does not say who may use it."""


def prepare(app: Flask) -> None:
    """Let people log in to the application."""
    manager = LoginManager(app)
    manager.login_view = "account.login"
    manager.login_message = None
    manager.user_loader(_load)
    app.before_request(_limit)
    app.add_template_global(can)


def check(app: Flask) -> None:
    """Refuse an application in which a route does not say who may use it.

    Raises:
        UndeclaredRouteError: Names the route's endpoint.
    """
    for endpoint, view in app.view_functions.items():
        if not is_static(endpoint) and not hasattr(view, DECLARED):
            raise UndeclaredRouteError(f"{endpoint} does not say who may use it; see app.web")


def is_static(endpoint: str) -> bool:
    """Whether the endpoint serves files that everybody may have."""
    return endpoint.rpartition(".")[2] == "static"


def public(view: View) -> View:
    """For everybody, logged in or not."""
    return _declare(view, NOTHING)


def guarded_by(guard: str) -> Callable[[View], View]:
    """For whom the view itself lets in, e.g. by ``guarded_by("API token")``; others get a 4xx."""

    def declare(view: View) -> View:
        return _declare(view, f"{GUARD}{guard}")

    return declare


def is_for_people(endpoint: str | None) -> bool:
    """Whether only somebody who is logged in may use what is at an endpoint."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, DECLARED, NOTHING) != NOTHING


def person(view: View) -> View:
    """For everybody who is logged in."""

    @wraps(view)
    def checked(**values: Any) -> Any:
        return view(**values) if current_user.is_authenticated else _unauthorized()

    return _declare(checked, "person")


def owner(view: View) -> View:
    """For the owners of the whole installation."""

    @wraps(view)
    def checked(**values: Any) -> Any:
        if not current_user.is_authenticated:
            return _unauthorized()
        if not current_user.is_owner:
            abort(403)
        return view(**values)

    return _declare(checked, "owner")


def may(permission: Permission) -> Callable[[View], View]:
    """For members of the company whose role has the permission; others get 403, strangers 404.

    The view's address begins with `COMPANY`; the view is given the company instead of its id.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def checked(company_id: int, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return _unauthorized()
            company = company_or_404(company_id)
            if not can(permission):
                abort(403)
            return view(company, **values)

        return _declare(checked, permission)

    return declare


def takes(size: int) -> Callable[[View], View]:
    """Let a view take uploads up to `size` bytes; others take forms of the usual size."""

    def declare(view: View) -> View:
        view.largest = size  # type: ignore[attr-defined]
        return view

    return declare


def can(permission: Permission) -> bool:
    """Whether the person who asks has the permission in the company of this page."""
    return permission in ROLES.get(g.get("role"), ())


def log_in(user: User) -> None:
    """Begin a session of that person's own."""
    session.clear()
    session.permanent = True
    session[STAMP] = stamp(user)
    login_user(user)
    user.last_login_at = now()
    audit.record("access", "login", f"Logged in from {request.remote_addr}", who=user.email)
    db.session.commit()


def renew(user: User) -> None:
    """Keep this session when all of the person's sessions end."""
    session[STAMP] = stamp(user)


def log_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def companies() -> Select[Company]:
    """The companies that the person who asks may see."""
    chosen = select(Company)
    if not current_user.is_owner:
        member = (Membership.company_id == Company.id) & (Membership.user_id == current_user.id)
        chosen = chosen.join(Membership, member)
    return chosen.order_by(func.lower(Company.name))


def company_or_404(company_id: int) -> Company:
    """The company, if the person may see it; what they may not see does not exist for them.

    From then on this request is about that company: its zone, the person's role there, and the
    types of its connected stores.
    """
    member = (Membership.company_id == Company.id) & (Membership.user_id == current_user.id)
    types = (
        select(func.aggregate_strings(Store.type, ","))
        .where(Store.company_id == Company.id, Store.settings.is_not(None))
        .scalar_subquery()
    )
    found = db.session.execute(
        select(Company, Membership.role, types)
        .outerjoin(Membership, member)
        .where(Company.id == company_id)
    ).one_or_none()
    role = found and ("owner" if current_user.is_owner else found[1])
    if found is None or role not in ROLES:
        abort(404)
    company: Company = found[0]
    g.company, g.zone, g.role = company, company.zone, role
    g.connected = frozenset((found[2] or "").split(","))
    return company


def has_taker(capability: Capability) -> Callable[[Company], bool]:
    """Whether a connected store of this page's company has that capability."""
    return lambda _company: not g.connected.isdisjoint(clients_with(capability))


def _declare(view: View, needs: str) -> View:
    setattr(view, DECLARED, needs)
    return view


def _limit() -> None:
    """Before the form is read: how much this view takes, and that a page takes no JSON.

    Flask-WTF would read JSON as a form, and fail over a list or a deep one.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view and request.is_json and request.method != "GET" and not _is_guarded(view):
        abort(415, "Pages take forms; programs use the API.")
    size = getattr(view, "largest", None)
    if size is not None:
        request.max_content_length = request.max_form_memory_size = size


def _is_guarded(view: View | None) -> bool:
    return str(getattr(view, DECLARED, "")).startswith(GUARD)


def _unauthorized() -> Response:
    htmx = request.htmx  # type: ignore[attr-defined]
    if htmx:
        page = urlsplit(htmx.current_url or "")._replace(scheme="", netloc="", fragment="")
        back = url_for("account.login", next=page.geturl())
        return Response(status=204, headers={"HX-Redirect": back})
    answer: Response = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    return answer


def _load(user_id: str) -> User | None:
    if not (user_id.isascii() and user_id.isdigit()) or int(user_id) > MOST:
        return None
    user: User | None = db.session.get(User, int(user_id))
    given: Any = session.get(STAMP)
    if user is None or not isinstance(given, str):
        return None
    return user if hmac.compare_digest(given, stamp(user)) else None


def stamp(user: User) -> str:
    """What a session or link of that person holds.

    It changes with the password, and when all sessions are ended, so old ones are nobody's.
    """
    return sha256(f"{user.password_hash} {user.sessions_ended}".encode()).hexdigest()[:16]
