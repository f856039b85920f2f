"""The parts that screens are made of, in a real browser under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import abort, render_template_string, request
from jinja2 import ChoiceLoader, DictLoader
from playwright.sync_api import Browser, expect
from wtforms import Form, StringField
from wtforms.validators import InputRequired

from app.web import access
from app.web.pages import render, say
from tests.browser import Live, assert_accessible, opened
from tests.web_site import Site

TEMPLATE = """
{% extends "base.html" %}
{% block title %}Parts{% endblock %}
{% block styles %}
<link rel="stylesheet" href="{{ asset('vendor/ace/ace.css') }}">
<link rel="stylesheet" href="{{ asset('vendor/ace/theme/github.css') }}">
<link rel="stylesheet" href="{{ asset('vendor/ace/theme/github_dark.css') }}">
{% endblock %}
{% block scripts %}
<script src="{{ asset('vendor/ace/ace.js') }}" defer></script>
<script src="{{ asset('editor.js') }}" defer></script>
<script src="{{ asset('vendor/chart/chart.umd.min.js') }}" defer></script>
<script src="{{ asset('vendor/sortable/Sortable.min.js') }}" defer></script>
{% endblock %}
{% block content %}
{% call ui.head("Parts") %}{% endcall %}
{% block part %}<div id="part">
{{ ui.progress("job", "/parts/progress", 1, 3, "Deciding orders") if not done }}
<form hx-post="/parts/form" hx-target="#part" hx-swap="outerHTML" novalidate>
{{ ui.field(form.name) }}<button>Save</button></form>
</div>{% endblock %}
<button hx-get="/parts/refused" hx-target="#part">Refused</button>
<button hx-get="/parts/broken" hx-target="#part">Broken</button>
<button hx-get="/parts/none" hx-swap="none" hx-confirm="Really count it?"
 data-ask-yes="Count">Count</button>
<label for="json">Logic</label>
<textarea id="json" data-editor="json">{"a": 1}</textarea>
<canvas id="chart" width="200" height="80" role="img" aria-label="A chart"></canvas>
<ul id="list"><li>one</li><li>two</li></ul>
{{ ui.copyable("s3cret") }}
{% endblock %}
"""


class NameForm(Form):
    name = StringField("Name", [InputRequired("Type a name.")])


class Counted:
    """What the server was asked for."""

    polls = 0
    counts = 0


@pytest.fixture
def parts(chromium: Browser, site: Site) -> Iterator[tuple[Live, Counted]]:
    """A page with every part on it."""
    app, counted = site.app, Counted()
    app.jinja_loader = ChoiceLoader([DictLoader({"parts.html": TEMPLATE}), app.jinja_loader])  # type: ignore[assignment, list-item]

    @access.person
    def page() -> Any:
        return render("parts.html", "part", form=NameForm(), done=False)

    @access.person
    def form() -> Any:
        sent = NameForm(request.form)
        if not sent.validate():
            return render("parts.html", "part", form=sent, done=True), 422
        say(f"{sent.name.data} is saved.")
        return render("parts.html", "part", form=NameForm(), done=True)

    @access.person
    def progress() -> Any:
        counted.polls += 1
        running = counted.polls < 2
        return render_template_string(
            '{{ ui.progress("job", "/parts/progress", done, 3, "Deciding orders", running) }}',
            done=counted.polls + 1,
            running=running,
        )

    @access.person
    def refused() -> Any:
        abort(403)

    @access.person
    def broken() -> Any:
        raise RuntimeError("nobody sees this")

    @access.person
    def none() -> Any:
        counted.counts += 1
        return ""

    app.add_url_rule("/parts", "page", page)
    for view in (form, progress, refused, broken, none):
        app.add_url_rule(f"/parts/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with opened(chromium, app) as live:
        live.log_in()
        live.open("/parts")
        yield live, counted


def test_the_parts_are_accessible(parts: tuple[Live, Counted]) -> None:
    assert_accessible(parts[0].page)


def test_progress_is_asked_for_until_the_work_is_done(parts: tuple[Live, Counted]) -> None:
    live, counted = parts
    bar = live.page.get_by_role("progressbar", name="Deciding orders")
    expect(bar).to_have_attribute("value", "3", timeout=15_000)
    live.page.wait_for_timeout(2500)
    assert counted.polls == 2


def test_a_form_comes_back_with_its_error_or_with_a_message(parts: tuple[Live, Counted]) -> None:
    live, _ = parts
    page = live.page
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error")).to_contain_text("Type a name.")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name").fill("Oak")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#news")).to_contain_text("Oak is saved.")
    live.complaints.clear()  # Chromium tells of the 422


def test_an_error_is_told_in_words_and_the_page_stays(parts: tuple[Live, Counted]) -> None:
    live, _ = parts
    page = live.page
    page.get_by_role("button", name="Refused").click()
    expect(page.locator("#news")).to_contain_text("You may not do that.")
    page.get_by_role("button", name="Broken").click()
    expect(page.locator("#news")).to_contain_text("Something went wrong here")
    assert "nobody sees this" not in page.content()
    expect(page.get_by_label("Name")).to_be_visible()
    page.get_by_role("button", name="Close this message").first.click()
    expect(page.locator("[data-toast]")).to_have_count(1)
    live.complaints.clear()  # Chromium tells of the 403 and the 500


def test_htmx_asks_in_our_own_dialog(parts: tuple[Live, Counted]) -> None:
    live, counted = parts
    page = live.page
    count = page.get_by_role("button", name="Count")
    dialog = page.get_by_role("dialog")
    count.click()
    expect(dialog).to_contain_text("Really count it?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert counted.counts == 0
    count.click()
    with page.expect_response("**/parts/none"):
        dialog.get_by_role("button", name="Count").click()
    assert counted.counts == 1


def test_the_editor_shows_errors_of_json_and_fills_its_field(parts: tuple[Live, Counted]) -> None:
    page = parts[0].page
    expect(page.locator(".ace_editor .ace_content")).to_be_visible()
    page.locator(".ace_text-input").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"b": ')
    expect(page.locator(".ace_gutter-cell.ace_error, .ace_gutter .ace_error")).not_to_have_count(0)
    assert page.locator("#json").input_value().startswith('{"b":')
    gutter = page.locator(".ace_gutter").bounding_box()
    assert gutter
    assert gutter["width"] > 10


def test_charts_and_sorting_work_under_the_policy(parts: tuple[Live, Counted]) -> None:
    page = parts[0].page
    drawn = page.evaluate(
        """() => {
            new Chart(document.getElementById("chart"), {
                type: "bar", data: {labels: ["a"], datasets: [{data: [3]}]},
                options: {animation: false, responsive: false}});
            const pixels = document.getElementById("chart").getContext("2d")
                .getImageData(0, 0, 200, 80).data;
            new Sortable(document.getElementById("list"));
            return pixels.some((part) => part > 0);
        }"""
    )
    assert drawn


def test_a_text_is_copied(parts: tuple[Live, Counted]) -> None:
    page = parts[0].page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]")
    button.click()
    expect(button).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "s3cret"
