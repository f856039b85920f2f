"""`rulebooks demo`: the main job on sample orders, from files to a practice company file."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import waitress
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from app import create_app
from app.commands.serve import working
from app.commands.tools import CommandError, echo_json, json_option
from app.logs import configure
from app.migrate import upgrade
from app.models import Company, Order, Posting, User, db
from app.samples.company import ZONE, fill
from app.security import digest, hash_password, new_connector_password
from app.serving import serving
from app.settings import Settings
from app.stores.formats import load_raw
from app.stores.raw_total import marketplace_tax, raw_total
from qbwc.practice import PracticeCompany, Txn, WebConnector

SESSIONS = 6
"""Enough for everything: what depends on a new TxnID follows within a session already."""


@click.command("demo")
@click.option("--serve", is_flag=True, help="Leave the web pages running on the demo's company.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@json_option
def command(port: int, *, serve: bool, as_json: bool) -> None:
    """Post the sample orders through the real SOAP endpoint into a new practice company.

    The exit code says whether the store's totals and QuickBooks' are equal.
    """
    with tempfile.TemporaryDirectory(prefix="rulebooks-demo-") as folder:
        result, app = run(Path(folder), port=port if serve else 0)
        if as_json:
            echo_json(result)
        else:
            _print(result)
        if serve:
            _serve(app, port)
    if result["difference"]:
        raise CommandError(f"the totals differ by {result['difference']:.2f}")


def run(folder: Path, *, port: int = 0) -> tuple[dict[str, Any], Flask]:
    """One whole demo in a folder of its own; returns what ``demo --json`` prints."""
    started = time.perf_counter()
    app = create_app(
        Settings(instance=folder, database_url="", url=f"http://localhost:{port or 8000}")
    )
    configure("warning")
    password = new_connector_password()
    with app.app_context():
        upgrade()
        company = Company(
            name="Demo company",
            zone=ZONE,
            username="demo",
            password_digest=digest(password),
        )
        db.session.add(company)
        db.session.commit()
        fill(company)
        owner_id, file_id = company.owner_id, company.file_id
    practice = PracticeCompany.open(folder / "Demo company.qbpractice", name="Demo company")
    calls = 0
    with serving(app) as url:
        for _ in range(SESSIONS):
            report = WebConnector(
                f"{url}/qbwc", "demo", password, practice, owner_id=owner_id, file_id=file_id
            ).run()
            calls += report.calls
            if report.status != "done":
                break
    if report.status not in {"none", "done"}:
        raise CommandError(f"the practice session ended with {report.status}: {report.last_error}")
    with app.app_context():
        result = _result(practice)
    return result | {"soap_calls": calls, "seconds": round(time.perf_counter() - started, 1)}, app


def _result(practice: PracticeCompany) -> dict[str, Any]:
    states = Counter(
        dict(db.session.execute(select(Order.state, func.count()).group_by(Order.state)).all())
    )
    posted = db.session.scalars(
        select(Order)
        .where(Order.state == "posted")
        .options(undefer(Order.raw), joinedload(Order.store))
    )
    store_total = sum((_store_total(row) for row in posted), Decimal(0))
    transactions = practice.transactions()
    mine = set(
        db.session.scalars(select(Posting.txn_id).join(Order).where(Order.state == "posted"))
    )
    quickbooks_total = _quickbooks_total([txn for txn in transactions if txn.txn_id in mine])
    others = db.session.scalars(
        select(Order).where(Order.state != "posted").order_by(Order.state, Order.id)
    )
    return {
        "orders": sum(states.values()),
        "posted": states["posted"],
        "waiting": states["waiting"],
        "held": states["held"],
        "skipped": states["skipped"],
        "documents": dict(sorted(Counter(txn.kind for txn in transactions).items())),
        "store_total": store_total,
        "quickbooks_total": quickbooks_total,
        "difference": store_total - quickbooks_total,
        "others": [
            {"order": row.number, "state": row.state, "reasons": row.reasons} for row in others
        ],
        "posted_documents": [
            {
                "kind": txn.kind,
                "ref_number": txn.ref_number,
                "customer": txn.customer,
                "total": txn.total,
                "balance": txn.balance,
                "memo": txn.memo,
            }
            for txn in transactions
        ],
    }


def _store_total(row: Order) -> Decimal:
    """What the payload itself states: sold less given back less what a marketplace remits."""
    raw = load_raw(row.raw)
    sold, refunded = raw_total(row.format, raw)
    return sold - refunded - marketplace_tax(row.format, raw)


def _quickbooks_total(transactions: list[Txn]) -> Decimal:
    """Sales less credits; a sales order counts until it is invoiced or closed."""
    invoices = {txn.txn_id for txn in transactions if txn.kind == "Invoice"}
    signs = {"Invoice": 1, "SalesReceipt": 1, "Estimate": 1, "CreditMemo": -1}
    total = sum((txn.total * signs.get(txn.kind, 0) for txn in transactions), Decimal(0))
    orders = [
        txn for txn in transactions if txn.kind == "SalesOrder" and not txn.is_manually_closed
    ]
    return total + sum((txn.total for txn in orders if not invoices & set(txn.links)), Decimal(0))


def _print(result: dict[str, Any]) -> None:
    click.echo("In the practice company:\n")
    for txn in result["posted_documents"]:
        balance = "" if txn["balance"] is None else f"{txn['balance']:>10.2f}"
        click.echo(
            f"  {txn['kind']:<15} {txn['ref_number']:<22.22} {txn['customer']:<28.28} "
            f"{txn['total']:>10.2f} {balance}"
        )
    click.echo("\nNot posted:\n")
    for row in result["others"]:
        click.echo(f"  {row['order']:<22} {row['state']:<8} {'; '.join(row['reasons'])}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["documents"].items())
    click.echo(
        f"\n{result['orders']} orders: {result['posted']} posted, {result['waiting']} waiting, "
        f"{result['held']} held, {result['skipped']} skipped"
    )
    click.echo(f"{kinds}; {result['soap_calls']} SOAP calls, {result['seconds']} s")
    click.echo(f"store total       {result['store_total']:>12.2f}")
    click.echo(f"QuickBooks total  {result['quickbooks_total']:>12.2f}")
    click.echo(f"difference {result['difference']:.2f}")


def _serve(app: Flask, port: int) -> None:
    password = new_connector_password()
    with app.app_context():
        db.session.add(
            User(
                email="demo@rulebooks.example",
                password_hash=hash_password(password),
                is_owner=True,
            )
        )
        db.session.commit()
    click.echo(f"\nhttp://localhost:{port}  log in as demo@rulebooks.example, password {password}")
    click.echo("Ctrl+C stops it; nothing of the demo is kept.")
    with working(app):
        waitress.serve(app, host="127.0.0.1", port=port, threads=8, ident=None)
