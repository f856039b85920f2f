"""Which code answers which request, and how an answer is wrapped."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from qbwc.practice import custom_fields, host, item_sites, list_requests, purchases, removal
from qbwc.practice.books import Books
from qbwc.practice.errors import Refused
from qbwc.practice.forms import FORMS, SALES_FORMS
from qbwc.practice.iterators import Iterators, Page
from qbwc.practice.list_query import query_list
from qbwc.practice.payments import add_payment, modify_payment
from qbwc.practice.reader import Macros, read, several
from qbwc.practice.render import response
from qbwc.practice.sales import add_sale, modify_sale
from qbwc.practice.txn_query import query_txns, txn_ret
from qbwc.practice.txn_records import TxnRecord

_TXN_REQUESTS: dict[str, Callable[[Books, etree._Element, Macros], TxnRecord]] = {
    **{f"{kind}AddRq": add_sale for kind in SALES_FORMS},
    "InvoiceModRq": modify_sale,
    "SalesOrderModRq": modify_sale,
    "SalesReceiptModRq": modify_sale,
    "ReceivePaymentAddRq": add_payment,
    "ReceivePaymentModRq": modify_payment,
    "ARRefundCreditCardAddRq": purchases.add_card_refund,
    "CheckAddRq": purchases.add_check,
    "PurchaseOrderAddRq": purchases.add_purchase_order,
    "PurchaseOrderModRq": purchases.modify_purchase_order,
}


def answer(
    books: Books,
    iterators: Iterators,
    request: etree._Element,
    macros: dict[str, str],
    *,
    with_data: bool,
) -> str:
    """Answer one request with its ...Rs element; `macros` gains what it defines.

    Raises:
        Refused: A rule of QuickBooks.
    """
    page = _page(books, iterators, request, macros)
    refused = page.refused or Refused(0, "Status OK", "Info")
    attributes = status(request, refused)
    if request.get("metaData") in {"MetaDataOnly", "MetaDataAndResponseData"}:
        attributes["retCount"] = str(page.count)
    show = with_data and request.get("metaData") != "MetaDataOnly"
    inner = page.inner if show else ""
    return response(str(request.tag), attributes | page.attributes, inner)


def refusal(request: etree._Element, refused: Refused) -> str:
    """The ...Rs element of a request that was refused."""
    return response(str(request.tag), status(request, refused))


def status(request: etree._Element, refused: Refused) -> dict[str, str]:
    """The attributes that every response has."""
    request_id = request.get("requestID")
    attributes = {} if request_id is None else {"requestID": request_id}
    return attributes | {
        "statusCode": str(refused.code),
        "statusSeverity": refused.severity,
        "statusMessage": refused.message,
    }


def changes(request: etree._Element) -> bool:
    """Whether a request changes the company file."""
    return not str(request.tag).endswith("QueryRq")


def _page(
    books: Books, iterators: Iterators, request: etree._Element, macros: dict[str, str]
) -> Page:
    name = str(request.tag)
    handler = _TXN_REQUESTS.get(name)
    if handler is not None:
        txn = handler(books, request, macros)
        macro = request[0].get("defMacro")
        if macro is not None:
            macros[macro] = txn.txn_id
        return Page(txn_ret(books, txn, _only(request)) if txn.txn_id else "", 1)
    if name in {"TxnDelRq", "TxnVoidRq"}:
        remove = removal.delete_txn if name == "TxnDelRq" else removal.void_txn
        return Page(remove(books, request), 1)
    if name == "ListDelRq":
        return Page(list_requests.delete_record(books, request), 1)
    if name in {"DataExtAddRq", "DataExtModRq"}:
        return Page(custom_fields.write_data(books, request), 1)
    if name == "CustomerModRq":
        return Page(list_requests.modify_customer(books, request, _only(request)), 1)
    if name.endswith("AddRq"):
        return Page(list_requests.add_record(books, request, _only(request)), 1)
    return _query(books, iterators, request)


def _only(request: etree._Element) -> frozenset[str]:
    return frozenset(one.text or "" for one in request.findall("IncludeRetElement"))


def _query(books: Books, iterators: Iterators, request: etree._Element) -> Page:
    name = str(request.tag)
    only = _only(request)
    if name == "HostQueryRq":
        return Page(host.host_ret(books, only), 1)
    if name == "CompanyQueryRq":
        owners = frozenset(several(read(request).get("OwnerID")))
        return Page(host.company_ret(books, only, owners or frozenset({"none"})), 1)
    if name == "PreferencesQueryRq":
        return Page(host.preferences_ret(books, only), 1)
    if name in {"ListDeletedQueryRq", "TxnDeletedQueryRq"}:
        return removal.query_deleted(books, request)
    if name == "DataExtDefQueryRq":
        return custom_fields.query_definitions(books, request)
    if name == "ItemSitesQueryRq":
        return item_sites.query_sites(books, request, iterators)
    if name == "CurrencyQueryRq":
        books.need("MultiCurrency")
    if name.removesuffix("QueryRq") in FORMS:
        return query_txns(books, request, iterators)
    return query_list(books, request, iterators)
