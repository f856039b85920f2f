"""How answers are made: parts for htmx, messages, addresses, files, uploads, CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort, request

from app.web import access
from app.web.csv import csv_response
from app.web.nav import icon
from app.web.pages import go, here, say
from app.web.words import bold, mark
from tests.web_site import Site

HTMX = {"HX-Request": "true"}


@pytest.fixture
def extended(site: Site) -> Site:
    """The site with routes that only a test needs."""
    site.app.config["WTF_CSRF_ENABLED"] = False

    @access.person
    def moved() -> Any:
        say("It is done.")
        return go("/companies")

    @access.person
    def refused() -> Any:
        abort(403)

    @access.takes(3 * 2**20)
    @access.public
    def upload() -> str:
        return str(
            len(request.form.get("text", "")) + sum(len(f.read()) for f in request.files.values())
        )

    @access.public
    def small() -> str:
        return str(len(request.form.get("text", "")))

    for view in (moved, refused, upload, small):
        site.app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
    return site


def test_after_a_write_the_browser_goes_on_also_when_htmx_sent_it(extended: Site) -> None:
    client = extended.session("owner")
    plain = client.post("/moved")
    assert (plain.status_code, plain.location) == (303, "/companies")
    by_htmx = client.post("/moved", headers=HTMX)
    assert (by_htmx.status_code, by_htmx.headers["HX-Redirect"]) == (204, "/companies")
    assert client.get("/companies").text.count("It is done.") == 2


def test_an_error_in_a_part_is_a_sentence_and_not_a_page(extended: Site) -> None:
    answer = extended.session("owner").get("/refused", headers=HTMX)
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    assert answer.text.startswith("You may not do that. ")


def test_a_part_for_somebody_who_is_logged_out_leads_to_the_log_in(site: Site) -> None:
    headers = HTMX | {"HX-Current-URL": "https://evil.example/companies/1/orders?state=held"}
    answer = site.visitor().get(site.orders, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login?next=/companies/1/orders?state%3Dheld"


@pytest.mark.parametrize(
    ("path", "changed", "expected"),
    [
        ("/x?state=held&q=a", {"page": 2}, "/x?state=held&q=a&page=2"),
        ("/x?state=held&page=3", {"page": None}, "/x?state=held"),
        ("/x?tag=a&tag=b", {}, "/x?tag=a&tag=b"),
        ("/x?_external=1&_scheme=javascript&q=%26", {}, "/x?_external=1&_scheme=javascript&q=%26"),
        ("/x?q=", {}, "/x"),
    ],
)
def test_an_address_keeps_its_filters(
    empty_site: Flask, path: str, changed: dict[str, Any], expected: str
) -> None:
    with empty_site.test_request_context(path):
        assert here(**changed) == expected


def test_files_are_kept_by_browsers_for_as_long_as_they_stay_the_same(site: Site) -> None:
    page = site.visitor().get("/login").text
    addresses = re.findall(r'(?:src|href)="(/(?:static|bootstrap)[^"]+)"', page)
    assert len(addresses) >= 8
    for address in addresses:
        answer = site.visitor().get(address)
        assert answer.status_code == 200, address
        assert "v=" in address
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()


def test_no_library_is_missing_and_each_has_its_licence(site: Site) -> None:
    client = site.visitor()
    for name in (
        "htmx/htmx.min.js", "htmx/LICENSE", "sortable/Sortable.min.js", "sortable/LICENSE",
        "chart/chart.umd.min.js", "chart/LICENSE.md", "chart/color/LICENSE.md", "ace/ace.js",
        "ace/mode-json.js", "ace/worker-json.js", "ace/LICENSE", "ace/ace.css", "ace/main-1.png",
    ):  # fmt: skip
        answer = client.get(f"/static/vendor/{name}")
        assert answer.status_code == 200, name
        answer.close()
    for name in ("../assets/package.json", "../../assets/package.json", ".stamp/x"):
        assert client.get(f"/static/{name}").status_code == 404


def test_uploads_are_as_large_as_their_route_takes(extended: Site) -> None:
    client = extended.session("owner")
    text, more = "x" * (2 * 2**20 + 10), "x" * (3 * 2**20 + 10)
    assert client.post("/upload", data={"text": text}).text == str(len(text))
    assert client.post("/upload", data={"text": more}).status_code == 413
    assert client.post("/small", data={"text": text}).status_code == 413
    assert client.post("/small", data={"text": "x" * 1_000_000}).text == "1000000"


def test_a_csv_file_is_streamed_and_runs_nothing(site: Site) -> None:
    read = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(20_000):
            read.append(number)
            yield {"name": "=HYPERLINK(1)", "number": number, "hidden": "secret"}

    with site.app.test_request_context():
        response = csv_response(rows(), ("name", "number"), "Überblick\r\nX: y.csv")
        assert not read
        first = next(iter(response.response))
        assert 0 < len(read) < 20_000
    text = str(first)
    assert text.startswith("\ufeffname,number\r\n'=HYPERLINK(1),0\r\n")
    assert "secret" not in text
    assert "\n" not in response.headers["Content-Disposition"]


@pytest.mark.parametrize("word", ["PayPal", "2 ** 3", "**", "***", "a**b**c"])
def test_a_marked_word_is_bold_whatever_is_in_it(word: str) -> None:
    seen = bold(f"When {mark('method')} is {mark(word)}")
    shown = str(seen).replace("\N{WORD JOINER}", "")
    assert shown == f"When <strong>method</strong> is <strong>{word}</strong>"


def test_a_page_that_is_not_there_says_where_to_go(site: Site) -> None:
    answer = site.session("owner").get("/companies/nothing")
    assert answer.status_code == 404
    assert "<h1>There is nothing here</h1>" in answer.text
    assert "Not Found" not in answer.text
    assert '<a class="btn btn-primary" href="/">' in answer.text


def test_bold_words_of_a_sentence_are_safe() -> None:
    assert bold("When **a <b>** is **c**") == (
        "When <strong>a &lt;b&gt;</strong> is <strong>c</strong>"
    )
    assert bold("2 ** 3 <x>") == "2 ** 3 &lt;x&gt;"


def test_an_icon_is_drawn_in_the_page_and_silent() -> None:
    drawn = icon("receipt")
    assert drawn.startswith('<svg class="bi" viewBox="0 0 16 16" aria-hidden="true"')
    assert "<path" in drawn


def test_every_icon_of_the_navigation_is_there(site: Site) -> None:
    for nav in site.app.extensions["nav"]:
        assert icon(nav.icon)


@pytest.mark.parametrize(
    ("path", "line"), [("/rules", "Rules"), ("/tables", "Rules"), ("/settings/tokens", "Settings")]
)
def test_a_screen_beneath_a_line_of_the_navigation_marks_it(
    site: Site, path: str, line: str
) -> None:
    page = site.browser("owner").get(f"/companies/1{path}").text
    marked = re.findall(r'class="nav-line"[^>]* aria-current="page">.*?<span>([^<]+)', page)
    assert marked == [line]
