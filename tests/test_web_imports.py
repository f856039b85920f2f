"""The screen of CSV files: sent, looked at, mapped, saved as a profile, imported, refused."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.jobs.kinds.csv_import import FILE, KEPT
from app.jobs.worker import Worker
from app.models import Job, Order, Store, db
from tests.browser import NARROW, Live, assert_accessible, assert_fits
from tests.csv_files import MAPPED, PROFILE, SHOPIFY, mapped_rows, shopify_order, text
from tests.web_site import Site, token

IMPORTS = "/companies/1/imports"
FORM = {
    **{f"c-{key}": column for key, column in PROFILE["columns"].items()},
    "dates": "dmy",
    **{f"d-{key}": value for key, value in PROFILE["defaults"].items()},
    "store": "csv",
}


def send(site: Site, content: str | bytes, who: str = "admin", name: str = "o.csv") -> TestResponse:
    """Upload a file."""
    client = site.session(who)
    data = content.encode() if isinstance(content, str) else content
    form = {"csrf_token": token(client, "/companies"), "upload": (io.BytesIO(data), name)}
    return client.post(IMPORTS, data=form)


def post(site: Site, address: str, who: str = "admin", **form: Any) -> TestResponse:
    """Send the mapping."""
    client = site.session(who)
    return client.post(address, data={"csrf_token": token(client, "/companies"), **form})


def count(site: Site) -> int:
    """How many orders came from CSV files."""
    with site.app.app_context():
        query = select(func.count(Order.id)).join(Store).where(Store.type == "csv")
        return db.session.scalar(query) or 0


def run(site: Site) -> None:
    """Let a worker do what waits."""
    assert Worker(site.app).run_one()


def test_shopifys_export_is_recognised_and_imported_once(site: Site) -> None:
    content = text(SHOPIFY, shopify_order("#77"))
    for said in ("1 new, 0 changed, 0 unchanged", "0 new, 0 changed, 1 unchanged"):
        address = send(site, content).location
        page = site.session("admin").get(address).text
        assert "nothing has to be chosen" in page
        assert "lines 45.00 + shipping 6.00 + tax 3.06 = 54.06" in page
        answer = post(site, address, act="import", store="shopify-export")
        run(site)
        assert said in site.session("admin").get(answer.location).text
    assert count(site) == 1


def test_a_mapping_is_guessed_previewed_saved_and_used_again(site: Site) -> None:
    address = send(
        site, text(MAPPED, [*mapped_rows("A1"), *mapped_rows("A2", Date="soon")])
    ).location
    page = site.session("admin").get(address).text
    assert '<option value="Unit Price" selected>Unit Price (10.00)' in page
    page = post(site, f"{address}/preview", **FORM).text
    assert "lines 25.00 + shipping 4.00 + tax 2.90 = 31.90" in page
    assert "Row 4, column Date (order A2)" in page
    saved = post(site, address, act="save", profile_name="Fair", **FORM)
    assert saved.status_code == 303
    page = site.session("admin").get(saved.location).text
    assert "<option selected>Fair</option>" in page
    assert '<option value="dmy" selected>' in page
    assert count(site) == 0
    answer = post(site, address, act="import", **FORM)
    run(site)
    page = site.session("admin").get(answer.location).text
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in page
    assert "Row 4, column Date (order A2)" in page
    assert count(site) == 1
    assert site.session("admin").get(address).status_code == 404
    page = site.session("admin").get("/companies/1/stores").text
    assert "CSV files" in page
    with site.app.app_context():
        store = db.session.scalars(select(Store).where(Store.type == "csv")).one()
        one = store.id
    assert "come from files" in site.session("admin").get(f"/companies/1/stores/{one}").text


def test_a_profile_keeps_what_the_form_does_not_ask(site: Site) -> None:
    address = send(site, text(MAPPED, mapped_rows())).location
    saved = post(site, address, act="save", profile_name="Fair", **FORM, **{"d-channel": "Fair"})
    page = site.session("admin").get(saved.location).text
    assert '<input type="hidden" name="d-channel" value="Fair">' in page


def test_a_saved_profile_is_deleted_on_the_screen_of_a_file(site: Site) -> None:
    address = send(site, text(MAPPED, mapped_rows())).location
    saved = post(site, address, act="save", profile_name="Fair", **FORM).location
    page = site.session("admin").get(saved).text
    assert "Delete the profile Fair" in page
    assert "Delete the profile" not in site.session("admin").get(address).text
    assert post(site, f"{address}/forget", "bookkeeper", profile="Fair").status_code == 403
    assert post(site, f"{address}/forget", profile="Other").status_code == 404
    assert post(site, f"{address}/forget", profile="Fair").location == address
    assert "Fair" not in site.session("admin").get(IMPORTS).text
    assert post(site, f"{address}/forget", profile="Fair").status_code == 404


def test_a_mapping_that_lacks_what_is_needed_imports_nothing(site: Site) -> None:
    address = send(site, text(MAPPED, mapped_rows())).location
    answer = post(site, address, act="import", **(FORM | {"c-order": ""}))
    assert answer.status_code == 422
    assert "Choose a column for: Order number" in answer.text
    answer = post(site, address, act="import", **(FORM | {"c-order": "No such"}))
    assert "has no column No such" in answer.text
    with site.app.app_context():
        key = db.session.scalars(select(Store.key).where(Store.company_id == 1)).first()
    answer = post(site, address, act="import", **(FORM | {"store": key}))
    assert "takes no CSV files" in answer.text
    assert count(site) == 0


@pytest.mark.parametrize(
    ("content", "said"), [("<html>", "web page"), (b"PK\x03\x04", "Excel"), ("", "empty")]
)
def test_what_is_no_csv_is_refused(site: Site, content: str | bytes, said: str) -> None:
    answer = send(site, content)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_file_that_is_too_large_is_refused(site: Site) -> None:
    answer = site.session("admin").post(
        IMPORTS, data=b"x" * (49 * 2**20), content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413


def test_what_a_file_says_is_never_markup(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    rows = [row | {evil: evil} for row in mapped_rows(evil, Item=evil, Buyer=evil, Date=evil)]
    address = send(site, text([*MAPPED, evil], rows), name=f"{evil}.csv").location
    assert evil not in post(site, f"{address}/preview", **FORM).text


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("bookkeeper", 403), ("other", 404)])
def test_who_may_not_import_cannot(site: Site, who: str, status: int) -> None:
    address = send(site, text(MAPPED, mapped_rows())).location
    client = site.session(who)
    for page in (IMPORTS, address):
        assert client.get(page).status_code == status
    assert send(site, text(MAPPED, mapped_rows()), who).status_code == status
    for path in (address, f"{address}/preview"):
        assert post(site, path, who, act="import", **FORM).status_code == status
    assert count(site) == 0


def test_another_companys_file_is_not_found(site: Site) -> None:
    address = send(site, text(MAPPED, mapped_rows())).location
    theirs = address.replace("/companies/1/", "/companies/2/")
    assert site.session("owner").get(theirs).status_code == 404
    assert site.session("admin").get(f"{IMPORTS}/done/{address.split('/')[-1]}").status_code == 404


def test_only_the_newest_files_wait(site: Site) -> None:
    for _ in range(KEPT + 2):
        send(site, text(MAPPED, mapped_rows()))
    with site.app.app_context():
        assert db.session.scalar(select(func.count(Job.id)).where(Job.kind == FILE)) == KEPT
        assert not Worker(site.app).run_one()


def test_a_file_is_mapped_and_imported_in_a_browser(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "fair.csv"
    content = text(MAPPED, mapped_rows()).replace("Date", "When")
    file.write_text(content, encoding="utf-8")
    page = live.open("/companies/1/stores")
    page.get_by_role("link", name="Import a CSV file").click()
    assert_accessible(page)
    page.get_by_label("CSV file of orders").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("Choose a column for: Ordered on")).to_be_visible()
    page.get_by_label("Ordered on").select_option("When")
    expect(page.get_by_text("'05/11/2026' is no date").first).to_be_visible()
    page.get_by_label("Dates", exact=True).select_option("dmy")
    expect(page.get_by_text("lines 25.00 + shipping 4.00 + tax 2.90 = 31.90")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert_fits(page)
    page.get_by_label("Save as profile").fill("Fair")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("fair.csv"))).to_be_visible()
    if page.get_by_text("Waiting to begin").is_visible():
        Worker(live.app).run_one()
    expect(page.get_by_text("1 new, 0 changed, 0 unchanged, 0 refused")).to_be_visible()
    assert_accessible(page)
    page = live.open("/companies/1/imports")
    expect(page.get_by_text("Fair")).to_be_visible()
