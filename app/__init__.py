"""The product: everything with a side effect."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, migrate, security, soap, web
from app.models import db, prepare_engine
from app.settings import Settings, SettingsError, load
from app.throttle import Failures

LARGEST_FORM = 2 * 2**20


def create_app(settings: Settings | None = None) -> Flask:
    """The application: pages, health, and the Web Connector's endpoint at /qbwc.

    Args:
        settings: By default what the environment says.

    Raises:
        SettingsError: A setting cannot be used.
        SecretKeyError: The secret key cannot be read or made.
    """
    settings = settings or load()
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = security.keys(settings)
    app = Flask(__name__, instance_path=str(settings.folder))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=keys.derive("sessions"),
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
        MAX_CONTENT_LENGTH=LARGEST_FORM,
    )
    app.extensions["keys"] = keys
    app.extensions["failures"] = Failures(settings.login_failures)
    _connect(app)
    migrate.prepare(app)
    web.prepare(app)
    commands.prepare(app)
    wsgi = DispatcherMiddleware(app.wsgi_app, {soap.PATH: soap.Mount(app)})
    hops = settings.proxies
    app.wsgi_app = (  # type: ignore[method-assign]
        ProxyFix(wsgi, x_for=hops, x_proto=hops, x_host=hops) if hops else wsgi
    )
    return app


def _connect(app: Flask) -> None:
    try:
        db.init_app(app)
        with app.app_context():
            engines = list(db.engines.values())
    except (ArgumentError, ImportError, NoSuchModuleError) as error:
        raise SettingsError(f"RULEBOOKS_DATABASE_URL cannot be used: {error}") from None
    for engine in engines:
        prepare_engine(engine)
