"""The Web Connector: runs one update session against a web service and a practice company."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from qbwc.practice.company import PracticeCompany
from qbwc.practice.errors import Crashed, HResult
from qbwc.practice.faults import Fault, Faults
from qbwc.practice.soap import SoapClient, SoapError, Value, integer, strings, text

CLIENT_VERSION: Final = "2.3.0.215"
_NOOP_SECONDS: Final = 5.0
_MOST_CONNECTION_ERRORS: Final = 5
_DONE: Final = 100
_CODES: Final = {
    "clientVersion": 1046, "authenticate": 1012, "sendRequestXML": 1041,
    "receiveResponseXML": 1042, "getLastError": 1043, "closeConnection": 1044,
    "connectionError": 1045,
}  # fmt: skip


@dataclass(slots=True)
class SessionReport:
    """What happened in one session.

    Attributes:
        calls: How many SOAP calls were made.
        methods: Their names, in order.
        sent: The request documents that the service handed out.
        received: The responses that were given back; "" where there was only an HResult.
        progress: What receiveResponseXML returned each time.
        status: done, none, nvu, busy, postponed, closed (QuickBooks), error, aborted or held.
        last_error: What getLastError said.
        message: What closeConnection said, or what the error was.
        ticket: The session's ticket.
    """

    calls: int = 0
    methods: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)
    status: str = ""
    last_error: str = ""
    message: str = ""
    ticket: str = ""


class _Ended(Exception):  # noqa: N818 - not an error of ours
    """The session is over; status and message say why."""

    def __init__(self, status: str, message: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class _Held:
    ticket: str
    response: str | None
    hresult: str
    message: str


class WebConnector:
    """The program that polls a web service and carries its requests into QuickBooks."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        company: PracticeCompany,
        *,
        faults: Faults | None = None,
        app_name: str = "Rulebooks",
        timeout: float = 100.0,
        owner_id: str | None = None,
        file_id: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._username = username
        self._password = password
        self._company = company
        self._faults = faults or Faults()
        self._app_name = app_name
        self._timeout = timeout
        self._stamp = (owner_id, file_id)
        self._sleep = sleep
        self._hold = False
        self._held: _Held | None = None
        self._report = SessionReport()
        self._client = SoapClient(url, timeout)
        self._sends = self._receives = 0

    def hold_reply(self) -> None:
        """Let the next session end with QuickBooks' first reply still in hand."""
        self._hold = True

    def answer_held(self) -> int:
        """Give the held reply to the service, with the ticket of its old session.

        Returns:
            What receiveResponseXML answered.

        Raises:
            SoapError: The service refused it.
        """
        held, self._held = self._held, None
        if held is None:
            raise ValueError("no reply is held")
        client = SoapClient(self._url, self._timeout)
        try:
            return integer(client.call("receiveResponseXML", {
                "ticket": held.ticket, "response": held.response, "hresult": held.hresult,
                "message": held.message,
            }))  # fmt: skip
        finally:
            client.close()

    def run(self) -> SessionReport:
        """Run one session from serverVersion to closeConnection.

        Raises:
            Crashed: A fault took the machine down; the company file is as QuickBooks left it.
        """
        for _ in self.steps():
            pass
        return self._report

    def steps(self) -> Generator[SessionReport, None, None]:
        """Run one session; after each set that is answered, and at its end, say how far it is.

        Closing the iterator is the user's Stop: the session is closed before the next set.

        Raises:
            Crashed: As for `run`.
        """
        self._report = SessionReport()
        self._sends = self._receives = 0
        if self._faults.locked:
            self._company.lock(*self._faults.locked)
            self._faults.locked = None
        self._client = SoapClient(self._url, self._timeout)
        try:
            yield from self._session()
        except _Ended as ended:
            self._report.status = ended.status
            self._report.message = ended.message or self._report.message
        finally:
            self._client.close()
            self._company.end_session()
        yield self._report

    def _session(self) -> Generator[SessionReport, None, None]:
        with contextlib.suppress(SoapError):
            self._call("serverVersion", {})
        self._check_version(self._text("clientVersion", strVersion=CLIENT_VERSION) or "")
        ticket, company_file = self._authenticate()
        self._report.ticket = ticket
        if company_file.casefold() in {"none", "nvu"}:
            self._close(ticket)
            raise _Ended(company_file.casefold())
        if company_file.casefold() == "busy":
            raise _Ended("busy")
        self._open(ticket)
        try:
            yield from self._update(ticket)
        except GeneratorExit:
            self._close(ticket)
            raise
        self._close(ticket)
        raise _Ended("error" if self._report.last_error else "done")

    def _check_version(self, answer: str) -> None:
        kind = answer[:2]
        if not answer or kind == "W:":
            return
        if kind in {"E:", "O:"}:
            raise _Ended("error", f"QBWC1037: {answer[2:]}")
        raise _Ended("error", f"QBWC1046: clientVersion answered {answer!r}")

    def _authenticate(self) -> tuple[str, str]:
        answer = strings(
            self._result("authenticate", strUserName=self._username, strPassword=self._password)
        )
        if len(answer) < 2:  # noqa: PLR2004 - ticket and company file
            raise _Ended(
                "error",
                "QBWC1012: Authentication failed due to following error message. Index was "
                "outside the bounds of the array.",
            )
        ticket, company_file = answer[0], answer[1]
        if ticket is None or company_file is None:
            raise _Ended(
                "error",
                "QBWC1012: Authentication failed due to following error message. Object "
                "reference not set to an instance of an object.",
            )
        if len(answer) > 2 and int(answer[2] or 0) > 0:  # noqa: PLR2004 - seconds to postpone
            raise _Ended("postponed", answer[2] or "")
        return ticket, company_file

    def _open(self, ticket: str) -> None:
        for _ in range(_MOST_CONNECTION_ERRORS):
            if not self._faults.closed:
                break
            problem = self._faults.closed.pop(0)
            answer = self._text(
                "connectionError", ticket=ticket, hresult=problem.code, message=problem.message
            )
            if (answer or "").casefold() == "done":
                self._close(ticket)
                raise _Ended("closed", problem.message)
        owner_id, file_id = self._stamp
        if owner_id and file_id and not self._company.file_id(owner_id):
            self._company.stamp_file_id(owner_id, file_id)

    def _update(self, ticket: str) -> Generator[SessionReport, None, None]:
        host_response = self._company.host_response()
        while True:
            document = self._text(
                "sendRequestXML",
                ticket=ticket,
                strHCPResponse=host_response,
                strCompanyFileName=str(self._company.path),
                qbXMLCountry="US",
                qbXMLMajorVers=13,
                qbXMLMinorVers=0,
            )
            host_response = ""
            if not document or document.casefold() == "noop":
                if self._pause(ticket):
                    continue
                return
            self._report.sent.append(document)
            response, hresult, message = self._process(document)
            if self._hold:
                self._hold = False
                self._held = _Held(ticket, response, hresult, message)
                raise _Ended("held")
            self._report.received.append(response or "")
            percent = self._receive(ticket, response, hresult, message)
            if percent < 0:
                self._report.last_error = self._text("getLastError", ticket=ticket) or ""
                return
            if percent == _DONE:
                return
            yield self._report

    def _pause(self, ticket: str) -> bool:
        error = self._text("getLastError", ticket=ticket) or ""
        if error.casefold() == "noop":
            self._sleep(_NOOP_SECONDS)
            return True
        self._report.last_error = error
        return False

    def _process(self, document: str) -> tuple[str | None, str, str]:
        fault = self._faults.at_send.get(self._sends)
        if fault == "crash before processing":
            raise Crashed("before processing")
        if isinstance(fault, HResult):
            if self._faults.process_before_hresult:
                self._company.process(document, app=self._app_name)
            return None, fault.code, fault.message
        try:
            response = self._company.process(document, app=self._app_name)
        except HResult as refused:
            return None, refused.code, refused.message
        if fault == "crash after processing":
            raise Crashed("after processing")
        return response, "", ""

    def _receive(self, ticket: str, response: str | None, hresult: str, message: str) -> int:
        result = self._result(
            "receiveResponseXML", ticket=ticket, response=response, hresult=hresult,
            message=message,
        )  # fmt: skip
        try:
            percent = integer(result)
        except SoapError as error:
            raise self._failed("receiveResponseXML", error) from error
        if percent > _DONE:
            raise _Ended("error", f"receiveResponseXML answered {percent}, more than 100")
        self._report.progress.append(percent)
        return percent

    def _close(self, ticket: str) -> None:
        self._report.message = self._text("closeConnection", ticket=ticket) or ""

    def _text(self, method: str, **arguments: Value) -> str | None:
        return text(self._result(method, **arguments))

    def _result(self, method: str, **arguments: Value) -> etree._Element | None:
        try:
            return self._call(method, arguments)
        except SoapError as error:
            raise self._failed(method, error) from error

    def _failed(self, method: str, error: SoapError) -> _Ended:
        name = method[0].upper() + method[1:]
        return _Ended("error", f"QBWC{_CODES[method]}: {name} failed. Error message: {error}")

    def _call(self, method: str, arguments: dict[str, Value]) -> etree._Element | None:
        number = self._report.calls + 1
        self._sends += method == "sendRequestXML"
        self._receives += method == "receiveResponseXML"
        fault = self._fault(method, number)
        if fault == "crash":
            raise Crashed(f"before {method}")
        if fault == "lose request":
            raise SoapError("The underlying connection was closed.", reached=False)
        self._report.calls = number
        self._report.methods.append(method)
        result = self._client.call(method, arguments)
        if fault == "lose answer":
            raise SoapError("The operation has timed out.")
        if self._faults.stop_after_call == number:
            raise _Ended("aborted")
        return result

    def _fault(self, method: str, number: int) -> Fault | None:
        fault = self._faults.at_call.get(number)
        if fault is None and method == "sendRequestXML":
            fault = self._faults.at_send.get(self._sends)
        elif fault is None and method == "receiveResponseXML":
            fault = self._faults.at_receive.get(self._receives)
        return fault
