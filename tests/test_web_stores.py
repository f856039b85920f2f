"""The stores' screens on a fake shop: added, tested, read, paused; secrets are never shown."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import stamina
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.jobs.worker import Worker
from app.models import Company, Event, Order, Store, Task, db, now
from app.rules.settling import published_rule
from app.schedule import entries
from app.stores.base import clients
from app.sync.stores import add_store, settings_of
from tests.fake_shipstation import FakeShipStation
from tests.fake_woocommerce import FakeWooCommerce
from tests.store_server import served
from tests.web_site import Site, token

STORES = "/companies/1/stores"
NEW = f"{STORES}/new/woocommerce"
SECRET = FakeWooCommerce.secret


@pytest.fixture
def shop() -> Iterator[FakeWooCommerce]:
    """A shop at an address of this machine; nobody waits between two tries."""
    made = FakeWooCommerce()
    made.add(3)
    with stamina.set_testing(True, attempts=1), served(made._handle) as address:
        made.address = address  # type: ignore[attr-defined]
        yield made


def post(site: Site, path: str, **form: Any) -> TestResponse:
    client = site.session("admin")
    data = {"csrf_token": token(client, STORES), **form}
    return client.post(f"{STORES}{path}", data=data)


def add(site: Site, shop: FakeWooCommerce, **changed: Any) -> TestResponse:
    form = {
        "s-url": shop.address,  # type: ignore[attr-defined]
        "s-consumer_key": "ck_key",
        "s-consumer_secret": SECRET,
        "name": "Web shop",
        "key": "web",
    }
    return post(site, "/new/woocommerce", **(form | changed))


def store(site: Site, key: str = "web") -> Store | None:
    found: Store | None = db.session.scalar(
        select(Store).where(Store.company_id == 1, Store.key == key)
    )
    return found


def test_the_form_of_a_type_is_made_of_its_settings(site: Site) -> None:
    client = site.session("admin")
    for kind, known in clients().items():
        page = client.get(f"{STORES}/new/{kind}").text
        for setting in known.settings_model.fields():
            assert f'name="s-{setting.name}"' in page
            if setting.kind == "secret":
                assert f'type="password" id="s-{setting.name}"' in page
    assert client.get(f"{STORES}/new/nonsense").status_code == 404


def test_each_kind_of_store_says_what_it_can(site: Site) -> None:
    notes = re.findall(r'class="choice-note">([^<]*)<', site.browser("owner").get(STORES).text)
    assert notes
    assert all(note[:1].isupper() for note in notes)


def test_a_store_is_added_once_its_connection_works(site: Site, shop: FakeWooCommerce) -> None:
    answer = add(site, shop)
    assert answer.status_code == 303, answer.text
    page = site.session("admin").get(answer.location).text
    assert "Web shop" in page
    assert SECRET not in page
    with site.app.app_context():
        row = store(site)
        assert row is not None
        assert SECRET not in f"{row.settings} {row.secrets}"
        assert settings_of(row).secrets()["consumer_secret"] == SECRET
        told = db.session.scalars(select(Event).where(Event.kind == "store.added")).one()
        assert SECRET not in f"{told.text} {told.detail}"


def test_a_store_that_does_not_answer_is_added_only_without_a_test(
    site: Site, shop: FakeWooCommerce
) -> None:
    wrong = {"s-url": "http://127.0.0.1:9"}
    answer = add(site, shop, **wrong)
    assert answer.status_code == 422
    assert 'value="Web shop"' in answer.text
    assert SECRET not in answer.text
    with site.app.app_context():
        assert store(site) is None
    assert add(site, shop, **wrong, untested="yes").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("s-url", "", "Shop address"),
        ("s-url", "http://10.0.0.1", "is not encrypted"),
        ("s-consumer_key", "wrong", "ck_"),
        ("s-consumer_secret", "", "Consumer secret"),
        ("key", "No Such Key!", "key"),
        ("key", "cedar-pine", ""),
        ("name", "x" * 200, "at most 100"),
        ("since", "yesterday", "has to be a date"),
    ],
)
def test_what_cannot_be_used_is_refused(
    site: Site, shop: FakeWooCommerce, field: str, value: str, said: str
) -> None:
    if field == "key" and value == "cedar-pine":
        with site.app.app_context():
            store(site, "cedar-pine").settings = {}  # type: ignore[union-attr]
            db.session.commit()
    answer = add(site, shop, **{field: value})
    assert answer.status_code == 422
    assert said in answer.text
    with site.app.app_context():
        assert store(site) is None


def fault_of(page: str, field: str) -> str:
    """What stands by that field."""
    found = re.search(rf'id="{re.escape(field)}-error" class="field-error">(.*?)</div>', page)
    assert found is not None, field
    return re.sub("<svg.*?</svg>", "", found[1]).strip()


def test_an_address_that_may_not_be_called_is_told_by_its_field(
    site: Site, shop: FakeWooCommerce
) -> None:
    answer = add(site, shop, **{"s-url": "https://10.0.0.1"})
    assert answer.status_code == 422
    said = fault_of(answer.text, "s-url")
    assert "10.0.0.1 is an internal address" in said
    assert "RULEBOOKS_STORE_NETWORKS" in said


def test_every_error_of_a_new_store_stands_by_its_field_at_once(
    site: Site, shop: FakeWooCommerce
) -> None:
    wrong = {"s-consumer_key": "wrong", "s-consumer_secret": "", "key": "No!", "since": "x"}
    page = add(site, shop, **wrong, name="n" * 101).text
    assert "ck_" in fault_of(page, "s-consumer_key")
    assert "is needed" in fault_of(page, "s-consumer_secret")
    assert "small letters" in fault_of(page, "key")
    assert "has to be a date" in fault_of(page, "since")
    assert "at most 100" in fault_of(page, "name")
    assert fault_of(page, "s-url") == ""
    for typed in ("wrong", "No!", "n" * 101):
        assert f'value="{typed}"' in page
    assert "Add without a test" not in page


def test_errors_in_a_stores_settings_stand_by_their_fields(
    site: Site, shop: FakeWooCommerce
) -> None:
    one = add(site, shop).location.removeprefix(STORES)
    form = {"s-url": "", "s-consumer_key": "wrong", "name": "n" * 101, "minutes": "60"}
    page = post(site, f"{one}/settings", **form).text
    assert "is needed" in fault_of(page, "s-url")
    assert "ck_" in fault_of(page, "s-consumer_key")
    assert "at most 100" in fault_of(page, "name")
    assert f'value="{"n" * 101}"' in page


def test_a_secret_that_is_left_empty_stays(site: Site, shop: FakeWooCommerce) -> None:
    one = add(site, shop).location.removeprefix(STORES)
    form = {"s-url": shop.address, "s-consumer_key": "ck_other", "name": "Shop 2", "minutes": "60"}  # type: ignore[attr-defined]
    assert post(site, f"{one}/settings", **form).status_code == 303
    with site.app.app_context():
        row = store(site)
        assert row is not None
        assert settings_of(row).secrets()["consumer_secret"] == SECRET
        assert (row.settings or {})["consumer_key"] == "ck_other"
        assert (row.name, row.pull_minutes) == ("Shop 2", 60)
    wrong = post(site, f"{one}/settings", **form | {"s-consumer_key": "wrong"})
    assert wrong.status_code == 422
    assert 'value="wrong"' in wrong.text
    assert SECRET not in wrong.text


def test_reading_now_is_a_job_that_takes_the_orders_in(site: Site, shop: FakeWooCommerce) -> None:
    one = add(site, shop).location
    path = one.removeprefix(STORES)
    assert post(site, f"{path}/pull").status_code == 303
    client = site.session("admin")
    assert "about to be read" in client.get(one).text
    assert Worker(site.app).run_one()
    part = client.get(f"{one}/reading", headers={"HX-Request": "true"}).text
    assert "3 new, 0 changed" in part
    assert "hx-get" not in part
    with site.app.app_context():
        row = store(site)
        assert row is not None
        count = select(func.count()).select_from(Order).where(Order.store_id == row.id)
        assert db.session.scalar(count) == 3


def test_a_pull_that_fails_says_why(site: Site, shop: FakeWooCommerce) -> None:
    one = add(site, shop, **{"s-url": "http://127.0.0.1:9"}, untested="yes").location
    post(site, f"{one.removeprefix(STORES)}/pull")
    assert Worker(site.app).run_one()
    page = site.session("admin").get(one).text
    assert "It could not be read." in page
    assert "PullError" not in page


def test_a_person_says_that_orders_really_are_gone(site: Site, shop: FakeWooCommerce) -> None:
    one = add(site, shop).location
    with site.app.app_context():
        store(site).doubted = ["1", "2"]  # type: ignore[union-attr]
        db.session.commit()
    page = site.session("admin").get(one).text
    assert "The store says that 2 orders are gone." in page
    assert "They really are gone" in page
    post(site, f"{one.removeprefix(STORES)}/believe")
    assert "orders are gone" not in site.session("admin").get(one).text


def test_a_paused_store_is_said_to_be_paused(site: Site, shop: FakeWooCommerce) -> None:
    one = add(site, shop).location
    path = one.removeprefix(STORES)
    post(site, f"{path}/pause", active="no")
    assert "It is paused" in site.session("admin").get(one).text
    with site.app.app_context():
        assert store(site).active is False  # type: ignore[union-attr]
    post(site, f"{path}/pause", active="yes")
    with site.app.app_context():
        assert store(site).active is True  # type: ignore[union-attr]


def test_the_statuses_to_sync_are_a_case_of_the_rule(site: Site) -> None:
    def rule() -> dict[str, Any]:
        with site.app.app_context():
            return published_rule(db.session.get_one(Company, 1), "sync_order")

    before = rule()
    page = site.session("admin").get(f"{STORES}/1").text
    assert 'value="processing"' in page
    post(site, "/1/statuses", status=["processing", "completed"], others="shipped, ,processing")
    case, *rest = rule()["cases"]
    assert [case.items() >= one.items() for one in ({"then": False, "enabled": True},)] == [True]
    assert case["when"]["and"][1] == {
        "!": [{"one_of": [{"var": "order.source_status"}, ["processing", "completed", "shipped"]]}]
    }
    assert rest == before["cases"]
    ticked = site.session("admin").get(f"{STORES}/1").text
    assert (
        ticked.count('name="status"') == ticked.count(" checked") + page.count('name="status"') - 2
    )
    post(site, "/1/statuses")
    assert rule() == before


def test_the_store_of_another_company_does_not_exist(site: Site) -> None:
    with site.app.app_context():
        db.session.add(Store(id=77, company_id=2, key="else", type="woocommerce", name="Else"))
        db.session.commit()
    client = site.session("admin")
    for path in ("", "/reading"):
        assert client.get(f"{STORES}/77{path}").status_code == 404
    for path in ("settings", "check", "pull", "pause", "statuses"):
        assert post(site, f"/77/{path}").status_code == 404


@pytest.mark.parametrize(
    ("secret", "given", "status"),
    [
        ("hook", {}, 204),
        ("other", {}, 401),
        ("hook", {"active": False}, 204),
        ("hook", {"failures": 3}, 204),
    ],
)
def test_a_signed_webhook_has_the_store_read_at_once(
    site: Site, shop: FakeWooCommerce, secret: str, given: dict[str, Any], status: int
) -> None:
    one = add(site, shop, **{"s-webhook_secret": "hook"}).location
    address = one.replace("/companies/1/stores", "/hooks/1")
    assert address in site.session("admin").get(one).text
    later = now() + timedelta(hours=1)
    with site.app.app_context():
        row = store(site)
        assert row is not None
        row.next_pull_at = later
        for name, value in given.items():
            setattr(row, name, value)
        db.session.commit()
    body = b'{"id": 3}'
    signed = b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signed}
    assert site.visitor().post(address, data=body, headers=headers).status_code == status
    assert site.visitor().post("/hooks/2/1", data=body, headers=headers).status_code == 404
    with site.app.app_context():
        row = store(site)
        assert row is not None
        assert (row.next_pull_at is None) is (status == 204 and not given)


def test_a_webhook_of_shipstation_has_it_read_and_its_shipments_too(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, 1)
        row = add_store(
            company, "shipstation", FakeShipStation.settings | {"webhook_secret": "hook7"}
        )
        db.session.commit()
        entries(company)
        address, row_id = f"/hooks/1/{row.id}", row.id
    body = b'{"resource_url": "http://10.0.0.1/", "resource_type": "SHIP_NOTIFY"}'

    def waits(**task: Any) -> list[bool]:
        """Whether store and task still wait for their turn after a call."""
        later = now() + timedelta(hours=1)
        with site.app.app_context():
            db.session.get_one(Store, row_id).next_pull_at = later
            values = {"next_at": later, "paused": False, "failures": 0} | task
            db.session.execute(update(Task).where(Task.kind == "sales").values(**values))
            db.session.commit()
        assert site.visitor().post(f"{address}?key=hook7", data=body).status_code == 204
        with site.app.app_context():
            store_waits = db.session.get_one(Store, row_id).next_pull_at is not None
            query = select(Task.next_at).where(Task.kind == "sales", Task.company_id == 1)
            return [store_waits, db.session.scalars(query).one() > now()]

    assert waits() == [False, False]
    assert waits(paused=True) == [False, True]
    assert waits(failures=2) == [False, True]
    assert site.visitor().post(f"{address}?key=wrong", data=body).status_code == 401
    assert site.visitor().post(address, data=body).status_code == 401
    assert site.visitor().post(f"{address}?key=hook7", data=b"x" * 3 * 2**20).status_code == 413
