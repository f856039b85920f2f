"""Notices by other services than e-mail: sent over HTTP, kept secret, and never to the inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app.models import Channel, Company, Event, Notice, db, now
from app.notify import letters, outgoing
from app.notify.subscribe import addresses, choose
from app.notify.topics import TOPICS
from app.people import PersonError
from app.schedule import run_now
from app.scheduler import Scheduler
from tests.flows import Flow
from tests.web_site import Site, token


class Service:
    """A service over HTTP: keeps what arrives, and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, json.loads(body)))
                self.send_response(service.status)
                if service.status in {301, 307}:
                    self.send_header("Location", "/inside")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on a free port of this computer."""
    made = Service()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def company(service: Service, flow: Flow) -> Iterator[Company]:
    """The company of an installation that lets notices go to the service."""
    allowed = {"notice_hosts": f"ntfy.example.com {service.host}"}
    flow.app.config["SETTINGS"] = flow.app.config["SETTINGS"].model_copy(update=allowed)
    with flow.app.app_context():
        yield db.session.scalars(select(Company)).one()


def work(flow: Flow, company: Company) -> None:
    for kind in ("alerts", "mail"):
        run_now(company, kind)
        Scheduler(flow.app).run_due()


def failed(company: Company) -> None:
    at = now() - timedelta(minutes=1)
    event = Event(company_id=company.id, kind="store.failed", level="error", text="No shop.", at=at)
    db.session.add(event)
    db.session.commit()


def test_a_service_gets_the_alert_once_and_its_address_is_kept_encrypted(
    flow: Flow, company: Company, service: Service
) -> None:
    name = choose(company, f"json://{service.host}/hush-hush", TOPICS)
    db.session.commit()
    assert name.startswith("JSON ")
    assert addresses(company) == {name: set(TOPICS)}
    assert "hush" not in db.session.scalars(select(Channel.secret)).one() + name
    failed(company)
    work(flow, company)
    work(flow, company)
    ((path, said),) = service.got
    assert path.startswith("/hush-hush")
    assert "problem" in said["title"]
    assert "No shop." in said["message"]
    assert "unsubscribe" not in said["message"]


@pytest.mark.parametrize("status", [307, 403, 500])
def test_what_a_service_does_not_take_is_sent_later(
    flow: Flow, company: Company, service: Service, status: int
) -> None:
    name = choose(company, f"json://{service.host}/hush", TOPICS)
    db.session.commit()
    failed(company)
    service.status = status
    work(flow, company)
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.state, notice.email) == ("ready", name)
    assert "did not take it" in notice.error
    assert [path.rstrip("/") for path, _ in service.got] == ["/hush"]
    service.status = 200
    with time_machine.travel(now() + timedelta(minutes=11)):
        work(flow, company)
    db.session.refresh(notice)
    assert (notice.state, len(service.got)) == ("sent", 2)


def test_an_address_that_hears_of_nothing_is_forgotten(company: Company, service: Service) -> None:
    name = choose(company, f"json://{service.host}/hush", TOPICS)
    assert choose(company, name, {"digest"}) == name
    choose(company, name, ())
    assert (addresses(company), db.session.scalar(select(func.count(Channel.id)))) == ({}, 0)


@pytest.mark.parametrize(
    "typed",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        (
            "https://prod-1.westus.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/"
            "triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
            "&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"
        ),
        "ntfy://books",
        "ntfys://ntfy.example.com/books",
    ],
)
def test_services_on_the_public_internet_and_hosts_that_are_named_are_taken(
    company: Company, typed: str
) -> None:
    name = choose(company, typed, TOPICS)
    assert list(addresses(company)) == [name]
    assert len(name) < 50
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in name


@pytest.mark.parametrize(
    "typed",
    [
        "json://10.0.0.1/x",
        "json://127.0.0.1/x",
        "ntfy://localhost/books",
        "ntfys://evil.example/books?mode=cloud",
        "gotify://169.254.169.254/token",
        "https://10.0.0.1/x",
        "workflows://10.0.0.1:443/workflow/signature",
        "workflows://evil.example/.logic.azure.com/signature",
        "ntfys://evil.example#ntfy.example.com/books",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd",
        "json://ntfy.example.com/x?attach=/etc/passwd",
        "json://ntfy.example.com/x?verify=no",
        "json://ntfy.example.com/x?redirect=yes",
        "json://ntfy.example.com/x?method=GET",
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "mailto://user:pass@10.0.0.1",
        "ses://a@b.example/key/secret/us-east-1",
        "nonsense://x",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ json://10.0.0.1",
        "json://ntfy.example.com/\nx",
        "json://[::1",
        "json://" + "x" * 2000,
        "Slack 123456",
    ],
)
def test_an_address_that_could_reach_the_inside_is_refused(company: Company, typed: str) -> None:
    with pytest.raises(PersonError):
        choose(company, typed, TOPICS)
    assert addresses(company) == {}
    assert db.session.scalar(select(func.count(Channel.id))) == 0


def test_a_host_that_is_named_no_more_gets_nothing(
    flow: Flow, company: Company, service: Service
) -> None:
    name = choose(company, f"json://{service.host}/hush", TOPICS)
    none = {"notice_hosts": ""}
    flow.app.config["SETTINGS"] = flow.app.config["SETTINGS"].model_copy(update=none)
    with pytest.raises(outgoing.MailError, match="RULEBOOKS_NOTICE_HOSTS"):
        outgoing.deliver_now(company, name, letters.trial(company))
    assert service.got == []


def test_the_page_shows_a_name_and_never_the_address(site: Site) -> None:
    page = f"/companies/{site.rows.company}/notifications"
    client = site.browser("owner")
    secret = "TIiajkdnlazkcOXrIdevi7FQ"
    typed = f"slack://T1JJ3T3L2/A1BRTD4JD/{secret}"
    form = {"csrf_token": token(client, page), "email": typed, "topics": ["digest"]}
    assert client.post(page, data=form).location == page
    shown = client.get(page).text
    assert "Slack " in shown
    assert secret not in shown
    assert secret not in client.get(f"/companies/{site.rows.company}/audit").text
    wrong = client.post(page, data=form | {"email": "json://10.0.0.1/x"})
    assert (wrong.status_code, "RULEBOOKS_NOTICE_HOSTS" in wrong.text) == (422, True)
