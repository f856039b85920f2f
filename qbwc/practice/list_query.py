"""Queries of lists: filters, paging, and a record as its Ret element."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from qbwc.practice.books import Books
from qbwc.practice.errors import Refused, not_found, unsupported
from qbwc.practice.iterators import Iterators, Page
from qbwc.practice.links import on_sales_orders
from qbwc.practice.list_kinds import LIST_KINDS, QUERIED_TOGETHER
from qbwc.practice.list_records import ListRecord
from qbwc.practice.reader import Fields, read, several
from qbwc.practice.values import ZERO, amount_text, key, local_text, quantity_text

_STOCKED = frozenset({"ItemInventory", "ItemInventoryAssembly"})
_DEBIT_TYPES = frozenset(
    {
        "Bank",
        "AccountsReceivable",
        "OtherCurrentAsset",
        "FixedAsset",
        "OtherAsset",
        "Expense",
        "CostOfGoodsSold",
        "OtherExpense",
    }
)


def list_ret(books: Books, record: ListRecord, only: frozenset[str] = frozenset()) -> str:
    """A record as QuickBooks returns it."""
    return _rets(books, [record], only)


def query_list(books: Books, request: etree._Element, iterators: Iterators) -> Page:
    """Answer a list query.

    Raises:
        Refused: 1 nothing found, 500 and 3120 for names and ids that are not there.
    """
    name = str(request.tag).removesuffix("QueryRq")
    kinds = QUERIED_TOGETHER.get(name, (name,))
    sent = read(request)
    for filter_name in ("ClassFilter", "CurrencyFilter", "TotalBalanceFilter", "ItemRef"):
        if filter_name in sent:
            raise unsupported(filter_name)
    only = frozenset(several(sent.get("IncludeRetElement")))
    owned = "0" in several(sent.get("OwnerID"))
    if request.get("iterator") is None and ("ListID" in sent or "FullName" in sent):
        return _by_identity(books, kinds, sent, only, owned=owned)
    return iterators.page(
        request,
        sent,
        lambda: _matching(books, kinds, sent),
        lambda ids: _rets(books, [books.lists[list_id] for list_id in ids], only, owned=owned),
    )


def _by_identity(
    books: Books, kinds: tuple[str, ...], sent: Fields, only: frozenset[str], *, owned: bool
) -> Page:
    found: list[ListRecord] = []
    lost: list[str] = []
    for list_id in several(sent.get("ListID")):
        record = books.lists.by_id(list_id)
        if record is not None and record.kind in kinds:
            found.append(record)
        else:
            lost.append(list_id)
    if lost and not found and "-" in lost[0]:
        raise not_found(lost[0])
    for name in several(sent.get("FullName")):
        record = books.lists.named(kinds, name)
        if record is not None:
            found.append(record)
        else:
            lost.append(name)
    inner = _rets(books, found, only, owned=owned)
    return Page(inner, len(found), refused=incomplete(lost[0]) if lost else None)


def incomplete(name: str) -> Refused:
    """500: a query by name or id found less than was asked for."""
    return Refused(
        500,
        "The query request has not been fully completed. There was a required element "
        f'("{name}") that could not be found in QuickBooks.',
        "Warn",
    )


def _matching(books: Books, kinds: tuple[str, ...], sent: Fields) -> list[str]:
    status = sent.get("ActiveStatus") or "ActiveOnly"
    where = [f"kind IN ({', '.join('?' * len(kinds))})"]
    values: list[object] = list(kinds)
    if status != "All":
        where.append("is_active = ?")
        values.append(status == "ActiveOnly")
    if sent.get("FromModifiedDate"):
        where.append("substr(modified, 1, 19) >= ?")
        values.append(local_text(sent["FromModifiedDate"]))
    if sent.get("ToModifiedDate"):
        where.append("substr(modified, 1, 19) <= ?")
        values.append(local_text(sent["ToModifiedDate"], end=True))
    if sent.get("NameFilter"):
        where.append(_criterion(sent["NameFilter"]["MatchCriterion"], "name_key"))
        values.append(key(sent["NameFilter"]["Name"]))
    span = sent.get("NameRangeFilter") or {}
    if span.get("FromName"):
        where.append("name_key >= ?")
        values.append(key(span["FromName"]))
    if span.get("ToName"):
        where.append("name_key <= ? || char(1114111)")
        values.append(key(span["ToName"]))
    for field in ("AccountType", "PaymentMethodType"):
        wanted = several(sent.get(field))
        if wanted:
            marks = ", ".join("?" * len(wanted))
            where.append(f"json_extract(fields, '$.{field}') IN ({marks})")
            values.extend(wanted)
    rows = books.file.rows(
        f"SELECT list_id FROM list_record WHERE {' AND '.join(where)} "  # noqa: S608
        "ORDER BY full_key, position",
        *values,
    )
    return [str(row["list_id"]) for row in rows]


def _criterion(criterion: str, column: str) -> str:
    if criterion == "StartsWith":
        return f"instr({column}, ?) = 1"
    if criterion == "Contains":
        return f"instr({column}, ?) > 0"
    return f"{column} LIKE '%' || ?"


def _rets(
    books: Books, records: list[ListRecord], only: frozenset[str], *, owned: bool = False
) -> str:
    """The records; with the company's own custom fields where those are asked for."""
    customers = [record.list_id for record in records if record.kind == "Customer"]
    needed = customers and (not only or only & {"Balance", "TotalBalance"})
    balances = books.receivable(customers) if needed else {}
    stocked = any(record.kind in _STOCKED for record in records)
    ordered = on_sales_orders(books) if stocked else {}
    return "".join(
        _ret(books, record, balances.get(record.list_id, ZERO), ordered, only, owned=owned)
        for record in records
    )


def _ret(
    books: Books,
    record: ListRecord,
    balance: Decimal,
    ordered: Mapping[str, Decimal],
    only: frozenset[str],
    *,
    owned: bool,
) -> str:
    kind = LIST_KINDS[record.kind]
    name = "Initial" if record.kind == "SalesRep" else "Name"
    fields: Fields = {
        "ListID": record.list_id,
        "TimeCreated": record.created,
        "TimeModified": record.modified,
        "EditSequence": str(record.edit_sequence),
        name: record.name,
        "IsActive": str(record.is_active).lower(),
    }
    if kind.tree:
        fields |= {"FullName": record.full_name, "Sublevel": str(record.sublevel)}
        if record.parent_id:
            fields["ParentRef"] = record.parent_id
    if record.kind == "Customer":
        total = balance + _jobs(books, record)
        fields |= {"Balance": amount_text(balance), "TotalBalance": amount_text(total)}
    elif record.kind == "Vendor":
        fields["Balance"] = "0.00"
    elif record.kind == "Account":
        fields |= _account_balances(books, record)
    elif record.kind in _STOCKED:
        fields |= {
            "QuantityOnOrder": "0",
            "QuantityOnSalesOrder": quantity_text(ordered.get(record.list_id, ZERO)),
        }
    order = ("ListID", "TimeCreated", "TimeModified", "EditSequence", name, "FullName", *kind.order)
    if owned:
        order = (*order, "DataExtRet")
    return books.render.ret(f"{record.kind}Ret", order, record.fields | fields, only)


def _jobs(books: Books, record: ListRecord) -> Decimal:
    jobs = books.lists.children(record)
    own = books.receivable([job.list_id for job in jobs]) if jobs else {}
    return sum(own.values(), ZERO) + sum((_jobs(books, job) for job in jobs), ZERO)


def _account_balances(books: Books, record: ListRecord) -> Fields:
    own = shown_balance(books, record)
    below = sum((shown_balance(books, child) for child in books.lists.children(record)), ZERO)
    return {"Balance": amount_text(own), "TotalBalance": amount_text(own + below)}


def shown_balance(books: Books, account: ListRecord) -> Decimal:
    """An account's balance as QuickBooks shows it: positive on the side where it grows."""
    balance = books.account_balance(account.list_id)
    return balance if account.fields.get("AccountType") in _DEBIT_TYPES else -balance
