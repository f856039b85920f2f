"""How long qbXML takes, both ways: `python -m tests.bench.bench_qbxml`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from time import process_time
from typing import TYPE_CHECKING

from qbwc import lists, qbxml
from qbwc.documents import Address, Document, Key, Ref

if TYPE_CHECKING:
    from collections.abc import Callable

_REPEATS = 3


def _invoice(number: int) -> Document:
    address = Address(
        lines=("Zoë Müller & Co.", "1 Main Street", "Apt 4"),
        city="Springfield",
        state="IL",
        postal_code="62701",
        country="United States",
    )
    line = {
        "ItemRef": Ref("Item", "Web:Widget", "80000002-1700000000"),
        "Desc": "Widget, blue – large",  # noqa: RUF001  not ASCII on purpose
        "Quantity": Decimal(2),
        "ClassRef": Ref("Class", "Web"),
        "Amount": Decimal("19.90"),
        "SalesTaxCodeRef": Ref("SalesTaxCode", "Tax"),
    }
    return Document(
        kind="Invoice",
        fields={
            "CustomerRef": Ref("Customer", f"Customer {number}", "80000001-1700000000"),
            "TxnDate": date(2026, 11, 25),
            "RefNumber": str(number),
            "BillAddress": address,
            "ShipAddress": address,
            "PONumber": f"W{number}",
            "TermsRef": Ref("Terms", "Net 30"),
            "ShipMethodRef": Ref("ShipMethod", "UPS"),
            "ItemSalesTaxRef": Ref("Item", "IL 6.25"),
            "Memo": f"Web shop, order {number}",
            "lines": [line, dict(line), dict(line)],
        },
    )


def _rendered(documents: list[Document]) -> bytes:
    ids = {
        "Terms": "8-1",
        "Class": "8-2",
        "SalesTaxCode": "8-3",
        "ShipMethod": "8-4",
        "Item": "8-5",
    }
    return qbxml.message_set(
        qbxml.request(
            document,
            f"q.{number}",
            key_guid=Key("shop", str(number), "Invoice").guid(),
            resolve=lambda ref: ids.get(ref.kind),
            txn=lambda _ref: None,
        )
        for number, document in enumerate(documents)
    )


def _customers(number: int) -> str:
    customer = (
        "<CustomerRet><ListID>8000{0}-1</ListID><TimeModified>2026-11-25T10:00:00-05:00"
        "</TimeModified><EditSequence>1</EditSequence><Name>Customer {0}</Name>"
        "<FullName>Customer {0}</FullName><IsActive>true</IsActive>"
        "<Email>c{0}@shop.example</Email><Phone>555 010 {0}</Phone></CustomerRet>"
    )
    body = "".join(customer.format(count) for count in range(number))
    answer = f'<CustomerQueryRs requestID="1" statusCode="0">{body}</CustomerQueryRs>'
    return f"<QBXML><QBXMLMsgsRs>{answer}</QBXMLMsgsRs></QBXML>"


def _mirrored(text: str) -> int:
    kind = lists.kind("Customer")
    records = qbxml.parse(text).results[0].records
    return len([lists.entry(kind, record) for record in records])


def _milliseconds(work: Callable[[], object]) -> float:
    """The processor time of the quickest of a few runs."""
    quickest = float("inf")
    for _ in range(_REPEATS):
        start = process_time()
        work()
        quickest = min(quickest, process_time() - start)
    return quickest * 1000


def run(scale: float = 1.0) -> dict[str, float]:
    """Milliseconds of processor time to render 100 invoices, read 1 MB, mirror 1,000 customers."""
    invoices = [_invoice(number) for number in range(max(1, round(100 * scale)))]
    answer = _customers(max(1, round(3_500 * scale)))
    thousand = _customers(max(1, round(1_000 * scale)))
    return {
        "invoices_rendered": float(len(invoices)),
        "render_ms": _milliseconds(partial(_rendered, invoices)),
        "answer_bytes": float(len(answer)),
        "parse_ms": _milliseconds(partial(qbxml.parse, answer)),
        "mirror_ms": _milliseconds(partial(_mirrored, thousand)),
    }


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:20}{value:12.2f}")
