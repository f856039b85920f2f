"""The clock and the serial numbers of the machine that runs QuickBooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from qbwc.practice.file import CompanyFile
from qbwc.practice.values import timestamp


class Clock:
    """Local time on a day that a test may choose, and ids made as QuickBooks makes them."""

    def __init__(self, file: CompanyFile, today: Callable[[], date]) -> None:
        self._file = file
        self.today = today

    def now(self) -> datetime:
        """The chosen day at the present time of day, without a zone."""
        moment = datetime.now().astimezone()
        return datetime.combine(self.today(), moment.time())

    def stamp(self) -> str:
        """Now, as TimeCreated and TimeModified show it."""
        return timestamp(self.now())

    def epoch(self) -> int:
        """Now in seconds since 1970, which ends every ListID and TxnID."""
        return int(self.now().timestamp())

    def list_id(self) -> str:
        """A ListID such as "80000001-1405768916"."""
        return f"{0x80000000 + self._file.count('list id'):X}-{self.epoch()}"

    def txn_id(self) -> str:
        """A TxnID or TxnLineID such as "C5-1417118624"."""
        return f"{self._file.count('txn id'):X}-{self.epoch()}"
