"""Sales orders that become invoices: what is still open, what an invoice takes, gives back."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from qbwc.practice.books import Books
from qbwc.practice.errors import Refused, bad_value, not_found
from qbwc.practice.lines import LineMaker, ratio
from qbwc.practice.reader import Fields
from qbwc.practice.txn_records import TxnRecord
from qbwc.practice.values import ZERO, amount_text, half_up, quantity_text

_INHERITED: Final = (
    "ClassRef", "BillAddress", "ShipAddress", "PONumber", "TermsRef", "SalesRepRef", "FOB",
    "ShipMethodRef", "ItemSalesTaxRef", "CustomerMsgRef", "CustomerSalesTaxCodeRef", "Other",
    "Memo", "IsTaxIncluded", "ExchangeRate",
)  # fmt: skip
_LINE: Final = (
    "ItemRef", "Desc", "ClassRef", "SalesTaxCodeRef", "Other1", "Other2", "RatePercent", "Rate",
    "UnitOfMeasure", "InventorySiteRef",
)  # fmt: skip


def already_closed(txn_id: str) -> Refused:
    """570: a link to a transaction with nothing left to invoice."""
    return Refused(
        570,
        f'The transaction "{txn_id}" cannot be linked to because it is already closed.',
    )


def remaining(line: Fields) -> Decimal:
    """What of a sales order line is not invoiced: a quantity, or an amount if it has none."""
    size = Decimal(line.get("Quantity") or line.get("Amount") or 0)
    return size - Decimal(line.get("_invoiced", "0"))


def is_open(line: Fields) -> bool:
    """Whether an invoice may still take from a sales order line."""
    if line.get("IsManuallyClosed") == "true" or line.get("_taken"):
        return False
    if line.get("_item") == "ItemSubtotal":
        return True
    size = Decimal(line.get("Quantity") or line.get("Amount") or 0)
    left = remaining(line)
    return not size or ((left > 0) == (size > 0) and left != 0)


def settle(sales_order: TxnRecord) -> None:
    """Bring Invoiced and IsFullyInvoiced up to date."""
    full = True
    for line in sales_order.flat_lines():
        if line.get("Quantity"):
            line["Invoiced"] = quantity_text(Decimal(line.get("_invoiced", "0")))
        if line.get("ItemRef"):
            line.setdefault("IsManuallyClosed", "false")
            full = full and (line["_item"] == "ItemSubtotal" or not is_open(line))
    sales_order.fields["IsFullyInvoiced"] = str(full).lower()


def _sales_order(books: Books, txn: TxnRecord, txn_id: str) -> TxnRecord:
    order = books.txns.by_id(txn_id)
    if order is None or order.kind != "SalesOrder":
        raise not_found(txn_id)
    if order.entity_id != txn.entity_id:
        raise bad_value("LinkToTxnID", txn_id, "The transactions are of different customers.")
    closed = order.fields["IsManuallyClosed"] == "true"
    if closed or order.fields["IsFullyInvoiced"] == "true":
        raise already_closed(txn_id)
    return order


def inherit(books: Books, txn: TxnRecord, txn_id: str) -> None:
    """Give an invoice what its sales order says and the request does not.

    Raises:
        Refused: 3120 no such sales order, 3210 another customer's, 570 closed.
    """
    order = _sales_order(books, txn, txn_id)
    for name in _INHERITED:
        if name in order.fields:
            txn.fields.setdefault(name, order.fields[name])


def take_all(books: Books, txn: TxnRecord, maker: LineMaker, txn_id: str) -> None:
    """Put every open line of a sales order on an invoice.

    Raises:
        Refused: As `inherit`.
    """
    order = _sales_order(books, txn, txn_id)
    for line in order.lines:
        if "_lines" in line:
            _take_group(books, maker, order, line)
        elif is_open(line):
            _take(maker, order, line, {})
    _save(books, order)


def _take_group(books: Books, maker: LineMaker, order: TxnRecord, group: Fields) -> None:
    if not any(is_open(line) for line in group["_lines"]):
        return
    inner = LineMaker(books, "Invoice")
    for line in group["_lines"]:
        if is_open(line):
            _take(inner, order, line, {})
    maker.lines.append(group | {"TxnLineID": books.clock.txn_id(), "_lines": inner.lines})


def take_line(
    books: Books, txn: TxnRecord, maker: LineMaker, sent: Fields, whole: list[str]
) -> None:
    """Put one line of a sales order on an invoice, in part when a Quantity is sent.

    Args:
        books: The books.
        txn: The invoice.
        maker: Its lines so far.
        sent: The InvoiceLineAdd.
        whole: The sales orders that the header links already.

    Raises:
        Refused: As `inherit`; 3210 for more than is left, or an item of its own.
    """
    link = sent.pop("LinkToTxn")
    if sent.get("ItemRef"):
        raise bad_value("ItemRef", link["TxnLineID"], "A linked line cannot name an item.")
    if link["TxnID"] in whole:
        raise bad_value("LinkToTxn", link["TxnID"], "The transaction is linked as a whole.")
    order = _sales_order(books, txn, link["TxnID"])
    found = [line for line in order.flat_lines() if line["TxnLineID"] == link["TxnLineID"]]
    if not found:
        raise not_found(link["TxnLineID"])
    if not is_open(found[0]):
        raise already_closed(link["TxnLineID"])
    books.refuse_features_off(sent)
    books.lists.resolve_all(sent, "Invoice line")
    _take(maker, order, found[0], sent)
    _save(books, order)


def _take(maker: LineMaker, order: TxnRecord, line: Fields, sent: Fields) -> None:
    wanted: Fields = {name: line[name] for name in _LINE if line.get(name)}
    left = remaining(line)
    if line.get("Quantity"):
        wanted["Quantity"] = sent.get("Quantity") or quantity_text(left)
        taken = Decimal(wanted["Quantity"])
        if taken == Decimal(line["Quantity"]):
            wanted["Amount"] = line["Amount"]
        elif "Rate" in line:
            wanted["Amount"] = amount_text(half_up(Decimal(line["Rate"]) * taken))
    elif "Amount" in line and line["_item"] != "ItemSubtotal":
        wanted["Amount"] = sent.get("Amount") or amount_text(left)
        taken = Decimal(wanted["Amount"])
    else:
        taken = ZERO
    if sent.keys() & {"Rate", "RatePercent"} or line.get("_item") == "ItemSubtotal":
        wanted.pop("Amount", None)
    if "RatePercent" in wanted and "Amount" in wanted:
        wanted.pop("Rate", None)
    if abs(taken) > abs(left):
        raise bad_value("Quantity", quantity_text(taken), "More than is left on the sales order.")
    made = maker.add_resolved(wanted | {name: value for name, value in sent.items() if value})
    made["_link"] = [order.txn_id, line["TxnLineID"]]
    if not line.get("Quantity") and "RatePercent" in line and "Amount" in made:
        made["RatePercent"] = line["RatePercent"]
    _count(line, taken)


def _count(line: Fields, taken: Decimal) -> None:
    line["_invoiced"] = str(Decimal(line.get("_invoiced", "0")) + taken)
    if not taken:
        line["_taken"] = True


def _save(books: Books, order: TxnRecord) -> None:
    settle(order)
    books.txns.save(order)


def remember(books: Books, invoice: TxnRecord) -> None:
    """Keep which sales orders an invoice came from."""
    for txn_id in {line["_link"][0] for line in invoice.flat_lines() if "_link" in line}:
        books.file.insert("link", {"invoice": invoice.txn_id, "sales_order": txn_id})


def is_linked(books: Books, txn: TxnRecord) -> bool:
    """Whether a transaction is tied to another."""
    row = books.file.row(
        "SELECT 1 FROM link WHERE invoice = ? OR sales_order = ?", txn.txn_id, txn.txn_id
    )
    return row is not None or bool(txn.applied)


def give_back(books: Books, invoice: TxnRecord) -> None:
    """Reopen what an invoice had taken from its sales orders."""
    _return(books, invoice)
    books.file.run("DELETE FROM link WHERE invoice = ?", invoice.txn_id)


def take_again(books: Books, invoice: TxnRecord) -> None:
    """After a change of an invoice's lines: take what they say now."""
    _return(books, invoice, sign=-1)
    remember(books, invoice)


def _return(books: Books, invoice: TxnRecord, sign: int = 1) -> None:
    orders: dict[str, TxnRecord] = {}
    for line in invoice.flat_lines():
        if "_link" not in line:
            continue
        txn_id, line_id = line["_link"]
        if txn_id not in orders:
            order = books.txns.by_id(txn_id)
            if order is None:
                continue
            orders[txn_id] = order
        for held in orders[txn_id].flat_lines():
            if held["TxnLineID"] == line_id:
                size = line.get("Quantity") if held.get("Quantity") else line.get("Amount")
                before = Decimal(held.get("_invoiced", "0"))
                held["_invoiced"] = str(before - sign * Decimal(size or 0))
                held.pop("_taken", None)
                if sign < 0 and not Decimal(size or 0):
                    held["_taken"] = True
    for order in orders.values():
        _save(books, order)


def on_sales_orders(books: Books) -> dict[str, Decimal]:
    """How much of each item is on open sales orders, by ListID."""
    quantities: dict[str, Decimal] = {}
    for (item, _), quantity in on_sales_orders_by_site(books).items():
        quantities[item] = quantities.get(item, ZERO) + quantity
    return quantities


def on_sales_orders_by_site(books: Books) -> dict[tuple[str, str], Decimal]:
    """The same by the ListIDs of item and inventory site; "" is no site."""
    quantities: dict[tuple[str, str], Decimal] = {}
    for order in books.txns.select(
        "kind = 'SalesOrder' AND json_extract(fields, '$.IsFullyInvoiced') = 'false' "
        "AND json_extract(fields, '$.IsManuallyClosed') = 'false'"
    ):
        for line in order.flat_lines():
            if line.get("Quantity") and is_open(line):
                place = (line["ItemRef"], line.get("InventorySiteRef", ""))
                quantities[place] = quantities.get(place, ZERO) + remaining(line) * ratio(line)
    return quantities
