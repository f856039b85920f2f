"""Look-up tables over HTTP: made, edited row by row, pasted, as CSV, and taken out."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Company, db
from app.rules.draft_state import open_draft, table_in
from app.rules.drafts import save_table
from app.rules.links import apply_preset
from tests.web_site import Site, token

TABLES = "/companies/1/tables"
STATES = {"keys": ["State"], "rows": [["NY", "Tax"], ["NJ", "Non"]], "otherwise": "Out"}


@pytest.fixture
def client(site: Site) -> FlaskClient:
    put(site, "states", STATES)
    return site.browser("owner")


def put(site: Site, name: str, table: dict[str, Any]) -> None:
    with site.app.app_context():
        company = db.session.get(Company, 1)
        version = table_in(company, name).version
        save_table(company, name, table, version=version, author="ann")


def table_of(site: Site, name: str = "states") -> Any:
    with site.app.app_context():
        return table_in(db.session.get(Company, 1), name).content


def send(site: Site, client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    with site.app.app_context():
        version = table_in(db.session.get(Company, 1), "states").version
    held = {"csrf_token": token(client, TABLES), "name": "states", "version": version}
    return client.post(f"{TABLES}{path}", data={**held, **fields})


def cells(key: str, value: str) -> dict[str, str]:
    return {"cell.0": key, "cell.1": value}


def test_rows_are_added_changed_and_deleted(site: Site, client: FlaskClient) -> None:
    assert send(site, client, "/row", act="add", **cells("CT", "Tax")).status_code == 200
    send(site, client, "/row", act="save", row="1", **cells("NY", "Non"))
    send(site, client, "/row", act="delete", row="2")
    send(site, client, "/row", act="otherwise", otherwise="")
    assert table_of(site) == {
        "keys": ["State"], "rows": [["CT", "Tax"], ["NY", "Non"]], "otherwise": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"act": "add", **cells("ny ", "Tax")}, "Row 1 has the same keys already"),
        ({"act": "add", **cells("", "Tax")}, "The key is blank"),
        ({"act": "save", "row": "99", **cells("TX", "Tax")}, "not there any more"),
        ({"act": "delete", "row": "-1"}, "not there any more"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_what_was_typed_stays(
    site: Site, client: FlaskClient, fields: dict[str, str], said: str
) -> None:
    answer = send(site, client, "/row", **fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert table_of(site) == STATES


def test_a_stale_row_is_not_saved(site: Site, client: FlaskClient) -> None:
    answer = send(site, client, "/row", version="old", act="add", **cells("CT", "Tax"))
    assert (answer.status_code, "was changed since you opened it" in answer.text) == (422, True)
    assert 'value="CT"' in answer.text
    assert table_of(site) == STATES


def test_pasted_rows_replace_those_of_the_same_key(site: Site, client: FlaskClient) -> None:
    send(site, client, "/paste", pasted="ny\tNon\r\nCT\tTax\r\n")
    assert table_of(site)["rows"] == [["ny", "Non"], ["NJ", "Non"], ["CT", "Tax"]]
    send(site, client, "/paste", pasted="State;value\nCT;Other")
    assert table_of(site)["rows"][-1] == ["CT", "Other"]
    bad = send(site, client, "/paste", pasted="A\tB\tC\n")
    assert (bad.status_code, "columns expected" in bad.text) == (422, True)
    assert send(site, client, "/paste", pasted=" ").status_code == 422


def test_csv_comes_back_as_it_went_out(site: Site, client: FlaskClient) -> None:
    out = client.get(f"{TABLES}/csv?name=states")
    assert out.text == "State,value\r\nNY,Tax\r\nNJ,Non\r\notherwise,Out\r\n"
    put(site, "states", {**STATES, "rows": [["XX", "Tax"]]})
    upload = (io.BytesIO(out.data), "states.csv")
    done = send(site, client, "/csv", how="replace", upload=upload)
    assert (done.status_code, table_of(site)) == (200, STATES)
    faulty = (io.BytesIO(b"State,value\nNY,Tax\nNY,Non\nNJ\n"), "states.csv")
    answer = send(site, client, "/csv", upload=faulty)
    assert answer.status_code == 422
    assert "Row 3: the same keys as in row 2" in answer.text
    assert "Row 4" in answer.text


def test_ten_thousand_rows_are_paged_and_searched(site: Site, client: FlaskClient) -> None:
    rows = [[f"SKU-{number:05}", f"Item {number}"] for number in range(10_000)]
    put(site, "skus", {"keys": ["SKU"], "rows": rows, "otherwise": None})
    page = client.get(f"{TABLES}/one?name=skus&page=3").text
    assert "Page 3 of 100" in page
    assert 'value="SKU-00200"' in page
    assert len(page) < 400_000
    found = client.get(f"{TABLES}/one?name=skus&q=item+9999").text
    assert "1 shown" in found
    assert 'value="SKU-09999"' in found


def test_rows_that_no_order_looks_up_are_named(site: Site, client: FlaskClient) -> None:
    with site.app.app_context():
        apply_preset(
            db.session.get(Company, 1), "deposit_by_payment_method",
            {"rows": [["PayPal", "Bank"], ["Barter", "Barn"]], "otherwise": "Other"}, author="ann",
        )  # fmt: skip
    page = client.get(f"{TABLES}/one?name=deposit_by_payment_method&only=unused").text
    assert 'value="Barter"' in page
    assert 'value="PayPal"' not in page


def test_a_table_is_made_named_once_and_taken_out(site: Site, client: FlaskClient) -> None:
    made = send(site, client, "", name="sites", keys="State, City")
    assert made.location == f"{TABLES}/one?name=sites"
    assert table_of(site, "sites")["keys"] == ["State", "City"]
    for name, keys in (("sites", "A"), ("", "A"), ("x", "")):
        assert send(site, client, "", name=name, keys=keys).status_code == 422
    send(site, client, "/delete", name="sites", version=_version(site, "sites"))
    assert table_of(site, "sites") is None


def test_every_error_of_a_new_table_stands_by_its_field_at_once(
    site: Site, client: FlaskClient
) -> None:
    page = send(site, client, "", name="states", keys="A, A").text
    assert re.search('id="name-error".*?There is a table &#39;states&#39; already', page)
    assert re.search('id="keys-error".*?have the same name', page)
    assert 'value="A, A"' in page
    upload = (io.BytesIO(b"State\n"), "x.csv")
    page = send(site, client, "", name="", keys="A", upload=upload).text
    assert re.search('id="name-error".*?1 to 100 letters', page)
    assert re.search('id="upload-error"[^>]*>(?!</div>).*?[Cc]olumn', page)
    page = send(site, client, "", name="x", upload=(io.BytesIO(b""), "x.csv")).text
    assert re.search('id="upload-error".*?The file is empty', page)
    assert table_of(site, "x") is None


def test_a_table_that_a_rule_reads_stays(site: Site, client: FlaskClient) -> None:
    name = "deposit_by_payment_method"
    with site.app.app_context():
        apply_preset(
            db.session.get(Company, 1), name, {"rows": [["A", "B"]], "otherwise": "C"}, author="ann"
        )
    send(site, client, "/delete", name=name, version=_version(site, name))
    assert "looks into it" in client.get(f"{TABLES}/one?name={name}").text
    with site.app.app_context():
        assert name in open_draft(db.session.get(Company, 1)).file["tables"]


def test_a_viewer_sees_the_grid_and_changes_nothing(site: Site, client: FlaskClient) -> None:
    viewer = site.browser("viewer")
    page = viewer.get(f"{TABLES}/one?name=states").text
    assert "NY" in page
    assert 'name="cell.0"' not in page
    for path in ("", "/row", "/paste", "/csv", "/delete"):
        assert send(site, viewer, path, act="delete", row="0").status_code == 403
    assert table_of(site) == STATES
    assert client.get(f"{TABLES}/one?name=nothing").status_code == 404


def _version(site: Site, name: str) -> str:
    with site.app.app_context():
        return table_in(db.session.get(Company, 1), name).version
