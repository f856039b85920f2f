"""Requests that add, change and delete list records."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from qbwc.practice.books import Books
from qbwc.practice.currencies import download_rate
from qbwc.practice.errors import Refused, bad_value, missing, not_found
from qbwc.practice.list_query import list_ret
from qbwc.practice.list_records import ListRecord, check_name, joined
from qbwc.practice.reader import Fields, read
from qbwc.practice.render import address_block
from qbwc.practice.txn_records import Posting, TxnRecord
from qbwc.practice.values import element, price_text

_RENAMED = {"AdditionalNotes": "AdditionalNotesRet", "Contacts": "ContactsRet",
            "AdditionalNotesMod": "AdditionalNotesRet", "ContactsMod": "ContactsRet"}  # fmt: skip
_TAXED_ITEMS = frozenset(
    {"ItemInventory", "ItemService", "ItemNonInventory", "ItemOtherCharge", "ItemDiscount"}
)
_ADDRESSES = ("BillAddress", "ShipAddress", "VendorAddress", "OtherNameAddress")
_NEEDS = {
    "UnitOfMeasureSet": "UnitOfMeasure",
    "InventorySite": "InventorySites",
    "Currency": "MultiCurrency",
}
_CLASSIFICATION = {"Bank": "NotApplicable", "Income": "None", "Expense": "None",
                   "CostOfGoodsSold": "None", "Equity": "Financing"}  # fmt: skip


def add_record(books: Books, request: etree._Element, only: frozenset[str]) -> str:
    """Answer a list ...AddRq.

    Raises:
        Refused: A rule of QuickBooks; nothing was added.
    """
    kind = str(request.tag).removesuffix("AddRq")
    return list_ret(books, create(books, kind, read(request[0])), only)


def create(books: Books, kind: str, sent: Fields) -> ListRecord:
    """Add a record from the fields of its Add element."""
    if kind in _NEEDS:
        books.need(_NEEDS[kind])
    books.refuse_features_off(sent)
    books.check_address(sent)
    parent = books.lists.parent(kind, sent.pop("ParentRef", {}))
    name = sent.pop("Name", None)
    if name is None:
        name = sent.pop("Initial")
    is_active = sent.pop("IsActive", "true") != "false"
    opening = sent.pop("OpenBalance", "")
    sent.pop("OpenBalanceDate", None)
    fields = _tidied(sent)
    books.lists.resolve_all(fields, kind)
    if parent is not None and kind == "Account":
        _check_parent_type(parent, fields)
    _defaults(books, kind, fields)
    record = books.lists.add(kind, name, fields, parent=parent, is_active=is_active)
    if kind == "Currency":
        download_rate(books, record)
    if kind == "ItemInventory":
        _opening_stock(books, record)
    if kind == "Account" and opening:
        _opening_balance(books, record, Decimal(opening))
    return record


def _check_parent_type(parent: ListRecord, fields: Fields) -> None:
    if parent.fields.get("AccountType") != fields["AccountType"]:
        raise bad_value("ParentRef", parent.full_name, "A subaccount is of its parent's type.")


def _tidied(sent: Fields) -> Fields:
    fields = {_RENAMED.get(name, name): value for name, value in sent.items() if value != ""}
    code = fields.pop("BarCode", None)
    if isinstance(code, dict) and code.get("BarCodeValue"):
        fields["BarCodeValue"] = code["BarCodeValue"]
    for name in _ADDRESSES:
        if fields.get(name):
            fields[f"{name}Block"] = address_block(fields[name])
    return {name: value for name, value in fields.items() if value != {}}


def _defaults(books: Books, kind: str, fields: Fields) -> None:
    if kind == "Customer":
        fields.setdefault("JobStatus", "None")
    elif kind == "Account":
        account_type = fields["AccountType"]
        fields.setdefault("CashFlowClassification", _CLASSIFICATION.get(account_type, "Operating"))
    elif kind == "PriceLevel":
        fields["PriceLevelType"] = "FixedPercentage"
    elif kind == "ItemInventory":
        _need(fields, "IncomeAccountRef", "COGSAccountRef", "AssetAccountRef")
        fields.setdefault("SalesPrice", "0.00")
        fields.setdefault("PurchaseCost", "0.00")
    elif kind in {"ItemService", "ItemNonInventory", "ItemOtherCharge"}:
        _check_accounts(fields)
    if kind in _TAXED_ITEMS and not fields.get("SalesTaxCodeRef") and books.uses("SalesTax"):
        code = books.lists.named(("SalesTaxCode",), books.setting("TaxableSalesTaxCode"))
        if code is not None:
            fields["SalesTaxCodeRef"] = code.list_id


def _check_accounts(fields: Fields) -> None:
    one, both = fields.get("SalesOrPurchase"), fields.get("SalesAndPurchase")
    if isinstance(one, dict):
        _need(one, "AccountRef")
    if isinstance(both, dict):
        _need(both, "IncomeAccountRef", "ExpenseAccountRef")


def _need(fields: Fields, *names: str) -> None:
    for name in names:
        if not fields.get(name):
            raise missing(name)


def _opening_stock(books: Books, item: ListRecord) -> None:
    quantity = Decimal(item.fields.pop("QuantityOnHand", "0"))
    cost = Decimal(item.fields.get("PurchaseCost", "0"))
    value = Decimal(item.fields.pop("TotalValue", "") or quantity * cost)
    item.fields.pop("InventoryDate", None)
    item.fields["QuantityOnHand"] = str(quantity)
    item.fields["AverageCost"] = price_text(value / quantity if quantity else cost)
    books.lists.keep(item)
    _journal(books, item.fields["AssetAccountRef"], value)


def _opening_balance(books: Books, account: ListRecord, amount: Decimal) -> None:
    debit = account.fields["AccountType"] in {
        "Bank", "OtherCurrentAsset", "FixedAsset", "OtherAsset", "AccountsReceivable",
    }  # fmt: skip
    _journal(books, account.list_id, amount if debit else -amount)


def _journal(books: Books, account_id: str, amount: Decimal) -> None:
    if not amount:
        return
    equity = books.account("Opening Balance Equity").list_id
    entry = TxnRecord("JournalEntry", "", books.clock.today().isoformat(), "", total=abs(amount))
    books.txns.add(entry)
    books.txns.post(entry, [Posting(account_id, amount), Posting(equity, -amount)])


def modify_customer(books: Books, request: etree._Element, only: frozenset[str]) -> str:
    """Answer CustomerModRq: what is sent replaces, what is sent empty is cleared.

    Raises:
        Refused: 3120 no such customer, 3200 stale EditSequence, 3100 name in use, ...
    """
    sent = read(request[0])
    record = books.lists.by_id(sent.pop("ListID"))
    if record is None or record.kind != "Customer":
        raise not_found(request[0].findtext("ListID") or "")
    check_edit_sequence(sent.pop("EditSequence"), record.edit_sequence)
    books.refuse_features_off(sent)
    books.check_address(sent)
    parent = books.lists.by_id(record.parent_id) if record.parent_id else None
    if "ParentRef" in sent:
        parent = books.lists.parent("Customer", sent.pop("ParentRef"))
        record.parent_id = parent.list_id if parent else ""
    record.name = sent.pop("Name", record.name) or record.name
    check_name(record.name)
    record.full_name = joined(parent, record.name)
    record.is_active = sent.pop("IsActive", str(record.is_active).lower()) != "false"
    books.lists.resolve_all(sent, "Customer")
    for name in sent:
        record.fields.pop(name, None)
        record.fields.pop(f"{name}Block", None)
    record.fields |= _tidied(sent)
    books.lists.save(record)
    return list_ret(books, record, only)


def check_edit_sequence(sent: str, held: int) -> None:
    """Refuse a change that was made from an older state.

    Raises:
        Refused: 3200.
    """
    if sent.strip() != str(held):
        raise Refused(3200, f'The provided edit sequence "{sent}" is out-of-date.')


def delete_record(books: Books, request: etree._Element) -> str:
    """Answer ListDelRq.

    Raises:
        Refused: 3120 no such record, 3160 something uses it.
    """
    sent = read(request)
    kind, list_id = sent["ListDelType"], sent["ListID"]
    record = books.lists.by_id(list_id)
    if record is None or record.kind != kind:
        raise not_found(list_id)
    quoted = f'%"{list_id}"%'
    used = (
        books.file.row("SELECT 1 FROM txn WHERE entity_id = ? LIMIT 1", list_id)
        or books.file.row("SELECT 1 FROM posting WHERE account_id = ? LIMIT 1", list_id)
        or books.file.row("SELECT 1 FROM list_record WHERE parent_id = ? LIMIT 1", list_id)
        or books.file.row("SELECT 1 FROM list_record WHERE fields LIKE ? LIMIT 1", quoted)
        or books.file.row(
            "SELECT 1 FROM txn WHERE lines LIKE ? OR fields LIKE ? LIMIT 1", quoted, quoted
        )
    )
    if used:
        raise Refused(
            3160,
            f'Cannot delete the object specified by the id = "{list_id}".  QuickBooks error '
            "message: This list element is in use.",
        )
    books.lists.delete(record)
    return "".join(
        element(name, value)
        for name, value in (
            ("ListDelType", kind),
            ("ListID", list_id),
            ("TimeDeleted", books.clock.stamp()),
            ("FullName", record.full_name),
        )
    )
