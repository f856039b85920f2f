"""From order files to posted documents: SOAP calls, the server's CPU and memory, import speed.

The server is a process of its own, so that its CPU time and memory are its own; the practice
company and its Web Connector run in this one.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.migrate import upgrade
from app.models import Company, Order, db
from app.rules import publish
from app.security import digest
from app.settings import load
from app.stores.formats import BadOrder, Shop, format_named, read
from app.sync.intake import receive, store_named
from qbwc.practice import PracticeCompany, WebConnector
from rules_library.order import Order as StoreOrder

ORDERS = 1_000
PRODUCTS = 60
MANY = 20
"""How many times the first batch is posted in all when memory is looked at."""
PASSWORD = "a password of the benchmark"
TAX = Decimal("0.0725")
CENT = Decimal("0.01")
RULES = {
    "rulebooks": 1,
    "rules": {"when_item_missing": {"cases": [], "otherwise": "create_non_inventory"}},
    "tables": {},
}
SERVE = "from app.commands import main; main(['serve', '--port', '0'])"


def order(number: int, customer: int) -> dict[str, Any]:
    """A paid WooCommerce order of two or three lines with shipping and tax."""
    chance = random.Random(number)
    lines: list[dict[str, Any]] = []
    taxes = Decimal(0)
    for place in range(chance.choice((2, 3))):
        product, quantity = chance.randrange(PRODUCTS), chance.randint(1, 4)
        total = Decimal(chance.randint(199, 4999)) / 100 * quantity
        tax = (total * TAX).quantize(CENT)
        taxes += tax
        lines.append(
            {
                "id": number * 10 + place,
                "name": f"Product {product}",
                "product_id": product,
                "sku": f"SKU-{product:03}",
                "quantity": quantity,
                "subtotal": str(total),
                "subtotal_tax": str(tax),
                "total": str(total),
                "total_tax": str(tax),
                "taxes": [{"id": 1, "total": str(tax), "subtotal": str(tax)}],
                "meta_data": [],
            }
        )
    shipping = Decimal("7.50")
    total = sum((Decimal(line["total"]) for line in lines), shipping + taxes)
    address = {
        "first_name": "Sam",
        "last_name": f"Buyer {customer}",
        "company": "",
        "address_1": f"{customer} Main Street",
        "address_2": "",
        "city": "Fresno",
        "state": "CA",
        "postcode": "93650",
        "country": "US",
        "phone": f"555-{customer:06}",
    }
    return {
        "id": number,
        "number": str(number),
        "status": "processing",
        "currency": "USD",
        "prices_include_tax": False,
        "date_created_gmt": "2026-11-20T15:00:00",
        "date_modified_gmt": "2026-11-20T15:05:00",
        "date_paid_gmt": "2026-11-20T15:01:00",
        "date_created": "2026-11-20T10:00:00",
        "date_modified": "2026-11-20T10:05:00",
        "date_paid": "2026-11-20T10:01:00",
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": str(shipping),
        "shipping_tax": "0.00",
        "cart_tax": str(taxes),
        "total": str(total),
        "total_tax": str(taxes),
        "customer_id": customer,
        "payment_method": "stripe",
        "payment_method_title": "Credit Card (Stripe)",
        "transaction_id": f"ch_{number}",
        "billing": {**address, "email": f"buyer{customer}@shop.example"},
        "shipping": address,
        "line_items": lines,
        "tax_lines": [
            {
                "id": 1,
                "rate_code": "US-CA-TAX-1",
                "rate_id": 1,
                "label": "Tax",
                "compound": False,
                "tax_total": str(taxes),
                "shipping_tax_total": "0.00",
                "rate_percent": 7.25,
            }
        ],
        "shipping_lines": [
            {
                "id": 1,
                "method_title": "Flat rate",
                "method_id": "flat_rate",
                "total": str(shipping),
                "total_tax": "0.00",
                "taxes": [],
            }
        ],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "meta_data": [],
    }


def translated(raw: dict[str, Any]) -> StoreOrder:
    """The order as the product reads it."""
    shop = Shop(key="bench", type="woocommerce", currency="USD")
    (found,) = read("woocommerce", json.dumps(raw), shop)
    if isinstance(found, BadOrder):
        raise TypeError(found.reason)
    return format_named("woocommerce").translate(found.raw, shop)


class Server:
    """`rulebooks serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"RULEBOOKS_INSTANCE": str(folder), "RULEBOOKS_LOG": "warning"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE], env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        said = self._process.stderr.readline()
        address = re.search(r"http://\S+:\d+", said)
        if address is None:
            raise RuntimeError(f"the server did not start: {said}")
        self.url = address[0]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = self._proc("stat").rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def peak(self) -> float:
        """The most memory that it ever held, in MB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", self._proc("status"))
        return int(found[1]) / 1024 if found else 0.0

    def _proc(self, name: str) -> str:
        path = Path(f"/proc/{self._process.pid}/{name}")
        return path.read_text("utf-8") if path.exists() else ") " + "0 " * 20


class Bench:
    """A company on a server, and its practice company."""

    def __init__(self, folder: Path) -> None:
        self.app: Flask = create_app(load(instance=folder, database_url=""))
        with self.app.app_context():
            upgrade()
            company = Company(name="Bench", username="bench", password_digest=digest(PASSWORD))
            db.session.add(company)
            db.session.commit()
            publish(company, RULES)
            self._owner_id, self._file_id = company.owner_id, company.file_id
        self.quickbooks = PracticeCompany.open(folder / "bench.qbw")
        self.server = Server(folder)
        self._number = 0

    def close(self) -> None:
        """Stop the server and let go of the files."""
        self.server.stop()
        self.quickbooks.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def take(self, count: int, customers: int) -> float:
        """Import so many orders of so many customers; returns the seconds of it."""
        orders = [order(self._number + n, n % customers) for n in range(1, count + 1)]
        self._number += count
        text = json.dumps(orders)
        with self.app.app_context():
            company = db.session.scalars(select(Company)).one()
            store = store_named(company, "bench", "woocommerce")
            began = time.perf_counter()
            received = receive(company, store, "woocommerce", text)
            seconds = time.perf_counter() - began
        if received.new != count:
            raise RuntimeError(f"{received.new} of {count} orders are new: {received.bad[:3]}")
        return seconds

    def post(self) -> tuple[int, float]:
        """Run sessions until nothing is left; returns SOAP calls and the server's CPU seconds."""
        calls, cpu = 0, self.server.cpu
        while self._left():
            report = WebConnector(
                f"{self.server.url}/qbwc",
                "bench",
                PASSWORD,
                self.quickbooks,
                owner_id=self._owner_id,
                file_id=self._file_id,
            ).run()
            if report.status != "done":
                raise RuntimeError(f"{report.status}: {report.last_error} {report.message}")
            calls += report.calls
        return calls, self.server.cpu - cpu

    def _left(self) -> int:
        with self.app.app_context():
            return (
                db.session.scalar(
                    select(func.count()).select_from(Order).where(Order.state != "posted")
                )
                or 0
            )


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="rulebooks-bench-") as folder:
        found = Bench(Path(folder))
        try:
            yield found
        finally:
            found.close()


def run(scale: float = 1.0, *, many: int = MANY) -> dict[str, float]:
    """SOAP calls, server CPU and memory for 1,000 orders cold, 1,000 warm, and 20,000 in all.

    Args:
        scale: How many times 1,000 orders.
        many: How many such batches in all for the memory figure; below 3 there is none.
    """
    count = max(1, round(ORDERS * scale))
    with bench() as on:
        seconds = on.take(count, count)
        began = time.perf_counter()
        cold_calls, cold_cpu = on.post()
        cold_seconds = time.perf_counter() - began
        peak = on.server.peak
        on.take(count, count)
        warm_calls, warm_cpu = on.post()
        figures = {
            "orders": float(count),
            "import, orders a second": count / seconds,
            "SOAP calls, all new": float(cold_calls),
            "SOAP calls, customers and items known": float(warm_calls),
            "server CPU, all new, ms an order": cold_cpu * 1000 / count,
            "server CPU, known, ms an order": warm_cpu * 1000 / count,
            "wall time, all new, s": cold_seconds,
            "server's peak memory, MB": peak,
        }
        if many > 2:
            rest = count * (many - 2)
            on.take(rest, count)
            _, cpu = on.post()
            figures[f"the same after {count * many:,} orders, MB"] = on.server.peak
            figures[f"server CPU, {rest:,} at once, ms an order"] = cpu * 1000 / rest
        return figures


if __name__ == "__main__":
    for name, figure in run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0).items():
        print(f"{figure:12.2f}  {name}")
