"""Webhooks: a store's signed word that something changed, upon which it is read at once."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import select, update

from app.models import Store, db
from app.schedule import hurry
from app.stores.base import UnknownStore, client_named
from app.stores.errors import NotOffered, SignatureRefused, StoreError
from app.sync.stores import settings_of
from app.web import access
from app.web.pages import Page

blueprint = Blueprint("hooks", __name__)


@blueprint.record
def _take_no_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.post(f"/hooks/<int(max={access.MOST}):company_id>/<int(max={access.MOST}):store_id>")
@access.guarded_by("store's signature")
def receive(company_id: int, store_id: int) -> Page:
    """Have the store read at once; what the message holds is never booked.

    A store that is paused, or left alone since it failed, stays so.
    """
    store = db.session.scalar(
        select(Store).where(Store.company_id == company_id, Store.id == store_id)
    )
    if store is None:
        abort(404)
    try:
        client = client_named(store.type)
        told = client.webhook(
            settings_of(store),
            dict(request.headers),
            request.get_data(),
            query=request.args.to_dict(),
        )
    except SignatureRefused:
        abort(401)
    except (NotOffered, StoreError, UnknownStore):
        abort(404)
    if told.order_ids or told.is_hint:
        db.session.execute(
            update(Store)
            .where(Store.id == store.id, Store.active, ~Store.stopped, Store.failures == 0)
            .values(next_pull_at=None)
            .execution_options(synchronize_session=False)
        )
        if "sales" in client.capabilities and store.active and not store.stopped:
            hurry(company_id, "sales")
        db.session.commit()
    return "", 204
