"""Queries of transactions: filters, paging, and a transaction as its Ret element."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from qbwc.practice.books import Books
from qbwc.practice.errors import Refused, unsupported
from qbwc.practice.forms import FORMS
from qbwc.practice.iterators import Iterators, Page, nothing_found
from qbwc.practice.list_query import incomplete
from qbwc.practice.reader import Fields, read, several
from qbwc.practice.txn_records import TxnRecord
from qbwc.practice.values import ZERO, amount_text, key, local_text

_WITHOUT_LINKS = frozenset({"SalesReceipt", "ReceivePayment", "ARRefundCreditCard"})
_ALWAYS_LISTED = frozenset({"ReceivePayment", "ARRefundCreditCard"})


def query_txns(books: Books, request: etree._Element, iterators: Iterators) -> Page:
    """Answer a transaction query.

    Raises:
        Refused: 1 nothing found, 500 for ids that are not there.
    """
    kind = str(request.tag).removesuffix("QueryRq")
    sent = read(request)
    for filter_name in ("AccountFilter", "CurrencyFilter"):
        if filter_name in sent:
            raise unsupported(filter_name)
    only = frozenset(several(sent.get("IncludeRetElement")))
    lines = sent.get("IncludeLineItems") == "true"
    linked = sent.get("IncludeLinkedTxns") == "true"
    owners = frozenset(several(sent.get("OwnerID")))

    def write(txns: list[TxnRecord]) -> str:
        return "".join(
            txn_ret(books, txn, only, lines=lines, linked=linked, owners=owners) for txn in txns
        )

    if request.get("iterator") is None and "TxnID" in sent:
        found = [(txn_id, books.txns.by_id(txn_id)) for txn_id in several(sent["TxnID"])]
        there = [txn for _, txn in found if txn is not None and txn.kind == kind]
        lost = [txn_id for txn_id, txn in found if txn is None or txn.kind != kind]
        refused = incomplete(lost[0]) if lost else None
        return Page(write(there), len(there), refused)
    if request.get("iterator") is None and sent.keys() & {"RefNumber", "RefNumberCaseSensitive"}:
        there = _by_ref_number(books, kind, sent)
        if not there:
            raise nothing_found()
        return Page(write(there), len(there))
    return iterators.page(
        request,
        sent,
        lambda: _matching(books, kind, sent),
        lambda ids: write([books.txns.get(txn_id) for txn_id in ids]),
    )


def _by_ref_number(books: Books, kind: str, sent: Fields) -> list[TxnRecord]:
    exact = several(sent.get("RefNumberCaseSensitive"))
    found: dict[int, TxnRecord] = {}
    for number in [*exact, *several(sent.get("RefNumber"))]:
        for txn in books.txns.select("kind = ? AND ref_key = ?", kind, key(number)):
            if not exact or txn.ref_number == number:
                found[txn.number] = txn
    return [found[number] for number in sorted(found)]


def _matching(books: Books, kind: str, sent: Fields) -> list[str]:
    where, values = ["kind = ?"], [kind]
    spans = (
        (sent.get("ModifiedDateRangeFilter") or {}, "substr(modified, 1, 19)",
         "FromModifiedDate", "ToModifiedDate"),
        (sent.get("TxnDateRangeFilter") or {}, "txn_date", "FromTxnDate", "ToTxnDate"),
        (sent.get("RefNumberRangeFilter") or {}, "ref_key", "FromRefNumber", "ToRefNumber"),
    )  # fmt: skip
    for span, column, first, last in spans:
        for name, sign in ((first, ">="), (last, "<=")):
            if span.get(name):
                where.append(f"{column} {sign} ?")
                values.append(_bound(column, span[name], end=name == last))
    macro = (sent.get("TxnDateRangeFilter") or {}).get("DateMacro", "All")
    if macro == "Today":
        where.append("txn_date = ?")
        values.append(books.clock.today().isoformat())
    elif macro != "All":
        raise unsupported("DateMacro")
    numbers = sent.get("RefNumberFilter")
    if numbers:
        pattern = {"StartsWith": "= 1", "Contains": "> 0"}.get(numbers["MatchCriterion"])
        where.append(f"instr(ref_key, ?) {pattern}" if pattern else "ref_key LIKE '%' || ?")
        values.append(key(numbers["RefNumber"]))
    if sent.get("EntityFilter"):
        entities = _entities(books, sent["EntityFilter"])
        where.append(f"entity_id IN ({', '.join('?' * len(entities))})")
        values.extend(entities)
    paid = sent.get("PaidStatus", "All")
    if paid != "All":
        where.append("applied >= total" if paid == "PaidOnly" else "applied < total")
    return books.txns.ids(" AND ".join(where), values)


def _bound(column: str, text: str, *, end: bool) -> str:
    if column == "txn_date":
        return text
    return key(text) if column == "ref_key" else local_text(text, end=end)


def _entities(books: Books, sent: Fields) -> list[str]:
    kinds = ("Customer", "Vendor", "Employee", "OtherName")
    found: list[str] = []
    for name, values in sent.items():
        for value in several(values):
            record = (
                books.lists.by_id(value)
                if name.startswith("ListID")
                else books.lists.named(kinds, value)
            )
            if record is None or record.kind not in kinds:
                raise Refused(
                    3140,
                    f'There is an invalid reference to QuickBooks Entity "{value}" in the query '
                    "filter.  QuickBooks error message: Invalid argument.  The specified record "
                    "does not exist in the list.",
                )
            found.append(record.list_id)
            pending = [record] if name.endswith("WithChildren") else []
            while pending:
                children = books.lists.children(pending.pop())
                found.extend(child.list_id for child in children)
                pending.extend(children)
    return found


def txn_ret(
    books: Books,
    txn: TxnRecord,
    only: frozenset[str] = frozenset(),
    *,
    lines: bool = True,
    linked: bool = False,
    owners: frozenset[str] = frozenset(),
) -> str:
    """A transaction as QuickBooks returns it; custom fields only of the owners asked for."""
    form = FORMS[txn.kind]
    fields: Fields = txn.fields | {
        "TxnID": txn.txn_id,
        "TimeCreated": txn.created,
        "TimeModified": txn.modified,
        "EditSequence": str(txn.edit_sequence),
        "TxnNumber": str(txn.number),
        "TxnDate": txn.date,
        "RefNumber": txn.ref_number,
        "IsPending": str(txn.is_pending).lower(),
        _entity_field(txn.kind): txn.entity_id,
    }
    fields |= _amounts(txn)
    inner: dict[str, str] = {}
    if linked and txn.kind not in _WITHOUT_LINKS:
        inner["LinkedTxn"] = "".join(
            books.render.write("LinkedTxn", one) for one in linked_txns(books, txn)
        )
    if lines or txn.kind in _ALWAYS_LISTED:
        inner[form.order[-1]] = _lines(books, txn, owners)
    written = "".join(
        inner[name] if name in inner else books.render.write(name, fields[name])
        for name in form.order
        if (name in inner or name in fields) and (not only or name in only)
    )
    if not only or "DataExtRet" in only:
        data = [one for one in txn.fields.get("_data", []) if one["OwnerID"] in owners]
        written += books.render.write("DataExtRet", data)
    return f"<{txn.kind}Ret>{written}</{txn.kind}Ret>"


def _entity_field(kind: str) -> str:
    return {"PurchaseOrder": "VendorRef", "Check": "PayeeEntityRef"}.get(kind, "CustomerRef")


def _amounts(txn: TxnRecord) -> Fields:
    total, unused = amount_text(txn.total), amount_text(txn.open_amount)
    if txn.kind == "Invoice":
        return {
            "AppliedAmount": amount_text(-txn.applied),
            "BalanceRemaining": unused,
            "IsPaid": str(not txn.is_pending and not txn.open_amount).lower(),
        }
    if txn.kind == "CreditMemo":
        return {"TotalAmount": total, "CreditRemaining": unused}
    if txn.kind == "ReceivePayment":
        return {"TotalAmount": total, "UnusedPayment": unused, "UnusedCredits": "0.00"}
    return {"Amount": total} if txn.kind == "Check" else {"TotalAmount": total}


def _lines(books: Books, txn: TxnRecord, owners: frozenset[str]) -> str:
    order, name = FORMS[txn.kind].line_order, FORMS[txn.kind].order[-1]
    if txn.kind == "ReceivePayment":
        return "".join(books.render.ret(name, order, one) for one in _applied_to(books, txn))
    if txn.kind == "ARRefundCreditCard":
        return "".join(books.render.ret(name, order, one) for one in _refunded(books, txn))
    return "".join(_line(books, name, order, line, owners) for line in txn.lines)


def _line(
    books: Books, name: str, order: tuple[str, ...], line: Fields, owners: frozenset[str]
) -> str:
    if "_lines" not in line:
        data = [
            one | {"DataExtType": "STR255TYPE"}
            for one in line.get("_data", [])
            if one["OwnerID"] in owners
        ]
        return books.render.ret(name, (*order, "DataExtRet"), line | {"DataExtRet": data})
    group = name.replace("LineRet", "LineGroupRet")
    head = ("TxnLineID", "ItemGroupRef", "Desc", "Quantity", "IsPrintItemsInGroup", "TotalAmount")
    inner = "".join(books.render.ret(name, order, one) for one in line["_lines"])
    return books.render.ret(group, head, line).removesuffix(f"</{group}>") + f"{inner}</{group}>"


def _applied_to(books: Books, payment: TxnRecord) -> list[Fields]:
    amounts: dict[str, Decimal] = {}
    discounts: dict[str, Decimal] = {}
    accounts: dict[str, str] = {}
    for part in books.txns.applications("via", payment.txn_id):
        own = part.amount if part.source == payment.txn_id else ZERO
        amounts[part.target] = amounts.get(part.target, ZERO) + own
        if part.discount:
            discounts[part.target] = discounts.get(part.target, ZERO) + part.discount
            accounts[part.target] = part.discount_account
    rows: list[Fields] = []
    for txn_id, amount in amounts.items():
        target = books.txns.get(txn_id)
        row = _other(target) | {
            "BalanceRemaining": amount_text(target.open_amount), "Amount": amount_text(amount),
        }  # fmt: skip
        if txn_id in discounts:
            row |= {"DiscountAmount": amount_text(discounts[txn_id]),
                    "DiscountAccountRef": accounts[txn_id]}  # fmt: skip
        rows.append(row)
    return rows


def _refunded(books: Books, refund: TxnRecord) -> list[Fields]:
    rows: list[Fields] = []
    for part in books.txns.applications("via", refund.txn_id):
        source = books.txns.get(part.source)
        rows.append(_other(source) | {
            "CreditRemaining": amount_text(source.open_amount),
            "RefundAmount": amount_text(part.amount),
        })  # fmt: skip
    return rows


def _other(txn: TxnRecord) -> Fields:
    return {
        "TxnID": txn.txn_id,
        "TxnType": txn.kind,
        "TxnDate": txn.date,
        "RefNumber": txn.ref_number,
    }


def linked_txns(books: Books, txn: TxnRecord) -> list[Fields]:
    """The LinkedTxn elements: sales order and invoice, payment or credit and invoice."""
    rows: list[Fields] = []
    orders = books.file.rows(
        "SELECT invoice, sales_order FROM link WHERE invoice = ? OR sales_order = ?",
        txn.txn_id,
        txn.txn_id,
    )
    for row in orders:
        other_id = row["sales_order"] if row["invoice"] == txn.txn_id else row["invoice"]
        other = books.txns.by_id(other_id)
        if other is not None:
            invoice = txn if row["invoice"] == txn.txn_id else other
            rows.append(_other(other) | {
                "LinkType": "QUANTYPE", "Amount": amount_text(-invoice.total),
            })  # fmt: skip
    for column, side in (("target", "source"), ("source", "target")):
        for part in books.txns.applications(column, txn.txn_id):
            other = books.txns.by_id(part.source if side == "source" else part.target)
            if other is not None:
                settled = part.amount + part.discount
                rows.append(_other(other) | {
                    "LinkType": "AMTTYPE", "Amount": amount_text(-settled),
                })  # fmt: skip
    return rows
