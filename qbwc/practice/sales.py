"""Invoices, sales receipts, sales orders, estimates and credit memos: adding and changing them."""

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from qbwc.practice import currencies, custom_fields, links, postings
from qbwc.practice.books import Books
from qbwc.practice.credits import set_credits
from qbwc.practice.errors import Refused, bad_value, missing
from qbwc.practice.forms import FORMS
from qbwc.practice.line_taxes import tax_of
from qbwc.practice.lines import LineMaker, counted, tax_on, taxable
from qbwc.practice.list_records import ListRecord
from qbwc.practice.list_requests import check_edit_sequence
from qbwc.practice.reader import Fields, Macros, read, several
from qbwc.practice.render import address_block
from qbwc.practice.txn_records import TxnRecord
from qbwc.practice.values import ZERO, amount_text, day_of, quantity_text

_ACCOUNTS = {"ARAccountRef": "Accounts Receivable", "DepositToAccountRef": "Undeposited Funds"}
_SIMPLE_DEFAULTS = {
    "IsActive": "true",
    "IsManuallyClosed": "false",
    "IsFinanceCharge": "false",
    "IsToBePrinted": "true",
    "IsToBeEmailed": "false",
}
_ONLINE_ONLY = ("DiscountLineAdd", "SalesTaxLineAdd", "ShippingLineAdd")


def add_sale(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Add the form of a ...AddRq.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    kind = str(request.tag).removesuffix("AddRq")
    if kind in {"SalesOrder", "Estimate"}:
        books.need(f"{kind}s")
    sent = header(request[0], macros)
    books.refuse_features_off(sent)
    books.lists.resolve_all(sent, kind)
    txn = TxnRecord(
        kind,
        sent.pop("CustomerRef", ""),
        sent.pop("TxnDate", "") or books.clock.today().isoformat(),
        sent.pop("RefNumber", "") or books.next_ref_number(kind),
        is_pending=sent.pop("IsPending", "false") == "true",
        txn_id=books.clock.txn_id(),
    )
    if not txn.entity_id and kind != "SalesReceipt":
        raise missing("CustomerRef")
    books.check_closing_date(kind, txn.date)
    linked = several(sent.pop("LinkToTxnID", None))
    credits_wanted = several(sent.pop("SetCredit", None))
    txn.fields = {name: value for name, value in sent.items() if value not in ("", {})}
    for sales_order in linked:
        links.inherit(books, txn, sales_order)
    _defaults(books, txn)
    custom_fields.inherit(books, txn)
    maker = LineMaker(books, kind)
    for sales_order in linked:
        links.take_all(books, txn, maker, sales_order)
    for element in line_elements(request[0]):
        _add_line(books, txn, maker, element, linked)
    if not maker.lines:
        raise Refused(3180, f"There was an error when saving a {kind}.  It has no lines.")
    txn.lines = maker.lines
    currencies.settle(books, txn)
    total_up(books, txn)
    books.used_ref_number(kind, txn.ref_number)
    postings.move_stock(books, txn, 1)
    books.txns.add(txn)
    postings.post(books, txn)
    links.remember(books, txn)
    set_credits(books, txn.entity_id, txn.txn_id, credits_wanted, txn.txn_id)
    return books.txns.get(txn.txn_id)


def header(element: etree._Element, macros: Macros) -> Fields:
    """The fields of a form without its lines."""
    fields = read(element, macros)
    return {
        name: value
        for name, value in fields.items()
        if not name.endswith(("LineAdd", "GroupAdd", "LineMod", "GroupMod")) or name in _ONLINE_ONLY
    }


def line_elements(element: etree._Element) -> list[etree._Element]:
    """The line elements of a form, in order."""
    return [
        child
        for child in element
        if isinstance(child.tag, str)
        and child.tag.endswith(("LineAdd", "GroupAdd", "LineMod", "GroupMod"))
        and child.tag not in _ONLINE_ONLY
    ]


def _add_line(
    books: Books, txn: TxnRecord, maker: LineMaker, element: etree._Element, linked: list[str]
) -> None:
    sent = read(element)
    if str(element.tag).endswith("GroupAdd"):
        maker.add_group(sent)
    elif "LinkToTxn" in sent:
        links.take_line(books, txn, maker, sent, linked)
    else:
        maker.add(sent)


def _defaults(books: Books, txn: TxnRecord) -> None:
    fields = txn.fields
    customer = books.lists.by_id(txn.entity_id)
    own = customer.fields if customer else {}
    order = FORMS[txn.kind].order
    template = books.lists.named(("Template",), FORMS[txn.kind].template)
    if template is not None:
        fields.setdefault("TemplateRef", template.list_id)
    for name in ("BillAddress", "ShipAddress", "TermsRef", "SalesRepRef", "ItemSalesTaxRef"):
        if name in order and not fields.get(name) and own.get(name):
            fields[name] = own[name]
    _blocks(books, fields)
    for name, account in _ACCOUNTS.items():
        if name in order and not fields.get(name):
            fields[name] = books.account(account).list_id
    for name, value in _SIMPLE_DEFAULTS.items():
        if name in order:
            fields.setdefault(name, value)
    fields.setdefault("DueDate", due_date(books, txn))
    if "ShipDate" in order:
        fields.setdefault("ShipDate", txn.date)
    if books.uses("SalesTax"):
        _tax_defaults(books, fields, own)


def _blocks(books: Books, fields: Fields) -> None:
    books.check_address(fields)
    for name in ("BillAddress", "ShipAddress"):
        if fields.get(name):
            fields[f"{name}Block"] = address_block(fields[name])


def _tax_defaults(books: Books, fields: Fields, customer: Fields) -> None:
    if not fields.get("CustomerSalesTaxCodeRef"):
        code = books.lists.named(("SalesTaxCode",), books.setting("TaxableSalesTaxCode"))
        fields["CustomerSalesTaxCodeRef"] = customer.get("SalesTaxCodeRef") or (
            code.list_id if code else ""
        )
    if not fields.get("ItemSalesTaxRef") and not books.taxes_by_line:
        item = books.lists.named(
            ("ItemSalesTax", "ItemSalesTaxGroup"), books.setting("DefaultItemSalesTax")
        )
        if item is not None:
            fields["ItemSalesTaxRef"] = item.list_id


def due_date(books: Books, txn: TxnRecord) -> str:
    """The date that the terms give, or the transaction's own."""
    terms: ListRecord | None = books.lists.by_id(txn.fields.get("TermsRef", ""))
    if terms is None:
        return txn.date
    day = day_of(txn.date)
    if terms.kind == "StandardTerms":
        return (day + timedelta(days=int(terms.fields.get("StdDueDays") or 0))).isoformat()
    due = int(terms.fields["DayOfMonthDue"])
    month = day.replace(day=1)
    margin = int(terms.fields.get("DueNextMonthDays") or 0)
    if day.day + margin > due:
        month = (month + timedelta(days=32)).replace(day=1)
    last = ((month + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return month.replace(day=min(due, last)).isoformat()


def total_up(books: Books, txn: TxnRecord) -> None:
    """Compute subtotal, tax and total.

    Raises:
        Refused: 3210, the total is negative.
    """
    lines = list(txn.flat_lines())
    subtotal, tax = counted(lines), ZERO
    item = books.lists.by_id(txn.fields.get("ItemSalesTaxRef", ""))
    if books.taxes_by_line:
        included = txn.fields.get("IsTaxIncluded") == "true"
        tax = tax_of(books, lines, included=included)
        subtotal -= tax if included else ZERO
    elif item is not None and books.uses("SalesTax"):
        base = taxable(books, lines) if _is_taxed(books, txn) else ZERO
        percent, tax = tax_on(books, item, base)
        txn.fields["SalesTaxPercentage"] = f"{quantity_text(percent)}"
    txn.fields |= {"Subtotal": amount_text(subtotal), "SalesTaxTotal": amount_text(tax)}
    txn.total = subtotal + tax
    if txn.total < ZERO:
        raise bad_value("Total", amount_text(txn.total), "Transaction amount must be positive.")
    if txn.kind == "SalesOrder":
        links.settle(txn)


def _is_taxed(books: Books, txn: TxnRecord) -> bool:
    code = books.lists.by_id(txn.fields.get("CustomerSalesTaxCodeRef", ""))
    return code is None or code.fields.get("IsTaxable") == "true"


def modify_sale(books: Books, request: etree._Element, macros: Macros) -> TxnRecord:
    """Change a sale: what is sent replaces what is there; lines that are not listed are deleted.

    Raises:
        Refused: 3120 no such form, 3200 stale EditSequence, 3171 closed period, ...
    """
    kind = str(request.tag).removesuffix("ModRq")
    sent = header(request[0], macros)
    txn = books.txns.get(sent.pop("TxnID"), kind)
    check_edit_sequence(sent.pop("EditSequence"), txn.edit_sequence)
    books.refuse_features_off(sent)
    books.check_closing_date(kind, txn.date)
    books.lists.resolve_all(sent, kind)
    credits_wanted = several(sent.pop("SetCredit", None))
    customer = sent.pop("CustomerRef", "")
    if customer and customer != txn.entity_id and links.is_linked(books, txn):
        raise bad_value("CustomerRef", customer, "A linked transaction keeps its customer.")
    postings.move_stock(books, txn, -1)
    txn.entity_id = customer or txn.entity_id
    txn.date = sent.pop("TxnDate", "") or txn.date
    books.check_closing_date(kind, txn.date)
    txn.ref_number = sent.pop("RefNumber", txn.ref_number)
    txn.is_pending = sent.pop("IsPending", str(txn.is_pending).lower()) == "true"
    for name, value in sent.items():
        txn.fields.pop(name, None)
        txn.fields.pop(f"{name}Block", None)
        if value not in ("", {}):
            txn.fields[name] = value
    _blocks(books, txn.fields)
    elements = line_elements(request[0])
    if elements:
        links.give_back(books, txn)
        txn.lines = _changed_lines(books, txn, elements)
    currencies.settle(books, txn)
    total_up(books, txn)
    postings.move_stock(books, txn, 1)
    if txn.applied > txn.total:
        raise bad_value("Total", amount_text(txn.total), "More than this has been paid already.")
    books.txns.save(txn)
    if elements:
        links.take_again(books, txn)
    postings.post(books, txn)
    set_credits(books, txn.entity_id, txn.txn_id, credits_wanted, txn.txn_id)
    return books.txns.get(txn.txn_id)


def _changed_lines(books: Books, txn: TxnRecord, elements: list[etree._Element]) -> list[Fields]:
    held = {line["TxnLineID"]: line for line in txn.lines}
    maker = LineMaker(books, txn.kind)
    for element in elements:
        sent = read(element)
        line_id = sent.pop("TxnLineID")
        if str(element.tag).endswith("GroupMod"):
            if line_id == "-1":
                maker.add_group(sent)
            else:
                maker.lines.append(_held_line(held, line_id))
            continue
        if line_id == "-1":
            maker.add(sent)
            continue
        before = _held_line(held, line_id)
        books.lists.resolve_all(sent, f"{txn.kind} line")
        merged = {name: value for name, value in before.items() if name[0] != "_"}
        if not sent.keys() & {"Amount", "Rate", "RatePercent", "Quantity", "ItemRef"}:
            kept = before | {name: value for name, value in sent.items() if value != ""}
            maker.lines.append(kept)
            continue
        if "Amount" not in sent:
            merged.pop("Amount", None)
        if "Rate" in sent:
            merged.pop("RatePercent", None)
        made = maker.add_resolved(merged | sent, line_id)
        made |= {
            name: value
            for name, value in before.items()
            if name in {"_link", "_invoiced", "_taken", "_cost", "_data"}
        }
    return maker.lines


def _held_line(held: dict[str, Fields], line_id: str) -> Fields:
    if line_id not in held:
        raise Refused(
            3120,
            f'Object "{line_id}" specified in the request cannot be found.  QuickBooks error '
            "message: Invalid argument.  The specified record does not exist in the list.",
        )
    return held[line_id]
