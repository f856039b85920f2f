"""CPU that one call of the Web Connector costs in this process, without any work behind it."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING

from qbwc.endpoint import endpoint
from tests.soap import TICKET, Recorder, call_of, request

if TYPE_CHECKING:
    from collections.abc import Callable

INVOICE = (
    '<InvoiceAddRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">'
    "<InvoiceRet><TxnID>5F-1764081837</TxnID><RefNumber>1001</RefNumber><Memo>Shop 1001</Memo>"
    "<Subtotal>100.00</Subtotal><BalanceRemaining>107.25</BalanceRemaining></InvoiceRet>"
    "</InvoiceAddRs>\r\n"
)


def milliseconds(work: Callable[[], object], times: int) -> float:
    """CPU time of one piece of work."""
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times


def responses(size: int) -> bytes:
    """A receiveResponseXML of about `size` bytes of qbXML."""
    qbxml = INVOICE * (size // len(INVOICE))
    return call_of("receiveResponseXML", ticket=TICKET, response=qbxml, hresult="", message="")


def run(scale: float = 1.0) -> dict[str, float]:
    """Milliseconds of CPU a call; `scale` is how many calls are made."""
    recorder = Recorder()
    app = endpoint(recorder)
    bodies = {
        "getLastError": (call_of("getLastError", ticket=TICKET), 2000),
        "sendRequestXML of 100 KB": (call_of("sendRequestXML", ticket=TICKET), 500),
        "receiveResponseXML of 35 KB": (responses(35_000), 1000),
        "receiveResponseXML of 1.4 MB": (responses(1_400_000), 40),
    }
    recorder.answers["sendRequestXML"] = INVOICE * (100_000 // len(INVOICE))

    def call(body: bytes) -> None:
        assert request(app, "POST", body).status == "200 OK"
        recorder.asked.clear()

    return {
        f"{name}, ms": milliseconds(partial(call, body), max(1, int(times * scale)))
        for name, (body, times) in bodies.items()
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
