"""The practice company: a company file with QuickBooks' request processor in front of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from lxml import etree

from qbwc.practice import host, item_sites, postings
from qbwc.practice.books import Books
from qbwc.practice.editions import refuse_other_editions
from qbwc.practice.envelope import MessageSet, parse
from qbwc.practice.errors import Crashed, HResult, Refused
from qbwc.practice.file import CompanyFile
from qbwc.practice.iterators import Iterators
from qbwc.practice.list_kinds import ITEM_KINDS
from qbwc.practice.list_query import shown_balance
from qbwc.practice.list_records import ListRecord
from qbwc.practice.message_sets import MessageSets
from qbwc.practice.reader import Fields
from qbwc.practice.requests import answer, changes, refusal
from qbwc.practice.seed import Seed, fill
from qbwc.practice.txn_query import linked_txns
from qbwc.practice.txn_records import TxnRecord
from qbwc.practice.values import ZERO

_SETTLED = frozenset({"Invoice", "CreditMemo", "ReceivePayment", "ARRefundCreditCard"})
CrashPoint = Literal["before", "during", "after"]


@dataclass(frozen=True, slots=True)
class Txn:
    """A transaction as tests and the demo look at it.

    Attributes:
        entity_id: The ListID of its customer, vendor or payee.
        balance: What is still due (invoice), unused (payment, credit memo) or tied to nothing any
            more (card refund); else zero.
        lines: As QuickBooks keeps them; references are ListIDs, `item` and `_item` names.
        links: TxnIDs of the transactions it is tied to.
    """

    kind: str
    txn_id: str
    number: int
    edit_sequence: str
    ref_number: str
    entity_id: str
    customer: str
    date: date
    subtotal: Decimal
    sales_tax: Decimal
    total: Decimal
    balance: Decimal
    memo: str
    external_guid: str
    po_number: str
    is_pending: bool
    is_manually_closed: bool
    is_fully_invoiced: bool
    fields: Fields = field(repr=False)
    lines: list[Fields] = field(repr=False)
    links: list[str] = field(repr=False)


class PracticeCompany:
    """A company file that answers qbXML as QuickBooks Desktop does.

    Attributes:
        path: The company file.
        message_sets: What is remembered for error recovery; `replay` chooses its form.
        on_request: Called with every request document before it is processed.
        too_long_is_a_status: Answer 3070 also where the schema limits a text, instead of
            refusing the document.
        crash: Where the next message set crashes; cleared by the crash.
    """

    def __init__(self, file: CompanyFile, today: Callable[[], date]) -> None:
        self.path = file.path
        self.books = Books(file, today)
        self.message_sets = MessageSets(file)
        self.on_request: Callable[[str], None] | None = None
        self.too_long_is_a_status = False
        self.crash: CrashPoint | None = None
        self._file = file
        self._iterators = Iterators()
        self._busy: list[Refused] = []
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        name: str = "Practice Company",
        country: str = "US",
        create: bool = True,
        today: Callable[[], date] = date.today,
        seed: Seed = "standard",
    ) -> PracticeCompany:
        """Open a company file; a new one is filled with a small shop's lists.

        Raises:
            FileNotFoundError: There is none and `create` is false.
        """
        if not create and not path.exists():
            raise FileNotFoundError(path)
        file = CompanyFile(path)
        company = cls(file, today)
        if not file.get("seeded"):
            with file.transaction():
                company.books.set("CompanyName", name)
                company.books.set("Country", country)
                fill(company.books, seed)
                file.put("seeded", seed)
        return company

    def close(self) -> None:
        """Close the company file."""
        self._file.close()

    def process(self, request: str, *, app: str = "Rulebooks") -> str:
        """Process one qbXML document in one transaction of the company file.

        Args:
            request: The document.
            app: The application that sends it; records of message sets are kept apart.

        Returns:
            The response document.

        Raises:
            HResult: The document is refused as a whole; nothing was done.
            Crashed: `crash` was set; the file is as it was before, or has all of it.
        """
        if self.on_request is not None:
            self.on_request(request)
        crash = self.crash
        if crash is not None:
            self.crash = None
        if crash == "before":
            raise Crashed("before processing")
        message_set = parse(request, lengths=not self.too_long_is_a_status)
        with self._lock, self._file.transaction():
            inner = self.message_sets.answer(
                message_set, request, app, lambda: self._process(message_set)
            )
            if crash == "during":
                raise Crashed("before the company file was written")
        if crash == "after":
            raise Crashed("after processing")
        return f'<?xml version="1.0" ?><QBXML>{inner}</QBXML>'

    def _process(self, message_set: MessageSet) -> str:
        macros: dict[str, str] = {}
        answers: list[str] = []
        stopped = False
        for request, complaints in message_set.requests:
            if stopped:
                not_done = Refused(3231, "The request has not been processed.")
                answers.append(refusal(request, not_done))
                continue
            try:
                with self._file.attempt():
                    answers.append(self._answer(message_set, request, complaints, macros))
            except Refused as refused:
                answers.append(refusal(request, refused))
                stopped = message_set.stop_on_error and refused.code != 1
        return "".join(answers)

    def _answer(
        self,
        message_set: MessageSet,
        request: etree._Element,
        complaints: list[Refused],
        macros: dict[str, str],
    ) -> str:
        if complaints:
            raise complaints[0]
        if self.books.setting("Country") == "US":
            refuse_other_editions(request, self.books.setting("Country"))
        if self._busy and changes(request):
            raise self._busy.pop(0)
        return answer(self.books, self._iterators, request, macros, with_data=message_set.with_data)

    def lock(self, code: int, requests: int = 1) -> None:
        """Answer the next changes as if another user held the record.

        Args:
            code: 3175 in use, 3176 a related record is in use, 3180 cannot save.
            requests: How many requests.
        """
        messages = {
            3175: "There was an error adding, modifying or deleting a transaction because it is "
            "already in use.  QuickBooks error message: The transaction could not be locked. It "
            "is in use by another user.",
            3176: "Related elements have been locked.  QuickBooks error message: The list "
            "element is in use.",
            3180: "There was an error when saving a Customer list, element.  QuickBooks error "
            "message: This list has been modified by another user.",
        }
        self._busy.extend(Refused(code, messages[code]) for _ in range(requests))

    def end_session(self) -> None:
        """End the session with QuickBooks: its iterators are gone."""
        self._iterators.clear()

    def host_response(self) -> str:
        """What the Web Connector sends as strHCPResponse."""
        with self._lock:
            return self._host_response()

    def _host_response(self) -> str:
        parts = (
            ("Host", host.host_ret(self.books)),
            ("Company", host.company_ret(self.books)),
            ("Preferences", host.preferences_ret(self.books)),
        )
        inner = "".join(
            f'<{name}QueryRs requestID="{number}" statusCode="0" statusSeverity="Info" '
            f'statusMessage="Status OK">{ret}</{name}QueryRs>'
            for number, (name, ret) in enumerate(parts)
        )
        return f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs>{inner}</QBXMLMsgsRs></QBXML>'

    def stamp_file_id(self, owner_id: str, file_id: str) -> None:
        """Write the FileID into the company, as the Web Connector does on the first run."""
        with self._lock, self._file.transaction():
            self._file.run(
                "INSERT OR REPLACE INTO company_data (owner_id, name, value) VALUES (?, ?, ?)",
                owner_id, "FileID", file_id,
            )  # fmt: skip

    def file_id(self, owner_id: str) -> str:
        """The FileID under an OwnerID, "" when the company was never stamped."""
        with self._lock:
            row = self._file.row(
                "SELECT value FROM company_data WHERE owner_id = ? AND name = 'FileID'", owner_id
            )
        return "" if row is None else str(row["value"])

    def prefer(self, setting: str, value: str) -> None:
        """Change a setting of the company, see `books.DEFAULTS`; e.g. "ClosingDate".

        Raises:
            KeyError: There is no such setting.
        """
        with self._lock, self._file.transaction():
            self.books.set(setting, value)

    def put(self, item: str, site: str, quantity: int) -> None:
        """Let a person put so many of an item at an inventory site, or take them away.

        Raises:
            KeyError: There is no such item or site.
        """
        with self._lock, self._file.transaction():
            record = self.books.lists.named(ITEM_KINDS, item)
            place = self.books.lists.named(("InventorySite",), site)
            if record is None or place is None:
                raise KeyError(item if record is None else site)
            item_sites.put(self.books, record, place, Decimal(quantity))

    def transactions(self, kind: str | None = None) -> list[Txn]:
        """All transactions, or those of a kind, oldest first."""
        with self._lock:
            where, values = ("kind = ?", [kind]) if kind else ("kind <> 'JournalEntry'", [])
            return [self._txn(txn) for txn in self.books.txns.select(where, *values)]

    def lists(self, kind: str) -> list[ListRecord]:
        """All records of a list, by name."""
        with self._lock:
            return self.books.lists.of_kind(kind)

    def totals(self) -> dict[str, Decimal]:
        """Debits less credits of every account that is not even, by FullName."""
        with self._lock:
            return {
                account.full_name: balance
                for account in self.books.lists.of_kind("Account")
                if (balance := self.books.account_balance(account.list_id))
            }

    def balance(self, account: str) -> Decimal:
        """An account's balance as QuickBooks shows it.

        Raises:
            KeyError: There is no such account.
        """
        with self._lock:
            found = self.books.lists.named(("Account",), account)
            if found is None:
                raise KeyError(account)
            return shown_balance(self.books, found)

    def out_of_balance(self) -> Decimal:
        """The sum of all debits less all credits; zero unless the simulator is wrong."""
        with self._lock:
            return postings.trial_balance(self.books)

    def _txn(self, txn: TxnRecord) -> Txn:
        fields = txn.fields
        lines = [
            line | {"item": self.books.lists.full_name(line.get("ItemRef", ""))}
            for line in txn.flat_lines()
        ]
        settled = txn.kind in _SETTLED
        return Txn(
            kind=txn.kind,
            txn_id=txn.txn_id,
            number=txn.number,
            edit_sequence=str(txn.edit_sequence),
            ref_number=txn.ref_number,
            entity_id=txn.entity_id,
            customer=self.books.lists.full_name(txn.entity_id),
            date=date.fromisoformat(txn.date),
            subtotal=Decimal(fields.get("Subtotal", txn.total)),
            sales_tax=Decimal(fields.get("SalesTaxTotal", ZERO)),
            total=txn.total,
            balance=txn.open_amount if settled else ZERO,
            memo=fields.get("Memo", ""),
            external_guid=fields.get("ExternalGUID", ""),
            po_number=fields.get("PONumber", ""),
            is_pending=txn.is_pending,
            is_manually_closed=fields.get("IsManuallyClosed") == "true",
            is_fully_invoiced=fields.get("IsFullyInvoiced") == "true",
            fields=fields,
            lines=lines,
            links=[str(one["TxnID"]) for one in linked_txns(self.books, txn)],
        )


__all__ = ["Crashed", "HResult", "PracticeCompany", "Txn"]
