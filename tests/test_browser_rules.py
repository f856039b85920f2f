"""The rules' screens in a real browser: a rule from scratch until it is published, and the rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from app.jobs.worker import Worker
from app.models import Company, db
from app.rules import current_release, file_of
from app.rules.draft_state import open_draft, rule_in
from app.sync.stores import add_store
from tests.browser import Live, assert_accessible, assert_fits
from tests.fake_shipstation import FakeShipStation
from tests.sales import known_sale
from tests.web_rows import publish_plain

RULES = "/companies/1/rules"


def saved(live: Live, key: str) -> dict[str, object]:
    """The rule as the draft has it."""
    with live.app.app_context():
        content: dict[str, object] = rule_in(db.session.get(Company, 1), key).content
        return content


def published(live: Live, key: str) -> object:
    with live.app.app_context():
        return file_of(current_release(db.session.get(Company, 1)))["rules"].get(key)


def backtested(live: Live) -> None:
    """Let the job that waits run, as the server's worker would."""
    assert Worker(live.app).run_one()


def test_mark_as_unpaid_is_built_from_scratch_tried_backtested_and_published(live: Live) -> None:
    page = live.open(RULES)
    page.get_by_role("link", name="Add rule").click()
    page.get_by_label("Title").fill("PayPal orders stay unpaid")
    page.get_by_label("Action").select_option(label="Mark the invoice as unpaid")
    page.get_by_text("Yes posts the invoice without its payment").wait_for()
    page.get_by_label("Field", exact=True).select_option("payment.method")
    page.get_by_label("Comparison").select_option(label="is one of")
    page.get_by_role("button", name="PayPal", exact=True).click()
    expect(page.locator(".try-sum")).to_contain_text("would change")
    assert "{" not in page.locator("main").inner_text()
    page.get_by_label("Number of one order").fill("B-2205")
    expect(page.locator(".try-sum")).to_have_text("Order B-2205: it would change")
    assert page.locator(".verdict.is-good").count() == 1
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("changed in the draft").wait_for()
    assert_accessible(page)
    case = saved(live, "mark_invoice_unpaid")["cases"][0]  # type: ignore[index]
    assert case["when"] == {"one_of": [{"var": "payment.method"}, ["PayPal"]]}
    assert (case["then"], case["title"]) == (True, "PayPal orders stay unpaid")

    page.get_by_role("button", name="Backtest").click()
    page.get_by_text("Waiting for its turn").wait_for()
    backtested(live)
    page.get_by_role("heading", name="Mark the invoice as unpaid").nth(1).wait_for()
    assert_accessible(page)
    page.get_by_label("Why?").fill("PayPal pays out weekly")
    page.get_by_role("button", name="Publish 1 change").click()
    page.get_by_text("PayPal pays out weekly").wait_for()
    assert published(live, "mark_invoice_unpaid")["cases"] == [case]  # type: ignore[index]


def test_the_same_from_a_preset_that_is_linked_and_detached(live: Live) -> None:
    page = live.open(RULES)
    page.get_by_role("link", name="Add rule").click()
    page.get_by_label("What do you want?").fill("mark as unpaid by payment method")
    page.get_by_role("button", name="Search presets").click()
    page.get_by_role("link", name="Mark as unpaid by payment method").click()
    page.get_by_label("Payment methods").fill("PayPal")
    page.get_by_text("When payment method is one of PayPal → yes").wait_for()
    page.get_by_text("orders would change").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="Use this preset").click()
    page.get_by_text("From the preset").wait_for()
    page.get_by_role("button", name="Detach").click()
    page.get_by_role("dialog").get_by_role("button", name="Detach").click()
    page.get_by_text("detached in the draft").wait_for()
    assert page.get_by_text("From the preset").count() == 0
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish 1 change").click()
    page.get_by_text("decides now").wait_for()
    assert published(live, "mark_invoice_unpaid")["cases"][0]["then"] is True  # type: ignore[index]


def test_a_release_is_rolled_back_after_a_question(live: Live) -> None:
    with live.app.app_context():
        company = db.session.get(Company, 1)
        publish_plain(company, memo="one")
        publish_plain(company, memo="two")
    page = live.open(f"{RULES}/releases")
    row = page.get_by_role("row").filter(has_text="memo one")
    row.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_text("Go back to release 4?").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert published(live, "memo")["otherwise"] == "two"  # type: ignore[index]
    row.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    page.get_by_text("equal to release 4").wait_for()
    assert published(live, "memo")["otherwise"] == "one"  # type: ignore[index]


def test_groups_maps_and_json_are_edited_side_by_side_and_saved(live: Live) -> None:
    page = live.open(f"{RULES}/decision/deposit_account")
    page.get_by_role("button", name="Add case").click()
    case = page.locator(".case").last
    case.get_by_label("Field", exact=True).select_option("order.total")
    case.get_by_label("Comparison").select_option(label="is at least")
    case.get_by_label("Value", exact=True).fill("$1,500.00")
    case.get_by_role("button", name="Group", exact=True).click()
    group = case.locator(".group").first
    group.get_by_label("Field", exact=True).select_option("order.currency")
    group.get_by_label("Value", exact=True).fill("CAD")
    case.locator(".then").get_by_label("is made").first.select_option("inlinemap")
    case.get_by_label("Field that is mapped").select_option("payment.method")
    case.get_by_text("Paste from a spreadsheet").click()
    case.get_by_label("Two columns: map from, map to").fill("PayPal\tPayPal Bank\nVisa\tChecking")
    case.get_by_role("button", name="Add these rows").click()
    case.get_by_label("Map to, row 2").wait_for()
    case.get_by_label("How “Anything else” is made").select_option("nothing")
    case.get_by_role("button", name="JSON").click()
    case.get_by_role("textbox", name="as JSON").wait_for(state="attached")
    case.get_by_role("button", name="Show as a form").click()
    assert case.get_by_label("Map to, row 1").input_value() == "PayPal Bank"
    assert_accessible(page)
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("is saved in the draft").wait_for()
    made = saved(live, "deposit_account")["cases"][-1]  # type: ignore[index]
    assert made["when"] == {
        "and": [
            {">=": [{"var": "order.total"}, 1500]},
            {"or": [{"is": [{"var": "order.currency"}, "CAD"]}]},
        ]
    }
    assert made["then"] == {
        "if": [
            {"is": [{"var": "payment.method"}, "PayPal"]}, "PayPal Bank",
            {"is": [{"var": "payment.method"}, "Visa"]}, "Checking", None,
        ]
    }  # fmt: skip


def test_one_goes_on_typing_where_one_was_while_the_server_answers(live: Live) -> None:
    page = live.open(f"{RULES}/decision/deposit_account")
    page.get_by_role("button", name="Add case").click()
    made = page.locator(".case").last.locator(".then").get_by_label("is made").first
    made.select_option("inlinemap")
    pasted = page.get_by_label("Two columns: map from, map to")
    page.get_by_text("Paste from a spreadsheet").click()
    held: list[Route] = []
    page.route("**/decision/deposit_account", lambda route: held.append(route))  # noqa: PLW0108
    page.get_by_label("Field that is mapped").select_option("payment.method")
    pasted.focus()
    page.keyboard.type("PayPal,")
    page.keyboard.press("ArrowLeft")
    with page.expect_response("**/decision/deposit_account"):
        held[0].continue_()
    expect(page.locator("#rule.htmx-request, #rule.htmx-settling")).to_have_count(0)
    expect(pasted).to_be_focused()
    page.keyboard.type("x")
    expect(pasted).to_have_value("PayPalx,")


def test_a_choice_made_while_the_server_answers_is_shown_next_and_not_saved(live: Live) -> None:
    page = live.open(f"{RULES}/new")
    held: list[Route] = []
    page.route("**/rules/new", lambda route: route.continue_() if held else held.append(route))
    answers: list[int] = []
    page.on("response", lambda one: answers.append(one.status))
    with page.expect_request("**/rules/new"):
        page.get_by_label("Action").select_option(label="Mark the invoice as unpaid")
    page.get_by_label("Field", exact=True).select_option("payment.method")
    page.get_by_label("Title").focus()
    held[0].continue_()
    page.get_by_label("Comparison").select_option(label="is one of")
    expect(page.get_by_role("button", name="PayPal", exact=True)).to_be_visible()
    assert set(answers) == {200}
    expect(page.get_by_label("Field", exact=True)).to_have_value("payment.method")
    with live.app.app_context():
        assert not open_draft(db.session.get(Company, 1)).changes


def test_cases_are_moved_by_keyboard_and_by_dragging(live: Live) -> None:
    page = live.open(f"{RULES}/decision/sync_order")
    titles = "[...document.querySelectorAll('.case-title')].map(one => one.value)"
    before = page.evaluate(titles)
    page.get_by_role("button", name="Move case 1 down").focus()
    page.keyboard.press("Enter")
    first = page.locator(".case-title").first
    expect(first).to_have_value(before[1])
    assert page.evaluate(titles) == before[1::-1] + before[2:]
    grips = page.locator(".case-head .grip")
    below = page.locator(".case").nth(1).bounding_box()
    assert below
    grips.nth(0).hover()
    page.mouse.down()
    page.mouse.move(below["x"] + 20, below["y"] + below["height"] - 10, steps=12)
    page.mouse.up()
    expect(first).to_have_value(before[0])
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("is saved in the draft").wait_for()
    with live.app.app_context():
        assert [one.words for one in open_draft(db.session.get(Company, 1)).changes] == []


def test_a_table_is_filled_by_pasting_and_edited_in_its_grid(live: Live) -> None:
    page = live.open("/companies/1/tables")
    page.get_by_label("Name").fill("tax_codes")
    page.get_by_label("Looked up by").fill("State")
    page.get_by_role("button", name="Make the table").click()
    page.get_by_label("Paste from a spreadsheet").fill("NY\tTax\nNJ\tNon")
    page.get_by_role("button", name="Add these rows").click()
    page.get_by_label("Value, row 2").fill("Tax")
    page.get_by_label("Value, row 2").press("Enter")
    page.get_by_text("Saved in the draft").nth(1).wait_for()
    page.get_by_role("textbox", name="Value for anything else").fill("Out of state")
    page.get_by_role("button", name="Save the value for anything else").click()
    page.get_by_text("Saved in the draft").nth(2).wait_for()
    assert_accessible(page)
    with live.app.app_context():
        table = open_draft(db.session.get(Company, 1)).file["tables"]["tax_codes"]
    assert table == {
        "keys": ["State"], "rows": [["NY", "Tax"], ["NJ", "Tax"]], "otherwise": "Out of state",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_accessible_and_fits_a_phone(live: Live, scheme: str) -> None:
    live.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    live.page.set_viewport_size({"width": 380, "height": 800})
    paths = ("", "/new?decision=customer_match", "/decision/sync_order", "/decision/surcharge",
             "/decision/customer_name", "/presets", "/presets/deposit_by_payment_method", "/draft",
             "/releases", "/releases/3", "/import")  # fmt: skip
    for path in paths:
        page = live.open(f"{RULES}{path}")
        page.wait_for_load_state("networkidle")
        assert_fits(page)
        assert_accessible(page)


def test_a_viewer_reads_and_tries_but_has_no_button_that_writes(live: Live) -> None:
    page = live.log_in("viewer@example.com")
    live.open(f"{RULES}/decision/sync_order")
    page.locator(".try-sum").wait_for()
    assert page.get_by_role("button", name="Save draft").count() == 0
    assert page.get_by_label("Field", exact=True).first.is_disabled()


def test_a_rule_about_sales_is_tried_on_a_sale_while_it_is_changed(live: Live) -> None:
    with live.app.app_context():
        company = db.session.get_one(Company, 1)
        add_store(company, "shipstation", FakeShipStation.settings, key="east", name="East")
        for number in ("501", "502"):
            known_sale(company, number, f"Customer of {number}")
    page = live.open(f"{RULES}/decision/send_sale_to_store")
    expect(page.locator(".try-sum")).to_have_text("0 of 2 would change")
    page.locator('[name="otherwise.then.value"]').select_option("yes")
    expect(page.locator(".try-sum")).to_have_text("2 of 2 would change")
    page.get_by_label("Number or customer of one sale").fill("501")
    expect(page.locator(".try-sum")).to_have_text("1 of 1 would change")
    expect(page.locator(".tried-number")).to_have_text(["Sales order 501"])
    assert_accessible(page)
    page.get_by_role("link", name="See the sale").click()
    expect(page.locator("tbody tr").first).to_contain_text("501")


def test_what_was_wrong_with_a_field_goes_once_it_is_typed_in(live: Live) -> None:
    page = live.open(f"{RULES}/decision/deposit_account")
    field = page.locator('[name="otherwise.then.value"]')
    field.fill("")
    page.get_by_role("button", name="Save draft").click()
    error = page.locator('[id="otherwise.then-error"]')
    expect(error).to_contain_text("Type a value")
    live.complaints.clear()  # Chromium tells of the 422
    field.fill("Bank")
    expect(error).to_be_empty()


def test_a_long_title_is_read_whole_and_enter_in_it_saves(live: Live) -> None:
    said = (
        "Orders of the shop in the harbour that were paid by PayPal and are sent to other countries"
    )
    page = live.open(f"{RULES}/decision/sync_order")
    page.set_viewport_size({"width": 380, "height": 800})
    title = page.locator(".case-title").first
    title.fill(said)
    cut = title.evaluate(
        "one => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]"
    )
    assert max(cut) <= 1
    title.press("Enter")
    page.get_by_text("is saved in the draft").wait_for()
    assert saved(live, "sync_order")["cases"][0]["title"] == said  # type: ignore[index]
